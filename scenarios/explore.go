package scenarios

import (
	"errors"
	"slices"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
)

// Explore bounds what the model checker visits. The first seven are its budget
// of faults; see faults.Budget.
type Explore struct {
	Crashes        int `json:"crashes,omitempty" jsonschema:"Process crashes."`
	MachineCrashes int `json:"machine-crashes,omitempty" jsonschema:"Power losses."`
	Restarts       int `json:"restarts,omitempty" jsonschema:"Restarts of crashed servers."`
	Partitions     int `json:"partitions,omitempty" jsonschema:"Partitions of the network."`
	Cuts           int `json:"cuts,omitempty" jsonschema:"Cuts of a single link between two servers, of three servers or more."`
	Pauses         int `json:"pauses,omitempty" jsonschema:"Pauses of a process."`
	Timeouts       int `json:"timeouts,omitempty" jsonschema:"How often a timer may expire."`

	Operations int `json:"operations,omitempty" jsonschema:"How many operations each client asks for at most; all of its script if left out."`
	Requests   int `json:"requests,omitempty" jsonschema:"How many operations all clients together ask for at most."`
	Elections  int `json:"elections,omitempty" jsonschema:"How often a server becomes a leader at most."`
	InFlight   int `json:"in-flight,omitempty" jsonschema:"How many messages are on their way from one server to another on one channel at most."`
	Epochs     int `json:"epochs,omitempty" jsonschema:"The highest epoch that is visited; all if left out."`
	Depth      int `json:"depth,omitempty" jsonschema:"How many actions an execution has at most."`

	Election    string `json:"election,omitempty" jsonschema:"How leaders are elected: by messages, or atomic, in one step: who of a connected quorum would win does, and leaders and followers learn of it at once."`
	Steps       string `json:"steps,omitempty" jsonschema:"Whether servers wait for their disks: fine, where each fsync is a step, or merged, where it comes with the step that asked for it."`
	Connections string `json:"connections,omitempty" jsonschema:"Whether servers learn late how a connection fares: by messages, or atomic, where both ends know at once that it opens, or that it is closed."`
	Reduce      string `json:"reduce,omitempty" jsonschema:"What is left out because it makes no difference: nothing, confluent, the states in which something may as well happen at once, which takes election: atomic, or audit, where nothing is left out and it is checked that confluent would lose nothing."`

	From         string   `json:"from,omitempty" jsonschema:"Where executions begin: boot, when all servers have started, or established, when all of them follow a leader."`
	Transactions int      `json:"transactions,omitempty" jsonschema:"With from: established, how many of the clients' operations are committed by then."`
	Lagging      []string `json:"lagging,omitempty" jsonschema:"With from: established, servers that these transactions have yet to reach."`
	Late         []string `json:"late,omitempty" jsonschema:"With from: established, servers that start only then, for the first time."`
}

// What [Explore.From], [Explore.Election], [Explore.Steps], [Explore.Connections] and
// [Explore.Reduce] can be; "" is the first.
var (
	Starts          = []string{"boot", "established"}
	ElectionModes   = []string{"messages", "atomic"}
	StepModes       = []string{"fine", "merged"}
	ConnectionModes = []string{"messages", "atomic"}
	ReduceModes     = []string{"nothing", "confluent", "audit"}
)

// Established reports whether executions begin behind the first election.
func (e *Explore) Established() bool { return e.From == Starts[1] }

// Atomic reports whether elections are held in one step.
func (e *Explore) Atomic() bool { return e.Election == ElectionModes[1] }

// Merged reports whether flushes come with the steps that ask for them.
func (e *Explore) Merged() bool { return e.Steps == StepModes[1] }

// Prompt reports whether both ends of a connection know at once how it fares.
func (e *Explore) Prompt() bool { return e.Connections == ConnectionModes[1] }

// Reduces reports whether confluent actions decide what is visited, or are audited.
func (e *Explore) Reduces() bool { return e.Confluent() || e.Audited() }

// Confluent reports whether states in which an action is confluent are left out.
func (e *Explore) Confluent() bool { return e.Reduce == ReduceModes[1] }

