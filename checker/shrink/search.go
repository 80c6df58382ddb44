package shrink

import (
	"context"
	"slices"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/sim"
)

// The end of a schedule is searched from ever earlier on, a few actions at a
// time, as long as a search can be completed.
const (
	searchStep   = 6
	searchStates = 100_000
)

// search looks for the shortest end of the schedule: from some action on, it
// visits all executions that have no more faults and timeouts than the end that
// is there, breadth first.
func (r *reducer) search() {
	for tail := searchStep; tail <= len(r.best) && r.b.Spend(); tail += searchStep {
		shorter, complete := r.searchFrom(len(r.best) - tail)
		if !complete || shorter != nil && !r.accept(shorter, r.shorter) {
			r.gaveUp = true
			return
		}
	}
}

// searchFrom returns a schedule with a shorter end from action cut on, or nil,
// and whether the search was completed.
func (r *reducer) searchFrom(cut int) (shorter sim.Schedule, complete bool) {
	cfg := *r.c.Config
	cfg.Budget, cfg.Oracle = spentBy(r.best[cut:]), r.best.Oracle()
	world, err := servers.New(servers.Setup{
		Config: &cfg, Header: r.c.Header, Properties: []checker.Property{r.c.Property}, Prefix: slices.Clip(r.best[:cut]),
	})
	if err != nil {
		return nil, false // the prefix depends on what was drawn
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

// spentBy returns the budget that is just enough for some actions.
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
		case sim.Cut:
			b.Partitions++
		case sim.Pause:
			b.Pauses++
		case sim.Expire, sim.DialTimeout, sim.Impatience, sim.GiveUp:
			b.Timeouts++
		}
	}
	return b
}
