package servers_test

import (
	"slices"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
)

// It makes no difference whether parts are kept or made again.
func TestPartsAreMadeAgain(t *testing.T) {
	for name, setup := range map[string]servers.Setup{
		"merged":   established(t, merged.of(cluster(3, 1, faults.Budget{Crashes: 1, Restarts: 1, Partitions: 1})), servers.Established{Transactions: 1}),
		"messages": cluster(2, 1, faults.Budget{Timeouts: 1}),
		"executed": func() servers.Setup {
			setup := merged.of(cluster(2, 2, faults.Budget{Crashes: 1, Restarts: 1}))
			setup.Unmemoised = true
			return setup
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			o := explore.Options{Workers: 2, Layered: true, KeepGoing: true, Limits: explore.Limits{States: 3_000}}
			w := world(t, setup)
			kept := exploretest.Search(t, w, o)
			u := world(t, setup)
			u.KeepNothing()
			made := exploretest.Search(t, u, o)
			if !slices.Equal(kept.Levels, made.Levels) || kept.Transitions != made.Transitions || kept.OutDegree != made.OutDegree {
				t.Errorf("kept:\n%s%v\nmade again:\n%s%v", kept.Report(), kept.Levels, made.Report(), made.Levels)
			}
			if few, many := w.Work(), u.Work(); few.MadeAgain > 0 || many.MadeAgain < many.Parts || few.Parts != many.Parts {
				t.Errorf("of %d parts %d made again, where nothing is kept of %d parts %d", few.Parts, few.MadeAgain, many.Parts, many.MadeAgain)
			}
		})
	}
}
