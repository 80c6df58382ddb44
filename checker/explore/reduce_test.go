package explore_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/testdata/models"
)

// informed is two-phase commit that knows what is confluent: that a resource manager
// which is prepared learns of the decision. It may also claim that of other steps.
type informed struct {
	models.TwoPhase
	claims func(models.TwoPhaseState, models.Decision) bool // nil: nothing but the truth
}

func (m informed) Confluent(s models.TwoPhaseState) (d models.Decision, next models.TwoPhaseState, ok bool) {
	for _, d = range m.Actions(s, nil) {
		learns := d.Kind == models.RMRcvCommit || d.Kind == models.RMRcvAbort
		if learns && state(s, d.RM) == models.Prepared || m.claims != nil && m.claims(s, d) {
			next, ok = m.Next(s, d)
			return d, next, ok
		}
	}
	return d, next, false
}

func state(s models.TwoPhaseState, rm int) models.RM { return models.RM(s.RMs >> (2 * rm) & 3) }

// Properties of which none is about who has learned of the decision.
func (m informed) Properties() []explore.Property[models.TwoPhaseState] {
	is := func(tm models.RM) func(models.TwoPhaseState) bool {
		return func(s models.TwoPhaseState) bool { return s.TM == tm }
	}
	return []explore.Property[models.TwoPhaseState]{
		m.TwoPhase.Properties()[0], // consistent
		{Name: "never commits", Kind: checker.Always, Holds: func(s models.TwoPhaseState) bool { return s.TM != models.Committed }},
		{Name: "commits", Kind: checker.Sometimes, Holds: is(models.Committed)},
		{Name: "is prepared", Kind: checker.Sometimes, Holds: is(models.Prepared)}, // it never is
	}
}

// A reduced search visits fewer states, and has the same answers.
func TestReducedSearch(t *testing.T) {
	m := informed{TwoPhase: 5}
	o := explore.Options{KeepGoing: true, Deadlock: true}
	whole := exploretest.Search(t, m, o)
	o.Reduce = explore.Audited
	if audited := exploretest.Search(t, m, o); audited.States != whole.States {
		t.Errorf("%d states, audited %d", whole.States, audited.States)
	}
	o.Reduce = explore.Reduced
	reduced := exploretest.Search(t, m, o)
	if whole.Verdict != explore.Complete || reduced.Verdict != explore.Complete || whole.States != 8_832 || reduced.States != 2_049 {
		t.Errorf("%v with %d states, reduced %v with %d", whole.Verdict, whole.States, reduced.Verdict, reduced.States)
	}
	for i, f := range whole.Findings {
		g := &reduced.Findings[i]
		if f.Answer != g.Answer {
			t.Errorf("%s %v, reduced %v", f.Property, f.Answer, g.Answer)
		}
		if g.Path != nil {
			follow(t, m, g.Path)
		}
	}
	for _, workers := range []int{2, 4} {
		o.Workers = workers
		again := exploretest.Search(t, m, o)
		if again.Memory = reduced.Memory; !reflect.DeepEqual(again, reduced) {
			t.Errorf("with %d workers\n%+v\nwith one\n%+v", workers, again, reduced)
		}
	}
}

// follow checks that a path is one of the model: that nothing is missing in it.
func follow(t *testing.T, m informed, p *explore.Path[models.TwoPhaseState, models.Decision]) {
	t.Helper()
	s := p.Initial
	for i, step := range p.Steps {
		next, ok := m.Next(s, step.Action)
		if !ok || next != step.State {
			t.Fatalf("step %d, %v, leads to %+v, and not to %+v", i+1, step.Action, next, step.State)
		}
		s = next
	}
}

// A reduced search goes on from a checkpoint, with the same reduction only.
func TestReducedSearchIsResumed(t *testing.T) {
	m := informed{TwoPhase: 5}
	o := explore.Options{KeepGoing: true, Reduce: explore.Reduced}
	whole := exploretest.Search(t, m, o)
	cut := o
	cut.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
	cut.Limits.Depth = 8
	exploretest.Search(t, m, cut)
	o.Resume = cut.Checkpoint
	if resumed := exploretest.Search(t, m, o); resumed.States != whole.States || resumed.Transitions != whole.Transitions {
		t.Errorf("%d states and %d transitions, resumed %d and %d", whole.States, whole.Transitions, resumed.States, resumed.Transitions)
	}
	o.Reduce = explore.Unreduced
	if _, err := explore.Search(t.Context(), m, o); err == nil {
		t.Error("it goes on without the reduction")
	}
}

// What is taken for confluent and is not is found out: by an audit always, by a
// reduced search unless it is rare, or keeps the search from where it shows.
func TestWrongConfluence(t *testing.T) {
	for name, c := range map[string]struct {
		claims func(models.TwoPhaseState, models.Decision) bool
		hidden bool // from a reduced search
	}{
		// It could still prepare, and say so.
		"a manager that works learns of the decision": {func(s models.TwoPhaseState, d models.Decision) bool {
			return d.Kind == models.RMRcvAbort && state(s, d.RM) == models.Working
		}, false},
		"what a decision prevents": {func(s models.TwoPhaseState, d models.Decision) bool {
			return d.Kind == models.TMRcvPrepared && s.Prepared>>d.RM&1 == 0
		}, false},
		"one of two decisions":    {func(_ models.TwoPhaseState, d models.Decision) bool { return d.Kind == models.TMAbort }, true},
		"what decides a property": {func(_ models.TwoPhaseState, d models.Decision) bool { return d.Kind == models.TMCommit }, true},
	} {
		m := informed{6, c.claims}
		for _, how := range []explore.Reduction{explore.Reduced, explore.Audited} {
			if c.hidden && how == explore.Reduced {
				continue
			}
			if _, err := explore.Search(t.Context(), m, explore.Options{Reduce: how, KeepGoing: true}); !errors.Is(err, explore.ErrNotConfluent) {
				t.Errorf("%s, reduction %d: %v", name, how, err)
			}
		}
	}
}

// Models that do not know what is confluent are refused, not searched in full.
func TestReducedSearchNeedsConfluence(t *testing.T) {
	if _, err := explore.Search(t.Context(), models.TwoPhase(3), explore.Options{Reduce: explore.Reduced}); err == nil {
		t.Error("no error")
	}
}
