package scenarios

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// TestLibraryPasses runs every scenario of the library with its own seed and
// with others. A Sometimes property that did not happen fails it too.
func TestLibraryPasses(t *testing.T) {
	for _, name := range libraryNames() {
		s := mustLoad(t, name)
		for _, seed := range []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8} {
			r, err := s.Run(RunOptions{Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict() != AsExpected || len(r.Missed) > 0 {
				t.Errorf("%s, seed %d: %s: violated %v, unmet %v, missed %v", name, r.Seed, r.Verdict(), r.Violations, r.Unmet, r.Missed)
			}
		}
	}
}

// TestStories compares what clients saw, who led and what went wrong with the
// story in testdata/stories: properties do not say that a payment survived,
// this does.
func TestStories(t *testing.T) {
	for _, name := range libraryNames() {
		s := mustLoad(t, name)
		if slices.ContainsFunc(s.Clients, func(c Client) bool { return c.Load != nil || c.Recipe != nil }) {
			continue // too long to read
		}
		t.Run(name, func(t *testing.T) {
			story := &storyteller{}
			_, header, err := s.Compile("", s.Seed)
			if err != nil {
				t.Fatal(err)
			}
			story.header = header
			if _, err := s.Run(RunOptions{Observers: []trace.Observer{story}}); err != nil {
				t.Fatal(err)
			}
			compareGolden(t, "testdata/stories/"+name+".txt", story.String())
		})
	}
}

// storyteller writes down what a reader of a story wants to know, without
// times.
type storyteller struct {
	strings.Builder
	header *trace.Header
	ops    [16][]byte // by client: the operation under way
}

func (s *storyteller) Wants() trace.Set {
	return trace.Of(trace.View, trace.Crash, trace.MachineCrash, trace.Start, trace.Cut, trace.Heal, trace.Invoke, trace.Return)
}

func (s *storyteller) Observe(e *trace.Event) {
	switch e.Kind {
	case trace.View:
		if established(e.After) && !established(e.Before) {
			fmt.Fprintf(s, "%v leads epoch %d\n", e.Server, e.After.Epoch)
		}
	case trace.Start:
		if e.Restart || e.Time > 1e9 {
			fmt.Fprintf(s, "start %v\n", e.Server)
		}
	case trace.Cut:
		fmt.Fprintf(s, "cut %v %v\n", e.A, e.B)
	case trace.Heal:
		fmt.Fprintln(s, "heal")
	case trace.Invoke:
		s.ops[e.Client] = e.Op
	case trace.Return:
		outcome := map[trace.Result]string{trace.Failed: " (turned away)", trace.Unknown: " (outcome unknown)"}[e.Result]
		fmt.Fprintf(s, "  %s: %s%s\n", s.header.ClientName(e.Client), s.header.Describe(s.ops[e.Client], e.Op), outcome)
	default:
		fmt.Fprintf(s, "%v %v\n", e.Kind, e.Server)
	}
}

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

// TestTheMoneyIsSpentOnce: whichever side of the cut the leader is on, and
// whatever the seed, Shanghai's payments are made, Guangzhou's is not, and both
// tellers find the same in the end.
func TestTheMoneyIsSpentOnce(t *testing.T) {
	for _, name := range []string{"shanghai-guangzhou", "shanghai-guangzhou-majority-leader"} {
		s := mustLoad(t, name)
		_, header, err := s.Compile("", s.Seed)
		if err != nil {
			t.Fatal(err)
		}
		for seed := uint64(1); seed <= 200; seed++ {
			story := &storyteller{header: header}
			if _, err := s.Run(RunOptions{Seed: seed, Observers: []trace.Observer{story}}); err != nil {
				t.Fatal(err)
			}
			told := story.String()
			if strings.Count(told, "audit: alice 0, bob 1200, carol 0\n") != 2 || strings.Contains(told, "transfer alice carol 1000: ok") {
				t.Fatalf("%s, seed %d:\n%s", name, seed, told)
			}
		}
	}
}
