package shrink

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// maxQuadratic bounds the length of the schedules on which is tried what takes
// the square of it.
const maxQuadratic = 300

// tooLong reports whether that is too much for the schedule.
func (r *reducer) tooLong() bool {
	r.gaveUp = len(r.best) > maxQuadratic
	return r.gaveUp
}

// dropPairs leaves out two actions at a time: one that the other only undoes.
func (r *reducer) dropPairs() {
	if r.tooLong() {
		return
	}
	for i := len(r.best) - 1; i >= 0; i-- {
		for j := min(i, len(r.best)) - 1; j >= 0 && !r.b.out; j-- {
			if r.without(func(k int) bool { return k == i || k == j }) {
				j = min(j, len(r.best))
			}
		}
	}
}

// takeDetours changes the schedule at one place, into one that is no shorter,
// and looks whether more can be left out after that. A server that boots later
// has heard less that it must put right; a message that arrives out of turn
// can make others needless.
func (r *reducer) takeDetours() {
	for !r.tooLong() && (r.delayServers() || r.insertActions()) {
	}
}

// delayServers lets a server do nothing up to some point and then all it did
// before.
func (r *reducer) delayServers() bool {
	var servers nodes.Set
	for i := range r.best {
		servers = servers.With(r.best[i].Action.Server)
	}
	for id := range servers.Without(0).All() {
		concerns := func(s sim.Scheduled) bool { return s.Action.Server == id || s.Action.Peer == id }
		for until := len(r.best) - 1; until > 0; until-- {
			var others, own sim.Schedule
			for _, s := range r.best[:until] {
				if concerns(s) {
					own = append(own, s)
				} else {
					others = append(others, s)
				}
			}
			if r.isShortcut(slices.Concat(others, own, r.best[until:])) {
				return true
			}
			if r.b.out {
				return false
			}
		}
	}
	return false
}

// insertActions does one thing more.
func (r *reducer) insertActions() bool {
	for at := len(r.best) - 1; at > 0; at-- {
		w := r.c.world(r.c.Config.Defects, nil)
		for i := range r.best[:at] {
			if err := w.Perform(&r.best[i]); err != nil {
				panic("shrink: a schedule that was performed does not fit: " + err.Error())
			}
		}
		for _, a := range w.Enabled(nil) {
			extra := sim.Scheduled{At: r.best[at].At, Action: a, What: w.What(a)}
			if r.isShortcut(slices.Insert(slices.Clone(r.best), at, extra)) {
				return true
			}
			if r.b.out {
				return false
			}
		}
	}
	return false
}

// isShortcut tries a schedule of about the same length, and takes what is left
// of it if that is shorter.
func (r *reducer) isShortcut(s sim.Schedule) bool {
	try := &reducer{c: r.c, b: r.b}
	if !try.accept(s, nothingIsWorse) {
		return false
	}
	try.dropSingles()
	if !r.shorter(try.best) {
		return false
	}
	r.best, r.violation = try.best, try.violation
	return true
}
