package scenarios

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

const someWrites = `
sites: {north: [s1, s2], south: [s3, s4, s5]}
network: {between: {latency: 1ms..3ms}}
options: {tickTime: 200ms}
clients: [{name: a, timeout: 3s, attempt: 500ms, load: {from: 2s, until: 20s, think: 5ms..20ms}}]
properties: {always: [agreement, total-order, no-lost-commit, durable-before-commit], eventually: [leader]}
faults:
`

// withFaults is parseAround with properties of its own.
func withFaults(t *testing.T, faults ...string) *Scenario {
	t.Helper()
	text := "version: 1\nname: test\nduration: 25s\n" + someWrites + "  - " + strings.Join(faults, "\n  - ") + "\n"
	s, err := Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// happened reports whether an event of a kind at a server has a text, from a
// time on.
func happened(all []trace.Event, k trace.Kind, id nodes.ID, text string, from time.Duration) bool {
	return slices.ContainsFunc(all, func(e trace.Event) bool {
		return e.Kind == k && e.Server == id && e.Time >= from && strings.Contains(e.Text, text)
	})
}

// What zab makes of what it finds on its disk (R-DUR-12): a record whose
// checksum is wrong keeps it from starting; a torn one at the end does not.
func TestZabReadsDamagedDisks(t *testing.T) {
	s := withFaults(t, "{at: 6s, crash: s1, for: 3s}", "{at: 7s, rot: {servers: s1, file: log}}")
	all := eventsOf(t, s)
	if !happened(all, trace.Exit, 1, "CRC check failed in log", 9*time.Second) {
		t.Error("s1 starts with a rotten log")
	}
	s = withFaults(t, "{at: 4s, slow-disk: {servers: s1, add: 100ms}, for: 5s}", "{at: 6s, machine-crash: s1, torn: true, for: 3s}")
	all = eventsOf(t, s)
	if !happened(all, trace.Note, 1, "torn-tail", 9*time.Second) || happened(all, trace.Exit, 1, "", 0) {
		t.Error("s1 does not see that its log is torn, or minds it")
	}
}

func TestZabGivesUpOnFailingDisks(t *testing.T) {
	for _, kind := range []string{"disk-fail", "disk-full"} {
		all := eventsOf(t, withFaults(t, "{at: 6s, "+kind+": s1, for: 2s}", "{at: 9s, restart: s1}"))
		if !happened(all, trace.Exit, 1, "cannot write to disk", 6*time.Second) {
			t.Errorf("%s: s1 carries on", kind)
		}
		if !slices.ContainsFunc(all, func(e trace.Event) bool {
			return e.Kind == trace.View && e.Server == 1 && e.Time > 9*time.Second && e.After.Serving
		}) {
			t.Errorf("%s: s1 does not come back", kind)
		}
	}
}

// All servers of a site die at once.
func TestSiteCrash(t *testing.T) {
	all := eventsOf(t, withFaults(t, "{at: 6s, machine-crash: south, for: 3s}"))
	for id := range nodes.SetOf(3, 4, 5).All() {
		if !happened(all, trace.MachineCrash, id, "", 6*time.Second) {
			t.Errorf("%v lives", id)
		}
	}
	if happened(all, trace.MachineCrash, 1, "", 0) {
		t.Error("s1 dies too")
	}
}

// Notifications of an old election arrive when the next leader has long been
// elected.
func TestHoldLetsMessagesOfAnOldElectionArriveLate(t *testing.T) {
	all := eventsOf(t, withFaults(t,
		"{at: 6s, hold: {from: s1, to: others, on: election, messages: [NOTIFICATION]}, for: 8s}",
		"{at: 6100ms, crash: leader, for: 2s}"))
	late := 0
	for i := range all {
		e := &all[i]
		if e.Kind != trace.Deliver || e.Peer != 1 || e.Msg.Kind() != "NOTIFICATION" || e.Time < 6*time.Second {
			continue
		}
		if e.Time < 14*time.Second {
			t.Fatalf("%v hears s1 at %v", e.Server, e.Time)
		}
		if sent := all[e.Cause-1].Time; sent < 8*time.Second {
			late++
		}
	}
	if late == 0 {
		t.Error("nothing came late")
	}
}

// A write is carried out once although the client asks again wherever it can.
func TestIncrementsCountOnce(t *testing.T) {
	s := withFaults(t, "{at: 3s, crash: leader, for: 1s, repeat: {every: 3s, times: 5}}")
	s.Clients = []Client{{
		Name: "a", Timeout: 4 * time.Second, Attempt: 200 * time.Millisecond, Retry: true,
		Load: &Traffic{From: 2 * time.Second, Until: 22 * time.Second, Rate: 50, Keys: 1, Mix: Mix{Increment: 1, Append: 1}},
	}}
	s.Properties.Always = append(s.Properties.Always, Claim{Name: "linearizable-writes"})
	all := eventsOf(t, s)
	n := 0
	for _, e := range all {
		if e.Kind == trace.Return && e.Result == trace.OK {
			n++
		}
	}
	if n < 300 {
		t.Errorf("only %d operations were acknowledged", n)
	}
}

// Keys are used as unevenly as the skew says, and rates are kept.
func TestSkewAndRate(t *testing.T) {
	s := parseAround(t, "network: {between: {latency: 1ms}}\nclients: [{name: a, load: {from: 2s, until: 42s, rate: 25, keys: 4, skew: 1, mix: {put: 1}}}]")
	counts := map[string]int{}
	describe := s.application().describe
	observer := trace.Func{Kinds: trace.Of(trace.Invoke), Do: func(e *trace.Event) { counts[strings.Fields(describe(e.Op, nil))[1]]++ }}
	if _, err := s.Run(RunOptions{Observers: []trace.Observer{observer}}); err != nil {
		t.Fatal(err)
	}
	total := counts["k1"] + counts["k2"] + counts["k3"] + counts["k4"]
	if total < 990 || total > 1000 {
		t.Errorf("%d operations in 40s at 25 a second", total)
	}
	// 12/25, 6/25, 4/25 and 3/25 of them.
	for key, share := range map[string]int{"k1": 480, "k2": 240, "k3": 160, "k4": 120} {
		if n := counts[key]; n < share-60 || n > share+60 {
			t.Errorf("%s is used %d times, want about %d", key, n, share)
		}
	}
}

// A server that wakes up with messages first takes up what its clients asked
// for before it looks at its clock: so the paused leader answers from the past.
func TestWakingToRequests(t *testing.T) {
	var woke time.Duration
	var order []trace.Kind
	_, err := mustLoad(t, "paused-leader").Run(RunOptions{Observers: []trace.Observer{trace.Func{
		Kinds: trace.Of(trace.Resume, trace.Request, trace.Expire),
		Do: func(e *trace.Event) {
			switch {
			case e.Kind == trace.Resume:
				woke = e.Time
			case woke != 0 && e.Time == woke && e.Server == 5:
				order = append(order, e.Kind)
			}
		},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	last := len(order) - 1
	if last < 1 || order[last] != trace.Expire || slices.Contains(order[:last], trace.Expire) {
		t.Errorf("s5 wakes up to %v", order)
	}
}
