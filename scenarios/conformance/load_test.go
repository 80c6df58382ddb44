package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sound is a case that is as small as can be; the tests below spoil it.
const sound = `{"format": "zab-conformance-case/1", "id": "x01-test", "title": "t", "tags": [], "source": {},
 "setup": {"servers": [{"id": 1, "role": "participant"}], "tick_ms": 200, "init_limit": 10, "sync_limit": 5,
   "local_sessions": true, "commit_log_count": 500, "snapshot_size_factor": 0.33},
 "timeline": [{"n": 1, "t_ticks": [0], "action": "start", "args": {"servers": [1]}},
   {"n": 2, "t_ticks": [1], "action": "wait_serving", "args": {"servers": [1]}}],
 "facts": [{"id": "leader", "after_step": 2, "level": "must", "kind": "leader", "value": 1}]}`

func load(t *testing.T, text string) (*Case, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "case.json")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return Load(file)
}

func TestLoadSound(t *testing.T) {
	c, err := load(t, sound)
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.Replay(Options{Seed: 1})
	if err != nil || out.Stuck != "" || len(out.Verdicts) != 1 || out.Verdicts[0].Status != Held {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestLoadRefuses: whatever the reader does not understand is an error that
// names the file and the place.
func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"action": "start"`, `"action": "strt"`, `step 1: unknown action "strt"`},
		{`"args": {"servers": [1]}},`, `"args": {"servers": [1], "speed": 3}},`, `step 1: start: json: unknown field "speed"`},
		{`"args": {"servers": [1]}},`, `"args": {"servers": [1], "ticks": 3}},`, `step 1: start: unknown argument "ticks"`},
		{`"args": {"servers": [1]}},`, `"args": {}},`, `step 1: start needs "servers"`},
		{`"args": {"servers": [1]}},`, `"args": {"servers": [1, 4]}},`, `step 1: start: there is no server {s4}`},
		{`"n": 2`, `"n": 3`, `step 3 stands at place 2`},
		{`"kind": "leader"`, `"kind": "leeder"`, `fact "leader": unknown kind "leeder"`},
		{`"level": "must"`, `"level": "shall"`, `fact "leader": unknown level "shall"`},
		{`"after_step": 2`, `"after_step": 3`, `fact "leader": there is no step 3`},
		{`"value": 1`, `"text": ""`, `fact "leader": exactly one of value and values_by_rep is needed`},
		{`case/1`, `case/2`, `format is "zab-conformance-case/2"`},
		{`"role": "participant"`, `"role": "king"`, `server 1: role "king"`},
		{`"title"`, `"titel"`, `unknown field "titel"`},
	} {
		text := strings.Replace(sound, c.old, c.new, 1)
		if text == sound {
			t.Fatalf("%s is not in the case", c.old)
		}
		_, err := load(t, text)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "case.json: ") {
			t.Errorf("%s: %v, want ... %s", c.new, err, c.want)
		}
	}
}

// TestStuck: a wait that never ends says which step it was, and that the facts
// behind it were not judged.
func TestStuck(t *testing.T) {
	text := strings.Replace(sound, `[{"id": 1, "role": "participant"}]`,
		`[{"id": 1, "role": "participant"}, {"id": 2, "role": "participant"}]`, 1)
	c, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.ReplayAll(1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := r.Outcomes[0]
	if !strings.HasPrefix(out.Stuck, "x01: step 2 (wait_serving)") || out.Verdicts[0].Status != NotJudged || r.OK() {
		t.Errorf("%+v", out)
	}
}

func TestInOurWords(t *testing.T) {
	for _, c := range []struct{ theirs, ours string }{
		{"The current epoch, 1, is older than the last zxid, 8589934593", "The current epoch, 1, is older than the last zxid, 2.1"},
		{
			"Shutdown called. For the reason Not sufficient followers synced, only synced with sids: [ [4, 5] ]",
			"Not sufficient followers synced, only synced with sids: {s4 s5}",
		},
	} {
		if got := inOurWords(c.theirs); got != c.ours {
			t.Errorf("%q, want %q", got, c.ours)
		}
	}
}

// TestProxyDrops: what a proxy drops does not arrive, and it is let through
// again when released.
func TestProxyDrops(t *testing.T) {
	text := strings.Replace(sound, `[{"id": 1, "role": "participant"}]`,
		`[{"id": 1, "role": "participant"}, {"id": 2, "role": "participant"}]`, 1)
	text = strings.Replace(text, `{"servers": [1]}`, `{"servers": [1, 2]}`, 2)
	text = strings.Replace(text, `"wait_serving", "args": {"servers": [1, 2]}}`, `"wait_serving", "args": {"servers": [1, 2]}},
   {"n": 3, "t_ticks": [2], "action": "drop_messages", "args": {"leader": 2, "direction": "to followers", "type": "PROPOSAL"}},
   {"n": 4, "t_ticks": [2], "action": "op_begin", "args": {"op": "create", "path": "/a", "data": "1", "via": 2}},
   {"n": 5, "t_ticks": [3], "action": "sleep", "args": {"ticks": 1}},
   {"n": 6, "t_ticks": [3], "action": "release_messages", "args": {"leader": 2}},
   {"n": 7, "t_ticks": [3], "action": "op_end", "args": {"op": "create", "path": "/a", "data": "1", "via": 2}},
   {"n": 8, "t_ticks": [9], "action": "wait_serving", "args": {"servers": [1, 2]}},
   {"n": 9, "t_ticks": [9], "action": "wait_acceptedEpoch", "args": {"servers": [1, 2], "value": 2}}`, 1)
	text = strings.Replace(text, `[{"id": "leader", "after_step": 2, "level": "must", "kind": "leader", "value": 1}]`,
		`[{"id": "logged_on", "after_step": 5, "level": "must", "kind": "servers", "value": [2]},
		  {"id": "client", "after_step": 7, "level": "must", "kind": "op", "value": "unacked"},
		  {"id": "data", "after_step": 8, "level": "must", "kind": "data", "value": {"same_on": ["1", "2"], "value": {"/a": "1 v0 (1,1)"}}}]`, 1)
	c, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.Replay(Options{Seed: 1})
	if err != nil || out.Stuck != "" {
		t.Fatal(out, err)
	}
	for _, v := range out.Verdicts {
		if v.Status != Held {
			t.Errorf("%s: %v %s %s", v.Fact.ID, v.Status, v.Seen, v.Why)
		}
	}
}
