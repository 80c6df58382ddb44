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
	switch c := w.client(a.Client); {
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
	switch {
	case p.Client != 0:
		return w.met>>((p.Client-1)%64)&1 == 1
	case p.Peer != 0:
		for ch := range w.cfg.Protocol.Channels {
			if w.ReadOn(p, nodes.Channel(ch), place) {
				return true
			}
		}
		return false
	}
	return p.Server == 0 || p.Server == place
}

// ReadOn is Read for one channel of what lies between two servers.
func (w *World) ReadOn(p Part, ch nodes.Channel, place nodes.ID) bool {
	return (p.Server == place || p.Peer == place) && w.net.Touched(p.Server, p.Peer, ch)
}

// client returns a client for an action to look at, or to change.
func (w *World) client(id nodes.ClientID) *client {
	w.met |= 1 << ((id - 1) % 64)
	return &w.clients[id-1]
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
func (w *World) Forget() {
	w.met = 0
	w.net.Forget()
}

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

// SetPart puts a part back, or into another world of the same configuration. Whether
// servers are paused belongs to the rest, although they say so too.
func (w *World) SetPart(p Part, part any) {
	switch part := part.(type) {
	case client:
		w.clients[p.Client-1] = part
	case network.Between:
		w.net.SetBetween(p.Server, p.Peer, part)
	case server:
		part.timers = slices.Clone(part.timers)
		part.paused = w.servers[p.Server].paused
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

// Ways returns in how many ways something can come from one server to another as long
// as neither dials.
func (w *World) Ways(from, to nodes.ID) int { return w.net.Ways(from, to) }

// HangingUp reports whether one server has closed a connection to another that has not
// heard of it yet.
func (w *World) HangingUp(from, to nodes.ID) bool { return w.net.HangingUp(from, to) }
