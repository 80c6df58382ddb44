package servers

import (
	"fmt"

	"github.com/zabsim/zabsim/sim"
)

// A process may die in the middle of an event: right after a flush and before it goes
// on, between two writes, between a message and a write, and in merged steps before each
// flush. Each event comes in variants in which it does so, one for each moment that
// leaves something else behind ([sim.World.CrashPoints]). In a schedule such a variant is
// an action that is stopped ([sim.Action].Stop), and a crash.
//
// A power loss needs no variants: it takes away what was written since the last flush,
// any part of it, so what it can leave in the middle of an event it can leave behind it.
// Nor does an election in one step: who begins a role writes one snapshot at most, and
// the others take a leader that died before it for one that died at once.

// moment is when a server dies within an event. The zero moment is never.
type moment struct {
	done int    // so many of the actions of the event are done by then
	stop uint16 // and of the next one the effects before this number, counted from 1; 0: nothing
}

// comesIn reports whether the moment comes when so many actions of an event are done.
func (m moment) comesIn(done int) bool { return m != moment{} && m.done == done }

// String returns where that is, as stories write it: "before flush 2", "at effect 3
// of flush 1".
func (m moment) String() string {
	switch {
	case m.stop == 0:
		return fmt.Sprintf("before flush %d", m.done)
	case m.done == 0:
		return fmt.Sprintf("at effect %d", m.stop)
	default:
		return fmt.Sprintf("at effect %d of flush %d", m.stop, m.done)
	}
}

// die begins the next action of an event, unless the server dies before it, and has
// the server die. It returns what was done.
func (w *World) die(e *Event, next sim.Action) (done []sim.Action) {
	if next.Stop = e.crash.stop; next.Stop > 0 {
		w.do(next)
		done = append(done, next)
	}
	crash := sim.Action{Kind: sim.Crash, Server: e.place}
	w.do(crash)
	return append(done, crash)
}

// crashesWithin appends the variants of an event in which the server dies.
func (w *World) crashesWithin(s *State, e *Event, dst []*Event) []*Event {
	if e.place == 0 {
		return dst
	}
	o := w.outcome(s, e)
	w.foreseen = append(w.foreseen, foresight{e, o})
	for _, id := range o.variants() {
		dst = append(dst, *w.shared.happenings.at(id))
	}
	return dst
}

// variantsOf returns the numbers of the variants of an event in which the server dies at
// one of some moments.
func (sh *shared) variantsOf(e *Event, moments []moment) (variants []uint32) {
	if sh.config.Budget.Crashes == 0 {
		return nil
	}
	for _, m := range moments {
		o := e.of
		o.crash = m
		variants = append(variants, sh.eventOf(o, func(v *Event) { v.charge, v.lenient = e.charge, e.lenient }).id)
	}
	return variants
}

// foresight is what an event does in the state looked at last.
type foresight struct {
	event *Event
	does  outcome
}

// foresee returns what an event does: without looking it up, if that was necessary
// already to know the variants of the event. Searches take events in order.
func (w *World) foresee(s *State, e *Event) outcome {
	for i := w.passed; i < len(w.foreseen); i++ {
		if f := &w.foreseen[i]; f.event == e && w.surveyed == s.ids {
			w.passed = i + 1
			return f.does
		}
	}
	return w.outcome(s, e)
}
