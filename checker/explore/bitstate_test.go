package explore_test

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
)

// With room enough a few bits a state find everything, and do not know it. With
// little room they miss states, about as many as they say.
func TestBitstate(t *testing.T) {
	all := exploretest.Search(t, small, explore.Options{}).States
	roomy := exploretest.Search(t, small, explore.Options{Bitstate: 1 << 22})
	if roomy.Verdict != explore.Partial || roomy.States != all || roomy.Missed > 0.01 || roomy.Finding("Agreement").Answer != explore.Unknown {
		t.Errorf("%d states of %d, %g missed: %s", roomy.States, all, roomy.Missed, roomy.Report())
	}
	for _, table := range []uint64{1 << 13, 1 << 14, 1 << 15} {
		tight := exploretest.Search(t, small, explore.Options{Bitstate: table})
		missed := float64(all - tight.States)
		if tight.States >= all || math.Abs(math.Log2(missed/tight.Missed)) > 1 {
			t.Errorf("%d bytes: %.0f states are missing, it says %.1f", table, missed, tight.Missed)
		}
		t.Logf("%d bytes: %.0f states are missing, it says %.1f; %s", table, missed, tight.Missed, tight.Doubt())
	}
}

// What bits miss is the same at any number of workers and after a resume, and a
// counterexample is one.
func TestBitstateIsTheSame(t *testing.T) {
	bitstateIsTheSame(t, explore.Options{})
	bitstateIsTheSame(t, explore.Options{Layered: true})
}

func bitstateIsTheSame(t *testing.T, o explore.Options) {
	t.Helper()
	o.KeepGoing, o.Bitstate, o.Checkpoint = true, 1<<14, filepath.Join(t.TempDir(), "checkpoint")
	m := pessimist{small}
	one := exploretest.Search(t, m, o)
	o.Workers = 3
	if many := exploretest.Search(t, m, o); !same(one, many) {
		t.Errorf("3 workers:\n%s1 worker:\n%s", many.Report(), one.Report())
	}
	if f := one.Finding("nothing is committed"); f.Answer != explore.Fails {
		t.Error(f.Answer)
	}
	if resumed := exploretest.Resumed(t, m, m, o, one.States/2); !same(one, resumed) {
		t.Errorf("resumed:\n%sin one go:\n%s", resumed.Report(), one.Report())
	}
	o.Resume = o.Checkpoint
	o.Bitstate *= 2
	if _, err := explore.Search(t.Context(), m, o); err == nil {
		t.Error("a checkpoint of another table is taken")
	}
}
