package scenarios

import (
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/nodes"
)

// What the model checker gets has no plan, only properties that must always
// hold, and clients that stop where the bounds say.
func TestExploration(t *testing.T) {
	s := parseAround(t, `
explore: {crashes: 2, operations: 1, from: established, lagging: [s2, s3]}
clients:
  - {name: a, servers: [s1], script: [{at: 1s, sync: true}, {at: 2s, sync: true}]}
faults:
  - {at: 1s, crash: s1}
boot: {s5: 2s}
`)
	x, err := s.Exploration(RunOptions{Defects: []string{"skip-trunc"}})
	if err != nil {
		t.Fatal(err)
	}
	if plan := x.Config.Plan; len(plan.Faults) > 0 || plan.Held != 0 || len(x.Header.Faults) > 0 {
		t.Errorf("plan %+v, in words %q", plan, x.Header.Faults)
	}
	if x.Config.Budget.Crashes != 2 || x.Lagging != nodes.SetOf(2, 3) || len(x.Config.Defects) != 1 {
		t.Errorf("budget %+v, lagging %v, defects %q", x.Config.Budget, x.Lagging, x.Config.Defects)
	}
	for _, p := range x.Properties {
		if p.Kind != checker.Always {
			t.Errorf("%s is to be judged %v", p.Name, p.Kind)
		}
	}
	for i, want := range []bool{true, false} {
		if _, more := x.Config.Clients[0].Workload.Op(i, nil, nil); more != want {
			t.Errorf("operation %d: %v", i, more)
		}
	}
}
