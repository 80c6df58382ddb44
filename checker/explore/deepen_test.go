package explore_test

import (
	"reflect"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/testdata/models"
)

// Depth first finds the same states as breadth first, each at the same depth.
func TestDeepenFindsWhatSearchFinds(t *testing.T) {
	for _, step := range []int{1, 5, 100} {
		deep, err := explore.Deepen(t.Context(), small, explore.Options{}, step)
		if err != nil {
			t.Fatal(err)
		}
		wide := exploretest.Search(t, small, explore.Options{})
		if deep.Verdict != explore.Complete || !reflect.DeepEqual(deep.Levels, wide.Levels) || deep.Terminal != wide.Terminal ||
			deep.OutDegree != wide.OutDegree || deep.Finding("Agreement").Answer != explore.Holds {
			t.Errorf("step %d:\n%s%v\nbreadth first:\n%s%v", step, deep.Report(), deep.Levels, wide.Report(), wide.Levels)
		}
	}
}

func TestDeepenStepByStepIsShortest(t *testing.T) {
	r, err := explore.Deepen(t.Context(), models.DieHard{}, explore.Options{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if f := r.Finding("never 4 gallons"); r.Verdict != explore.Violation || len(f.Path.Steps) != 6 {
		t.Errorf("%v\n%v", r.Verdict, f.Path)
	}
}

func TestDeepenStopsAtLimits(t *testing.T) {
	for limits, want := range map[explore.Limits]explore.Verdict{
		{Depth: 7}:     explore.DepthLimit,
		{States: 1000}: explore.StateLimit,
		{Depth: 1000}:  explore.Complete,
	} {
		r, err := explore.Deepen(t.Context(), models.TwoPhase(5), explore.Options{Limits: limits}, 4)
		if err != nil {
			t.Fatal(err)
		}
		if f := r.Finding("consistent"); r.Verdict != want || (f.Answer == explore.Holds) != (want == explore.Complete) {
			t.Errorf("%+v: %v, %v", limits, r.Verdict, f.Answer)
		}
	}
	r, err := explore.Deepen(t.Context(), counter{steps: 3}, explore.Options{Deadlock: true}, 1)
	if err != nil || r.Finding(explore.NoDeadlock).Answer != explore.Fails {
		t.Errorf("no deadlock after 3 steps: %+v, %v", r, err)
	}
}

// All that it says, but for memory, is the same at any number of workers, wherever it
// stops.
func TestDeepenWorkersChangeNothing(t *testing.T) {
	for name, o := range map[string]explore.Options{
		"first violation": {},
		"all of it":       {KeepGoing: true, Deadlock: true},
		"states":          {KeepGoing: true, Limits: explore.Limits{States: 3000}},
		"depth":           {KeepGoing: true, Limits: explore.Limits{Depth: 12}},
	} {
		deepen := func(workers int) *explore.Result[models.ZabState, models.ZabAction] {
			o.Workers = workers
			r, err := explore.Deepen(t.Context(), pessimist{small}, o, 1)
			if err != nil {
				t.Fatal(err)
			}
			r.Memory = 0
			return r
		}
		one := deepen(1)
		if one.Finding("nothing is committed").Answer != explore.Fails && name != "depth" && name != "states" {
			t.Errorf("%s: nothing is found", name)
		}
		for workers := 2; workers <= 4; workers++ {
			if many := deepen(workers); !reflect.DeepEqual(one, many) {
				t.Errorf("%s, %d workers:\n%s1 worker:\n%s", name, workers, many.Report(), one.Report())
			}
		}
	}
}

// Walk number i is the same at any number of workers, and so is the first
// counterexample.
func TestWalks(t *testing.T) {
	how := explore.Walking{Walks: 2000, Steps: 60, Seed: 1}
	walk := func(workers int) *explore.Result[models.ZabState, models.ZabAction] {
		r, err := explore.Walk(t.Context(), pessimist{small}, explore.Options{Workers: workers, KeepGoing: true}, how)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	one, three := walk(1), walk(3)
	if !reflect.DeepEqual(one, three) {
		t.Errorf("3 workers:\n%s1 worker:\n%s", three.Report(), one.Report())
	}
	if f := one.Finding("nothing is committed"); f.Answer != explore.Fails || f.Path.Last().Servers[2].Committed == 0 {
		t.Errorf("no walk committed anything: %+v", f)
	}
	if f := one.Finding("Agreement"); one.Verdict != explore.WalkLimit || f.Answer != explore.Unknown {
		t.Errorf("%v: %v, which walks cannot know", one.Verdict, f.Answer)
	}
	if all := exploretest.Search(t, small, explore.Options{}).States; one.States > all || one.States < all/20 {
		t.Errorf("2000 walks met %d of %d states", one.States, all)
	}
}

// An action of no weight is not taken while there are others.
func TestWeights(t *testing.T) {
	m := counter{actions: func(int) []int { return []int{1, 2} }}
	m.properties = []explore.Property[int]{{Name: "never 2", Kind: checker.Always, Holds: func(n int) bool { return n != 2 }}}
	for weight, want := range map[int64]explore.Answer{0: explore.Unknown, 1: explore.Fails} {
		r, err := explore.Walk(t.Context(), m, explore.Options{}, explore.Walking{Walks: 10, Steps: 10, Weight: func(a any) int64 {
			if a.(int) == 2 {
				return weight
			}
			return 1
		}})
		if err != nil || r.Finding("never 2").Answer != want {
			t.Errorf("weight %d: %v, %v", weight, r.Finding("never 2").Answer, err)
		}
	}
}
