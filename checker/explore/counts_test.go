package explore_test

import (
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/testdata/models"
)

var long = exploretest.Long

// published is what is known of a model from elsewhere.
type published struct {
	states      uint64
	transitions uint64 // 0: not published, or counted otherwise
	depth       int    // 0: not published
}

// count explores everything and compares.
func count[S, A any](t *testing.T, m explore.Model[S, A], want published) *explore.Result[S, A] {
	t.Helper()
	r := exploretest.Search(t, m, explore.Options{Workers: 2, Clock: exploretest.Clock()})
	if r.Verdict != explore.Complete || r.States != want.states ||
		want.transitions > 0 && r.Transitions != want.transitions || want.depth > 0 && r.Depth() != want.depth {
		t.Errorf("%v with %d states, %d transitions, depth %d; published: %+v", r.Verdict, r.States, r.Transitions, r.Depth(), want)
	}
	for _, f := range r.Findings {
		if f.Answer != explore.Holds {
			t.Errorf("%s %v", f.Property, f.Answer)
		}
	}
	t.Logf("%d states, %d transitions, depth %d, %.0f states/s, %d bytes", r.States, r.Transitions, r.Depth(), r.Rate(), r.Memory)
	return r
}

// Counts that Stateright's example asserts (3 and 5) and prints (8). It counts
// the initial state as generated.
func TestTwoPhaseCommit(t *testing.T) {
	count(t, models.TwoPhase(3), published{288, 1_145, 11})
	count(t, models.TwoPhase(5), published{states: 8_832})
	if *long {
		count(t, models.TwoPhase(8), published{1_745_408, 18_507_777, 26})
	}
}

// Counts that Stateright's examples assert.
func TestRegisters(t *testing.T) {
	count(t, models.NewPaxos(3, 2), published{16_668, 32_970, 21})
	r := count(t, models.NewABD(2, 2), published{states: 544})
	if n := len(r.Finding("value chosen").Path.Steps); n != 11 {
		t.Errorf("the shortest way to read a value has %d steps, published: 11", n)
	}
}

// Counts of TLC for the specification in ZooKeeper's repository, without the
// variable that holds the last action. Transitions are not compared: TLC takes
// some steps twice, where disjuncts of the specification overlap.
func TestZabSpecification(t *testing.T) {
	count(t, models.Zab{Servers: 2, Timeouts: 1, Transactions: 1, Epochs: 1, Restarts: 1}, published{states: 574, depth: 19})
	count(t, models.Zab{Servers: 3, Timeouts: 1, Transactions: 1, Epochs: 1, Restarts: 1}, published{states: 10_319, depth: 21})
	count(t, models.Zab{Servers: 3, Timeouts: 1, Transactions: 1, Epochs: 2, Restarts: 1}, published{states: 169_436, depth: 36})
	if *long {
		count(t, models.Zab{Servers: 3, Timeouts: 2, Transactions: 1, Epochs: 2, Restarts: 1}, published{states: 2_893_370, depth: 44})
	}
}

// With room for a transaction all that the specification describes happens,
// but for the step that its comment says should not be triggered. FIFO channels
// leave no message where nobody expects it.
func TestEveryStepOfZabHappens(t *testing.T) {
	for _, k := range exploretest.Search(t, small, explore.Options{}).Taken {
		if never := k.Kind == "FilterNonexistentMessage"; never != (k.Times == 0) {
			t.Errorf("%s was taken %d times", k.Kind, k.Times)
		}
	}
}

// Two jugs of 3 and 5 gallons can be filled in 24 ways, of which those with
// one of them empty or full can be reached: 16. Four gallons take six steps.
func TestDieHard(t *testing.T) {
	r := exploretest.Search(t, models.DieHard{}, explore.Options{KeepGoing: true})
	if r.Verdict != explore.Complete || r.States != 16 {
		t.Errorf("%v with %d states", r.Verdict, r.States)
	}
	solution := r.Finding("never 4 gallons")
	if solution.Answer != explore.Fails || len(solution.Path.Steps) != 6 || solution.Path.Last().Big != 4 {
		t.Errorf("four gallons: %v\n%v", solution.Answer, solution.Path)
	}
	want := "  1 fill big\n  2 big into small\n  3 empty small\n  4 big into small\n  5 fill big\n  6 big into small\n"
	if got := solution.Path.String(); got != want {
		t.Errorf("solution\n%swant\n%s", got, want)
	}
	if f := r.Finding("both full"); f.Answer != explore.Holds || f.Kind != checker.Sometimes || len(f.Path.Steps) != 2 {
		t.Errorf("both full: %+v", f)
	}
}
