package explore_test

import (
	"context"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/testdata/models"
)

func swarm(ctx context.Context, t *testing.T, o explore.Options, jobs int) *explore.Result[models.ZabState, models.ZabAction] {
	t.Helper()
	r, err := explore.Swarm(ctx, pessimist{small}, o, explore.Swarming{Jobs: jobs, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Search number i is the same at any number of workers, and so is the first
// counterexample; together they come to nearly everything, and do not know it.
func TestSwarm(t *testing.T) {
	wide := exploretest.Search(t, pessimist{small}, explore.Options{})
	for name, o := range map[string]explore.Options{
		"all of it":       {KeepGoing: true, Bitstate: 1 << 15},
		"first violation": {Bitstate: 1 << 15},
	} {
		one := swarm(t.Context(), t, o, 20)
		o.Workers = 3
		if three := swarm(t.Context(), t, o, 20); !same(one, three) {
			t.Errorf("%s, 3 workers:\n%s1 worker:\n%s", name, three.Report(), one.Report())
		}
		if f := one.Finding("nothing is committed"); f.Answer != explore.Fails || f.Path.Last().Servers[2].Committed == 0 {
			t.Errorf("%s: %v", name, f.Answer)
		}
		if f := one.Finding("Agreement"); f.Answer != explore.Unknown {
			t.Errorf("%s: %v, which a swarm cannot know", name, f.Answer)
		}
		if !o.KeepGoing {
			if one.Verdict != explore.Violation || one.States >= wide.States {
				t.Errorf("%v after %d states, breadth first %d", one.Verdict, one.States, wide.States)
			}
			continue
		}
		all := float64(exploretest.Search(t, small, explore.Options{}).States)
		if distinct := float64(one.Distinct); one.Verdict != explore.Partial || one.Jobs != 20 || distinct < 0.9*all || distinct > 1.1*all {
			t.Errorf("%v: %d searches visited %.0f of %.0f states", one.Verdict, one.Jobs, distinct, all)
		}
	}
}

// A swarm ends early when it is told to, or has visited enough.
func TestSwarmStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := swarm(ctx, t, explore.Options{KeepGoing: true}, 1000); r.Verdict != explore.Interrupted || r.Jobs == 1000 {
		t.Errorf("%v after %d searches", r.Verdict, r.Jobs)
	}
	if r := swarm(t.Context(), t, explore.Options{KeepGoing: true, Limits: explore.Limits{States: 1000}}, 1000); r.Verdict != explore.StateLimit || r.Jobs == 1000 {
		t.Errorf("%v after %d searches", r.Verdict, r.Jobs)
	}
}
