package servers_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/cputime"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
)

// BenchmarkProperties says what it costs to judge properties: a search of three servers
// with no property, with each that can be judged without times, and with all of them.
// A property costs processor time for each transition, beside what "none" takes, and
// states, if it tells apart what would otherwise be one.
//
//	go test ./checker/explore/servers -run - -bench Properties -benchtime 3x
func BenchmarkProperties(b *testing.B) {
	judged := timeless()
	properties := map[string][]checker.Property{"0 none": nil, "1 all": judged}
	for _, p := range judged {
		properties["2 "+p.Name] = []checker.Property{p}
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		b.Run(name[2:], func(b *testing.B) {
			setup := merged.of(identified(cluster(3, 2, faults.Budget{Crashes: 2, Restarts: 1})))
			setup.Properties, setup.Epochs = properties[name], 2
			prefix, err := servers.Establish(setup, servers.Established{Transactions: 1})
			if err != nil {
				b.Fatal(err)
			}
			setup.Prefix = prefix
			transitions, start := uint64(0), cputime.Used()
			for b.Loop() {
				w, err := servers.New(setup)
				if err != nil {
					b.Fatal(err)
				}
				r, err := explore.Search(b.Context(), w, explore.Options{Layered: true})
				if err != nil || r.Verdict != explore.Complete {
					b.Fatal(err, r.Report())
				}
				transitions += r.Transitions
				b.ReportMetric(float64(r.States), "states")
			}
			b.ReportMetric(float64(cputime.Used()-start)/float64(transitions), "cpu-ns/transition")
		})
	}
}
