package servers_test

import (
	"slices"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
)

// Connections in one step lead to no state that connections which take their time do
// not lead to, and they leave most of those out. That a server ceases to wait for
// another one from which it is cut off takes early timeouts there.
func TestConnectionsInOneStepAreConnections(t *testing.T) {
	for _, c := range []struct {
		n        int
		budget   faults.Budget
		timeouts int
	}{
		{2, faults.Budget{Crashes: 1, Restarts: 1}, 0},
		{2, faults.Budget{Partitions: 1}, 2},
		{3, faults.Budget{Crashes: 1}, 0},
	} {
		setup := established(t, merged.of(cluster(c.n, 2, c.budget)), servers.Established{Transactions: 1})
		setup.Prompt = true
		prompt := note(t, setup)
		setup.Prompt, setup.Config.Budget.Timeouts = false, c.timeouts
		late := note(t, setup)
		for s := range prompt.states {
			if !late.states[s] {
				t.Fatalf("%d servers, %+v: connections in one step lead to a state that connections by messages do not lead to", c.n, c.budget)
			}
		}
		if n := len(prompt.states); n == 0 || 5*n > 4*len(late.states) {
			t.Errorf("%d servers, %+v: %d states with connections in one step, %d with connections by messages", c.n, c.budget, n, len(late.states))
		}
		t.Logf("%d servers, %+v: %d states with connections in one step, %d with connections by messages", c.n, c.budget, len(prompt.states), len(late.states))
	}
}

// unseen shows only where a leader still hears a follower that has begun to follow it
// anew, on the connection before.
const unseen = "ack-outlives-trunc"

// All other bugs show in fewer states, and the simulator performs the counterexamples.
func TestConnectionsInOneStepShowBugs(t *testing.T) {
	for i := range bugs {
		b := &bugs[i]
		if b.how != merged || b.long && !*long || b.defect == unseen {
			continue
		}
		setup := b.setup(t, b.defect)
		setup.Prompt = true
		w := world(t, setup)
		r := exploretest.Search(t, w, explore.Options{Workers: 2, Layered: true, Limits: explore.Limits{States: bugStates}})
		fails := slices.IndexFunc(r.Findings, func(f explore.Finding[servers.State, *servers.Event]) bool { return f.Answer == explore.Fails })
		if fails < 0 {
			t.Errorf("%s: %v after %d states", b.defect, r.Verdict, r.States)
			continue
		}
		f := &r.Findings[fails]
		performs(t, setup, w.Schedule(f.Path), f.Property)
		t.Logf("%s: %s after %d actions, %d states", b.defect, f.Property, len(f.Path.Steps), r.States)
	}
}
