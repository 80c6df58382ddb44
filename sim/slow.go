package sim

import "github.com/zabsim/zabsim/nodes"

// A server whose steps take time does one after the other: what comes up for it
// while it is at one waits until that is done.

// busyServer returns the server that a queued action will have make a step, if
// it is at one now.
func (w *World) busyServer(a *Action) *server {
	var id nodes.ID
	switch a.Kind {
	case Deliver, Synced, Expire:
		id = a.Server
	case Arrive:
		id = w.client(a.Client).server
	}
	if s := &w.servers[id]; s.ills.busy > w.now {
		return s
	}
	return nil
}

// postpone puts an action that came up for a busy server off until that is done
// with its step. It reports whether it did.
func (w *World) postpone(due int64, a *Action) bool {
	s := w.busyServer(a)
	if s == nil {
		return false
	}
	switch a.Kind {
	case Expire:
		t := s.timer(a.Timer)
		if t == nil || t.entry != due {
			return false // stale
		}
		t.entry = s.ills.busy
	case Arrive:
		c := w.client(a.Client)
		if c.due != due {
			return false
		}
		c.due = s.ills.busy
	}
	w.queue.push(s.ills.busy, *a)
	return true
}

// occupy takes note that a server does a step.
func (w *World) occupy(a *Action) {
	id := a.Server
	switch a.Kind {
	case Arrive:
		id = w.client(a.Client).server
	case Deliver, Synced, Expire:
	default:
		return
	}
	if s := &w.servers[id]; s.ills.step > 0 {
		s.ills.busy = w.now + s.ills.step
	}
}
