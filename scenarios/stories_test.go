package scenarios_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim/simtest"
)

// TestStories compares what clients saw, who led and what went wrong with the
// story in testdata/stories.
func TestStories(t *testing.T) {
	for _, entry := range scenarios.Library() {
		s := simtest.Load(t, entry.Name)
		if slices.ContainsFunc(s.Clients, func(c scenarios.Client) bool { return c.Load != nil || c.Recipe != nil }) {
			continue // too long to read
		}
		t.Run(entry.Name, func(t *testing.T) {
			simtest.Golden(t, "testdata/stories/"+strings.ReplaceAll(entry.Name, "/", "-")+".txt", s)
		})
	}
}

// TestTheMoneyIsSpentOnce: whichever side of the cut the leader is on, and
// whatever the seed, Shanghai's payments are made, Guangzhou's is not, and both
// tellers find the same in the end.
func TestTheMoneyIsSpentOnce(t *testing.T) {
	for _, name := range []string{"shanghai-guangzhou", "shanghai-guangzhou/majority-leader"} {
		s := simtest.Load(t, name)
		for seed := uint64(1); seed <= 200; seed++ {
			told := simtest.Story(t, s, simtest.Seeds(seed, seed))
			if strings.Count(told, "audit: alice 0, bob 1200, carol 0\n") != 2 || strings.Contains(told, "transfer alice carol 1000: ok") {
				t.Fatalf("%s, seed %d:\n%s", name, seed, told)
			}
		}
	}
}
