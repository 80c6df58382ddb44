package sim

import (
	"slices"

	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
)

// timer is one armed timer of a server, or one that still has an entry in the
// queue. Protocols set read timeouts anew with every message, so a later
// deadline does not touch the queue: the entry it has is moved when it comes
// up.
type timer struct {
	id       nodes.Timer
	armed    bool
	queued   bool
	deadline int64
	entry    int64 // when its entry comes up, if queued
	cause    uint64
}

func (s *server) timer(id nodes.Timer) *timer {
	for i := range s.timers {
		if s.timers[i].id == id {
			return &s.timers[i]
		}
	}
	return nil
}

func (w *World) setTimer(id nodes.ID, e *nodes.Effect, cause uint64) {
	s := &w.servers[id]
	t := s.timer(e.Timer)
	if t == nil {
		s.timers = append(s.timers, timer{id: e.Timer})
		t = &s.timers[len(s.timers)-1]
	}
	t.armed, t.cause = true, cause
	if !w.timed {
		return
	}
	t.deadline = w.now + s.outside(choice.Between(w.src, int64(e.Min), int64(e.Max), &s.waits[e.Timer.Name]))
	if !t.queued || t.deadline < t.entry {
		w.enqueueTimer(id, t)
	}
}

func (w *World) enqueueTimer(id nodes.ID, t *timer) { w.enqueueTimerAt(id, t, t.deadline) }

// enqueueTimerAt queues a timer for a time not before its deadline, unless that
// has passed.
func (w *World) enqueueTimerAt(id nodes.ID, t *timer, at int64) {
	t.queued, t.entry = true, at
	w.queue.push(at, Action{Kind: Expire, Server: id, Timer: t.id})
}

func (w *World) stopTimer(id nodes.ID, tid nodes.Timer) {
	s := &w.servers[id]
	for i := range s.timers {
		if t := &s.timers[i]; t.id == tid {
			t.armed = false
			if !t.queued {
				s.timers = slices.Delete(s.timers, i, i+1)
			}
			return
		}
	}
}

// ripe reports whether a timer's queue entry that came up means that it fires
// now; if its deadline was moved, the entry is too.
func (w *World) ripe(due int64, a *Action) bool {
	s := &w.servers[a.Server]
	t := s.timer(a.Timer)
	if t == nil || !t.queued || t.entry != due {
		return false // from before a crash, or overtaken by an earlier one
	}
	t.queued = false
	switch {
	case !t.armed:
		w.stopTimer(a.Server, a.Timer)
		return false
	case t.deadline > w.now:
		w.enqueueTimer(a.Server, t)
		return false
	}
	return !s.paused
}

// takeTimer disarms a timer that fires and returns the event that set it.
func (s *server) takeTimer(id nodes.Timer) (cause uint64) {
	i := slices.IndexFunc(s.timers, func(t timer) bool { return t.id == id })
	t := &s.timers[i]
	cause = t.cause
	if t.queued {
		t.armed = false
	} else {
		s.timers = slices.Delete(s.timers, i, i+1)
	}
	return cause
}

// appendTimers encodes which timers are armed, in a fixed order.
func appendTimers(b []byte, timers []timer) []byte {
	at := len(b)
	b = append(b, 0)
	for _, t := range slices.SortedFunc(slices.Values(timers), compareTimers) {
		if t.armed {
			b[at]++
			b = append(b, t.id.Name, byte(t.id.Key>>24), byte(t.id.Key>>16), byte(t.id.Key>>8), byte(t.id.Key))
		}
	}
	return b
}

func compareTimers(a, b timer) int {
	if a.id.Name != b.id.Name {
		return int(a.id.Name) - int(b.id.Name)
	}
	return int(int64(a.id.Key) - int64(b.id.Key))
}

// arrivals lets the network ask the world when things arrive.
type arrivals World

// Due implements [network.Scheduler].
func (a *arrivals) Due(r network.Route, it *network.Item, after int64) int64 {
	w := (*World)(a)
	due := max(after, w.now+w.late+w.net.Delay(w.src, r.From, r.To)+w.net.Wait(r.From, r.To, w.now, it.Size))
	w.queue.push(due, deliver(r))
	return due
}

// GiveUp implements [network.Scheduler].
func (a *arrivals) GiveUp(r network.Route) int64 {
	w := (*World)(a)
	at := w.now + int64(w.cfg.Topology.Patience())
	w.queue.push(at, Action{Kind: DialTimeout, Server: r.From, Peer: r.To, On: r.On})
	return at
}
