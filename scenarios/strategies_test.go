package scenarios

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/zabsim/zabsim/sim"
)

// However a swarm searches, and wherever another seed takes over: nothing is
// violated, the file that WriteTo writes is the same run, and so is the schedule.
func TestEveryStrategyReplays(t *testing.T) {
	for _, strategy := range strategies {
		for _, forks := range [][]Fork{nil, {{At: 9 * time.Second, Seed: 77}, {At: 14 * time.Second, Seed: 78}}} {
			t.Run(fmt.Sprintf("%s with %d forks", strategy, len(forks)), func(t *testing.T) {
				t.Parallel()
				s := mustLoad(t, "swarm")
				s.Swarm.Strategy, s.Forks = Strategy(strategy), forks
				for seed := uint64(1); seed <= 4; seed++ {
					replays(t, s, seed)
				}
			})
		}
	}
}

func replays(t *testing.T, s *Scenario, seed uint64) {
	t.Helper()
	loaded, err := s.reload()
	if err != nil {
		t.Fatal(err)
	}
	r, err := loaded.Run(RunOptions{Seed: seed, Record: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict() != AsExpected {
		t.Errorf("seed %d: %v, %v", seed, r.Verdict(), r.Violations)
	}
	replaysAsText(t, s, r, seed)
}

// replaysAsText has the schedule of a run written, read and done again.
func replaysAsText(t *testing.T, s *Scenario, r *Result, seed uint64) {
	t.Helper()
	names := sim.Names{Protocol: r.Header.Protocol, Clients: r.Header.Clients}
	var text bytes.Buffer
	if err := names.Write(&text, r.Schedule); err != nil {
		t.Fatal(err)
	}
	read, err := names.Read(&text)
	if err != nil {
		t.Fatal(err)
	}
	again, misfit, err := s.Replay(read, RunOptions{Seed: seed}, nil)
	if err != nil || misfit != nil || again.Hash != r.Hash {
		t.Errorf("seed %d: replay %v of %v, misfit %+v, %v", seed, again.Hash, r.Hash, misfit, err)
	}
}
