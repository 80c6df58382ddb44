package scenarios

import (
	"slices"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// Explore bounds what the model checker visits. The first six are its budget
// of faults; see faults.Budget.
type Explore struct {
	Crashes        int `json:"crashes,omitempty" jsonschema:"Process crashes."`
	MachineCrashes int `json:"machine-crashes,omitempty" jsonschema:"Power losses."`
	Restarts       int `json:"restarts,omitempty" jsonschema:"Restarts of crashed servers."`
	Partitions     int `json:"partitions,omitempty" jsonschema:"Partitions of the network."`
	Pauses         int `json:"pauses,omitempty" jsonschema:"Pauses of a process."`
	Timeouts       int `json:"timeouts,omitempty" jsonschema:"How often a timer may expire."`

	Operations int `json:"operations,omitempty" jsonschema:"How many operations each client asks for at most; all of its script if left out."`
	Epochs     int `json:"epochs,omitempty" jsonschema:"The highest epoch that is visited; all if left out."`
	Depth      int `json:"depth,omitempty" jsonschema:"How many actions an execution has at most."`

	From         string   `json:"from,omitempty" jsonschema:"Where executions begin: boot, when all servers have started, or established, when all of them follow a leader."`
	Transactions int      `json:"transactions,omitempty" jsonschema:"With from: established, how many of the clients' operations are committed by then."`
	Lagging      []string `json:"lagging,omitempty" jsonschema:"With from: established, servers that these transactions have yet to reach."`
}

// Starts are what [Explore.From] can be; "" is the first.
var Starts = []string{"boot", "established"}

// Established reports whether executions begin behind the first election.
func (e *Explore) Established() bool { return e.From == Starts[1] }

func (e *Explore) budget() faults.Budget {
	return faults.Budget{
		Crashes: e.Crashes, MachineCrashes: e.MachineCrashes, Restarts: e.Restarts,
		Partitions: e.Partitions, Pauses: e.Pauses, Timeouts: e.Timeouts,
	}
}

// exploration looks at what bounds the model checker.
func (c *inspector) exploration() {
	n, e := c.root.value("explore"), &c.s.Explore
	if e.From != "" && !slices.Contains(Starts, e.From) {
		c.report(n.value("from"), "%s", Unknown("start", e.From, Starts))
		return
	}
	for _, key := range n.present("transactions", "lagging") {
		if !e.Established() {
			c.report(n.key(key), "%s is for executions that begin later; add \"from: established\"", key)
		}
	}
	for i, name := range e.Lagging {
		c.known(n.at("lagging", i), name)
	}
}

// Exploration is what the model checker makes of a scenario: a world without
// times and without planned faults, and what must always hold in it.
type Exploration struct {
	Config     *sim.Config
	Header     *trace.Header
	Properties []checker.Property
	Lagging    nodes.Set // see [Explore.Lagging]
}

// Exploration prepares an exploration, for a protocol and defects as in a run.
func (s *Scenario) Exploration(opts RunOptions) (*Exploration, error) {
	opts.Untimed = true
	t, err := s.prepare(opts, builtin())
	if err != nil {
		return nil, err
	}
	return &Exploration{t.cfg, t.result.Header, t.properties, s.selector(s.Explore.Lagging).Set}, nil
}

// untimed makes a trial one of the model checker's: the plan, whose faults have
// their times, gives way to the budget, and what is to happen sometime is not
// judged.
func (t *trial) untimed(s *Scenario) {
	t.cfg.Plan, t.result.Header.Faults = faults.Plan{}, nil
	t.properties = slices.DeleteFunc(t.properties, func(p checker.Property) bool { return p.Kind != checker.Always })
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
