package sim

// What faults do to clients.

import "github.com/zabsim/zabsim/nodes"

// serverDied tells the clients of a process that died: their connections
// break. When the machine lost power nobody tells them.
func (w *World) serverDied(id nodes.ID, power bool) {
	for i := range w.clients {
		if c := w.client(nodes.ClientID(i + 1)); c.server == id && c.phase == waiting && !power {
			w.settle(c, nodes.Lost, nil, nodes.Position{})
		}
	}
	if !power {
		w.connectionsBreak(id)
	}
}

// clientsCatchUp lets requests through that found a server paused.
func (w *World) clientsCatchUp(id nodes.ID) {
	for i := range w.clients {
		if c := w.client(nodes.ClientID(i + 1)); c.held && c.server == id && c.phase == asking {
			c.held = false
			w.clientDue(c, Arrive, w.now)
		}
	}
}

// clientsHealed lets requests and answers through that a cut held back.
func (w *World) clientsHealed() {
	w.newsHealed()
	for i := range w.clients {
		c := w.client(nodes.ClientID(i + 1))
		if !c.held || !w.reaches(c) {
			continue
		}
		c.held = false
		switch c.phase {
		case asking:
			w.clientDue(c, Arrive, w.now+w.hop(c))
		case answered:
			w.clientDue(c, Answer, w.now+w.hop(c))
		}
	}
}
