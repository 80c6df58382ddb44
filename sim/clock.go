package sim

import "github.com/zabsim/zabsim/nodes"

// million is what a drift is measured in: it counts parts of it.
const million = 1_000_000

// outside returns how long the server's clock takes to go on by local nanoseconds.
// Quotient and remainder are scaled one by one, which cannot overflow.
func (s *server) outside(local int64) int64 {
	if s.ills.drift == 0 {
		return local
	}
	rate := million + s.ills.drift
	return local/rate*million + local%rate*million/rate
}

// local returns by how much the server's clock goes on in that many nanoseconds.
func (s *server) local(ns int64) int64 {
	rate := million + s.ills.drift
	return ns/million*rate + ns%million*rate/million
}

// resetClock has a server's clock go faster or slower from now on, or jump.
// Timers fire when that clock says so; nothing else reads it.
func (w *World) resetClock(id nodes.ID, a *Action) {
	s := &w.servers[id]
	left := make([]int64, len(s.timers))
	for i := range s.timers {
		left[i] = s.local(s.timers[i].deadline - w.now)
	}
	switch a.Kind {
	case Drift:
		s.ills.drift = int64(a.Index)
	case Jump:
		for i := range left {
			left[i] -= int64(a.Index)
		}
	}
	if !w.timed {
		return
	}
	for i := range s.timers {
		t := &s.timers[i]
		if !t.armed {
			continue
		}
		overdue := !t.queued // a pause keeps it from firing; it is queued again when that ends
		t.deadline = w.now + s.outside(max(0, left[i]))
		if !overdue && t.deadline < t.entry {
			w.enqueueTimer(id, t)
		}
	}
}
