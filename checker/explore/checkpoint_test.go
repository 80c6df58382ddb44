package explore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/testdata/models"
)

// A search that is killed at any moment and resumed says the same as one that is
// not: the same counts, depth and counterexample, at any number of workers.
func TestResumedSearchesSayTheSame(t *testing.T) {
	for name, o := range map[string]explore.Options{
		"first violation": {},
		"all of it":       {KeepGoing: true, Deadlock: true, Wide: true},
		"layered":         {KeepGoing: true, Layered: true},
		"layers to 15":    {KeepGoing: true, Layered: true, Limits: explore.Limits{Depth: 15}},
	} {
		m := pessimist{small}
		whole := exploretest.Search(t, m, o)
		for kill := uint64(1); kill < whole.States; kill += 1 + whole.States/5 {
			if resumed := exploretest.Resumed(t, m, m, o, kill); !same(resumed, whole) {
				t.Errorf("%s, killed at %d states:\n%sin one go:\n%s", name, kill, resumed.Report(), whole.Report())
			}
		}
	}
}

// same compares all but what memory and time it took.
func same[S, A any](a, b *explore.Result[S, A]) bool {
	x, y := *a, *b
	x.Memory, x.Elapsed = y.Memory, y.Elapsed
	return reflect.DeepEqual(x, y)
}

// What is no checkpoint, or one of something else, is refused.
func TestCheckpointsThatDoNotFit(t *testing.T) {
	name := filepath.Join(t.TempDir(), "checkpoint")
	o := explore.Options{Checkpoint: name, KeepGoing: true, Limits: explore.Limits{Depth: 12}}
	exploretest.Search(t, small, o)
	o.Checkpoint, o.Resume = "", name
	refused := func(want string, m explore.Model[models.ZabState, models.ZabAction], o explore.Options) {
		t.Helper()
		if _, err := explore.Search(t.Context(), m, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	other := small
	other.Timeouts = 2
	refused("another search", other, o)
	wide := o
	wide.Wide = true
	refused("other options", small, wide)
	shallow := o
	shallow.Limits.Depth = 3
	refused("the limit is 3", small, shallow)
	layered := o
	layered.Layered = true
	refused("other options", small, layered)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := explore.Search(cancelled, small, o); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}

	layered.Checkpoint, layered.Resume = filepath.Join(t.TempDir(), "layers"), ""
	exploretest.Search(t, small, layered)
	layered.Resume = layered.Checkpoint
	for _, limit := range []int{0, 13} {
		layered.Limits.Depth = limit
		refused("the same limit only", small, layered)
	}

	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{0, 25, 60, len(whole) / 2, len(whole) - 1} {
		broken := append([]byte(nil), whole...)
		broken[at] ^= 4
		for _, data := range [][]byte{broken, whole[:at]} {
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
			refused("damaged", small, o)
		}
	}
}
