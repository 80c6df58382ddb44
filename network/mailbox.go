package network

import "github.com/zabsim/zabsim/nodes"

// mailer is one end of a mailbox link, ZooKeeper's election connection
// (QuorumCnxManager). There is at most one connection per pair, and the server
// with the larger ID dials it (R-CNX-1).
type mailer struct {
	up      bool
	dialing bool
	giveUp  int64 // when it stops dialling, in the simulator
	inc     uint8 // the incarnation of the connection this end has
	// waiting holds the newest message not sent yet (R-CNX-3), last the one
	// sent last, which goes out again on reconnect (R-CNX-4).
	waiting, last       Item
	hasWaiting, hasLast bool
	owesReset           bool
	in                  pipe
}

// post sends a message, or leaves it waiting and asks for a connection.
func (w *Network) post(from, to nodes.ID, ch nodes.Channel, it *Item) {
	l, end := w.link(ch, from, to)
	m := &l.mail[end]
	if m.up {
		w.mail(l, end, from, to, ch, *it)
		return
	}
	m.waiting, m.hasWaiting = *it, true
	w.dialMail(l, end, from, to, ch, it.Cause)
}

// mail puts a message on the connection.
func (w *Network) mail(l *link, end int, from, to nodes.ID, ch nodes.Channel, it Item) {
	m := &l.mail[end]
	m.last, m.hasLast = it, true
	m.waiting, m.hasWaiting = Item{}, false
	it.inc = m.inc
	w.push(&l.mail[1-end].in, Route{from, to, ch, 0}, &it)
}

// dialMail starts a connection unless one is being made (R-CNX-7).
func (w *Network) dialMail(l *link, end int, from, to nodes.ID, ch nodes.Channel, cause uint64) {
	if m := &l.mail[end]; !m.dialing {
		m.dialing = true
		r := Route{from, to, ch, 0}
		w.push(&l.mail[1-end].in, r, &Item{Kind: Syn, Cause: cause})
		if w.Scheduler != nil {
			m.giveUp = w.Scheduler.GiveUp(r)
		}
	}
}

// Dialing reports whether from waits for its mailbox connection to come up.
func (w *Network) Dialing(from, to nodes.ID, ch nodes.Channel) bool {
	l, end := w.link(ch, from, to)
	return l.mail[end].dialing
}

// Patient reports whether from has begun to dial so recently that at time now
// it does not give up yet.
func (w *Network) Patient(from, to nodes.ID, ch nodes.Channel, now int64) bool {
	l, end := w.link(ch, from, to)
	return l.mail[end].giveUp > now
}

// GiveUpMail ends an attempt to connect; the next message starts another.
func (w *Network) GiveUpMail(from, to nodes.ID, ch nodes.Channel) {
	l, end := w.link(ch, from, to)
	l.mail[end].dialing = false
	// The dial may be held back by a cut: nobody sends it again.
	in := &l.mail[1-end].in
	for i := in.head; i < len(in.items); i++ {
		if in.items[i].Kind == Syn {
			in.remove(i)
			return
		}
	}
}

// rise marks the connection as up at one end and sends what waited there, or
// again what was sent last.
func (w *Network) rise(l *link, end int, self, peer nodes.ID, ch nodes.Channel, inc uint8) {
	m := &l.mail[end]
	m.up, m.dialing, m.inc = true, false, inc
	switch {
	case m.hasWaiting:
		w.mail(l, end, self, peer, ch, m.waiting)
	case m.hasLast:
		w.mail(l, end, self, peer, ch, m.last)
	}
}

// arriveMail handles an item that reached its end of a mailbox link.
func (w *Network) arriveMail(r Route, it Item) Arrival {
	l, end := w.link(r.On, r.To, r.From)
	m, other := &l.mail[end], &l.mail[1-end]
	back := Route{r.To, r.From, r.On, 0}
	switch it.Kind {
	case Syn:
		if w.down.Has(r.To) {
			w.push(&other.in, back, &Item{Kind: Refused, Cause: it.Cause})
			return Nothing
		}
		if r.From < r.To { // the larger one drops what it has and dials back
			m.up = false
			w.dialMail(l, end, r.To, r.From, r.On, it.Cause)
			return Nothing
		}
		inc := freshIncarnation(m, other)
		w.push(&other.in, back, &Item{Kind: Opened, Cause: it.Cause, inc: inc})
		w.rise(l, end, r.To, r.From, r.On, inc)
	case Opened:
		if m.dialing {
			w.rise(l, end, r.To, r.From, r.On, it.inc)
		}
	case Refused:
		m.dialing = false
	case Fin:
		if m.up && m.inc == it.inc {
			m.up = false
		}
	case Data:
		if m.up && m.inc == it.inc {
			return Message
		}
		// A connection this end knows nothing of: reset.
		w.push(&other.in, back, &Item{Kind: Fin, Cause: it.Cause, inc: it.inc})
		return Discarded
	}
	return Nothing
}

// dieMail takes down one end: the process forgets what it wanted to send.
func (w *Network) dieMail(id, peer nodes.ID, ch nodes.Channel, l *link, silent bool) {
	_, end := w.link(ch, id, peer)
	m, other := &l.mail[end], &l.mail[1-end]
	wasUp, inc := m.up, m.inc
	m.in.keepOnly(Syn)
	*m = mailer{inc: inc, in: m.in}
	if silent && w.IsCut(id, peer) {
		other.in.clear()
	}
	switch {
	case !wasUp:
	case silent:
		m.owesReset = true
	default:
		w.push(&other.in, Route{id, peer, ch, 0}, &Item{Kind: Fin, inc: inc})
	}
}

// resetMail tells the peer of a machine that is back about a connection it
// knows nothing of.
func (w *Network) resetMail(id, peer nodes.ID, ch nodes.Channel, l *link) {
	_, end := w.link(ch, id, peer)
	if m := &l.mail[end]; m.owesReset {
		m.owesReset = false
		w.push(&l.mail[1-end].in, Route{id, peer, ch, 0}, &Item{Kind: Fin, inc: m.inc})
	}
}

// freshIncarnation returns the lowest incarnation that nothing of the link
// carries, so that a message of an old connection is never taken for one of
// the new.
func freshIncarnation(a, b *mailer) uint8 {
	for inc := uint8(0); ; inc++ {
		if a.inc != inc && b.inc != inc && !a.in.carries(inc) && !b.in.carries(inc) {
			return inc
		}
	}
}

func (p *pipe) carries(inc uint8) bool {
	for i := p.head; i < len(p.items); i++ {
		if p.items[i].inc == inc && p.items[i].Kind != Syn {
			return true
		}
	}
	return false
}
