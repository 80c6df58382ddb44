package scenarios

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/sim"
)

// TestLibraryPasses runs every scenario of the library with its own seed, which
// shows all that it promises to.
func TestLibraryPasses(t *testing.T) {
	for _, name := range libraryNames() {
		s := mustLoad(t, name)
		r, err := s.Run(RunOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict() != AsExpected || s.missed(r) {
			t.Errorf("%s, seed %d: %s: violated %v, unmet %v, missed %v", name, r.Seed, r.Verdict(), r.Violations, r.Unmet, r.Missed)
		}
	}
}

// missed reports whether a fault found nobody to strike. That of a sweep may:
// it has to be enough for its largest cluster.
func (s *Scenario) missed(r *Result) bool { return len(r.Missed) > 0 && s.Sweep == nil }

// TestRunIsDeterministic runs the same seed several times at once.
func TestRunIsDeterministic(t *testing.T) {
	s := mustLoad(t, "mixed")
	results := make([]*Result, 4)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() { results[i], _ = s.Run(RunOptions{Seed: 3, Record: true}) })
	}
	group.Wait()
	for _, r := range results {
		if r.Hash != results[0].Hash || !reflect.DeepEqual(r.Schedule, results[0].Schedule) || !reflect.DeepEqual(r.Notes, results[0].Notes) {
			t.Fatalf("the same seed gave traces %x and %x", results[0].Hash, r.Hash)
		}
	}
	if other, _ := s.Run(RunOptions{Seed: 4}); other.Hash == results[0].Hash {
		t.Error("another seed gave the same trace")
	}
	if len(results[0].Schedule) != int(results[0].Steps) {
		t.Errorf("the schedule has %d actions of %d", len(results[0].Schedule), results[0].Steps)
	}
}

// TestRunFindsDefects: what a defect breaks is found, and a scenario that
// expects it passes.
func TestRunFindsDefects(t *testing.T) {
	for _, test := range []struct{ scenario, defect, property string }{
		{"shanghai-guangzhou", "commit-on-minority", "no-lost-commit"},
		{"lost-proposal", "commit-on-minority", "linearizable-writes"},
		{"lost-proposal", "skip-trunc", "agreement"},
		{"mixed", "ack-before-fsync", "durable-before-commit"},
	} {
		s := *mustLoad(t, test.scenario)
		run := func(opts RunOptions) *Result {
			r, err := s.Run(opts)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		whole := run(RunOptions{Defects: []string{test.defect}})
		if whole.Verdict() != Violated || !broke(whole, test.property) {
			t.Errorf("%s with %s: %s, %v", test.scenario, test.defect, whole.Verdict(), whole.Violations)
		}
		if early := run(RunOptions{Defects: []string{test.defect}, StopEarly: true}); early.Time >= whole.Time || early.Verdict() != Violated {
			t.Errorf("%s with %s stopped at %s, %s", test.scenario, test.defect, early.Time, early.Verdict())
		}
		s.Expect = Expected{{Protocol: "zab", Violates: test.property}}
		if r := run(RunOptions{Defects: []string{test.defect}}); r.Verdict() != AsExpected {
			t.Errorf("%s expecting %s: %s", test.scenario, test.property, r.Verdict())
		}
		if r := run(RunOptions{}); r.Verdict() != ExpectedViolationMissing {
			t.Errorf("%s expecting %s of a good protocol: %s", test.scenario, test.property, r.Verdict())
		}
	}
}

func broke(r *Result, property string) bool {
	return slices.ContainsFunc(r.Violations, func(v checker.Violation) bool { return v.Property == property })
}

func TestRunRefusesUnknownNames(t *testing.T) {
	s := mustLoad(t, "rejoin")
	for _, opts := range []RunOptions{{Protocol: "zba"}, {Defects: []string{"skip-trnc"}}} {
		if _, err := s.Run(opts); err == nil || !strings.Contains(err.Error(), "did you mean") {
			t.Errorf("%+v: %v", opts, err)
		}
	}
}

func TestRunIsInconclusive(t *testing.T) {
	s := *mustLoad(t, "rejoin")
	s.Limits.Events = 1000
	s.Properties.Eventually = nil
	r, err := s.Run(RunOptions{})
	if err != nil || r.Stop != sim.Limit || r.Verdict() != Inconclusive {
		t.Errorf("a run that reached its limit: %v, %s (%v)", r.Stop, r.Verdict(), err)
	}
	s = *mustLoad(t, "rejoin")
	s.Faults = nil
	r, err = s.Run(RunOptions{})
	if err != nil || !slices.Contains(r.Unmet, "snap-sent") || r.Verdict() != Inconclusive {
		t.Errorf("a run without faults: unmet %v, %s (%v)", r.Unmet, r.Verdict(), err)
	}
}

func TestVerdict(t *testing.T) {
	broken := []checker.Violation{{Property: "agreement"}}
	for _, test := range []struct {
		result Result
		want   Verdict
	}{
		{Result{}, AsExpected},
		{Result{Violations: broken}, Violated},
		{Result{Violations: broken, Stop: sim.Limit, Unmet: []string{"client-ok"}}, Violated},
		{Result{Violations: broken, Expected: "agreement"}, AsExpected},
		{Result{Violations: broken, Expected: "total-order"}, Violated},
		{Result{Expected: "agreement"}, ExpectedViolationMissing},
		{Result{Expected: "agreement", Unmet: []string{"client-ok"}}, Inconclusive},
		{Result{Inconclusive: broken}, Inconclusive},
		{Result{Stop: sim.Limit}, Inconclusive},
	} {
		if got := test.result.Verdict(); got != test.want {
			t.Errorf("%+v is %s, want %s", test.result, got, test.want)
		}
	}
}

// TestScheduleSurvivesText: what a run recorded can be written, read and
// performed again, with the same trace.
func TestScheduleSurvivesText(t *testing.T) {
	s := mustLoad(t, "crash-mid-commit")
	r, err := s.Run(RunOptions{Record: true})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	names := sim.Names{Protocol: r.Header.Protocol, Clients: r.Header.Clients}
	if err := names.Write(&text, r.Schedule); err != nil {
		t.Fatal(err)
	}
	again, err := names.Read(&text)
	if err != nil || !reflect.DeepEqual(r.Schedule, again) {
		t.Errorf("the schedule came back differently (%v)", err)
	}
}

func mustLoad(t *testing.T, name string) *Scenario {
	t.Helper()
	s, err := Load(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
