package servers

import (
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// Merged steps leave out the states in which a server waits for its disk: what an
// event made it write is flushed in the same step, and so is what it writes then,
// until nothing is left to flush. Whatever it says after a flush may be late
// anyhow, so nobody else can tell the difference; but nothing reaches the server
// in between, and so races with its disk are not seen. Crashes can come in between
// all the same: see crashes.go.

// perform has an event happen in the scratch world. It returns the actions that it
// consists of there, and the moments at which the server could have died in between.
func (w *World) perform(e *Event) (done []sim.Action, moments []moment) {
	if e.Action.Kind == sim.Elect {
		w.scratch.Learn(e.place, e.Action.Server)
		return nil, nil
	}
	next, busy := e.Action, true
	for ; busy; next, busy = w.flush(e.place) {
		if e.crash.comesIn(len(done)) {
			return append(done, w.die(e, next)...), nil
		}
		if len(done) > 0 {
			moments = append(moments, moment{done: len(done)})
		}
		w.do(next)
		for _, stop := range w.scratch.CrashPoints(next, nil) {
			moments = append(moments, moment{len(done), stop})
		}
		done = append(done, next)
	}
	return done, moments
}

// within returns the actions of which an event consists where it happens.
func (w *World) within(s *State, e *Event) []sim.Action {
	if e.Action.Kind == sim.Elect { // at several servers
		return []sim.Action{e.Action}
	}
	w.execute(s, e, inOutline)
	return w.found.done
}

// flush returns the next flush of a merged step, if there is one.
func (w *World) flush(place nodes.ID) (a sim.Action, busy bool) {
	if !w.shared.Merged || place == 0 {
		return a, false
	}
	f, busy := w.scratch.Flushing(place)
	return sim.Action{Kind: sim.Synced, Server: place, File: f}, busy
}
