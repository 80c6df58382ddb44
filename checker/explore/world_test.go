package explore_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/kv"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// cluster is a setup of real ZAB nodes with one client, who asks the server
// with the highest ID to write so many values.
func cluster(servers, writes int, budget faults.Budget, defects ...string) explore.Setup {
	options := zab.DefaultOptions()
	options.MinNotificationInterval = time.Second // the wait does not double
	options.MaxNotificationInterval = time.Second
	cfg := &sim.Config{
		Protocol: &zab.Protocol, Options: options, Defects: defects,
		Voters: nodes.FirstN(servers), Budget: budget,
		Machine: func() nodes.StateMachine { return kv.New() },
	}
	var script sim.Script
	for i := range writes {
		script = append(script, sim.Op{Body: kv.Put("k", string(rune('a'+i)))})
	}
	cfg.Clients = []sim.Client{{Name: "c", Servers: []nodes.ID{nodes.ID(servers)}, Workload: script}}
	setup := explore.Setup{
		Config:  cfg,
		Header:  &trace.Header{Protocol: cfg.Protocol, Voters: cfg.Voters, Clients: []string{"c"}, Machine: cfg.Machine},
		Patient: []string{"finalize", "retry"},
	}
	for _, name := range []string{"one-leader-per-epoch", "agreement", "integrity", "no-lost-commit", "epochs-monotonic", "no-panic", "client-ok"} {
		p, err := checker.ByName(name, checker.Params{})
		if err != nil {
			panic(err)
		}
		setup.Properties = append(setup.Properties, p)
	}
	return setup
}

// established returns the setup with a search that begins behind the first
// election.
func established(t *testing.T, setup explore.Setup, e explore.Established) explore.Setup {
	t.Helper()
	prefix, err := explore.Establish(setup, e)
	if err != nil {
		t.Fatal(err)
	}
	setup.Prefix = prefix
	return setup
}

