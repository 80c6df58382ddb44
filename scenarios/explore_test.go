package scenarios

import (
	"slices"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// What the model checker gets has no plan, no properties that take a clock, and clients
// that stop where the bounds say.
func TestExploration(t *testing.T) {
	s := parseAround(t, `
explore: {crashes: 2, operations: 1, from: established, lagging: [s2, s3]}
clients:
  - {name: a, servers: [s1], script: [{at: 1s, sync: true}, {at: 2s, sync: true}]}
faults:
  - {at: 1s, crash: s1}
boot: {s5: 2s}
`)
	s.Properties.Sometimes = []Claim{{Name: "client-ok"}}
	s.Properties.Eventually = []Claim{{Name: "converged"}}
	x, err := s.Exploration(RunOptions{Defects: []string{"skip-trunc"}})
	if err != nil {
		t.Fatal(err)
	}
	if plan := x.Config.Plan; len(plan.Faults) > 0 || plan.Held != 0 || len(x.Header.Faults) > 0 {
		t.Errorf("plan %+v, in words %q", plan, x.Header.Faults)
	}
	if x.Config.Budget.Crashes != 2 || len(x.Config.Defects) != 1 || len(x.Patient) == 0 {
		t.Errorf("budget %+v, defects %q, patient timers %q", x.Config.Budget, x.Config.Defects, x.Patient)
	}
	if !slices.ContainsFunc(x.Prefix, func(a sim.Scheduled) bool { return a.Action.Kind == sim.Cut && a.Action.B == nodes.SetOf(2, 3) }) {
		t.Error("s2 and s3 were not cut off")
	}
	var kinds [3]int
	for _, p := range x.Properties {
		kinds[p.Kind]++
	}
	if kinds[checker.Always] == 0 || kinds[checker.Sometimes] != 1 || kinds[checker.Eventually] != 0 {
		t.Errorf("of properties that hold always, eventually, sometimes there are %v", kinds)
	}
	for i, want := range []bool{true, false} {
		if _, more := x.Config.Clients[0].Workload.Op(i, nil, nil); more != want {
			t.Errorf("operation %d: %v", i, more)
		}
	}
}
