package nodestest

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// dial is a connection that a server asked for and got no answer about yet.
type dial struct {
	from, to nodes.ID
	on       nodes.Channel
}

// conn is a stream connection. It is gone when both ends are.
type conn struct {
	name nodes.Conn
	ends [2]end // the dialer's, the acceptor's
}

type end struct {
	state endState
	inbox []nodes.Message // to be delivered there; nil stands for the other end's close
}

type endState uint8

const (
	fresh endState = iota // the server at this end has not been told
	open
	gone
)

func (c *conn) server(i int) nodes.ID {
	if i == 0 {
		return c.name.Dialer()
	}
	return c.name.Acceptor()
}

// side returns which end belongs to a server.
func (c *conn) side(id nodes.ID) int {
	if c.name.Dialer() == id {
		return 0
	}
	return 1
}

// close closes one end; the other one learns it after all that was sent.
func (c *conn) close(i int) {
	if c.ends[i].state == gone {
		return
	}
	c.ends[i] = end{state: gone}
	if other := &c.ends[1-i]; other.state != gone {
		other.inbox = append(other.inbox, nil)
	}
}

// cut breaks a connection that both ends know of: what is in flight is lost.
func (c *conn) cut() {
	for i := range c.ends {
		if c.ends[i].state != gone {
			c.ends[i].inbox = []nodes.Message{nil}
		}
	}
}

// link carries what servers send without connections of their own.
type link struct {
	from, to nodes.ID
	on       nodes.Channel
	inbox    []nodes.Message
	last     nodes.Message // sent last: a mailbox sends it again on reconnect
}

// lose loses what is in flight. A mailbox reconnects and sends the last
// message again.
func (l *link) lose(mode nodes.Mode) {
	l.inbox = nil
	if mode == nodes.Mailbox && l.last != nil {
		l.inbox = []nodes.Message{l.last}
	}
}

// freeConn returns a name for a new connection: the lowest slot not in use.
func (w *world) freeConn(d dial) nodes.Conn {
	for slot := uint8(0); ; slot++ {
		name := nodes.MakeConn(d.from, d.to, d.on, slot)
		if w.conn(name) == nil {
			return name
		}
	}
}

// conn returns the connection of that name, or nil.
func (w *world) conn(name nodes.Conn) *conn {
	i := slices.IndexFunc(w.conns, func(c conn) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return &w.conns[i]
}

// sweep forgets connections that are gone at both ends.
func (w *world) sweep() {
	w.conns = slices.DeleteFunc(w.conns, func(c conn) bool { return c.ends[0].state == gone && c.ends[1].state == gone })
}

// link returns the link of that name, making it the first time.
func (w *world) link(from, to nodes.ID, on nodes.Channel) *link {
	i := slices.IndexFunc(w.links, func(l link) bool { return l.from == from && l.to == to && l.on == on })
	if i < 0 {
		i = len(w.links)
		w.links = append(w.links, link{from: from, to: to, on: on})
	}
	return &w.links[i]
}

// send takes a message on its way.
func (w *world) send(from nodes.ID, e *nodes.Effect) {
	if e.Conn != 0 {
		c := w.conn(e.Conn)
		if c == nil {
			return // as a write to a dead socket
		}
		mine := c.side(from)
		if other := &c.ends[1-mine]; c.ends[mine].state == open && other.state != gone {
			other.inbox = append(other.inbox, e.Msg)
		}
		return
	}
	l := w.link(from, e.To, e.On)
	l.last = e.Msg
	switch up, mode := w.server(e.To).node != nil, w.protocol.Channels[e.On].Mode; {
	case up:
		l.inbox = append(l.inbox, e.Msg)
	case mode == nodes.Mailbox:
		l.inbox = []nodes.Message{e.Msg} // the newest waits
	}
}

// hangUp does to the network what the death of a process does.
func (w *world) hangUp(id nodes.ID) {
	w.dials = slices.DeleteFunc(w.dials, func(d dial) bool { return d.from == id })
	for i := range w.conns {
		if c := &w.conns[i]; c.name.Dialer() == id || c.name.Acceptor() == id {
			c.close(c.side(id))
		}
	}
	w.sweep()
	for i := range w.links {
		l := &w.links[i]
		if l.from == id {
			l.last = nil
		}
		if l.to == id {
			l.lose(w.protocol.Channels[l.on].Mode)
		}
	}
}
