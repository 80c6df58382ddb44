package shrink

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// holdElections has elections held in one step ([sim.Elect]), in which servers
// learn at once whom they would have elected: the messages and timers by which
// they find out are most of what a cluster does to begin with, and seldom what the
// failure is about. Where it is about them the violation is gone, and elections
// stay as they are.
func (r *reducer) holdElections() {
	if r.c.Config.Protocol.Elect == nil || r.best.Oracle() {
		return
	}
	for _, together := range []bool{true, false} {
		if r.accept(r.c.withElections(r.best, together), r.shorter) {
			return
		}
	}
}

// withElections performs a schedule in which elections are held by messages, and
// in step with it another world in which they are not: when a server there has
// found a leader, it is told here, together with as many others as possible or
// with as few. It returns what was done here.
func (c *Case) withElections(s sim.Schedule, together bool) sim.Schedule {
	there, here := c.world(false, c.Config.Defects, nil), c.world(true, c.Config.Defects, nil)
	looking := func(id nodes.ID) bool { return there.Status(id).Role == nodes.Looking }
	all := c.Config.Voters | c.Config.Observers
	var done sim.Schedule
	do := func(step sim.Scheduled) {
		if step, fits := here.Fit(&step); fits && here.Perform(&step) == nil {
			done = append(done, step)
		}
	}
	for i := range s {
		var before nodes.Set
		for id := range all.All() {
			if there.Up(id) && looking(id) {
				before = before.With(id)
			}
		}
		if there.Perform(&s[i]) != nil {
			break // it was not performed by messages
		}
		do(s[i])
		for id := range before.All() {
			if there.Up(id) && !looking(id) {
				if a, ok := election(here, id, there.Status(id).Leader, together); ok {
					do(sim.Scheduled{At: s[i].At, Action: a})
				}
			}
		}
	}
	return done
}

// election returns an election in which a server comes to a leader, if there is
// one, and it has not done so.
func election(w *sim.World, id, leader nodes.ID, together bool) (sim.Action, bool) {
	all := slices.DeleteFunc(w.Elections(nil), func(a sim.Action) bool { return a.Server != leader || !a.A.Has(id) })
	if len(all) == 0 {
		return sim.Action{}, false
	}
	bySize := func(a, b sim.Action) int { return a.A.Len() - b.A.Len() }
	if together {
		return slices.MaxFunc(all, bySize), true
	}
	return slices.MinFunc(all, bySize), true
}
