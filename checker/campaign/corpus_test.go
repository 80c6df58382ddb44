package campaign

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func states(t *testing.T, dir string) map[State]bool {
	t.Helper()
	c, err := readCorpus(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[State]bool{}
	for _, e := range c.entries {
		e.unknown(all)
	}
	return all
}

func TestCorpusIsKeptMergedAndMinimised(t *testing.T) {
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	for i, dir := range []string{a, b} {
		s, err := Run(t.Context(), smallConfig(t, uint64(1+1000*i), dir))
		if err != nil {
			t.Fatal(err)
		}
		if got := states(t, dir); len(got) != s.States || s.States == 0 {
			t.Errorf("%s has %d states; the campaign reached %d", dir, len(got), s.States)
		}
	}

	// Kept: a campaign does not take for new what the corpus has.
	again, err := Run(t.Context(), smallConfig(t, 1, a))
	if err != nil {
		t.Fatal(err)
	}
	if share := float64(again.Novel) / float64(again.Runs); share > 0.7 {
		t.Errorf("with its own corpus %.0f%% of the runs reach something new", 100*share)
	}

	// Merged: it has what either has.
	want := states(t, a)
	for s := range states(t, b) {
		want[s] = true
	}
	added, err := Merge(a, b)
	if err != nil || added == 0 {
		t.Fatalf("added %d, %v", added, err)
	}
	if got := states(t, a); !reflect.DeepEqual(got, want) {
		t.Errorf("merged it has %d states, want %d", len(got), len(want))
	}
	if added, err := Merge(a, b); err != nil || added != 0 {
		t.Errorf("merged once more: added %d, %v", added, err)
	}

	// Minimised: fewer runs, and no state is lost.
	before, after, err := Minimise(a)
	if err != nil || after >= before {
		t.Errorf("%d of %d left, %v", after, before, err)
	}
	got := states(t, a)
	for s := range want {
		if !got[s] {
			t.Fatalf("a state was lost: %d before, %d after", len(want), len(got))
		}
	}
	if c, err := readCorpus(a); err != nil || len(c.entries) != after {
		t.Errorf("%d files, %d said to be left, %v", len(c.entries), after, err)
	}
}

func TestCorpusIsOfItsScenarios(t *testing.T) {
	dir := t.TempDir()
	cfg := smallConfig(t, 1, filepath.Join(dir, "corpus"))
	cfg.Runs = 1
	if _, err := Run(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Scenarios = load(t, "swarm")
	if _, err := Run(t.Context(), cfg); err == nil || !strings.HasSuffix(err.Error(), "corpus is a corpus of other scenarios; choose another directory") {
		t.Errorf("%v", err)
	}
	if _, _, err := Minimise(dir); err == nil || !strings.HasSuffix(err.Error(), "is no corpus: it has no corpus.json") {
		t.Errorf("%v", err)
	}
}

// A log is of one campaign, and Resume knows which.
func TestResumeIsOfTheSameCampaign(t *testing.T) {
	cfg := smallConfig(t, 5, "")
	cfg.Dir = filepath.Join(t.TempDir(), "log")
	cfg.Runs = 70 // a round and a bit
	if _, err := Run(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	other := cfg
	other.Seed++
	if _, err := Run(t.Context(), other); err == nil || !strings.Contains(err.Error(), "this is the log of another campaign") {
		t.Errorf("%v", err)
	}
	resumed, err := Resume(cfg.Dir)
	if err != nil {
		t.Fatal(err)
	}
	resumed.Runs, resumed.Workers = 100, 2
	s, err := Run(t.Context(), resumed)
	if err != nil || s.Runs != 100 || s.Resumed != 70 {
		t.Errorf("%d runs, %d before, %v", s.Runs, s.Resumed, err)
	}
	whole := smallConfig(t, 5, "")
	alone, err := Run(t.Context(), whole)
	if err != nil {
		t.Fatal(err)
	}
	alone.Took, s.Took, s.Resumed = 0, 0, 0
	alone.Recent, s.Recent, alone.Last, s.Last = 0, 0, 0, 0 // they are about rounds, of which one was cut in two
	if !reflect.DeepEqual(alone, s) {
		t.Errorf("interrupted and resumed:\n%+v\nleft alone:\n%+v", s, alone)
	}
	if _, err := Resume(t.TempDir()); err == nil || !strings.Contains(err.Error(), "is no directory of a campaign") {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(filepath.Join(cfg.Dir, logName), []byte("0 {"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Resume(cfg.Dir); err == nil || !strings.Contains(err.Error(), "begin again") {
		t.Errorf("%v", err)
	}
}
