package servers_test

import (
	"slices"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
)

// To execute every step finds what to look steps up finds, state for state, and
// executes far more.
func TestUnmemoisedFindsTheSame(t *testing.T) {
	for name, setup := range map[string]servers.Setup{
		"merged":    established(t, merged.of(cluster(2, 2, faults.Budget{Crashes: 2, Restarts: 2})), servers.Established{Transactions: 1}),
		"partition": established(t, oneStep.of(cluster(2, 2, faults.Budget{Partitions: 1})), servers.Established{}),
		"messages":  cluster(2, 1, faults.Budget{Timeouts: 1}),
	} {
		t.Run(name, func(t *testing.T) {
			setup.Epochs = 3
			setup.InFlight = 4
			o := explore.Options{Workers: 2, Layered: true, KeepGoing: true, Limits: explore.Limits{States: 5_000}}
			w := world(t, setup)
			looked := exploretest.Search(t, w, o)
			setup.Unmemoised = true
			u := world(t, setup)
			executed := exploretest.Search(t, u, o)
			if !slices.Equal(looked.Levels, executed.Levels) || looked.Transitions != executed.Transitions || looked.OutDegree != executed.OutDegree {
				t.Errorf("looked up:\n%s%v\nexecuted:\n%s%v", looked.Report(), looked.Levels, executed.Report(), executed.Levels)
			}
			if looked.Memory <= w.Bytes() || w.Bytes() < 100*w.Work().Parts {
				t.Errorf("%d bytes, of which %d for %d parts", looked.Memory, w.Bytes(), w.Work().Parts)
			}
			if few, many := w.Work().Executed, u.Work().Executed; many < executed.Transitions || few > many/2 {
				t.Errorf("%d steps executed, %d when none was to be looked up, of %d transitions", few, many, executed.Transitions)
			}
		})
	}
}
