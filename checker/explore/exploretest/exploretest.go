// Package exploretest is for tests of searches, those of package explore and those
// of the models that others make.
package exploretest

import (
	"flag"
	"path/filepath"
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker/explore"
)

// Long says whether tests also run what takes minutes. It is the flag -explore.long.
var Long = flag.Bool("explore.long", false, "also run the searches of millions of states")

// Clock returns a clock for [explore.Options] that begins now.
func Clock() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}

// Search searches a model. An error ends the test.
func Search[S, A any](t *testing.T, m explore.Model[S, A], o explore.Options) *explore.Result[S, A] {
	t.Helper()
	r, err := explore.Search(t.Context(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Resumed searches a model until there are more than so many states, dies, goes on
// with a fresh one from the checkpoint, and returns what that comes to. The fresh
// model is equal; it may be the same if nothing of a search is kept in it.
func Resumed[S, A any](t *testing.T, m, fresh explore.Model[S, A], o explore.Options, states uint64) *explore.Result[S, A] {
	t.Helper()
	o.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
	Outlive(func() {
		o := o
		o.Progress = func(s explore.Stats) {
			if s.States > states {
				Die()
			}
		}
		Search(t, m, o)
	})
	o.Resume, o.Workers = o.Checkpoint, int(1+states%3) // at any number of them it says the same
	return Search(t, fresh, o)
}

// death is what Die panics with.
type death struct{}

// Die ends a search that calls it to report its progress, as nothing but the death
// of the process does: no more is written.
func Die() { panic(death{}) }

// Outlive calls a function that may die.
func Outlive(f func()) {
	defer func() {
		if r := recover(); r != nil && r != (death{}) {
			panic(r)
		}
	}()
	f()
}
