package campaign

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func upTo(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func TestResultsComeInOrder(t *testing.T) {
	for _, workers := range []int{1, 3, 8} {
		var running, most atomic.Int64
		var got []int
		InOrder(t.Context(), workers, upTo(50), func(i int) int {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			time.Sleep(time.Duration((50-i)%7) * 100 * time.Microsecond) // later ones overtake
			return i
		}, func(i int) bool {
			got = append(got, i)
			return true
		})
		if len(got) != 50 || !slices.IsSorted(got) {
			t.Errorf("%d workers: took %v", workers, got)
		}
		if most.Load() > int64(workers) {
			t.Errorf("%d workers: %d at a time", workers, most.Load())
		}
	}
}

func TestTakingStops(t *testing.T) {
	var did atomic.Int64
	var got []int
	InOrder(t.Context(), 2, upTo(1000), func(i int) int { did.Add(1); return i }, func(i int) bool {
		got = append(got, i)
		return i < 3
	})
	if !slices.Equal(got, []int{0, 1, 2, 3}) {
		t.Errorf("took %v, want 0 to 3", got)
	}
	if did.Load() > 100 {
		t.Errorf("went on to do %d after nothing more was wanted", did.Load())
	}
}

func TestInterruptFinishesWhatHasBegun(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	var did atomic.Int64
	var got []int
	InOrder(ctx, 2, upTo(1000), func(i int) int {
		if i == 5 {
			interrupt()
		}
		did.Add(1)
		return i
	}, func(i int) bool {
		got = append(got, i)
		return true
	})
	if int64(len(got)) != did.Load() || len(got) < 6 || len(got) > 100 {
		t.Errorf("took %d results of %d; those up to the interrupt at 5 and few more were due", len(got), did.Load())
	}
}
