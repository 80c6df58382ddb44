package servers_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// Looking steps up finds exactly what executing each of them on a clone of the
// whole world finds.
func TestWorldAgreesWithPlainExecution(t *testing.T) {
	for name, setup := range map[string]servers.Setup{
		"boot":                    cluster(2, 1, faults.Budget{}),
		"one crash":               established(t, cluster(3, 2, faults.Budget{Crashes: 1}), servers.Established{Transactions: 1}),
		"one server lags":         established(t, cluster(3, 2, faults.Budget{}), servers.Established{Transactions: 1, Lagging: nodes.SetOf(1)}),
		"power loss and restart":  established(t, cluster(2, 1, faults.Budget{MachineCrashes: 1, Restarts: 1}), servers.Established{}),
		"partition":               established(t, cluster(3, 1, faults.Budget{Partitions: 1}), servers.Established{}),
		"one link":                established(t, cluster(3, 1, faults.Budget{Cuts: 1}), servers.Established{}),
		"election in one step":    established(t, atomic(cluster(3, 2, faults.Budget{Crashes: 1, Restarts: 1})), servers.Established{Transactions: 1}),
		"boot in one step":        atomic(cluster(2, 1, faults.Budget{Partitions: 1})),
		"false death and timeout": established(t, cluster(2, 1, faults.Budget{Pauses: 1, Timeouts: 1}), servers.Established{}),
	} {
		t.Run(name, func(t *testing.T) {
			setup.Epochs = 2
			o := explore.Options{Limits: explore.Limits{Depth: 8}, KeepGoing: true}
			dumb := exploretest.Search(t, &plain{setup}, o)
			o.Workers = 2
			w := world(t, setup)
			fast := exploretest.Search(t, w, o)
			if !slices.Equal(fast.Levels, dumb.Levels) || fast.Transitions != dumb.Transitions || fast.OutDegree != dumb.OutDegree {
				t.Errorf("looked up:\n%s%v\nexecuted:\n%s%v", fast.Report(), fast.Levels, dumb.Report(), dumb.Levels)
			}
			if executed := w.Work().Executed; executed > fast.Transitions {
				t.Errorf("%d steps executed for %d transitions", executed, fast.Transitions)
			}
		})
	}
}

// A defect that loses committed transactions is found, and the shortest
// counterexample breaks the same property when the simulator executes it.
func TestCounterexampleReplays(t *testing.T) {
	for _, c := range []struct {
		defect, property string
		budget           faults.Budget
		steps            int
	}{
		{"commit-on-minority", "durable-before-commit", faults.Budget{}, 3},
		{"ack-before-fsync", "durable-before-commit", faults.Budget{}, 4},
	} {
		t.Run(c.defect, func(t *testing.T) {
			setup := cluster(3, 1, c.budget, c.defect)
			p, err := checker.ByName(c.property, checker.Params{})
			if err != nil {
				t.Fatal(err)
			}
			setup.Properties = append(setup.Properties, p)
			setup = established(t, setup, servers.Established{})
			w := world(t, setup)
			f := exploretest.Search(t, w, explore.Options{Workers: 2}).Finding(c.property)
			if f.Answer != explore.Fails || len(f.Path.Steps) != c.steps {
				t.Fatalf("%v, %d steps, want %d", f.Answer, len(f.Path.Steps), c.steps)
			}
			watch := checker.NewWatch(setup.Header, setup.Properties)
			if _, err := sim.Replay(sim.New(setup.Config, nil, watch), w.Schedule(f.Path), true); err != nil {
				t.Fatal(err)
			}
			found := watch.Violations()
			if len(found) != 1 || found[0].Property != c.property {
				t.Errorf("the simulator finds %v", found)
			}
		})
	}
}

// What must happen sometimes is shown by an execution.
func TestWitness(t *testing.T) {
	w := world(t, established(t, cluster(3, 1, faults.Budget{}), servers.Established{}))
	f := exploretest.Search(t, w, explore.Options{}).Finding("client-ok")
	if f.Answer != explore.Holds || f.Path.Steps[len(f.Path.Steps)-1].Action.Action.Kind != sim.Answer {
		t.Errorf("%v\n%v", f.Answer, f.Path)
	}
}

// patient is a property that is broken by the second answer a client gets, and
// whose monitor says so only when asked at the end.
type patient struct{ answers byte }

