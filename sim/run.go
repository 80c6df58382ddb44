package sim

import (
	"fmt"
	"time"
)

// Stop says why a run ended.
type Stop uint8

// The reasons to end.
const (
	Finished Stop = iota // virtual time is up, or nothing is left to happen
	Limit                // too many events: a livelock, most likely
	Panicked             // a node's Step panicked
)

// String returns "finished", "limit" or "panicked".
func (s Stop) String() string { return [...]string{"finished", "limit", "panicked"}[s] }

// Run simulates: of all that can happen next it picks what is due first, until
// the virtual time until. It appends what was done to rec, which may be nil.
// The world must be timed.
func Run(w *World, until time.Duration, rec *Schedule) Stop {
	limit := w.cfg.MaxEvents
	if limit == 0 {
		limit = DefaultMaxEvents
	}
	for w.stopped == Finished && w.queue.len() > 0 && w.queue.first() <= int64(until) {
		if w.events >= limit {
			w.stopped = Limit
			break
		}
		due, a := w.queue.pop()
		w.now = max(w.now, due)
		if a.Kind == planned {
			w.strike(a.Index, rec)
		} else if w.admit(due, &a) {
			w.do(&a, rec)
		}
		for len(w.struck) > 0 && w.stopped == Finished {
			i := w.struck[0]
			w.struck = w.struck[1:]
			w.strikeNow(i, rec)
		}
	}
	if w.stopped == Finished {
		w.now = max(w.now, int64(until))
	}
	return w.stopped
}

// do performs an action that Run has picked.
func (w *World) do(a *Action, rec *Schedule) {
	if rec != nil {
		*rec = append(*rec, Scheduled{w.Now(), *a})
	}
	w.act(a)
}

// admit reports whether an action that came up in the queue happens now. It
// does not if it is stale, since what it was about is gone or was put off; or
// if a cut or a pause stands in its way, whose end queues it again.
func (w *World) admit(due int64, a *Action) bool {
	switch a.Kind {
	case Deliver:
		it := w.net.Head(a.route())
		return it != nil && it.Due <= w.now && !w.net.Blocked(a.route()) && !w.servers[a.Server].paused
	case Expire:
		return w.ripe(due, a)
	case Synced:
		s := &w.servers[a.Server]
		m, busy := s.disk.Next(a.File)
		return busy && m.Due <= w.now && !s.paused && s.node != nil
	case Invoke, Arrive, Answer, Impatience, GiveUp:
		return w.admitClient(due, a)
	case DialTimeout:
		if w.servers[a.Server].paused { // it finds out when it goes on
			w.queue.push(w.now+int64(time.Millisecond), *a)
			return false
		}
	}
	return w.possible(a) == nil
}

func (w *World) admitClient(due int64, a *Action) bool {
	c := &w.clients[a.Client-1]
	switch a.Kind {
	case Impatience:
		return w.reached(&c.patience, due, a) && w.possibleClient(a) == nil
	case GiveUp:
		return w.reached(&c.limit, due, a) && w.possibleClient(a) == nil
	}
	if due != c.due {
		return false
	}
	if w.possibleClient(a) == nil {
		return true
	}
	c.held = a.Kind == Arrive && c.phase == asking || a.Kind == Answer && c.phase == answered
	return false
}

// Replay performs a schedule, at its times. A strict replay stops at the first
// action that cannot happen; otherwise such actions are left out. It returns
// what was done, and for a strict replay why it stopped.
//
// The world must be made from the configuration and the source of choices of
// the run that was recorded; the plan is ignored, since the schedule says when
// faults strike.
func Replay(w *World, s Schedule, strict bool) (done Schedule, err error) {
	for i, step := range s {
		w.now = max(w.now, int64(step.At))
		if err := w.Apply(step.Action); err != nil {
			if strict {
				return done, fmt.Errorf("action %d: %w", i+1, err)
			}
			continue
		}
		done = append(done, step)
		w.struck = w.struck[:0]
		if w.stopped != Finished {
			break
		}
	}
	return done, nil
}
