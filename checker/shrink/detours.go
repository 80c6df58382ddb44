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
	for i := range slices.Backward(r.best) {
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
	for better := true; better && !r.tooLong(); {
		better = r.restartServers() || r.delayServers() || r.insertActions()
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
					continue
				}
				if s.Action.Kind == sim.Elect { // it takes part in none
					s.Action.A = s.Action.A.Without(id)
				}
				others = append(others, s)
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

// longWait is how often in a row a timer fires that had better be replaced.
const longWait = 4

// restartServers has a server crash and start again where one waits for a timer
// to fire again and again, until it gives up: that it gives up, or that others do,
// can often be had for less.
func (r *reducer) restartServers() bool {
	for from := 0; from < len(r.best); {
		until := from + 1
		for until < len(r.best) && r.best[from].Action.Kind == sim.Expire && r.best[until].Action == r.best[from].Action {
			until++
		}
		if until-from >= longWait && r.restartInPlaceOf(from, until) {
			return true
		}
		from = until
	}
	return false
}

// restartInPlaceOf tries to do without a timer that fires from one action to
// before another: some server crashes instead, then or when it fires again.
func (r *reducer) restartInPlaceOf(from, until int) bool {
	again := []int{until}
	for at := until + 1; at < len(r.best); at++ {
		if r.best[at].Action == r.best[from].Action {
			again = append(again, at)
		}
	}
	for _, at := range again {
		for id := range r.c.Config.Voters.All() {
			restart := r.restart(id, at)
			if restart != nil && r.isShortcut(slices.Concat(r.best[:from], r.best[until:at], restart, r.best[at:])) {
				return true
			}
			if r.b.out {
				return false
			}
		}
	}
	return false
}

// restart returns what it takes for a server to crash before action at and to be
// back, nil if it is down there.
func (r *reducer) restart(id nodes.ID, at int) sim.Schedule {
	w := r.worldBefore(at)
	var made sim.Schedule
	do := func(a sim.Action) bool {
		step := sim.Scheduled{At: r.best[at-1].At, Action: a}
		fits := w.Perform(&step) == nil
		if fits {
			made = append(made, step)
		}
		return fits
	}
	if !do(sim.Action{Kind: sim.Crash, Server: id}) || !do(sim.Action{Kind: sim.Start, Server: id}) {
		return nil
	}
	for {
		file, busy := w.Flushing(id)
		if !busy || !do(sim.Action{Kind: sim.Synced, Server: id, File: file}) {
			return made
		}
	}
}

// worldBefore returns the world in which action at happens.
func (r *reducer) worldBefore(at int) *sim.World {
	w := r.c.world(r.best.Oracle(), r.c.Config.Defects, nil)
	for i := range r.best[:at] {
		mustPerform(w, &r.best[i])
	}
	return w
}

// mustPerform performs an action of a schedule that was performed before.
func mustPerform(w *sim.World, step *sim.Scheduled) {
	if err := w.Perform(step); err != nil {
		panic("shrink: a schedule that was performed does not fit: " + err.Error())
	}
}

// insertActions does one thing more, as soon as it is possible.
func (r *reducer) insertActions() bool {
	w := r.worldBefore(0)
	var before []sim.Scheduled
	for at := range r.best {
		var now []sim.Scheduled
		for _, a := range w.Enabled(nil) {
			now = append(now, sim.Scheduled{Action: a, What: w.What(a)})
		}
		for _, extra := range now {
			if slices.Contains(before, extra) {
				continue
			}
			extra.At = r.best[at].At
			if r.isShortcut(slices.Insert(slices.Clone(r.best), at, extra)) {
				return true
			}
			if r.b.out {
				return false
			}
		}
		before = now
		mustPerform(w, &r.best[at])
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
