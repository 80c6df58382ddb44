package servers_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/kv"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// identified has the client say which operation is which, as scenarios do, and the
// servers carry out each once: what some properties rely on.
func identified(setup servers.Setup) servers.Setup {
	machine := func() nodes.StateMachine { return app.Once(kv.New()) }
	setup.Config.Machine, setup.Header.Machine = machine, machine
	script := setup.Config.Clients[0].Workload.(sim.Script)
	for i := range script {
		script[i].Body = app.Identify(1, uint32(i+1), script[i].Body)
	}
	return setup
}

// timeless returns all properties that can be judged of key-value stores without
// times, but leader-stays: it is for executions without faults.
func timeless() []checker.Property {
	return slices.DeleteFunc(slices.Clone(checker.All), func(p checker.Property) bool {
		return p.Kind == checker.Eventually || slices.Contains([]string{"conservation", "no-overdraft", "leader-stays"}, p.Name)
	})
}

// Judges who sit in panels, and are asked by forks in turn, say of an execution what
// a Watch of all says that has seen it.
func TestPanelsJudgeAsAWatchDoes(t *testing.T) {
	for _, defect := range []string{"", "commit-on-minority", "ack-before-fsync", "skip-trunc"} {
		setup := merged.of(identified(cluster(3, 2, faults.Budget{Crashes: 2, Restarts: 2, Partitions: 1})))
		if defect != "" {
			setup.Config.Defects = []string{defect}
		}
		setup.Properties = timeless()
		setup = established(t, setup, servers.Established{Transactions: 1})
		w := world(t, setup)
		forks := []*servers.World{w, w.Fork().(*servers.World)}
		broken := make(map[string]int)
		for seed := range 60 {
			path := wander(forks, rand.New(rand.NewPCG(uint64(seed), 0)), 80)
			watch := checker.NewWatch(setup.Header, setup.Properties)
			if _, err := sim.Replay(sim.New(setup.Config, nil, watch), w.Schedule(path), true); err != nil {
				t.Fatal(err)
			}
			found := watch.Finish()
			for i, p := range w.Properties() {
				violated := slices.ContainsFunc(found, func(v *checker.Violation) bool { return v.Property == p.Name })
				holds := p.Holds(path.Last())
				if holds == violated {
					t.Fatalf("%s, seed %d: %s: the panels say %v, a watch %v, behind\n%v", defect, seed, setup.Properties[i].Name, !holds, violated, path)
				}
				if violated && p.Kind == checker.Always {
					broken[p.Name]++
				}
			}
		}
		if err := w.Err(); err != nil {
			t.Error(err)
		}
		if (len(broken) > 0) != (defect != "") {
			t.Errorf("%q: broken is %v", defect, broken)
		}
		t.Logf("%q: %v", defect, broken)
	}
}

// wander takes random steps, each in some fork.
func wander(forks []*servers.World, luck *rand.Rand, steps int) *explore.Path[servers.State, *servers.Event] {
	s := forks[0].Initial()[0]
	path := &explore.Path[servers.State, *servers.Event]{Initial: s}
	for range steps {
		w := forks[luck.IntN(len(forks))]
		events := w.Actions(s, nil)
		if len(events) == 0 {
			break
		}
		e := events[luck.IntN(len(events))]
		next, ok := w.Next(s, e)
		if !ok {
			continue
		}
		s = next
		path.Steps = append(path.Steps, explore.Step[servers.State, *servers.Event]{Action: e, State: s})
	}
	return path
}

// absentMinded is a monitor that depends on more than its encoding says.
type absentMinded struct{ seen *int }

func (m absentMinded) Wants() trace.Set { return trace.Of(trace.Commit) }

func (m absentMinded) Observe(*trace.Event) *checker.Violation {
	*m.seen++
	return nil
}

func (m absentMinded) Finish() *checker.Violation { return nil }

func (m absentMinded) Clone() checker.Monitor { return m }

func (m absentMinded) AppendTo(b []byte) []byte { return append(b, byte(*m.seen), byte(*m.seen>>8)) }

// A monitor whose clones share what they remember is found out.
func TestAbsentMindedMonitorIsFoundOut(t *testing.T) {
	setup := merged.of(cluster(2, 3, faults.Budget{Crashes: 2, Restarts: 2}))
	setup.Properties = []checker.Property{{Name: "absent-minded", Kind: checker.Always, New: func(*trace.Header) checker.Monitor {
		return absentMinded{new(int)}
	}}}
	setup = established(t, setup, servers.Established{Transactions: 1})
	_, err := explore.Search(t.Context(), world(t, setup), explore.Options{Limits: explore.Limits{States: 20_000}})
	if !errors.Is(err, explore.ErrHidden) {
		t.Errorf("the search says %v", err)
	}
}
