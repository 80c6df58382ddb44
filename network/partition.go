package network

import "github.com/zabsim/zabsim/nodes"

// IsCut reports whether nothing passes from a to b.
func (w *Network) IsCut(a, b nodes.ID) bool { return w.cut[a].Has(b) }

// Cut stops all that goes from a server of a to one of b. Nobody is told.
func (w *Network) Cut(a, b nodes.Set) {
	for id := range a.All() {
		w.cut[id] |= b.Without(id)
	}
}

// Heal lets everything pass from servers of a to servers of b again and calls
// back for every direction that was cut.
func (w *Network) Heal(a, b nodes.Set, healed func(from, to nodes.ID)) {
	for from := range a.All() {
		was := w.cut[from] & b
		w.cut[from] &^= b
		for to := range was.All() {
			healed(from, to)
		}
	}
}

// AnyCut reports whether anything is cut.
func (w *Network) AnyCut() bool {
	for _, s := range w.cut {
		if s != 0 {
			return true
		}
	}
	return false
}

// Reschedule asks the scheduler anew when each item on its way from a to b
// arrives: a cut held them back.
func (w *Network) Reschedule(a, b nodes.ID) {
	w.reschedule(a, b, func(was, now int64) int64 { return max(was, now) })
}

// reschedule has each item on its way from a to b arrive when choose says, given
// when it was to arrive and when it would if it were sent now.
func (w *Network) reschedule(a, b nodes.ID, choose func(was, now int64) int64) {
	w.Routes(a, b, func(r Route) {
		p := w.pipe(r)
		p.last = 0
		for i := p.head; i < len(p.items); i++ {
			it := &p.items[i]
			it.Due = choose(it.Due, w.Scheduler.Due(r, it, p.last))
			p.last = it.Due
		}
	})
}

// Pending calls back for every item on its way from a to b, in order on each
// route.
func (w *Network) Pending(a, b nodes.ID, do func(Route, *Item)) {
	w.Routes(a, b, func(r Route) {
		p := w.pipe(r)
		for i := p.head; i < len(p.items); i++ {
			do(r, &p.items[i])
		}
	})
}

// MostPending returns how many items are on their way on the fullest route from
// a to b.
func (w *Network) MostPending(a, b nodes.ID) int {
	most := 0
	w.Routes(a, b, func(r Route) { most = max(most, w.pipe(r).len()) })
	return most
}

// Routes calls back for every route from a to b with something in flight.
func (w *Network) Routes(a, b nodes.ID, do func(Route)) {
	for i := range w.specs {
		ch := nodes.Channel(i)
		l, _ := w.link(ch, a, b)
		for i := range l.conns {
			c := &l.conns[i]
			if side := c.side(b); c.ends[side].in.len() > 0 {
				do(Route{a, b, ch, c.name})
			}
		}
		r := Route{a, b, ch, 0}
		if w.pipe(r).len() > 0 {
			do(r)
		}
	}
}

// Reaches reports whether a client at a site reaches a server: it does unless
// the servers of its site are all cut off from that server, in either
// direction. A client of no site reaches everyone.
func (w *Network) Reaches(site int, id nodes.ID) bool {
	if site < 0 || w.top.Sites[site].Servers.Has(id) {
		return true
	}
	for s := range w.top.Sites[site].Servers.All() {
		if !w.IsCut(s, id) && !w.IsCut(id, s) {
			return true
		}
	}
	return false
}

// IsDown reports whether no process runs at a server.
func (w *Network) IsDown(id nodes.ID) bool { return w.down.Has(id) }

// IsOff reports whether the machine of a server has no power.
func (w *Network) IsOff(id nodes.ID) bool { return w.off.Has(id) }
