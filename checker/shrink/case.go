package shrink

import (
	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// Case says how executions are performed and what counts as failing in the
// same way: the property is violated, and if defects are switched on, it is not
// without them.
type Case struct {
	Config   *sim.Config
	Seed     uint64 // what the worlds draw from: how long things take, what a power loss leaves
	Header   *trace.Header
	Property checker.Property
}

// world returns a new world, in which elections are held in one step if oracle.
func (c *Case) world(oracle bool, defects []string, obs trace.Observer) *sim.World {
	cfg := *c.Config
	cfg.Oracle, cfg.Defects = oracle, defects
	return sim.New(&cfg, choice.Seed(c.Seed), obs)
}

// Perform performs a schedule leniently until the property is violated. It
// returns what was done, and the violation, or nil if there was none. If the
// schedule holds an election in one step ([sim.Elect]), the world holds all of
// them so.
func (c *Case) Perform(s sim.Schedule) (sim.Schedule, *checker.Violation) {
	return c.perform(s, c.Config.Defects)
}

// Blames reports whether the defects that were switched on are to blame for
// the violation: without them the schedule does no harm.
func (c *Case) Blames(s sim.Schedule) bool {
	if len(c.Config.Defects) == 0 {
		return true
	}
	_, v := c.perform(s, nil)
	return v == nil
}

func (c *Case) perform(s sim.Schedule, defects []string) (sim.Schedule, *checker.Violation) {
	watch := checker.NewWatch(c.Header, []checker.Property{c.Property})
	w := c.world(s.Oracle(), defects, watch)
	done := make(sim.Schedule, 0, len(s))
	for i := range s {
		step, fits := w.Fit(&s[i])
		if !fits {
			continue
		}
		if err := w.Perform(&step); err != nil {
			panic("shrink: an action that fits cannot happen: " + err.Error())
		}
		done = append(done, step)
		if len(watch.Violations()) > 0 || w.Stopped() != sim.Finished {
			break
		}
	}
	for _, v := range watch.Finish() {
		if !v.Inconclusive {
			return done, v
		}
	}
	return done, nil
}
