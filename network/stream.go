package network

import (
	"iter"

	"github.com/zabsim/zabsim/nodes"
)

// endState is what one end of a connection knows of it.
type endState uint8

const (
	unborn  endState = iota // the acceptor has not heard of it yet
	opening                 // the dialer waits for an answer
	open
	closed
)

// conn is one stream connection. A slot whose ends are both closed is free.
type conn struct {
	name nodes.Conn
	ends [2]streamEnd // the dialer's, the acceptor's
}

type streamEnd struct {
	state endState
	// owesReset: the machine lost power, and the other end will hear of it
	// when it is back.
	owesReset bool
	in        pipe // on its way to this end
}

func (c *conn) side(id nodes.ID) int {
	if c.name.Dialer() == id {
		return 0
	}
	return 1
}

func (c *conn) free() bool {
	return c.ends[0].state == closed && c.ends[1].state == closed && !c.ends[0].owesReset && !c.ends[1].owesReset
}

// shut closes one end: what was on its way there is gone.
func (c *conn) shut(side int) {
	c.ends[side].state = closed
	c.ends[side].in.clear()
}

// conn returns the connection of that name, or nil if it is gone.
func (w *Network) conn(name nodes.Conn) *conn {
	l, _ := w.link(name.Channel(), name.Dialer(), name.Acceptor())
	for i := range l.conns {
		if l.conns[i].name == name && !l.conns[i].free() {
			return &l.conns[i]
		}
	}
	return nil
}

// Exists reports whether one end of a connection, or something on its way,
// is still there.
func (w *Network) Exists(name nodes.Conn) bool { return w.conn(name) != nil }

// Dial starts a connection and returns its name. Opened or Refused travels
// back, unless the other machine is off or cut away.
func (w *Network) Dial(from, to nodes.ID, ch nodes.Channel, cause uint64) nodes.Conn {
	l, _ := w.link(ch, from, to)
	c := l.slot(from, to, ch)
	c.ends[0].state, c.ends[1].state = opening, unborn
	w.push(&c.ends[1].in, Route{from, to, ch, c.name}, &Item{Kind: Syn, Cause: cause})
	return c.name
}

// slot returns a free connection from a to b, the lowest there is.
func (l *link) slot(a, b nodes.ID, ch nodes.Channel) *conn {
	for slot := range 256 {
		name := nodes.MakeConn(a, b, ch, uint8(slot))
		i := 0
		for i < len(l.conns) && l.conns[i].name != name {
			i++
		}
		if i == len(l.conns) {
			l.conns = append(l.conns, conn{name: name})
			return &l.conns[i]
		}
		if l.conns[i].free() {
			return &l.conns[i]
		}
	}
	panic("network: 256 connections between " + a.String() + " and " + b.String())
}

// Opening reports whether the dialer of a connection still waits for an answer.
func (w *Network) Opening(name nodes.Conn) bool {
	c := w.conn(name)
	return c != nil && c.ends[0].state == opening
}

// GiveUp ends a dial that got no answer. If the other end accepted it in the
// meantime, that end learns that it was closed.
func (w *Network) GiveUp(name nodes.Conn, cause uint64) {
	if c := w.conn(name); c != nil && c.ends[0].state == opening {
		w.closeEnd(c, 0, cause)
	}
}

// Close closes one end of a connection. What it sent before still arrives.
func (w *Network) Close(name nodes.Conn, self nodes.ID, cause uint64) {
	if c := w.conn(name); c != nil {
		w.closeEnd(c, c.side(self), cause)
	}
}

func (w *Network) closeEnd(c *conn, side int, cause uint64) {
	if c.ends[side].state == closed {
		return
	}
	c.shut(side)
	switch other := &c.ends[1-side]; other.state {
	case unborn: // the dial never arrived; nobody sends it again
		c.shut(1 - side)
	case opening, open:
		w.pushOn(c, 1-side, &Item{Kind: Fin, Cause: cause})
	}
}

// pushOn sends an item to one end of a connection.
func (w *Network) pushOn(c *conn, to int, it *Item) {
	r := Route{c.name.Acceptor(), c.name.Dialer(), c.name.Channel(), c.name}
	if to == 1 {
		r.From, r.To = r.To, r.From
	}
	w.push(&c.ends[to].in, r, it)
}

