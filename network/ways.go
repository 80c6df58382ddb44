package network

import "github.com/zabsim/zabsim/nodes"

// Ways returns in how many ways something can come from one server to another as
// long as neither dials: on connections that the second has not closed, and what
// is on its way without one. A mailbox that is used counts as more than one.
func (w *Network) Ways(from, to nodes.ID) int {
	n := 0
	for i, spec := range w.specs {
		l := w.peek(nodes.Channel(i), from, to)
		for k := range l.conns {
			if c := &l.conns[k]; !c.free() && c.ends[c.side(to)].state != closed {
				n++
			}
		}
		if spec.Mode == nodes.Mailbox && l.mailed() {
			n += 2
		}
		end := 0
		if to > from {
			end = 1
		}
		n += l.auto[end].len() + l.grams[end].len()
	}
	return n
}

// HangingUp reports whether one server has closed a connection to another that has not
// heard of it yet: what is on its way there may be lost. To refuse a connection is not
// to close it.
func (w *Network) HangingUp(from, to nodes.ID) bool {
	for i := range w.specs {
		l := w.peek(nodes.Channel(i), from, to)
		for k := range l.conns {
			c := &l.conns[k]
			if in := &c.ends[c.side(to)].in; in.len() > 0 && in.items[len(in.items)-1].Kind == Fin {
				return true
			}
		}
	}
	return false
}

// mailed reports whether a mailbox link is up at one end, or is to be.
func (l *link) mailed() bool {
	for end := range l.mail {
		if m := &l.mail[end]; m.up || m.dialing || m.hasWaiting || m.owesReset || m.in.len() > 0 {
			return true
		}
	}
	return false
}
