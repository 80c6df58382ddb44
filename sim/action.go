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
	Start                          // a server boots [Server]
	Resume                         // a paused server goes on [Server]
	Heal                           // everything passes from A to B again, and back if Both [A, B, Both]
	Expire                         // a timer fires [Server, Timer]
	DialTimeout                    // a dial gets no answer [Server: the dialer, Peer, On, Conn]
	Impatience                     // a client stops waiting for the server it asked [Client]
	GiveUp                         // a client stops waiting for the operation [Client]
	Pause                          // a server does nothing for a while [Server]
	Cut                            // nothing passes from A to B any more, nor back if Both [A, B, Both]
	Crash                          // a process dies [Server]
	MachineCrash                   // a machine loses power [Server; where nothing is drawn, Index: of each file at most so many writes that were not durable are lost]
	Hold                           // filter number Index is turned on [Index]
	Release                        // filter number Index is turned off [Index]
	Install                        // image number Index replaces what a server that is down has on its disk [Server, Index]

	planned // the simulator's own: fault number Index of the plan is due
)

// Action is one thing that can happen next. An execution is a list of them:
// simulator, model checker, replayer and shrinker differ only in how they pick
// the next one. Actions are comparable.
type Action struct {
	Kind   ActionKind
	Server nodes.ID
	Peer   nodes.ID
	On     nodes.Channel
	File   nodes.File
	Both   bool
	Index  int
	Client nodes.ClientID
	Conn   nodes.Conn
	Timer  nodes.Timer
	A, B   nodes.Set
}

// route returns the route whose head a Deliver takes, or the one a DialTimeout
// gives up.
func (a *Action) route() network.Route {
	if a.Kind == DialTimeout {
		return network.Route{From: a.Server, To: a.Peer, On: a.On, Conn: a.Conn}
	}
	return network.Route{From: a.Peer, To: a.Server, On: a.On, Conn: a.Conn}
}

func deliver(r network.Route) Action {
	return Action{Kind: Deliver, Server: r.To, Peer: r.From, On: r.On, Conn: r.Conn}
}
