package shrink

import (
	"context"
	"slices"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
)

// The end of a schedule is searched from ever earlier on, a few actions at a
// time, as long as a search can be completed.
const (
	searchStep   = 12
	searchStates = 100_000
)

// Search has the model checker look for a shorter end of what was found: from
// some action on it visits, breadth first, all executions that have no more faults
// and timeouts than the end that is there. It begins with a few actions and goes
// on with more of them until there are too many executions to visit all. Then it
// goes on in the same way with steps that are merged with their flushes, of which
// there are fewer.
//
// It leaves out time, so it is for properties that do not speak of it.
func Search(c *Case, found *Result, b *Budget) *Result {
	r := &reducer{c: c, b: b, best: found.Schedule, violation: found.Violation}
	searched := r.do(step{"search", r.search}, step{"times", r.simplifyTimes})
	searched.Stages = append(slices.Clip(found.Stages), searched.Stages...)
	searched.Searched = min(r.searched, len(searched.Schedule))
	return searched
}

func (r *reducer) search() {
	from := r.searchEnds(len(r.best), searchStep, false)
	r.searched = len(r.best) - from
	if from > 0 {
		r.gaveUp = true
		r.searchEnds(from, r.searched+searchStep, true)
	}
}

// searchEnds searches for shorter ends, first for one of so many actions. It
// returns from which action on it is known that nothing shorter does; at first that
// is from.
func (r *reducer) searchEnds(from, tail int, merged bool) int {
	for ; from > 0 && r.b.Spend(); tail += searchStep {
		cut := max(0, len(r.best)-tail)
		shorter, complete := r.searchFrom(cut, merged)
		if shorter != nil {
			// A path of merged steps may be short and its schedule is not.
			complete = r.accept(shorter, r.shorter) || merged
		}
		if !complete {
			break
		}
		from = cut
	}
	return from
}

// searchFrom returns a schedule with a shorter end from action cut on, or nil,
// and whether the search was completed.
func (r *reducer) searchFrom(cut int, merged bool) (shorter sim.Schedule, complete bool) {
	cfg := *r.c.Config
	cfg.Budget, cfg.Oracle = spentBy(r.best[cut:]), r.best.Oracle()
	cfg.Clients = r.c.decided()
	world, err := servers.New(servers.Setup{
		Config: &cfg, Header: r.c.Header, Properties: []checker.Property{r.c.Property},
		Prefix: untimed(&cfg, r.best[:cut]), Merged: merged,
	})
	if err != nil {
		return nil, false // it is more than the model checker can do
	}
	found, err := explore.Search(context.Background(), world, explore.Options{
		Limits: explore.Limits{States: searchStates, Depth: len(r.best) - cut - 1},
	})
	if err != nil || world.Err() != nil {
		return nil, false
	}
	for _, f := range found.Findings {
		if f.Answer == explore.Fails && f.Path != nil {
			return world.Schedule(f.Path), true
		}
	}
	return nil, found.Verdict == explore.Complete || found.Verdict == explore.DepthLimit
}

// decided returns the clients, each with the server first that it draws as the
// first one to turn to: the model checker's worlds draw nothing.
func (c *Case) decided() []sim.Client {
	clients := slices.Clone(c.Config.Clients)
	for i := range clients {
		first := clients[i].First(choice.Seed(c.Seed))
		clients[i].Servers = slices.Concat(clients[i].Servers[first:], clients[i].Servers[:first])
	}
	return clients
}

// untimed returns what of a schedule can happen in a world without times. It is
// never nil: that would have servers boot.
func untimed(cfg *sim.Config, s sim.Schedule) sim.Schedule {
	w := sim.New(cfg, nil, nil)
	done := sim.Schedule{}
	for i := range s {
		if step, fits := w.Fit(&s[i]); fits {
			mustPerform(w, &step)
			done = append(done, step)
		}
	}
	return done
}

// spentBy returns the budget that is just enough for some actions. The model
// checker resets no connections: a crash takes the place of that.
func spentBy(s sim.Schedule) faults.Budget {
	var b faults.Budget
	for i := range s {
		switch s[i].Action.Kind {
		case sim.Crash:
			b.Crashes++
		case sim.MachineCrash:
			b.MachineCrashes++
		case sim.Start:
			b.Restarts++
		case sim.Reset:
			b.Crashes++
			b.Restarts++
		case sim.Cut:
			b.Partitions++
			b.Cuts++
		case sim.Pause:
			b.Pauses++
		case sim.Expire, sim.DialTimeout, sim.Impatience, sim.GiveUp:
			b.Timeouts++
		}
	}
	return b
}
