package servers_test

import (
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
)

// BenchmarkWorld explores three real ZAB nodes, elections and flushes in one step:
// the second transaction of an established leader, two crashes and two restarts. It
// stops at a million states; without the memo at 100,000, for each takes longer.
func BenchmarkWorld(b *testing.B) {
	for _, c := range []struct {
		name       string
		unmemoised bool
		states     uint64
	}{
		{"memo", false, 1_000_000},
		{"executed", true, 100_000},
	} {
		b.Run(c.name, func(b *testing.B) {
			setup := merged.of(cluster(3, 2, faults.Budget{Crashes: 2, Restarts: 2}))
			setup.Unmemoised = c.unmemoised
			prefix, err := servers.Establish(setup, servers.Established{Transactions: 1})
			if err != nil {
				b.Fatal(err)
			}
			setup.Prefix = prefix
			explored(b, setup, explore.Options{Workers: 2, Layered: true, Limits: explore.Limits{States: c.states}})
		})
	}
}

// explored searches a world again and again and reports how fast that is.
func explored(b *testing.B, setup servers.Setup, o explore.Options) {
	b.Helper()
	states, transitions := uint64(0), uint64(0)
	for b.Loop() {
		w, err := servers.New(setup)
		if err != nil {
			b.Fatal(err)
		}
		r, err := explore.Search(b.Context(), w, o)
		if err != nil {
			b.Fatal(err)
		}
		states += r.States
		transitions += r.Transitions
		b.ReportMetric(float64(r.Memory)/float64(r.States), "B/state")
		b.ReportMetric(float64(w.Bytes())/float64(r.States), "memo-B/state")
		b.ReportMetric(100*float64(w.Work().Executed)/float64(r.Transitions), "%executed")
	}
	b.ReportMetric(float64(states)/b.Elapsed().Seconds(), "states/s")
	b.ReportMetric(float64(transitions)/b.Elapsed().Seconds(), "transitions/s")
}
