package servers_test

import (
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
)

// BenchmarkWorld explores a million states of three real ZAB nodes: the second
// transaction of an established leader, a crash and a restart.
func BenchmarkWorld(b *testing.B) {
	setup := cluster(3, 2, faults.Budget{Crashes: 1, Restarts: 1})
	setup.Epochs = 2
	prefix, err := servers.Establish(setup, servers.Established{Transactions: 1})
	if err != nil {
		b.Fatal(err)
	}
	setup.Prefix = prefix
	states, transitions := uint64(0), uint64(0)
	for b.Loop() {
		w, err := servers.New(setup)
		if err != nil {
			b.Fatal(err)
		}
		r, err := explore.Search(b.Context(), w, explore.Options{Workers: 2, Limits: explore.Limits{States: 1_000_000}})
		if err != nil {
			b.Fatal(err)
		}
		states += r.States
		transitions += r.Transitions
		b.ReportMetric(float64(r.Memory)/float64(r.States), "B/state")
		b.ReportMetric(100*float64(w.Work().Executed)/float64(r.Transitions), "%executed")
	}
	b.ReportMetric(float64(states)/b.Elapsed().Seconds(), "states/s")
	b.ReportMetric(float64(transitions)/b.Elapsed().Seconds(), "transitions/s")
}
