package sim

import (
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
)

// ActionKind is a kind of [Action].
type ActionKind uint8

// The kinds of actions, dullest first: searches that prefer low ones find the
// least eventful executions. In brackets, the fields that say which one it is.
const (
	Deliver      ActionKind = iota // the next item of a route arrives [Server, Peer, On, Conn]
	Synced                         // the oldest fsync of a file is done [Server, File]
	Invoke                         // a client issues its next operation [Client]
	Arrive                         // its request reaches the server [Client]
	Answer                         // the answer reaches the client [Client]
	Told                           // what a server says of its own accord reaches the client [Client]
	Start                          // a server boots [Server]
	Resume                         // a paused server goes on [Server; Index: in which order, a faults.Wake]
	Heal                           // everything passes from A to B again, and back if Both [A, B, Both]
	Expire                         // a timer fires [Server, Timer]
	DialTimeout                    // a dial gets no answer [Server: the dialer, Peer, On, Conn]
	Impatience                     // a client stops waiting for the server it asked [Client]
	KeepAlive                      // a client in a session shows that it is alive [Client]
	GiveUp                         // a client stops waiting for the operation [Client]
	Pause                          // a server does nothing for a while [Server]
	Cut                            // nothing passes from A to B any more, nor back if Both [A, B, Both]
	Crash                          // a process dies [Server]
	MachineCrash                   // a machine loses power [Server; where nothing is drawn, Index: of each file at most so many writes that were not durable are lost; Both: in the middle of a write]
	Hold                           // filter number Index is turned on [Index; A, B, if not empty: it picks what goes from A to B]
	Release                        // filter number Index is turned off [Index]
	Install                        // image number Index replaces what a server that is down has on its disk [Server, Index]

	// The rest of what can go wrong. Index is an amount, and 0 ends it.
	Reset    // all connections between A and B break, and both ends are told [A, B]
	Lag      // what goes from A to B, and back if Both, takes Index nanoseconds longer [A, B, Both, Index]
	Throttle // at most Index bytes a second go from A to B, and back if Both [A, B, Both, Index]
	Lose     // messages from A to B on a channel are lost, Index in a million [A, B, Both, On, Index]
	Repeat   // they come twice [A, B, Both, On, Index]
	Reorder  // they are late [A, B, Both, On, Index]
	Slow     // each step of a server takes Index nanoseconds [Server, Index]
	Drift    // its clock gains Index microseconds a second [Server, Index]
	Jump     // its clock jumps by Index nanoseconds [Server, Index]
	SlowDisk // each fsync of a server takes Index nanoseconds longer [Server, Index]
	Ail      // its disk has disk.Trouble number Index [Server, Index]
	Rot      // a bit of record number Index of a file flips [Server, File, Index]
	Wipe     // all that a server that is down has on its disk is gone [Server]
	Copy     // what Peer has on its disk replaces what a server that is down has [Server, Peer]
	Backup   // what a server has on its disk is kept [Server]
	Restore  // what was kept last replaces what a server that is down has [Server]
	Continue // a server does the rest of a step that was stopped [Server]
	Elect    // servers elect a leader, in one step [Server: the leader, A: those who learn of it]
	Sever    // what was sent on a connection that the other end has closed is lost, and this end learns that it is closed [Server, Peer, On, Conn]

	planned // the simulator's own: fault number Index of the plan is due
)

// ofClient reports whether it is something that a client does or hears.
func (k ActionKind) ofClient() bool {
	switch k {
	case Invoke, Arrive, Answer, Told, Impatience, KeepAlive, GiveUp:
		return true
	default:
		return false
	}
}

// Action is one thing that can happen next. An execution is a list of them:
// simulator, model checker, replayer and shrinker differ only in how they pick
// the next one. Actions are comparable.
type Action struct {
	Kind   ActionKind
	Server nodes.ID
	Peer   nodes.ID
	On     nodes.Channel
	File   nodes.File
	Both   bool // of MachineCrash: it strikes in the middle of a write
	// Stop, if not 0, stops the step that the action leads to before its effect
	// number Stop, counted from 1. The server does nothing more before Continue
	// or Resume, which do the rest; a crash leaves it undone.
	Stop   uint16
	Index  int
	Client nodes.ClientID
	Conn   nodes.Conn
	Timer  nodes.Timer
	A, B   nodes.Set
}

// route returns the route whose head a Deliver takes, that a Sever empties, or
// that a DialTimeout gives up.
func (a *Action) route() network.Route {
	if a.Kind == DialTimeout {
		return network.Route{From: a.Server, To: a.Peer, On: a.On, Conn: a.Conn}
	}
	return network.Route{From: a.Peer, To: a.Server, On: a.On, Conn: a.Conn}
}

func deliver(r network.Route) Action {
	return Action{Kind: Deliver, Server: r.To, Peer: r.From, On: r.On, Conn: r.Conn}
}
