package servers

import (
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// Which actions may as well happen at once? As long as a server can crash, hardly
// any: it may crash before each of them, or the one that it hears from may, and
// what that one has sent is lost. But once the budget has no faults left, what
// happens at a server concerns nobody else as long as nobody else can do anything
// to it. Its footprint is the server, its end of the links, and the clients that
// ask it. Two kinds of actions have one that nothing else gets in the way of:
//
//   - A message arrives at a server that follows a leader, and nothing else can
//     happen there until it has: nothing but that connection leads to it, which is not
//     closed at the other end with more on its way, no client can ask it for anything,
//     and its timers wait until nothing is left to happen. Others can only send it
//     more on that connection, behind the message.
//   - An answer arrives at a client that is in no session.
//
// Either must leave the monitors as they were, so that it makes no difference to
// them when it comes; and elections, which look at who follows whom.
//
// So a reduced search ([explore.Reduced]) has the same answers for what monitors
// judge. It is not for questions about each state by itself, or about what never
// happens: with [Setup].Recovers or [Setup].Goals nothing is confluent.
//
// Two things are taken for granted that are the protocol's business: nobody dials a
// server that follows another, and a leader does not hang up on a follower while
// something is on its way to it, for else that may be lost. See habits.go for how it
// is found out if they are not so.

// Confluent implements [explore.Confluent], where elections are held in one step.
func (w *World) Confluent(s State) (e *Event, next State, ok bool) {
	sh := w.shared
	if !sh.config.Oracle || sh.recovery != nil || len(sh.Goals) > 0 || !sh.harmless(&s.spent) {
		return nil, s, false
	}
	if w.survey(&s) || w.urgent != nil {
		return nil, s, false
	}
	for i, slot := range sh.order {
		p := sh.parts[slot]
		switch {
		case p.Client != 0:
			e = sh.answer(w.menus[i], p.Client)
		case p.Peer == 0 && p.Server != 0:
			e = w.message(&s, p.Server)
		default:
			continue
		}
		if e == nil {
			continue
		}
		if next, ok := w.quietly(&s, e); ok {
			sh.hastened.Store(true)
			return e, next, true
		}
	}
	return nil, s, false
}

// harmless reports whether nothing is left of the budget for faults. Servers that are
// down may start: that concerns nobody who does not hear of them.
func (sh *shared) harmless(p *Spent) bool {
	b := &sh.config.Budget
	return int(p.Crashes) == b.Crashes && int(p.MachineCrashes) == b.MachineCrashes && int(p.Partitions) == b.Partitions &&
		int(p.Cuts) == b.Cuts && int(p.Pauses) == b.Pauses && int(p.Timeouts) == b.Timeouts
}

// answer returns the answer that arrives at a client in no session, if that is what
// happens there next.
func (sh *shared) answer(m *menu, id nodes.ClientID) *Event {
	if e := sole(m, 0); e != nil && e.Action.Kind == sim.Answer && sh.config.Clients[id-1].Session == 0 {
		return e
	}
	return nil
}

// message returns the delivery to a server that follows a leader, if nothing else can
// happen there before it has happened.
func (w *World) message(s *State, id nodes.ID) *Event {
	sh := w.shared
	if w.followed(s, id) == 0 {
		return nil
	}
	ways, link := 0, 0
	for _, slot := range sh.links[id] {
		if n := w.ways(s, slot, id); n > 0 {
			ways += n
			link = slot
		}
	}
	if ways != 1 || happens(w.menuOf(s, sh.server[id]), 0) > 0 {
		return nil
	}
	for _, slot := range sh.clients {
		if !sh.unasked(w.menuOf(s, slot), sh.parts[slot].Client, id) {
			return nil
		}
	}
	if e := sole(w.menuOf(s, link), id); e != nil && e.Action.Kind == sim.Deliver {
		return e
	}
	return nil
}

// unasked reports whether a client asks a server for nothing before that has
// answered it.
func (sh *shared) unasked(m *menu, id nodes.ClientID, server nodes.ID) bool {
	c := &sh.config.Clients[id-1]
	asks, others := false, false
	for _, at := range c.Servers {
		asks, others = asks || at == server, others || at != server
	}
	return !asks || !others && c.Session == 0 && happens(m, 0) == 0
}

// happens returns how many of the events of a menu, at a place if one is named, may
// happen though the budget has no faults left, and something is on its way.
func happens(m *menu, place nodes.ID) int {
	n := 0
	for i := range m.items {
		if m.items[i].happens(place) {
			n++
		}
	}
	return n
}

func (it *item) happens(place nodes.ID) bool {
	return !it.charge.fault() && (place == 0 || it.event.place == place)
}

// sole returns the only one of these events, nil if there are more, or none.
func sole(m *menu, place nodes.ID) (e *Event) {
	for i := range m.items {
		if it := &m.items[i]; it.happens(place) {
			if e != nil {
				return nil
			}
			e = it.event
		}
	}
	return e
}

// quietly returns what an event leads to, if it is possible within the bounds, and
// leaves what monitors remember and whom its server follows as they were.
func (w *World) quietly(s *State, e *Event) (next State, ok bool) {
	next = *s
	if !w.take(&next, e) || !w.settle(s, &next, nil) || next.ids[w.shared.judge] != s.ids[w.shared.judge] || next.spent != s.spent {
		return next, false
	}
	return next, e.place == 0 || w.followed(&next, e.place) == w.followed(s, e.place)
}
