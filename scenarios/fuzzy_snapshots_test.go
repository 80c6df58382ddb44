package scenarios

import (
	"testing"

	"github.com/zabsim/zabsim/nodes/zab"
)

// TestFuzzySnapshots: with snapshots that are written while clients go on, and
// many of them, all that is promised to clients in sessions is kept; and it is
// not when recovery replays less than it must.
func TestFuzzySnapshots(t *testing.T) {
	t.Parallel()
	s := *mustLoad(t, "recipes")
	options := *s.Options.(*zab.Options)
	options.FuzzySnapshots, options.SnapCount, options.CommitLogCount = true, 12, 8
	s.Options = &options
	taken := uint64(0)
	for seed := uint64(1); seed <= max(*seeds/20, 1); seed++ {
		r, err := s.Run(RunOptions{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict() != AsExpected {
			t.Errorf("seed %d: %s: violated %v, unmet %v", seed, r.Verdict(), r.Violations, r.Unmet)
		}
		taken += r.Notes["snapshot-fuzzy"]
	}
	if taken == 0 {
		t.Error("no snapshot was taken")
	}
	for seed := uint64(1); ; seed++ {
		r, err := s.Run(RunOptions{Seed: seed, Defects: []string{"snapshot-named-late"}, StopEarly: true})
		if err != nil {
			t.Fatal(err)
		}
		if broke(r, "sequential") {
			return
		}
		if seed == 20 {
			t.Fatal("snapshot-named-late is not found")
		}
	}
}
