package network

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// DropDead drops what is on its way between two servers and will come to nothing:
// messages of mailbox connections that neither end knows any more, and the news
// that such a connection is gone. To deliver them now or later, or never, is all
// the same. Streams and datagrams have none: a stream takes what is on its way to
// an end with it when that end closes, and any datagram is taken by whoever is up.
func (w *Network) DropDead(a, b nodes.ID) {
	for ch := range w.specs {
		if w.specs[ch].Mode == nodes.Mailbox {
			w.peek(nodes.Channel(ch), a, b).dropDead()
		}
	}
}

func (l *link) dropDead() {
	for end := range l.mail {
		in := &l.mail[end].in
		alive := slices.DeleteFunc(slices.Clone(in.items[in.head:]), func(it Item) bool { return l.isDead(end, &it) })
		in.items, in.head = alive, 0
	}
}

// isDead reports whether nothing will come of an item on its way to an end.
func (l *link) isDead(end int, it *Item) bool {
	to, from := &l.mail[end], &l.mail[1-end]
	switch it.Kind {
	case Data: // its sender would be told, and may take that to heart
		return !to.knows(it.inc) && !from.knows(it.inc)
	case Fin:
		return !to.knows(it.inc)
	default:
		return false
	}
}

// knows reports whether an end has a connection, or is about to: it never has one
// again that it has lost.
func (m *mailer) knows(inc uint8) bool {
	return m.up && m.inc == inc ||
		slices.ContainsFunc(m.in.items[m.in.head:], func(it Item) bool { return it.Kind == Opened && it.inc == inc })
}
