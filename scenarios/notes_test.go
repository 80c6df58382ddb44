package scenarios

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/nodes/zab"
)

// unreached are the notes that no test reaches so far.
var unreached = []string{"trunc-impossible", "session-upgraded", "wrong-password"}

// TestEveryNoteIsReached: each place in the protocol that is listed is reached
// by some scenario, with some options or defect; or a test of zab that takes it
// there step by step names it.
func TestEveryNoteIsReached(t *testing.T) {
	reached := map[string]bool{}
	run := func(how string, s *Scenario, opts RunOptions) {
		r, err := s.Run(opts)
		if err != nil {
			t.Fatalf("%s: %v", how, err)
		}
		for note := range r.Notes {
			reached[note] = true
		}
	}
	byStep := testsOfZab(t)
	missing := func() (names []string) {
		for _, n := range zab.Protocol.Notes {
			known := reached[n.Name] || strings.Contains(byStep, "wantsNote("+strconv.Quote(n.Name)+")")
			if !known && !slices.Contains(unreached, n.Name) {
				names = append(names, n.Name)
			}
			if known && slices.Contains(unreached, n.Name) {
				t.Errorf("%s is reached: it has no place among the unreached", n.Name)
			}
		}
		return names
	}
	for _, name := range libraryNames() {
		run(name, mustLoad(t, name), RunOptions{})
	}
	for _, show := range showings {
		for _, profile := range []string{"safe", "A", "B", "C", "E"} {
			s := mustLoad(t, "testdata/profiles/"+show.scenario+".yaml")
			s.Options.(*zab.Options).Profile = profile
			run(show.scenario+", profile "+profile, s, RunOptions{})
		}
		for defect := range strings.FieldsSeq(show.defects) {
			run(show.scenario+", "+defect, mustLoad(t, "testdata/profiles/"+show.scenario+".yaml"), RunOptions{Defects: []string{defect}})
		}
	}
	for seed := uint64(1); seed <= 40; seed++ {
		s, err := Parse("trouble.yaml", []byte(trouble(seed, 3)))
		if err != nil {
			t.Fatal(err)
		}
		run("trouble", s, RunOptions{})
	}
	for how, change := range map[string]func(*Scenario, *zab.Options){
		"uniform":    func(*Scenario, *zab.Options) {},
		"aimed":      func(s *Scenario, _ *zab.Options) { s.Swarm.Strategy = "aimed" },
		"P0":         func(_ *Scenario, o *zab.Options) { o.Profile = "P0" },
		"rollover":   func(_ *Scenario, o *zab.Options) { o.CounterBits = 8 },
		"alg 0":      func(_ *Scenario, o *zab.Options) { o.ElectionAlg = 0 },
		"alg 2":      func(s *Scenario, o *zab.Options) { o.ElectionAlg, s.Observers = 2, nil },
		"impatience": func(_ *Scenario, o *zab.Options) { o.MaxTimeToWaitForEpoch = o.TickTime },
	} {
		for seed := uint64(1); seed <= 20; seed++ {
			s := mustLoad(t, "swarm")
			change(s, s.Options.(*zab.Options))
			run(how, s, RunOptions{Seed: seed})
		}
	}
	for _, d := range zab.Protocol.Defects {
		s := mustLoad(t, "swarm")
		for seed := uint64(1); seed <= 5 && len(missing()) > 0; seed++ {
			run(d.Name, s, RunOptions{Seed: seed, Defects: []string{d.Name}})
		}
	}
	for _, name := range missing() {
		t.Errorf("%s is never reached", name)
	}
}

// testsOfZab returns the source of the tests that make single steps.
func testsOfZab(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../nodes/zab/*_test.go")
	if err != nil || files == nil {
		t.Fatal("no tests", err)
	}
	var all strings.Builder
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(source)
	}
	return all.String()
}
