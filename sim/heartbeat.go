package sim

import (
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// The times of a client in a session (R-CLI-10). It gives up a server that has
// said nothing for two thirds of the session's timeout, and says something itself
// at least twice as often: also while it waits for an answer, so that a slow
// operation does not end the session. All that it is told counts as heard; that
// pings are answered behind the operations before them is why they do not keep the
// client waiting for a server that is stuck.

// maxSilence is after how long ZooKeeper's clients ping, if not before.
const maxSilence = 10 * time.Second

// patienceOf returns when a client in a session gives up the server it asks at
// that time. To be connected it waits for so long that there is time to try all
// servers.
func (c *client) patienceOf(at int64) int64 {
	k := &c.conn
	if k.errand == connecting {
		return at + int64(k.timeout)/int64(len(c.spec.Servers))
	}
	return max(at, k.heardAt+int64(k.timeout)*2/3)
}

// keepAlive puts off the next ping to half of the time after which the client
// would give the server up, from when it last said something.
func (w *World) keepAlive(c *client) {
	if w.timed && c.conn.server != 0 {
		at := c.conn.saidAt + int64(min(c.conn.timeout/3, maxSilence))
		w.putOff(&c.conn.alive, max(w.now, at), Action{Kind: KeepAlive, Client: c.id})
	}
}

// ping shows the server that the client is alive. While it waits for something
// else it does not wait for the answer.
func (w *World) ping(c *client) {
	if c.phase == idle || c.phase == resting {
		w.run(c, pinging, 0)
		return
	}
	c.conn.saidAt = w.now
	w.signal(c, nodes.Ping)
	w.keepAlive(c)
}

// heardFrom notes that the server has said something.
func (w *World) heardFrom(c *client) {
	c.conn.heardAt = w.now
	if w.timed && (c.phase == asking || c.phase == waiting) {
		w.putOff(&c.patience, c.patienceOf(w.now), Action{Kind: Impatience, Client: c.id})
	}
}

// signal says something to the server that needs no answer. It is there at once, or
// never: a cut or a pause swallows it.
func (w *World) signal(c *client, class nodes.Class) {
	server := c.conn.server
	if s := &w.servers[server]; s.node == nil || s.paused || !w.net.Reaches(c.site, server) {
		return
	}
	w.in.request = nodes.Request{Client: c.id, Class: class, Session: c.conn.session}
	w.step(server, &w.in.request, w.events)
}
