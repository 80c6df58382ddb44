package servers

import "github.com/zabsim/zabsim/sim"

// Merged steps leave out the states in which a server waits for its disk: what an
// event made it write is flushed in the same step, and so is what it writes then,
// until nothing is left to flush. Whatever it says after a flush may be late
// anyhow, so nobody else can tell the difference; but nothing reaches the server
// in between, and so races with its disk are not seen.
//
// A crash can come between any two flushes all the same. Each event that leads to
// some comes in variants in which the server crashes before the first, the
// second and so on.

// settle does the flushes of a step, and then the crash if the event has one. It
// returns what it did.
func (w *World) settle(e *Event) (done []sim.Action) {
	if !w.shared.Merged || e.place == 0 || e.Action.Kind == sim.Elect {
		return nil
	}
	for f, busy := w.scratch.Flushing(e.place); busy; f, busy = w.scratch.Flushing(e.place) {
		next := sim.Action{Kind: sim.Synced, Server: e.place, File: f}
		if len(done)+1 == e.crash {
			next = sim.Action{Kind: sim.Crash, Server: e.place}
		}
		w.do(next)
		done = append(done, next)
	}
	return done
}

// crashesWithin appends the variants of an event in which the server crashes
// before one of the flushes that it leads to.
func (w *World) crashesWithin(s *State, e *Event, dst []*Event) []*Event {
	if e.place == 0 {
		return dst
	}
	o := w.outcome(s, e)
	w.foreseen = append(w.foreseen, foresight{e, o})
	return append(dst, o.variants...)
}

// variantsOf returns the variants of an event that leads to so many flushes.
func (sh *shared) variantsOf(e *Event, flushes int) (variants []*Event) {
	if e.crash > 0 {
		return nil
	}
	for n := range flushes {
		o := e.of
		o.crash = n + 1
		variants = append(variants, sh.eventOf(o, func(v *Event) { v.charge, v.lenient = e.charge, e.lenient }))
	}
	return variants
}

// foresight is what an event does in the state looked at last.
type foresight struct {
	event *Event
	does  *outcome
}

// foresee returns what an event does: without looking it up, if that was necessary
// already to know the variants of the event. Searches take events in order.
func (w *World) foresee(s *State, e *Event) *outcome {
	for i := w.passed; i < len(w.foreseen); i++ {
		if f := &w.foreseen[i]; f.event == e && w.surveyed == s.ids {
			w.passed = i + 1
			return f.does
		}
	}
	return w.outcome(s, e)
}

// within returns the actions of which an event consists where it happens.
func (w *World) within(s *State, e *Event) []sim.Action {
	actions := []sim.Action{e.Action}
	if e.Action.Kind != sim.Elect {
		actions = append(actions, w.outcome(s, e).flushed...)
	}
	return actions
}