func (w *Network) sendOn(name nodes.Conn, from nodes.ID, it *Item) bool {
	c := w.conn(name)
	if c == nil {
		return false
	}
	side := c.side(from)
	if c.ends[side].state != open {
		return false
	}
	if c.ends[1-side].state == closed {
		return false // the reset is on its way
	}
	w.pushOn(c, 1-side, it)
	return true
}

// Severable reports whether a stream can lose what is in flight on a route: its
// sender has closed it, the process having died or not, and nobody is left to
// send again what is lost. Then the last item says that it is closed.
func (w *Network) Severable(r Route) bool {
	if r.Conn == 0 || w.conn(r.Conn) == nil || w.Blocked(r) {
		return false
	}
	p := w.pipe(r)
	return p.len() > 1 && p.items[len(p.items)-1].Kind == Fin
}

// Connects reports whether what arrives next on a route is no message, but that the
// stream is dialled, accepted, refused or closed.
func (w *Network) Connects(r Route) bool {
	it := w.Head(r)
	return r.Conn != 0 && it != nil && it.Kind != Data
}

// Sever takes all that is in flight on a severable route but the news that it is
// closed, and calls back for each message. A kernel does that when a process
// dies with something unread: it resets the connection.
func (w *Network) Sever(r Route, lost func(*Item)) {
	p := w.pipe(r)
	for i := range p.items[p.head:] {
		if it := &p.items[p.head+i]; it.Kind == Data {
			lost(it)
		}
	}
	p.keepOnly(Fin)
}

// arriveOn handles an item that reached its end of a connection.
func (w *Network) arriveOn(r Route, it Item) Arrival {
	c := w.conn(r.Conn)
	side := c.side(r.To)
	end, other := &c.ends[side], &c.ends[1-side]
	switch it.Kind {
	case Syn:
		if w.down.Has(r.To) || !w.listen[r.On].Has(r.To) {
			c.shut(side)
			w.pushOn(c, 1-side, &Item{Kind: Refused, Cause: it.Cause})
			return Nothing
		}
		end.state = open
		w.pushOn(c, 1-side, &Item{Kind: Opened, Cause: it.Cause})
		return CameUp
	case Opened:
		end.state = open
		return CameUp
	case Refused:
		c.shut(side)
		return WasRefused
	case Fin:
		wasOpening := end.state == opening
		c.shut(side)
		if other.state == unborn {
			c.shut(1 - side)
		}
		if wasOpening {
			return WasRefused
		}
		return WentAway
	}
	return Message
}

// dieStreams closes all ends of a server that died. Dials on their way to it
// stay: its kernel refuses them.
func (w *Network) dieStreams(id, peer nodes.ID, l *link, silent bool) {
	for i := range l.conns {
		c := &l.conns[i]
		side := c.side(id)
		if c.free() || c.ends[side].state == closed || c.ends[side].state == unborn {
			continue
		}
		if !silent {
			w.closeEnd(c, side, 0)
			continue
		}
		c.shut(side)
		other := &c.ends[1-side]
		if w.IsCut(id, peer) {
			other.in.clear()
		}
		switch other.state {
		case unborn:
			c.shut(1 - side)
		case opening, open:
			c.ends[side].owesReset = true
		}
	}
}

// resetStreams tells the peers of a machine that is back about connections it
// knows nothing of.
func (w *Network) resetStreams(id, _ nodes.ID, _ nodes.Channel, l *link) {
	for i := range l.conns {
		c := &l.conns[i]
		side := c.side(id)
		if !c.ends[side].owesReset {
			continue
		}
		if other := &c.ends[1-side]; other.state == open || other.state == opening {
			w.pushOn(c, 1-side, &Item{Kind: Fin})
		}
		c.ends[side].owesReset = false
	}
}

// Dials yields the connections that from waits for to to accept.
func (w *Network) Dials(from, to nodes.ID, ch nodes.Channel) iter.Seq[nodes.Conn] {
	return func(yield func(nodes.Conn) bool) {
		l, _ := w.link(ch, from, to)
		for i := range l.conns {
			c := &l.conns[i]
			if c.name.Dialer() == from && c.ends[0].state == opening && !yield(c.name) {
				return
			}
		}
	}
}
