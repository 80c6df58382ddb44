package sim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
)

// Replay performs a schedule, at its times. A strict replay stops at the first
// action that cannot happen; otherwise such actions are left out. It returns
// what was done, and for a strict replay why it stopped.
//
// The world must be made from the configuration and the source of choices of
// the run that was recorded; the plan is ignored, since the schedule says when
// faults strike.
func Replay(w *World, s Schedule, strict bool) (done Schedule, err error) {
	for i := range s {
		if err := w.Perform(&s[i]); err != nil {
			if strict {
				return done, fmt.Errorf("action %d: %w", i+1, err)
			}
			continue
		}
		done = append(done, s[i])
		if w.stopped != Finished {
			break
		}
	}
	return done, nil
}

// Perform performs one action of a schedule, at its time. It returns an error,
// and changes nothing, if the action cannot happen in this state.
func (w *World) Perform(s *Scheduled) error {
	if err := w.possible(&s.Action); err != nil {
		return err
	}
	w.now = max(w.now, int64(s.At))
	w.unplanned(&s.Action)
	w.struck, w.halted = w.struck[:0], 0
	return nil
}

// Stopped says whether the world came to an end before its time, and why.
func (w *World) Stopped() Stop { return w.stopped }

// What says what an action would deliver now: a message, "PROPOSAL 1.3", or
// what a connection goes through, "(dial)". It is "" if that is nothing.
func (w *World) What(a Action) string { return w.what(&a) }

func (w *World) what(a *Action) string {
	if a.Kind != Deliver {
		return ""
	}
	it := w.net.Head(a.route())
	switch {
	case it == nil:
		return ""
	case it.Kind != network.Data:
		return it.Kind.String()
	}
	return nodes.Describe(it.Msg)
}

// Fit returns what an action of a schedule amounts to in a world whose past is
// not quite the recorded one: the action itself, or its like on another
// connection of the same servers, or an election by those who are there. A delivery must deliver a message of the
// kind that was recorded. It reports false if nothing of the kind can happen.
func (w *World) Fit(s *Scheduled) (Scheduled, bool) {
	if w.fits(&s.Action, s.What) {
		return Scheduled{s.At, s.Action, w.what(&s.Action)}, true
	}
	for _, a := range w.likes(&s.Action) {
		if w.fits(&a, s.What) {
			return Scheduled{s.At, a, w.what(&a)}, true
		}
	}
	return Scheduled{}, false
}

func (w *World) fits(a *Action, what string) bool {
	return w.possible(a) == nil && (what == "" || kindOfWhat(w.what(a)) == kindOfWhat(what))
}

// kindOfWhat returns the kind of a message in its printed form.
func kindOfWhat(what string) string {
	kind, _, _ := strings.Cut(what, " ")
	return kind
}

// likes returns the actions that differ from a in the connection only; of an
// election, those in which fewer elect the same leader, most of them first.
func (w *World) likes(a *Action) []Action {
	var all []Action
	like := *a
	switch {
	case a.Kind == Deliver && a.Conn != 0:
		w.net.Routes(a.Peer, a.Server, func(r network.Route) {
			if r.On == a.On && r.Conn != 0 {
				all = append(all, deliver(r))
			}
		})
	case a.Kind == DialTimeout && a.Conn != 0:
		for conn := range w.net.Dials(a.Server, a.Peer, a.On) {
			like.Conn = conn
			all = append(all, like)
		}
	case a.Kind == Elect && w.cfg.Oracle:
		all = slices.DeleteFunc(w.Elections(nil), func(e Action) bool { return e.Server != a.Server || e.A&^a.A != 0 })
		slices.SortStableFunc(all, func(e, f Action) int { return f.A.Len() - e.A.Len() })
	case a.Kind == Expire && a.Timer.Key != 0:
		for i := range w.servers[a.Server].timers {
			like.Timer = w.servers[a.Server].timers[i].id
			if like.Timer.Name == a.Timer.Name {
				all = append(all, like)
			}
		}
	}
	return all
}

// Misfit says which action of a schedule cannot happen, and why.
type Misfit struct {
	Index int // its place in the schedule
	Why   error
	Since int // the place of the action that made it so; -1: it never could
}

// Explain finds out why action i of a schedule cannot happen. w must be a new
// world, in which all actions before it can.
func Explain(w *World, s Schedule, i int) *Misfit {
	a := &s[i].Action
	m := &Misfit{Index: i, Why: w.possible(a), Since: -1}
	for j := range s[:i] {
		if w.Perform(&s[j]) != nil {
			break // then this one is to blame, and the caller knows
		}
		now := w.possible(a)
		if (now == nil) != (m.Why == nil) || now != nil && now.Error() != m.Why.Error() {
			m.Since = j
		}
		m.Why = now
	}
	return m
}
