package servers

import (
	"fmt"

	"github.com/zabsim/zabsim/sim"
)

// Connections in one step ([Setup].Prompt) leave out what comes of servers that do not
// know yet how a connection fares. The news of it comes with the action that made it, as
// flushes come with merged steps: that a connection was dialled, accepted or refused, and
// that its other end is closed. What is still on its way when the other end is closed
// arrives before anything else happens, or is lost from some message on. And who waits
// for a connection to which nothing comes through gives up at once.
//
// Each of these executions is one of connections that take their time, with as many
// early timeouts as that takes, so what is found in them happens there too.

// promptly notes what of an action is to happen before all others.
func (m *menu) promptly(w *World, a *sim.Action, it *item) {
	switch {
	case w.scratch.Connects(*a), it.lenient && w.ofConnection(a):
		if m.prompt == nil {
			m.prompt = it.event
		}
	case w.scratch.HungUp(*a):
		it.urgent, m.urgent = true, true
	}
}

// ofConnection reports whether an action is that a server ceases to wait for a
// connection to which nothing comes through.
func (w *World) ofConnection(a *sim.Action) bool {
	if a.Kind == sim.DialTimeout {
		return w.scratch.Silent(a.Server, a.Peer)
	}
	return a.Kind == sim.Expire && w.shared.ofConnection(a.Timer)
}

// mostNews bounds what comes of one action before another can happen.
const mostNews = 1 << 8

// settle has happen at once what comes of an action that led from one state to the
// next, shows each of these events with the state it happens in, and reports whether
// all is within the bounds. There was nothing left to happen at once before the action.
func (w *World) settle(from, s *State, show func(*State, *Event)) bool {
	if !w.shared.Prompt {
		return true
	}
	for range mostNews {
		e := w.prompt(from, s)
		if e == nil {
			return true
		}
		if show != nil {
			show(s, e)
		}
		before := *s
		before.spent = from.spent // the last fault is over when all is settled
		if !w.take(s, e) {
			return false
		}
		w.mind(&before, s, e)
	}
	w.shared.complain(fmt.Errorf("explore: more than %d connections open and end at once; they cannot do so in one step", mostNews))
	return false
}

// prompt returns what is to happen at once in a state, nil if nothing is. What parts
// that have not changed make possible was not.
func (w *World) prompt(from, s *State) *Event {
	sh := w.shared
	all := s.ids[sh.rest] != from.ids[sh.rest]
	for _, slot := range sh.order {
		if !all && s.ids[slot] == from.ids[slot] {
			continue
		}
		if e := w.menuOf(s, slot).prompt; e != nil {
			return e
		}
	}
	return nil
}

// unfolded returns the actions of which a step consists: those of its event, and those
// that come of it at once.
func (w *World) unfolded(s *State, e *Event) []sim.Action {
	actions := w.within(s, e)
	if next := *s; w.shared.Prompt && w.happen(&next, e) {
		w.settle(s, &next, func(s *State, e *Event) { actions = append(actions, w.within(s, e)...) })
	}
	return actions
}

// settleInitial settles the state that a search begins in.
func (sh *shared) settleInitial() error {
	w := sh.fork()
	from := State{}
	w.settle(&from, &sh.initial, func(s *State, e *Event) {
		for _, a := range w.within(s, e) {
			sh.opening = append(sh.opening, sim.Scheduled{Action: a})
		}
	})
	return w.Err()
}
