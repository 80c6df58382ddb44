package sim

import (
	"slices"

	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
)

// Part names one of the parts of which a world is made: a server with its
// process, disk and timers [Server]; what lies between two servers [Server,
// Peer]; a client [Client]; or, the zero Part, what belongs to none of these.
//
// Parts are for model checkers. An untimed world is determined by its parts,
// and there are few different ones. An action at a server ([World.Place]) reads
// and changes that server, links of its own, clients and the rest only.
type Part struct {
	Server, Peer nodes.ID
	Client       nodes.ClientID
}

// remainder is the zero Part.
type remainder struct {
	net    network.Rest
	paused nodes.Set
}

// Parts returns the parts of the world, in a fixed order.
func (w *World) Parts() []Part {
	var parts []Part
	for id := range w.all().All() {
		parts = append(parts, Part{Server: id})
	}
	for a := range w.all().All() {
		for b := range w.all().All() {
			if a < b {
				parts = append(parts, Part{Server: a, Peer: b})
			}
		}
	}
	for i := range w.clients {
		parts = append(parts, Part{Client: nodes.ClientID(i + 1)})
	}
	return append(parts, Part{})
}

// Place returns the server that an action happens at, 0 if it is none: what a
// client does by itself, and cuts. A client in a session may hang up on the
// server it is connected to, whatever it does.
func (w *World) Place(a Action) nodes.ID {
	if a.Client == 0 {
		return a.Server
	}
	switch c := &w.clients[a.Client-1]; {
	case a.Kind == Arrive:
		return c.server
	case c.inSession():
		return c.conn.server
	}
	return 0
}

// Of returns the part that decides, together with the rest, whether an action
// is possible.
func (a Action) Of() Part {
	switch {
	case a.Kind == Deliver || a.Kind == DialTimeout || a.Kind == Sever:
		return Part{Server: min(a.Server, a.Peer), Peer: max(a.Server, a.Peer)}
	case a.Client != 0:
		return Part{Client: a.Client}
	}
	return Part{Server: a.Server} // the zero Part for cuts
}

// Read reports whether a part was read or changed since Forget by actions that
// happened at a place. It may say so of too many parts, never of too few.
func (w *World) Read(p Part, place nodes.ID) bool {
	if p.Peer == 0 {
		return p.Server == 0 || p.Server == place
	}
	return (p.Server == place || p.Peer == place) && w.net.Touched(p.Server, p.Peer)
}

// Flushing returns the first file of a server with an fsync under way, if there
// is one.
func (w *World) Flushing(id nodes.ID) (f nodes.File, busy bool) {
	s := &w.servers[id]
	for f := range s.disk.Files() {
		if _, busy := s.disk.Next(nodes.File(f)); busy {
			return nodes.File(f), s.node != nil && !s.paused
		}
	}
	return 0, false
}

// InFlight returns how many messages are on their way on the fullest route
// between two servers; 0 for parts that are something else.
func (w *World) InFlight(p Part) int {
	if p.Peer == 0 {
		return 0
	}
	return max(w.net.MostPending(p.Server, p.Peer), w.net.MostPending(p.Peer, p.Server))
}

// Forget begins to note anew what is read.
func (w *World) Forget() { w.net.Forget() }

// Part returns a part as it is now. What it returns never changes.
func (w *World) Part(p Part) any {
	switch {
	case p.Client != 0:
		return w.clients[p.Client-1]
	case p.Peer != 0:
		return w.net.Between(p.Server, p.Peer)
	case p.Server != 0:
		s := &w.servers[p.Server]
		s.shared = true
		c := *s
		c.timers = slices.Clone(s.timers)
		return c
	}
	r := remainder{net: w.net.Rest()}
	for id := range w.all().All() {
		if w.servers[id].paused {
			r.paused = r.paused.With(id)
		}
	}
	return r
}

// SetPart puts a part back, or into another world of the same configuration.
func (w *World) SetPart(p Part, part any) {
	switch part := part.(type) {
	case client:
		w.clients[p.Client-1] = part
	case network.Between:
		w.net.SetBetween(p.Server, p.Peer, part)
	case server:
		part.timers = slices.Clone(part.timers)
		w.servers[p.Server] = part
	case remainder:
		w.net.SetRest(part.net)
		for id := range w.all().All() {
			w.servers[id].paused = part.paused.Has(id)
		}
	}
}

// AppendPart appends the canonical encoding of a part: parts with equal
// encodings are equal. AppendTo does the same for all of them.
func (w *World) AppendPart(b []byte, p Part, enc *nodes.Encoder) []byte {
	switch {
	case p.Client != 0:
		return w.clients[p.Client-1].appendTo(b)
	case p.Peer != 0:
		return w.net.AppendBetween(b, p.Server, p.Peer)
	case p.Server != 0:
		return w.servers[p.Server].appendTo(b, enc)
	}
	b = w.net.AppendRest(b)
	for id := range w.all().All() {
		b = append(b, flag(w.servers[id].paused))
	}
	return b
}