func world(t *testing.T, setup explore.Setup) *explore.World {
	t.Helper()
	w, err := explore.NewWorld(setup)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Looking steps up finds exactly what executing each of them on a clone of the
// whole world finds.
func TestWorldAgreesWithPlainExecution(t *testing.T) {
	for name, setup := range map[string]explore.Setup{
		"boot":                    cluster(2, 1, faults.Budget{}),
		"one crash":               established(t, cluster(3, 2, faults.Budget{Crashes: 1}), explore.Established{Transactions: 1}),
		"one server lags":         established(t, cluster(3, 2, faults.Budget{}), explore.Established{Transactions: 1, Lagging: nodes.SetOf(1)}),
		"power loss and restart":  established(t, cluster(2, 1, faults.Budget{MachineCrashes: 1, Restarts: 1}), explore.Established{}),
		"partition":               established(t, cluster(3, 1, faults.Budget{Partitions: 1}), explore.Established{}),
		"false death and timeout": established(t, cluster(2, 1, faults.Budget{Pauses: 1, Timeouts: 1}), explore.Established{}),
	} {
		t.Run(name, func(t *testing.T) {
			setup.Epochs = 2
			o := explore.Options{Limits: explore.Limits{Depth: 9}, KeepGoing: true}
			dumb := search(t, &plain{setup}, o)
			o.Workers = 2
			w := world(t, setup)
			fast := search(t, w, o)
			if !slices.Equal(fast.Levels, dumb.Levels) || fast.Transitions != dumb.Transitions || fast.OutDegree != dumb.OutDegree {
				t.Errorf("looked up:\n%s%v\nexecuted:\n%s%v", fast.Report(), fast.Levels, dumb.Report(), dumb.Levels)
			}
			if executed := w.Work().Executed; executed > fast.Transitions {
				t.Errorf("%d steps executed for %d transitions", executed, fast.Transitions)
			}
		})
	}
}

// How many states there are within a budget. A change of these numbers is a
// change of what the nodes, the network or the disks do, or of what their
// encodings tell apart.
func TestStatesOfZAB(t *testing.T) {
	for _, c := range []struct {
		name    string
		servers int
		writes  int
		budget  faults.Budget
		from    *explore.Established
		states  uint64
		long    bool
	}{
		{"2 servers boot", 2, 0, faults.Budget{}, nil, 486, false},
		{"2 servers, 1 write", 2, 1, faults.Budget{}, nil, 2_114, false},
		{"3 servers boot", 3, 0, faults.Budget{}, nil, 57_911, false},
		{"3 servers, 1 write", 3, 1, faults.Budget{}, &explore.Established{}, 125, false},
		{"3 servers, 2nd write, 1 partition", 3, 2, faults.Budget{Partitions: 1}, &explore.Established{Transactions: 1}, 545, false},
		{"3 servers, 2nd write, 1 crash", 3, 2, faults.Budget{Crashes: 1}, &explore.Established{Transactions: 1}, 43_477, false},
		{"3 servers, 2nd write, 2 crashes", 3, 2, faults.Budget{Crashes: 2}, &explore.Established{Transactions: 1}, 246_241, false},
		{"3 servers, 2nd write, 1 crash, 1 partition", 3, 2, faults.Budget{Crashes: 1, Partitions: 1}, &explore.Established{Transactions: 1}, 1_025_417, true},
		{"3 servers, 2nd write, 1 crash, 1 restart", 3, 2, faults.Budget{Crashes: 1, Restarts: 1}, &explore.Established{Transactions: 1}, 4_741_154, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.long && !*long {
				t.Skip("takes long: -explore.long")
			}
			setup := cluster(c.servers, c.writes, c.budget)
			setup.Epochs = 2
			if c.from != nil {
				setup = established(t, setup, *c.from)
			}
			w := world(t, setup)
			r := search(t, w, explore.Options{Workers: 2, Clock: clock()})
			if r.Verdict != explore.Complete || r.States != c.states {
				t.Errorf("%v with %d states, want %d", r.Verdict, r.States, c.states)
			}
			for _, f := range r.Findings {
				if f.Kind == checker.Always && f.Answer != explore.Holds {
					t.Errorf("%s: %v\n%v", f.Property, f.Answer, f.Path)
				}
			}
			t.Logf("%d states, %d transitions, %d executed, %.0f states/s", r.States, r.Transitions, w.Work().Executed, r.Rate())
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
			setup = established(t, setup, explore.Established{})
			w := world(t, setup)
			f := search(t, w, explore.Options{Workers: 2}).Finding(c.property)
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
	w := world(t, established(t, cluster(3, 1, faults.Budget{}), explore.Established{}))
	f := search(t, w, explore.Options{}).Finding("client-ok")
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
	f := search(t, world(t, established(t, setup, explore.Established{})), explore.Options{}).Finding("patient")
	if f.Answer != explore.Fails || f.Path.Steps[len(f.Path.Steps)-1].Action.Action.Kind != sim.Answer {
		t.Errorf("%v\n%v", f.Answer, f.Path)
	}
}

// The numbers of a search of real nodes are the same at any number of workers,
// although parts get other numbers.
func TestWorkersChangeNothingForNodes(t *testing.T) {
	setup := established(t, cluster(3, 2, faults.Budget{Crashes: 1}), explore.Established{Transactions: 1})
	one := search(t, world(t, setup), explore.Options{Limits: explore.Limits{States: 20_000}})
	three := search(t, world(t, setup), explore.Options{Limits: explore.Limits{States: 20_000}, Workers: 3})
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
	w := world(t, explore.Setup{Config: cfg, Header: &trace.Header{Protocol: cfg.Protocol, Voters: cfg.Voters}})
	_, err := explore.Search(t.Context(), w, explore.Options{Limits: explore.Limits{States: 20_000}})
	if !errors.Is(err, explore.ErrHidden) || !strings.Contains(err.Error(), "expire s") {
		t.Errorf("error %v", err)
	}
}

func TestSetupsThatMakeNoSense(t *testing.T) {
	for want, spoil := range map[string]func(*explore.Setup){
		`has no timer "coffee"`: func(s *explore.Setup) { s.Patient = []string{"coffee"} },
		"speaks of time":        func(s *explore.Setup) { s.Properties = []checker.Property{{Name: "x", Kind: checker.Eventually}} },
		"7 servers; at most 5":  func(s *explore.Setup) { s.Config.Voters = nodes.FirstN(7) },
		"a budget of 300":       func(s *explore.Setup) { s.Config.Budget.Timeouts = 300 },
		"what comes before":     func(s *explore.Setup) { s.Prefix = sim.Schedule{{Action: sim.Action{Kind: sim.Crash, Server: 1}}} },
	} {
		setup := cluster(3, 1, faults.Budget{})
		spoil(&setup)
		if _, err := explore.NewWorld(setup); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
