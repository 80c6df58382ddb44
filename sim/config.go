package sim

import (
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
)

// Config is all that a run is made from, besides its source of choices.
type Config struct {
	Protocol  *nodes.Protocol
	Options   any      // what Protocol.Options returned, filled in; nil: the defaults
	Defects   []string // names out of Protocol.Defects
	Voters    nodes.Set
	Observers nodes.Set
	Topology  network.Topology
	// Fsync is how long an fsync takes.
	Fsync network.Range
	// Machine makes the replicated state machine in its initial state.
	Machine func() nodes.StateMachine
	Clients []Client
	Plan    faults.Plan
	// Filters can be turned on and off by Hold and Release, which name them by
	// their place here.
	Filters []network.Filter
	// Images can be put on the disks of servers that are down by Install,
	// which names them by their place here.
	Images []nodes.Disk
	// Budget bounds the faults that Enabled offers besides the plan.
	Budget faults.Budget
	// MaxEvents ends the run with the verdict "limit": a livelock, most
	// likely. 0: DefaultMaxEvents.
	MaxEvents uint64
}

// DefaultMaxEvents bounds a run that sets no limit of its own.
const DefaultMaxEvents = 50_000_000

// Client issues operations one after the other, each to one server after the
// other until it is answered or its time is up.
type Client struct {
	Name string
	// Site is where the client is: cuts between its site and others cut it off
	// too. "": nowhere in particular, it reaches every server.
	Site string
	// Servers are those it talks to, in the order it tries them.
	Servers []nodes.ID
	// Timeout is how long it waits for the outcome of an operation.
	Timeout time.Duration
	// Attempt is how long it waits for one server; 0: as long as Timeout.
	Attempt time.Duration
	// Retry sends an operation again to another server when its outcome at the
	// first is unknown. Safe only where the state machine recognises it.
	Retry bool
	// OneTry ends an operation with what the first server makes of it: turned
	// away, it failed; if the server drops the client, the outcome is unknown,
	// of a read too.
	OneTry bool
	// Seen is the newest position the client was shown before it begins
	// (ZooKeeper's lastZxidSeen). A server that is behind it turns it away.
	Seen nodes.Position
	// Until ends its workload: no operation begins from this time on; 0: no
	// end. An untimed world ignores it.
	Until    time.Duration
	Workload Workload
}

// Workload says what a client does. It must depend on its arguments only, so
// that it need not be cloned with the world.
type Workload interface {
	// Op returns the i-th operation, from 0, and whether there is one.
	Op(i int, src choice.Source, s *choice.Stream) (Op, bool)
}

// Op is one operation of a client.
type Op struct {
	// At is when it is issued: the later of this time and the end of the
	// operation before, plus Pause.
	At    time.Duration
	Pause time.Duration
	Class nodes.Class
	// Body is what the state machine understands. The client sends it as it
	// is, also when it asks again.
	Body []byte
}

// Script is a Workload written out.
type Script []Op

// Op implements [Workload].
func (s Script) Op(i int, _ choice.Source, _ *choice.Stream) (Op, bool) {
	if i >= len(s) {
		return Op{}, false
	}
	return s[i], true
}

// options returns what nodes are configured with.
func (c *Config) options() any {
	if c.Options != nil || c.Protocol.Options == nil {
		return c.Options
	}
	return c.Protocol.Options()
}