func (p *patient) Wants() trace.Set                        { return trace.Of(trace.Return) }
func (p *patient) Observe(*trace.Event) *checker.Violation { p.answers++; return nil }
func (p *patient) Clone() checker.Monitor                  { c := *p; return &c }
func (p *patient) AppendTo(b []byte) []byte                { return append(b, p.answers) }
func (p *patient) Finish() *checker.Violation {
	if p.answers < 2 {
		return nil
	}
	return &checker.Violation{Property: "patient"}
}

// What a monitor would say at the end, it says of every state: an execution may
// end in any.
func TestMonitorsThatWaitForTheEnd(t *testing.T) {
	setup := cluster(2, 2, faults.Budget{})
	setup.Properties = []checker.Property{{Name: "patient", Kind: checker.Always, New: func(*trace.Header) checker.Monitor { return &patient{} }}}
	f := exploretest.Search(t, world(t, established(t, setup, servers.Established{})), explore.Options{}).Finding("patient")
	if f.Answer != explore.Fails || f.Path.Steps[len(f.Path.Steps)-1].Action.Action.Kind != sim.Answer {
		t.Errorf("%v\n%v", f.Answer, f.Path)
	}
}

// The numbers of a search of real nodes are the same at any number of workers,
// although parts get other numbers.
func TestWorkersChangeNothingForNodes(t *testing.T) {
	setup := established(t, cluster(3, 2, faults.Budget{Crashes: 1}), servers.Established{Transactions: 1})
	one := exploretest.Search(t, world(t, setup), explore.Options{Limits: explore.Limits{States: 20_000}})
	three := exploretest.Search(t, world(t, setup), explore.Options{Limits: explore.Limits{States: 20_000}, Workers: 3})
	three.Memory = one.Memory
	if !reflect.DeepEqual(one.Stats, three.Stats) || one.Finding("client-ok").Path.String() != three.Finding("client-ok").Path.String() {
		t.Errorf("3 workers:\n%s1 worker:\n%s", three.Report(), one.Report())
	}
}

// forgetful is a protocol whose nodes depend on something that no encoding
// shows: how often any of them was stepped.
func forgetful(steps *int) *nodes.Protocol {
	return &nodes.Protocol{
		Name: "forgetful", Timers: []string{"tick"}, Files: []string{"log"},
		New: func(nodes.Config) nodes.Node { return &forgetfulNode{steps: steps} },
	}
}

type forgetfulNode struct {
	steps *int `zabsim:"-"`
	Ticks int
}

func (n *forgetfulNode) Clone() nodes.Node    { c := *n; return &c }
func (n *forgetfulNode) Status() nodes.Status { return nodes.Status{} }

func (n *forgetfulNode) Step(_ nodes.Input, out *nodes.Out) {
	*n.steps++
	n.Ticks = (n.Ticks + 1 + *n.steps%2) % 50
	out.SetTimer(nodes.Timer{}, 0, 0)
}

// A node that does not do the same twice is found out, since a share of the
// steps that are looked up is executed again.
func TestNodeWithHiddenStateIsFoundOut(t *testing.T) {
	steps := 0
	cfg := &sim.Config{Protocol: forgetful(&steps), Voters: nodes.FirstN(3), Budget: faults.Budget{Timeouts: 200}}
	w := world(t, servers.Setup{Config: cfg, Header: &trace.Header{Protocol: cfg.Protocol, Voters: cfg.Voters}})
	_, err := explore.Search(t.Context(), w, explore.Options{Limits: explore.Limits{States: 20_000}})
	if !errors.Is(err, explore.ErrHidden) || !strings.Contains(err.Error(), "expire s") {
		t.Errorf("error %v", err)
	}
}

func TestSetupsThatMakeNoSense(t *testing.T) {
	for want, spoil := range map[string]func(*servers.Setup){
		`has no timer "coffee"`: func(s *servers.Setup) { s.Patient = []string{"coffee"} },
		"speaks of time":        func(s *servers.Setup) { s.Properties = []checker.Property{{Name: "x", Kind: checker.Eventually}} },
		"7 servers; at most 5":  func(s *servers.Setup) { s.Config.Voters = nodes.FirstN(7) },
		"a budget of 300":       func(s *servers.Setup) { s.Config.Budget.Timeouts = 300 },
		`no difference "x"`:     func(s *servers.Setup) { s.Exact = []string{"x"} },
		"what comes before":     func(s *servers.Setup) { s.Prefix = sim.Schedule{{Action: sim.Action{Kind: sim.Crash, Server: 1}}} },
	} {
		setup := cluster(3, 1, faults.Budget{})
		spoil(&setup)
		if _, err := servers.New(setup); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
