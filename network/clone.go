package network

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// Clone returns an independent copy without a scheduler. Messages are
// immutable and shared.
func (w *Network) Clone() *Network {
	c := *w
	c.links = slices.Clone(w.links)
	for i := range c.links {
		c.links[i] = w.links[i].clone()
	}
	c.cut = slices.Clone(w.cut)
	c.listen = slices.Clone(w.listen)
	c.chance = slices.Clone(w.chance)
	c.on = slices.Clone(w.on)
	c.filters = slices.Clone(w.filters)
	c.shapes = slices.Clone(w.shapes)
	c.odds = slices.Clone(w.odds)
	c.Scheduler = nil
	return &c
}

func (l *link) clone() link {
	c := *l
	c.conns = slices.Clone(l.conns)
	for i := range c.conns {
		for side := range c.conns[i].ends {
			c.conns[i].ends[side].in = l.conns[i].ends[side].in.clone()
		}
	}
	for end := range 2 {
		c.auto[end] = l.auto[end].clone()
		c.mail[end].in = l.mail[end].in.clone()
		c.grams[end] = l.grams[end].clone()
	}
	return c
}

// AppendTo appends a canonical encoding of all that decides what can still
// happen, without times.
func (w *Network) AppendTo(b []byte) []byte {
	b = w.AppendRest(b)
	for i := range w.specs {
		for lo := 1; lo < w.n; lo++ {
			for hi := lo + 1; hi < w.n; hi++ {
				l := &w.links[(i*w.n+lo)*w.n+hi]
				b = l.appendTo(b, w.specs[i].Mode)
			}
		}
	}
	return b
}

func (l *link) appendTo(b []byte, mode nodes.Mode) []byte {
	switch mode {
	case nodes.Mailbox:
		var names incNames
		for end := range l.mail {
			b = l.mail[end].appendTo(b, &names)
		}
	case nodes.Datagram:
		b = l.grams[1].appendTo(l.grams[0].appendTo(b))
	default:
		b = l.auto[1].appendTo(l.auto[0].appendTo(b))
		for _, c := range l.ordered() {
			if c.free() {
				continue // as if it had never been
			}
			b = append(b, byte(c.name>>24), byte(c.name>>16), byte(c.name>>8), byte(c.name))
			for side := range c.ends {
				end := &c.ends[side]
				b = append(b, byte(end.state), flag(end.owesReset))
				b = end.in.appendTo(b)
			}
		}
		b = append(b, 0)
	}
	return b
}

// appendTo encodes one end.
func (m *mailer) appendTo(b []byte, names *incNames) []byte {
	b = append(b, flag(m.up), flag(m.dialing), flag(m.owesReset), flag(m.hasWaiting), flag(m.hasLast))
	if m.up || m.owesReset {
		b = append(b, names.of(m.inc))
	}
	if m.hasWaiting {
		b = appendMessage(b, m.waiting.Msg)
	}
	if m.hasLast {
		b = appendMessage(b, m.last.Msg)
	}
	b = m.in.appendTo(b)
	for i := range m.in.items[m.in.head:] {
		switch it := &m.in.items[m.in.head+i]; it.Kind {
		case Data, Opened, Fin:
			b = append(b, names.of(it.inc))
		}
	}
	return b
}

// incNames gives the incarnations of a mailbox link names in the order in which an
// encoding comes to them. Only that some are the same decides anything.
type incNames []uint8

func (n *incNames) of(inc uint8) byte {
	i := slices.Index(*n, inc)
	if i < 0 {
		i = len(*n)
		*n = append(*n, inc)
	}
	return byte(i)
}

func appendSet(b []byte, s nodes.Set) []byte {
	for i := range 8 {
		b = append(b, byte(s>>(8*i)))
	}
	return b
}

func flag(v bool) byte {
	if v {
		return 1
	}
	return 0
}
