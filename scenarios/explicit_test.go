package scenarios

import (
	"slices"
	"strings"
	"testing"
)

// What a swarm draws can be written out: the run is the same, whatever the
// strategy and the forks.
func TestExplicitIsTheSameRun(t *testing.T) {
	for _, name := range []string{"trio", "swarm"} {
		for i, strategy := range strategies {
			s := mustLoad(t, name).Clone()
			s.Swarm.Strategy = Strategy(strategy)
			if i%2 == 1 {
				s.Forks = []Fork{{At: s.Swarm.From * 3, Seed: 31}}
			}
			for seed := range uint64(4) {
				s.Seed = seed + 1
				explicit, err := s.Explicit()
				if err != nil {
					t.Fatalf("%s, %s, seed %d: %v", name, strategy, s.Seed, err)
				}
				if explicit.Swarm != nil || len(explicit.Faults) < 4 {
					t.Errorf("%s, %s, seed %d: %d faults are written out", name, strategy, s.Seed, len(explicit.Faults))
				}
				want, err := s.Run(RunOptions{})
				if err != nil {
					t.Fatal(err)
				}
				got, err := explicit.Run(RunOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if got.Hash != want.Hash || len(got.Missed) > 0 {
					t.Errorf("%s, %s, seed %d: trace %x, want %x; missed: %v", name, strategy, s.Seed, got.Hash, want.Hash, got.Missed)
				}
			}
		}
	}
}

// Every kind of fault that a swarm can have can be written out.
func TestExplicitKnowsEveryKind(t *testing.T) {
	s := mustLoad(t, "trio").Clone()
	s.Swarm.Overload = true
	seen := map[string]bool{}
	for seed := range uint64(40) {
		s.Seed = seed + 1
		explicit, err := s.Explicit()
		if err != nil {
			t.Fatalf("seed %d: %v", s.Seed, err)
		}
		for i := range explicit.Faults {
			seen[explicit.Faults[i].kind().String()] = true
		}
		want, _, err := s.Compile("", s.Seed)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := explicit.Compile("", s.Seed)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want.Plan.Faults {
			if a, b := want.Plan.Faults[i].String(), got.Plan.Faults[i].String(); a != b {
				t.Errorf("seed %d: %q is written as %q", s.Seed, a, b)
			}
		}
	}
	if len(seen) < 22 {
		t.Errorf("only %d kinds of faults were drawn: the test tests little", len(seen))
	}
}

// What loads and recipes ask for can be written out: up to the end of what is
// written the run is the same.
func TestScriptedIsTheSameRun(t *testing.T) {
	for _, name := range []string{"trio", "swarm", "mixed", "recipes"} {
		s := mustLoad(t, name).Clone()
		s.Clients = slices.DeleteFunc(s.Clients, func(c Client) bool { return strings.HasSuffix(c.Name, "-2") && c.Recipe != nil }) // a file has a bound
		for seed := range uint64(2) {
			s.Seed = seed + 1
			scripted, err := s.Scripted(s.Duration)
			if err != nil {
				t.Fatalf("%s, seed %d: %v", name, s.Seed, err)
			}
			for i := range scripted.Clients {
				least := 5
				if written := len(s.Clients[i].Script); written > 0 {
					least = written
				}
				if c := &scripted.Clients[i]; c.Load != nil || c.Recipe != nil || len(c.Script) < least {
					t.Errorf("%s, seed %d: %s has a script of %d steps", name, s.Seed, c.Name, len(c.Script))
				}
			}
			want, err := s.Run(RunOptions{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := scripted.Run(RunOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if got.Hash != want.Hash {
				t.Errorf("%s, seed %d: trace %x, want %x", name, s.Seed, got.Hash, want.Hash)
			}
		}
	}
}

// So can the attacks of aimed swarms, of which there are many.
func TestExplicitKnowsEveryAttack(t *testing.T) {
	s := mustLoad(t, "trio").Clone()
	s.Swarm.Strategy = "aimed"
	for seed := range uint64(150) {
		s.Seed = seed + 1
		if _, err := s.Explicit(); err != nil {
			t.Fatalf("seed %d: %v", s.Seed, err)
		}
	}
}
