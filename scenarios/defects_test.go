package scenarios

import (
	"flag"
	"testing"

	"github.com/zabsim/zabsim/nodes/zab"
)

var seeds = flag.Uint64("seeds", 200, "how many seeds to run; of each library scenario a fiftieth")

// TestLibraryPassesManySeeds: whatever the seed, no scenario ends otherwise than
// it says. What must happen sometimes, and what is expected to be violated,
// does in at least half of the runs.
func TestLibraryPassesManySeeds(t *testing.T) {
	runs := max(*seeds/50, 2)
	for _, name := range libraryNames() {
		s := mustLoad(t, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rare := map[string]uint64{} // in how many runs something did not happen
			for seed := uint64(1); seed <= runs; seed++ {
				r, err := s.Run(RunOptions{Seed: seed})
				if err != nil {
					t.Fatal(err)
				}
				if r.Verdict() == Violated || len(r.Inconclusive) > 0 || s.missed(r) {
					t.Fatalf("seed %d: %s: violated %v, inconclusive %v, missed %v", seed, r.Verdict(), r.Violations, r.Inconclusive, r.Missed)
				}
				for _, name := range r.Unmet {
					rare[name]++
				}
				if r.Verdict() == ExpectedViolationMissing {
					rare[r.Expected]++
				}
			}
			for name, missing := range rare {
				if missing > runs/2 {
					t.Errorf("%s did not happen in %d of %d runs", name, missing, runs)
				}
			}
		})
	}
}

// stories are the scenarios of the library that find the planted defects.
var stories = map[string]string{
	"commit-on-minority":    "shanghai-guangzhou",
	"ack-before-fsync":      "mixed",
	"elect-by-id":           "highest-id-lags",
	"forget-accepted-epoch": "power-cut-twice",
	"skip-trunc":            "lost-proposal",

	"prepare-from-committed":  "recipes",
	"close-without-nodes":     "recipes",
	"session-owner-unchecked": "recipes",
	"watch-events-lost":       "recipes",
}

// TestPlantedDefectsAreFound: each planted defect makes the property it is
// said to break fail, within 200 seeds of its story.
func TestPlantedDefectsAreFound(t *testing.T) {
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defect, err := zab.Protocol.Defect(name)
			if err != nil {
				t.Fatal(err)
			}
			s := mustLoad(t, story)
			for seed := uint64(1); seed <= 200; seed++ {
				r, err := s.Run(RunOptions{Seed: seed, Defects: []string{defect.Name}})
				if err != nil {
					t.Fatal(err)
				}
				if broke(r, defect.Property) {
					t.Logf("%s: %s violated at seed %d", story, defect.Property, seed)
					return
				}
			}
			t.Errorf("%s: %s was not violated in 200 seeds", story, defect.Property)
		})
	}
}
