package shrink_test

import (
	"iter"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/checker/shrink"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
)

func enough() *shrink.Budget { return &shrink.Budget{Replays: 10_000} }

// Two servers boot, the timer of one fires twice, both greetings arrive: less
// is not rude.
func TestShrinksToWhatMatters(t *testing.T) {
	c, s := rudeness("rude")
	if len(s) < 100 {
		t.Fatalf("only %d actions: the test tests nothing", len(s))
	}
	b := enough()
	r := shrink.Polish(c, shrink.Schedule(c, s, b), b)
	want := []sim.ActionKind{sim.Deliver, sim.Deliver, sim.Start, sim.Start, sim.Expire, sim.Expire}
	if got := kinds(r.Schedule); !slices.Equal(got, want) {
		t.Fatalf("it is shrunk to %v, want %v", got, want)
	}
	if r.Violation.Property != "polite" {
		t.Errorf("it violates %s", r.Violation.Property)
	}
	for i, step := range r.Schedule {
		if step.At != time.Duration(i)*time.Millisecond {
			t.Errorf("action %d is at %v", i, step.At)
		}
	}
	for _, stage := range r.Stages {
		if !stage.Finished {
			t.Errorf("stage %s did not finish", stage.Name)
		}
	}

	w := sim.New(c.Config, choice.Seed(c.Seed), nil)
	if _, err := sim.Replay(w, r.Schedule, true); err != nil {
		t.Errorf("it does not fit: %v", err)
	}
}

// Where nothing can be left out, another execution can still be shorter.
func TestSearchFindsAnotherWay(t *testing.T) {
	c, s := rudeness("rude")
	b := enough()
	found := shrink.Schedule(c, s, b)
	if len(found.Schedule) != 6 {
		t.Fatalf("%d actions are left, want 6", len(found.Schedule))
	}
	c.Config.Defects = []string{"rude", "jumpy"} // now it takes one greeting, and the timer of the one that is greeted
	r := shrink.Search(c, found, b)
	if len(r.Schedule) != 5 || r.Searched != 5 || len(r.Stages) != len(found.Stages)+2 {
		t.Errorf("%d actions, no fewer for the last %d, after %+v; want 5 and 5", len(r.Schedule), r.Searched, r.Stages)
	}
}

// A server that gives up when its timer has fired often enough had better crash.
func TestRestartInsteadOfWaiting(t *testing.T) {
	c, s := rudeness("weary")
	b := enough()
	found := shrink.Schedule(c, s, b)
	if len(found.Schedule) != 9 {
		t.Fatalf("%d actions are left, want a start and 8 expiries", len(found.Schedule))
	}
	want := []sim.ActionKind{sim.Start, sim.Start, sim.Crash}
	if got := kinds(shrink.Polish(c, found, b).Schedule); !slices.Equal(got, want) {
		t.Errorf("it is shrunk to %v, want %v", got, want)
	}
}

func TestShrinkingTwiceIsTheSame(t *testing.T) {
	c, s := rudeness("rude")
	if a, b := shrink.Schedule(c, s, enough()), shrink.Schedule(c, s, enough()); !reflect.DeepEqual(a, b) {
		t.Errorf("%v and %v", a.Schedule, b.Schedule)
	}
}

func TestNothingToShrink(t *testing.T) {
	c, s := rudeness()
	if r := shrink.Schedule(c, s, enough()); r != nil {
		t.Errorf("a harmless run is shrunk to %d actions", len(r.Schedule))
	}
}

// What fails without the defects too is not their failure.
func TestOnlyTheDefectIsToBlame(t *testing.T) {
	always := toy
	always.Defects = nil
	node := toy.New
	always.New = func(c nodes.Config) nodes.Node {
		n := node(c).(*toyNode)
		n.Rude = true
		return n
	}
	c, s := rudeness("rude")
	c.Config.Protocol = &always
	if r := shrink.Schedule(c, s, enough()); r != nil {
		t.Errorf("the defect is blamed for what it did not do")
	}
}

func TestBudgetIsKept(t *testing.T) {
	c, s := rudeness("rude")
	for _, replays := range []int{1, 5, 15} {
		b := &shrink.Budget{Replays: replays}
		r := shrink.Schedule(c, s, b)
		if b.Used() != replays || !b.Exhausted() || r.Stages[len(r.Stages)-1].Finished {
			t.Errorf("of %d executions %d were used; stages %+v", replays, b.Used(), r.Stages)
		}
		if _, v := c.Perform(r.Schedule); v == nil {
			t.Errorf("after %d executions what is left violates nothing", replays)
		}
	}
	percent := 93
	b := &shrink.Budget{Replays: 1000, Time: func() int { percent++; return percent }}
	if shrink.Schedule(c, s, b); b.Used() != 6 || !b.Exhausted() {
		t.Errorf("when time was up, it had used %d", b.Used())
	}
}

// A part ends early, and what it spent is gone.
func TestPartOfABudget(t *testing.T) {
	spend := func(b *shrink.Budget) int {
		for b.Spend() {
		}
		return b.Used()
	}
	b := &shrink.Budget{Replays: 100}
	half := b.Until(50)
	if n := spend(half); n != 50 {
		t.Errorf("half of 100 is %d", n)
	}
	b.Charge(half)
	if n := spend(b.Until(50)); n != 0 {
		t.Errorf("half is used up, and %d more were spent", n)
	}
	if n := spend(b.Until(75)); n != 25 {
		t.Errorf("from 50 to 75 there are %d", n)
	}
	percent := 0
	timed := &shrink.Budget{Replays: 100, Time: func() int { percent += 10; return percent }}
	if n := spend(timed.Until(50)); n != 4 {
		t.Errorf("half of the time was up after %d", n)
	}
	if n := spend(timed); n != 4 {
		t.Errorf("the other half after %d", n)
	}
}

// Greedy finds the smallest set that fails where failing means to contain
// certain numbers.
func TestGreedyKeepsWhatIsNeeded(t *testing.T) {
	without := func(set []int) iter.Seq[func() ([]int, bool)] {
		return func(yield func(func() ([]int, bool)) bool) {
			for i := range set {
				if !yield(func() ([]int, bool) { return slices.Delete(slices.Clone(set), i, i+1), true }) {
					return
				}
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.SliceOfNDistinct(rapid.IntRange(0, 30), 1, 20, rapid.ID[int]).Draw(t, "set")
		needed := set[:rapid.IntRange(0, len(set)).Draw(t, "needed")]
		fails := func(s []int) bool {
			return !slices.ContainsFunc(needed, func(n int) bool { return !slices.Contains(s, n) })
		}
		got, finished := shrink.Greedy(set, without, fails, &shrink.Budget{Replays: 1000})
		if !finished || !slices.Equal(got, needed) {
			t.Fatalf("%v is left of %v (finished: %v), want %v", got, set, finished, needed)
		}
		b := &shrink.Budget{Replays: 3}
		if got, finished := shrink.Greedy(set, without, fails, b); !fails(got) || b.Used() > 3 || finished == b.Exhausted() {
			t.Fatalf("with 3 executions %v is left after %d (finished: %v)", got, b.Used(), finished)
		}
	})
}
