package sim

import "time"

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
		switch {
		case a.Kind == planned:
			w.strike(a.Index, rec)
		case w.slowed && w.postpone(due, &a):
		case w.admit(due, &a):
			w.do(&a, rec)
			if w.slowed {
				w.occupy(&a)
			}
		}
		if len(w.struck) > 0 || w.halted != 0 {
			w.strikeAll(rec)
		}
	}
	if w.stopped == Finished {
		w.now = max(w.now, int64(until))
	}
	return w.stopped
}

// do performs an action that Run has picked. The schedule says where the step
// it led to was stopped, if a trigger did so.
func (w *World) do(a *Action, rec *Schedule) {
	if rec != nil {
		*rec = append(*rec, Scheduled{w.Now(), *a, w.what(a)})
	}
	w.act(a)
	if rec != nil && w.stop > 0 {
		(*rec)[len(*rec)-1].Action.Stop = w.stop
	}
}

// strikeAll carries out the faults whose trigger was pulled just now, and sees
// to it that a step which was stopped for them goes on.
func (w *World) strikeAll(rec *Schedule) {
	for w.stopped == Finished {
		switch {
		case len(w.struck) > 0:
			i := w.struck[0]
			w.struck = w.struck[1:]
			w.strikeNow(i, rec)
		case w.halted != 0:
			a := Action{Kind: Continue, Server: w.halted}
			w.halted = 0
			if w.possible(&a) == nil {
				w.do(&a, rec)
			}
		default:
			return
		}
	}
}

// admit reports whether an action that came up in the queue happens now. It
// does not if it is stale, since what it was about is gone or was put off; or
// if a cut or a pause stands in its way, whose end queues it again.
func (w *World) admit(due int64, a *Action) bool {
	if a.Kind.ofClient() {
		return w.admitClient(due, a)
	}
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
	case DialTimeout:
		if w.servers[a.Server].paused { // it finds out when it goes on
			w.queue.push(w.now+int64(time.Millisecond), *a)
			return false
		}
		if a.Conn == 0 && w.net.Patient(a.Server, a.Peer, a.On, w.now) {
			return false // it was about an earlier dial
		}
	}
	return w.possible(a) == nil
}

func (w *World) admitClient(due int64, a *Action) bool {
	c := w.client(a.Client)
	switch a.Kind {
	case Impatience:
		return w.reached(&c.patience, due, a) && w.possibleClient(a) == nil
	case GiveUp:
		return w.reached(&c.limit, due, a) && w.possibleClient(a) == nil
	case KeepAlive:
		return w.reached(&c.conn.alive, due, a) && w.possibleClient(a) == nil
	case Told:
		return w.possibleClient(a) == nil && c.conn.heard[0].due <= w.now
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
