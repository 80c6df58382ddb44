package sim

import (
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
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
	// Disks are what servers have on their disks before they first boot, by ID;
	// the others are new.
	Disks map[nodes.ID]nodes.Disk
	// Images can be put on the disks of servers that are down by Install,
	// which names them by their place here.
	Images []nodes.Disk
	// Budget bounds the faults that Enabled offers besides the plan.
	Budget faults.Budget
	// Oracle has elections held in one step, by the action [Elect].
	Oracle bool
	// Forks change the seed that choices follow from, at some times; in the order
	// of time.
	Forks []Fork
	// MaxEvents ends the run with the verdict "limit": a livelock, most
	// likely. 0: DefaultMaxEvents.
	MaxEvents uint64
}

// Fork is a moment from which on all choices follow from another seed: two runs
// that differ in a fork only are the same up to it.
type Fork struct {
	At   time.Duration
	Seed uint64
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
	// Session, if not 0, makes the client keep a session with that timeout (the
	// servers may want another one): it is connected to one server at a time,
	// which it draws, and an operation whose connection breaks is not asked for
	// again. Timeout, Attempt, Retry and OneTry mean nothing then.
	Session time.Duration
	// Recipe, if there is one, takes the place of Workload in a session.
	Recipe Recipe
	// Watcher knows the watches of the operations; nil: there are none.
	Watcher Watcher
}

// Recipe is what a client in a session does that goes by what it hears: a lock,
// an election. Like a workload it must depend on its arguments only.
type Recipe interface {
	// Next returns the i-th operation, from 0, and whether there is one: if not
	// the client waits for news. State is what it returned the time before, nil
	// at first; it must not be changed, but returned anew.
	Next(state []byte, i int, h Heard, src choice.Source, s *choice.Stream) (newState []byte, op Op, more bool)
}

// Heard is what a client heard since it last asked its recipe.
type Heard struct {
	// Result is how the operation before ended, if Ended; Body is its result if
	// that is known.
	Ended   bool
	Result  trace.Result
	Body    []byte
	Session nodes.SessionID // 0: none at the moment
	Events  [][]byte        // in order
	// Expired says that the session ended; what follows is in another one, and
	// no event of the old one will come.
	Expired bool
}

// Watcher keeps account of the watches that a client waits for, in words of its
// own, so that it can set them again at another server.
type Watcher interface {
	// Armed returns the watches once an operation had that result, Fired those
	// that an event leaves. They may change watches.
	Armed(watches []string, op, result []byte) []string
	Fired(watches []string, event []byte) []string
	// Again returns the operation that sets them again.
	Again(watches []string, seen nodes.Position) []byte
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
	// Session, Password and Timeout go with a request of a client that does not
	// keep a session by itself.
	Session  nodes.SessionID
	Password nodes.Password
	Timeout  time.Duration
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
