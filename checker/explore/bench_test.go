package explore_test

import (
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/testdata/models"
)

// BenchmarkZab explores the 2,893,370 states of the published specification
// with 3 servers, 2 timeouts, 1 transaction, 2 epochs, 1 restart.
func BenchmarkZab(b *testing.B) {
	states := uint64(0)
	for b.Loop() {
		r, err := explore.Search(b.Context(), models.Zab{Servers: 3, Timeouts: 2, Transactions: 1, Epochs: 2, Restarts: 1}, explore.Options{Workers: 2})
		if err != nil {
			b.Fatal(err)
		}
		states += r.States
		b.ReportMetric(float64(r.Memory)/float64(r.States), "B/state")
	}
	b.ReportMetric(float64(states)/b.Elapsed().Seconds(), "states/s")
}
