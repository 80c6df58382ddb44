package campaign

import (
	"runtime/debug"
	"slices"
	"testing"

	"github.com/zabsim/zabsim/checker/cputime"
	"github.com/zabsim/zabsim/scenarios"
)

// BenchmarkSeeds measures whole runs of a campaign on one worker: a drawn
// workload, a drawn plan, all properties, coverage. One op is a seed; an event is
// an action performed, as in the benchmarks of sim and scenarios. Times are those
// of the processor, garbage collection included, which runs as seldom as in the
// command. What is left without linearizability says which share that has.
func BenchmarkSeeds(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	for _, name := range []string{"swarm", "swarm/three", "trio"} {
		b.Run(name, func(b *testing.B) {
			s, err := scenarios.Load(name, nil)
			if err != nil {
				b.Fatal(err)
			}
			all := begun(b, s)
			var seeds, events uint64
			began := cputime.Used()
			for b.Loop() {
				seeds++
				events += makeOne(b, all, seeds)
			}
			took := cputime.Used() - began
			b.ReportMetric(float64(seeds)/took.Seconds(), "seeds/cpu-s")
			b.ReportMetric(float64(events)/float64(seeds), "events/seed")
			b.ReportMetric(float64(took.Nanoseconds())/float64(events), "cpu-ns/event")

			less := begun(b, without(s, "linearizable-writes"))
			began = cputime.Used()
			for seed := range seeds {
				makeOne(b, less, seed+1)
			}
			b.ReportMetric(100*(1-float64(cputime.Used()-began)/float64(took)), "%linearizability")
		})
	}
}

// begun returns a campaign over one scenario.
func begun(b *testing.B, s *scenarios.Scenario) *campaign {
	b.Helper()
	c, err := open(Config{Scenarios: []*scenarios.Scenario{s}, Seed: 1, Strategy: Mix})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// makeOne makes one of its runs and returns how many actions that took.
func makeOne(b *testing.B, c *campaign, run uint64) uint64 {
	b.Helper()
	o := c.perform(run)
	if o.err != nil || o.finding != nil {
		b.Fatal(o.err, o.finding)
	}
	return o.result.Steps
}

// without returns the scenario with one property less.
func without(s *scenarios.Scenario, property string) *scenarios.Scenario {
	less := s.Clone()
	less.Properties.Always = slices.DeleteFunc(slices.Clone(s.Properties.Always), func(c scenarios.Claim) bool { return c.Name == property })
	return less
}
