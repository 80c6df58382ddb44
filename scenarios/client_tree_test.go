package scenarios

import (
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim/choice"
)

func TestTreeSteps(t *testing.T) {
	for _, c := range []struct {
		step, words string
		class       nodes.Class
	}{
		{"create: {path: /a, data: x}", "create /a=x", nodes.Write},
		{"create: {path: /a/n-, ephemeral: true, sequential: true}", "create /a/n- ephemeral sequential", nodes.Write},
		{"set: {path: /a, data: 7}", "set /a=7", nodes.Write},
		{"set: {path: /a, data: \"\", version: 3}", "set /a if v3", nodes.Write},
		{"delete: /a", "delete /a", nodes.Write},
		{"delete: /a, version: 0", "delete /a if v0", nodes.Write},
		{"get: /a", "get /a", nodes.Read},
		{"get: /a, watch: true, synced: true", "get /a watch", nodes.SyncedRead},
		{"exists: /a, watch: true", "exists /a watch", nodes.Read},
		{"children: /, synced: true", "children /", nodes.SyncedRead},
		{
			"multi: [{check: /a, version: 1}, {create: {path: /b, data: y}}, {set: {path: /c, version: 2}}, {delete: /d}]",
			"multi [check /a if v1; create /b=y; set /c if v2; delete /d]", nodes.Write,
		},
		{"close-session: true", "close session", nodes.Write},
		{"sync: true", "", nodes.Sync},
	} {
		s := parseAround(t, "app: {znode: {}}\nclients:\n  - {name: ann, session: 9s, script: [{at: 1s, "+c.step+"}]}")
		requireRoundTrip(t, s)
		cfg, _, err := s.Compile("", 1)
		if err != nil {
			t.Fatal(err)
		}
		op, more := cfg.Clients[0].Workload.Op(0, nil, nil)
		_, seq, body, err := app.Body(op.Body)
		if !more || err != nil || seq != 1 || op.Class != c.class || cfg.Clients[0].Session != 9*time.Second {
			t.Errorf("%s: %+v, %v", c.step, op, err)
		}
		if c.class == nodes.Sync {
			continue
		}
		if parsed, err := znode.Parse(body); err != nil || parsed.String() != c.words {
			t.Errorf("%s: %v, %v; want %s", c.step, parsed, err, c.words)
		}
	}
}

// TestTreeLoad: a mix draws what it names, also what comes after it in words.
func TestTreeLoad(t *testing.T) {
	s := parseAround(t, "app: {znode: {}}\nclients:\n  - {name: ann, load: {mix: {create: 3, set: 1, delete: 1, get: 1, exists: 1, children: 1, multi: 1, close-session: 1, sync: 1}}}")
	requireRoundTrip(t, s)
	load := s.Clients[0].Load
	stream := choice.NewStream("test")
	drawn := map[string]int{}
	for range 2000 {
		step := load.drawTree(drawer{choice.Seed(1), &stream})
		op, ok := step.treeOp()
		word, _, _ := strings.Cut(op.String(), " ")
		if !ok {
			word = "sync"
		}
		drawn[word]++
		drawn["ephemeral"] += strings.Count(op.String(), "ephemeral")
		drawn["sequential"] += strings.Count(op.String(), "sequential")
		drawn["watch"] += strings.Count(op.String(), "watch")
		drawn["if"] += strings.Count(op.String(), " if v")
	}
	for _, word := range []string{"create", "set", "delete", "get", "exists", "children", "multi", "close", "sync", "ephemeral", "sequential", "watch", "if"} {
		if drawn[word] < 50 {
			t.Errorf("%s was drawn %d times of 2000", word, drawn[word])
		}
	}
}

// TestTreeClientsPass: scripts and loads on a tree keep what is promised, whatever
// goes wrong.
func TestTreeClientsPass(t *testing.T) {
	s, err := Parse("tree.yaml", []byte(`
version: 1
name: tree
duration: 20s
servers: 3
options: {tickTime: 200ms}
app: {znode: {}}
clients:
  - {name: ann, session: 2s, load: {from: 1s, until: 16s, think: 10ms..60ms, keys: 2}}
  - {name: bob, load: {from: 1s, until: 16s, think: 10ms..60ms, keys: 2, synced: true}}
  - {name: carl, script: [{at: 3s, create: {path: /c}}, {at: 4s, get: /c, watch: true}, {at: 9s, set: {path: /c, version: 0}}, {at: 12s, close-session: true}]}
swarm: {from: 2s, until: 15s}
properties:
  always: [agreement, no-lost-commit, sequential, fifo-client-order, monotonic-zxid, ephemeral-life, one-ephemeral-owner, sequence-numbers, watch-order]
`))
	if err != nil {
		t.Fatal(err)
	}
	for seed := uint64(1); seed <= 20; seed++ {
		r, err := s.Run(RunOptions{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range r.Violations {
			t.Errorf("seed %d: %s: %s", seed, v.Property, v.Message)
		}
	}
}