// Audited reports whether it is checked in every state that nothing would be lost.
func (e *Explore) Audited() bool { return e.Reduce == ReduceModes[2] }

// Check says which of the words in it means nothing, if one does.
func (e *Explore) Check() (key string, err error) {
	for _, word := range []struct {
		key, is, what string
		known         []string
	}{
		{"from", e.From, "start", Starts},
		{"election", e.Election, "kind of election", ElectionModes},
		{"steps", e.Steps, "kind of steps", StepModes},
		{"connections", e.Connections, "kind of connections", ConnectionModes},
		{"reduce", e.Reduce, "reduction", ReduceModes},
	} {
		if word.is != "" && !slices.Contains(word.known, word.is) {
			return word.key, errors.New(Unknown(word.what, word.is, word.known))
		}
	}
	if e.Reduces() && !e.Atomic() {
		return "reduce", errors.New("what is confluent is known only where elections are held in one step: it needs election atomic")
	}
	return "", nil
}

func (e *Explore) budget() faults.Budget {
	return faults.Budget{
		Crashes: e.Crashes, MachineCrashes: e.MachineCrashes, Restarts: e.Restarts,
		Partitions: e.Partitions, Cuts: e.Cuts, Pauses: e.Pauses, Timeouts: e.Timeouts,
	}
}

// exploration looks at what bounds the model checker.
func (c *inspector) exploration() {
	n, e := c.root.value("explore"), &c.s.Explore
	if key, err := e.Check(); err != nil {
		c.report(n.value(key), "%v", err)
		return
	}
	for _, key := range n.present("transactions", "lagging", "late") {
		if !e.Established() {
			c.report(n.key(key), "%s is for executions that begin later; add \"from: established\"", key)
		}
	}
	for i, name := range e.Lagging {
		c.known(n.at("lagging", i), name)
	}
	for i, name := range e.Late {
		c.known(n.at("late", i), name)
	}
}

// Exploration returns what the model checker makes of a scenario, for a protocol
// and defects as in a run: a world without times and without planned faults, and
// what must hold in it always or sometimes.
func (s *Scenario) Exploration(opts RunOptions) (servers.Setup, error) {
	opts.Untimed = true
	t, err := s.prepare(opts, builtin(opts.Protocols...))
	if err != nil {
		return servers.Setup{}, err
	}
	e, p := &s.Explore, t.cfg.Protocol
	setup := servers.Setup{
		Config: t.cfg, Header: t.result.Header, Properties: t.properties,
		Patient: p.Patient, Watchful: p.Watchful, Deserted: p.Deserted,
		Epochs: uint64(e.Epochs), Elections: e.Elections, Requests: e.Requests, InFlight: e.InFlight,
		Merged: e.Merged(), Prompt: e.Prompt(),
	}
	if e.Established() {
		start := servers.Established{Transactions: uint64(e.Transactions), Lagging: s.selector(e.Lagging).Set, Late: s.selector(e.Late).Set}
		setup.Prefix, err = servers.Establish(setup, start)
	}
	return setup, err
}

// untimed makes a trial one of the model checker's: the plan, whose faults have
// their times, gives way to the budget, and what is to hold eventually, which takes
// a clock, is not judged.
func (t *trial) untimed(s *Scenario) {
	t.cfg.Plan, t.result.Header.Faults = faults.Plan{}, nil
	t.cfg.Oracle = s.Explore.Atomic()
	t.properties = slices.DeleteFunc(t.properties, func(p checker.Property) bool { return p.Kind == checker.Eventually })
	if n := s.Explore.Operations; n > 0 {
		for i := range t.cfg.Clients {
			if c := &t.cfg.Clients[i]; c.Workload != nil {
				c.Workload = firstOps{c.Workload, n}
			}
		}
	}
}

// firstOps is the beginning of a workload.
type firstOps struct {
	sim.Workload
	n int
}

// Op implements [sim.Workload].
func (f firstOps) Op(i int, src choice.Source, s *choice.Stream) (sim.Op, bool) {
	if i >= f.n {
		return sim.Op{}, false
	}
	return f.Workload.Op(i, src, s)
}
