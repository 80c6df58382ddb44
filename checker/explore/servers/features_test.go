package servers_test

import (
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
)

// A search of real nodes that is guided by how servers stand, and a swarm of
// searches, violate what a breadth-first search violates; without a defect none does.
func TestOtherSearchesOfNodes(t *testing.T) {
	for _, defects := range [][]string{nil, {"commit-on-minority"}} {
		setup := merged.of(cluster(2, 2, faults.Budget{Crashes: 1, Restarts: 1}, defects...))
		durable, err := checker.ByName("durable-before-commit", checker.Params{})
		if err != nil {
			t.Fatal(err)
		}
		setup.Properties = append(setup.Properties, durable)
		setup = established(t, setup, servers.Established{Transactions: 1})
		o := explore.Options{KeepGoing: true, Workers: 2, Bitstate: 1 << 16}
		swarm, err := explore.Swarm(t.Context(), world(t, setup), o, explore.Swarming{Jobs: 30, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		o.Bitstate = 0
		wide := exploretest.Search(t, world(t, setup), o)
		guided, err := explore.Guided(t.Context(), world(t, setup), o)
		if err != nil {
			t.Fatal(err)
		}
		if guided.Verdict != explore.Complete || guided.States != wide.States || guided.Features < 10 {
			t.Errorf("guided:\n%sbreadth first:\n%s", guided.Report(), wide.Report())
		}
		violated := 0
		for i, f := range wide.Findings {
			if guided.Findings[i].Answer != f.Answer || (swarm.Findings[i].Answer == explore.Fails) != (f.Answer == explore.Fails) {
				t.Errorf("%v: %s: %v, guided %v, swarm %v", defects, f.Property, f.Answer, guided.Findings[i].Answer, swarm.Findings[i].Answer)
			}
			if f.Answer == explore.Fails {
				violated++
			}
		}
		if (violated > 0) != (defects != nil) {
			t.Errorf("%v: %d properties violated", defects, violated)
		}
		t.Logf("%v: %d states, %d features, %d searches visited about %d", defects, wide.States, guided.Features, swarm.Jobs, swarm.Distinct)
	}
}
