package campaign

import (
	"bytes"
	"testing"
	"time"

	"github.com/zabsim/zabsim/scenarios"
)

// A case names a scenario that stands by itself: written to a file and loaded
// again it is the same run.
func TestCasesStandByThemselves(t *testing.T) {
	cfg := Config{Scenarios: load(t, "swarm", "recipes", "mixed"), Strategy: Mix, Seed: 1}
	known := []Entry{
		{Case: Case{Seed: 17, Strategy: Starve}, New: []Reached{{1, 9 * time.Second}, {2, 12 * time.Second}}},
		{Case: Case{Seed: 18, Scenario: 1, Strategy: Uniform, Forks: []scenarios.Fork{{At: 8 * time.Second, Seed: 19}}}, New: []Reached{{3, 14 * time.Second}}},
	}
	kinds := map[Strategy]int{}
	for run := range uint64(24) {
		c := cfg.caseOf(run, known)
		kinds[c.Strategy]++
		s := cfg.Scenario(&c)
		var text bytes.Buffer
		if _, err := s.WriteTo(&text); err != nil {
			t.Fatal(err)
		}
		loaded, err := scenarios.Parse("case.yaml", text.Bytes())
		if err != nil {
			t.Fatalf("%v:\n%v\n%s", &c, err, text.Bytes())
		}
		s.Duration, loaded.Duration = 15*time.Second, 15*time.Second
		a, errA := s.Run(scenarios.RunOptions{})
		b, errB := loaded.Run(scenarios.RunOptions{})
		if errA != nil || errB != nil || a.Hash != b.Hash {
			t.Errorf("%v: %v, %v; loaded %v, %v", &c, a.Hash, errA, b.Hash, errB)
		}
	}
	for _, s := range []Strategy{Uniform, PCT, Starve, Aimed} {
		if kinds[s] == 0 {
			t.Errorf("no case was %s", s)
		}
	}
}

// A run that goes on from another is the same up to where another seed takes
// over, and not after.
func TestForksShareTheirBeginning(t *testing.T) {
	cfg := Config{Scenarios: load(t, "swarm")}
	at := 12 * time.Second
	trace := func(c Case, until time.Duration) (hash uint64) {
		s := cfg.Scenario(&c)
		s.Duration = until
		r, err := s.Run(scenarios.RunOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return uint64(r.Hash)
	}
	one := Case{Seed: 3, Strategy: Aimed}
	other := Case{Seed: 3, Strategy: Aimed, Forks: []scenarios.Fork{{At: at, Seed: 4}}}
	if trace(one, at-time.Nanosecond) != trace(other, at-time.Nanosecond) {
		t.Error("they differ before the fork")
	}
	if trace(one, at+5*time.Second) == trace(other, at+5*time.Second) {
		t.Error("they are the same after it")
	}
	if got := other.String(); got != "seed 3, aimed, from 12s on seed 4" || other.Number() != 4 {
		t.Errorf("%s, number %d", got, other.Number())
	}
}

// Guided runs go on from where something was new, not from long before, and
// not without end.
func TestForksBeginWhereSomethingWasNew(t *testing.T) {
	cfg := Config{Scenarios: load(t, "swarm"), Strategy: Guided, Seed: 1}
	full := []scenarios.Fork{{At: 1, Seed: 2}, {At: 2, Seed: 3}, {At: 3, Seed: 4}, {At: 4, Seed: 5}}
	known := []Entry{{Case: Case{Seed: 9, Forks: full}, New: []Reached{{1, 10 * time.Second}}}}
	guided := 0
	for run := range uint64(200) {
		c := cfg.caseOf(run, known)
		if len(c.Forks) == 0 {
			continue
		}
		guided++
		last := c.Forks[len(c.Forks)-1]
		if last.At < 8*time.Second || last.At > 10*time.Second || last.Seed != cfg.Seed+run || c.Seed != 9 || len(c.Forks) > maxForks {
			t.Errorf("run %d: %v", run, &c)
		}
	}
	if guided < 60 || guided > 140 {
		t.Errorf("%d of 200 runs are guided, not half", guided)
	}
}
