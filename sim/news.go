package sim

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// news is something a server says to a client of its own accord: an event, or
// that it closes the connection. It reaches the client behind all that the
// server has said before, answers included.
type news struct {
	due    int64
	behind bool // an answer is on its way before it
	hangUp bool
	event  []byte
	pos    nodes.Position
	cause  uint64
}

// newsArrives reports whether the oldest news can reach a client.
func (w *World) newsArrives(c *client) bool {
	h := c.conn.heard
	return len(h) > 0 && (!h[0].behind || c.phase != answered) && w.reaches(c)
}

// say sends a client what its server says of its own accord, behind all that
// the server has said before.
func (w *World) say(id nodes.ID, n news, to nodes.ClientID) {
	if to == 0 || int(to) > len(w.clients) {
		return
	}
	c := w.client(to)
	if connected := c.conn.server; c.inSession() && connected != id || !c.inSession() && c.server != id {
		return // it has left
	}
	n.due, n.cause, n.behind = w.now+w.hop(c), w.events, c.phase == answered
	if n.behind {
		n.due = max(n.due, c.due)
	}
	if k := len(c.conn.heard); k > 0 {
		n.due = max(n.due, c.conn.heard[k-1].due)
	}
	c.conn.heard = append(slices.Clip(c.conn.heard), n)
	w.newsDue(c, n.due)
}

// newsFollow lets the news follow that had to wait for an answer.
func (w *World) newsFollow(c *client) {
	if len(c.conn.heard) > 0 && c.conn.heard[0].behind {
		c.conn.heard = slices.Clone(c.conn.heard)
		for i := range c.conn.heard {
			c.conn.heard[i].behind = false
		}
		w.newsDue(c, max(w.now, c.conn.heard[0].due))
	}
}

func (w *World) newsDue(c *client, at int64) {
	if w.timed {
		w.queue.push(at, Action{Kind: Told, Client: c.id})
	}
}

// told lets a client hear the oldest news.
func (w *World) told(c *client) {
	n := c.conn.heard[0]
	c.conn.heard = c.conn.heard[1:]
	if n.hangUp {
		if c.inSession() {
			w.loseConnection(c)
		}
		return
	}
	if c.inSession() {
		w.heardFrom(c)
	}
	if w.happen(trace.Told, c.server, 0, uint64(c.id), uint64(nodes.Digest(0).Bytes(n.event))) {
		e := w.event(trace.Told, c.server, 0, n.cause)
		e.Client, e.Session, e.Pos, e.Op = c.id, c.conn.session, n.pos, n.event
		w.show(e)
	}
	if c.spec.Watcher != nil {
		c.conn.watches = c.spec.Watcher.Fired(slices.Clone(c.conn.watches), n.event)
	}
	if c.spec.Recipe != nil {
		c.conn.events = append(slices.Clip(c.conn.events), n.event)
		if c.phase == resting {
			w.proceed(c)
		}
	}
}

// notify is the effect of a server that tells a client of an event.
func (w *World) notify(id nodes.ID, e *nodes.Effect, root uint64) {
	if w.happen(trace.Notify, id, 0, uint64(e.Client), uint64(nodes.Digest(0).Bytes(e.Op))) {
		ev := w.event(trace.Notify, id, 0, root)
		ev.Client, ev.Pos, ev.Op = e.Client, e.At, e.Op
		w.show(ev)
	}
	w.say(id, news{event: e.Op, pos: e.At}, e.Client)
}

// connectionsBreak tells the clients of a process that died.
func (w *World) connectionsBreak(id nodes.ID) {
	for i := range w.clients {
		if c := w.client(nodes.ClientID(i + 1)); c.conn.server == id && c.phase != waiting {
			w.say(id, news{hangUp: true}, c.id)
		}
	}
}

// newsHealed lets news through that a cut held back.
func (w *World) newsHealed() {
	for i := range w.clients {
		if c := w.client(nodes.ClientID(i + 1)); len(c.conn.heard) > 0 && w.reaches(c) {
			for _, n := range c.conn.heard {
				w.newsDue(c, max(n.due, w.now))
			}
		}
	}
}
