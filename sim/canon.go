package sim

import "github.com/zabsim/zabsim/nodes"

// Canon is a set of things that nothing depends on, and that the canonical form of a
// world does not have. Model checkers bring into it what they have executed: states that
// differ only in such things are then one.
type Canon uint8

const (
	// Memory is what servers and clients remember and never look at again.
	Memory Canon = 1 << iota
	// Mail is messages on their way that will reach nobody. What waits until everything
	// has arrived does not wait for them.
	Mail
)

// Canonize brings one part of an untimed world into its canonical form.
func (w *World) Canonize(p Part, without Canon) {
	switch {
	case p.Client != 0:
		if without&Memory != 0 {
			w.clients[p.Client-1].forget()
		}
	case p.Peer != 0:
		if without&Mail != 0 {
			w.net.DropDead(p.Server, p.Peer)
		}
	case p.Server != 0:
		if without&Memory != 0 {
			w.servers[p.Server].forget()
		}
	}
}

func (s *server) forget() {
	if _, forgetful := s.node.(nodes.Forgetful); forgetful {
		s.own()
		s.node.(nodes.Forgetful).Forget()
	}
}

// forget lets go of the last answer once the client has heard it, and of how an
// operation went once it is over.
func (c *client) forget() {
	if c.phase != answered {
		c.outcome, c.result, c.pos = 0, nil, nodes.Position{}
	}
	switch c.phase {
	case finished:
		c.at, c.seen = 0, nodes.Position{}
		fallthrough
	case idle, resting:
		c.inDoubt, c.syncing = false, false
	}
}
