package explore_test

import (
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/testdata/models"
)

// BenchmarkZab explores the 2,893,370 states of the published specification
// with 3 servers, 2 timeouts, 1 transaction, 2 epochs, 1 restart.
func BenchmarkZab(b *testing.B) {
	explored(b, models.Zab{Servers: 3, Timeouts: 2, Transactions: 1, Epochs: 2, Restarts: 1}, 2_893_370)
}

// BenchmarkLargeZab explores its 45,565,953 states with a transaction and a restart
// more, in three quarters of a minute: it tells what a state takes when there are many.
func BenchmarkLargeZab(b *testing.B) {
	if !*long {
		b.Skip("needs -explore.long")
	}
	explored(b, models.Zab{Servers: 3, Timeouts: 2, Transactions: 2, Epochs: 2, Restarts: 2}, 45_565_953)
}

func explored(b *testing.B, m models.Zab, want uint64) {
	b.Helper()
	states := uint64(0)
	for b.Loop() {
		r, err := explore.Search(b.Context(), m, explore.Options{Workers: 2})
		if err != nil || r.States != want {
			b.Fatal(r.States, err)
		}
		states += r.States
		b.ReportMetric(float64(r.Memory)/float64(r.States), "B/state")
	}
	b.ReportMetric(float64(states)/b.Elapsed().Seconds(), "states/s")
}
