package servers

import (
	"sync"
	"testing"
)

// Whoever adds a pair first decides what it stands for, for all who look it up, while
// the table grows.
func TestMemoIsOneForAll(t *testing.T) {
	const workers, pairs = 4, 5_000
	m := newMemo()
	var group sync.WaitGroup
	got := make([][]uint64, workers)
	for w := range workers {
		got[w] = make([]uint64, pairs)
		group.Go(func() {
			for i := range uint32(pairs) {
				key := pair(i%7+1, i)
				if value, known := m.get(key); known {
					got[w][i] = value
				} else {
					got[w][i] = m.put(key, uint64(w)<<32|uint64(i))
				}
			}
		})
	}
	group.Wait()
	for i := range uint32(pairs) {
		value, known := m.get(pair(i%7+1, i))
		if !known || uint32(value) != i {
			t.Fatalf("pair %d stands for %d", i, value)
		}
		for w := range workers {
			if got[w][i] != value {
				t.Fatalf("pair %d was %#x for worker %d and is %#x", i, got[w][i], w, value)
			}
		}
	}
	if _, known := m.get(pair(8, 1)); known {
		t.Error("a pair that was never added is known")
	}
	if m.n != pairs || m.bytes() < 16*pairs*4/3 {
		t.Errorf("%d pairs in %d bytes", m.n, m.bytes())
	}
}
