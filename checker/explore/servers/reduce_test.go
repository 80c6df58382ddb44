package servers_test

import (
	"fmt"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
)

// What is wrong is found although states are left out.
func TestReducedSearchesFindBugs(t *testing.T) {
	for i := range bugs {
		if b := &bugs[i]; (!b.long || *long) && b.how != messages {
			b.hunt(t, explore.Reduced)
		}
	}
}

// What servers take for confluent is, in every state, and so a search that leaves
// out states has the same answers.
func TestReducedSearchesOfServers(t *testing.T) {
	for _, c := range []struct {
		how       granularity
		boot      bool
		n, writes int
		budget    faults.Budget
		defects   []string
		long      bool
	}{
		{merged, false, 2, 2, faults.Budget{Crashes: 2, Restarts: 2}, nil, false},
		{merged, false, 2, 2, faults.Budget{Partitions: 1}, nil, false},
		{merged, true, 3, 1, faults.Budget{}, nil, false},
		{oneStep, true, 2, 1, faults.Budget{}, nil, false},
		{merged, false, 3, 1, faults.Budget{}, []string{"commit-on-minority"}, false},
		{oneStep, false, 3, 1, faults.Budget{}, []string{"ack-before-fsync"}, false},
		{merged, false, 3, 2, faults.Budget{Crashes: 1, Restarts: 1}, nil, true},
		{oneStep, false, 3, 2, faults.Budget{Crashes: 1, Restarts: 1}, nil, true},
		{merged, false, 2, 2, faults.Budget{Crashes: 1, Restarts: 1, Partitions: 1}, nil, true},
		{merged, false, 3, 2, faults.Budget{Crashes: 1, Restarts: 1}, []string{"skip-trunc"}, true},
		{merged, false, 3, 2, faults.Budget{Crashes: 1, Restarts: 1}, []string{"ack-outlives-trunc"}, true},
		{merged, false, 3, 2, faults.Budget{Crashes: 1, Restarts: 1}, []string{"ZOOKEEPER-2845"}, true},
	} {
		b := c.budget
		t.Run(fmt.Sprintf("%v, %d servers, %d writes, %d crashes, %d partitions, %q", c.how, c.n, c.writes, b.Crashes, b.Partitions, c.defects), func(t *testing.T) {
			if c.long && !*long {
				t.Skip("takes long: -explore.long")
			}
			setup := c.how.of(cluster(c.n, c.writes, c.budget, c.defects...))
			if !c.boot {
				setup = established(t, setup, servers.Established{Transactions: uint64(c.writes) / 2})
			}
			sameReduced(t, setup)
		})
	}
}

// sameReduced checks that a search has the same answers if it is reduced, whatever the
// number of workers, and that the simulator performs its counterexamples.
func sameReduced(t *testing.T, setup servers.Setup) {
	t.Helper()
	o := explore.Options{Workers: 2, Layered: true, KeepGoing: true, Deadlock: true, Reduce: explore.Audited}
	whole := exploretest.Search(t, world(t, setup), o)
	o.Reduce, o.Workers = explore.Reduced, 1
	w := world(t, setup)
	reduced := exploretest.Search(t, w, o)
	o.Workers = 4
	again := exploretest.Search(t, world(t, setup), o)
	if reduced.Verdict != whole.Verdict || again.States != reduced.States || again.Transitions != reduced.Transitions {
		t.Errorf("%v; reduced %v with %d states and %d transitions, with 4 workers %d and %d",
			whole.Verdict, reduced.Verdict, reduced.States, reduced.Transitions, again.States, again.Transitions)
	}
	for i, f := range whole.Findings {
		g := &reduced.Findings[i]
		if f.Answer != g.Answer || f.Answer != again.Findings[i].Answer {
			t.Errorf("%s %v, reduced %v", f.Property, f.Answer, g.Answer)
		}
		if g.Answer == explore.Fails && g.Property != explore.NoDeadlock {
			performs(t, setup, w.Schedule(g.Path), g.Property)
		}
	}
	t.Logf("%d states of %d, %d transitions of %d", reduced.States, whole.States, reduced.Transitions, whole.Transitions)
}
