package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/cputime"
	"github.com/zabsim/zabsim/checker/shrink"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/scenarios"
)

var (
	shrinkBench = flag.String("shrink.bench", "", "shrink what is found of these `defects`, separated by commas, or of all, and tell how short it gets")
	shrinkLimit = flag.Duration("shrink.limit", shrinkFor, "how much processor time each of them may take")
)

// TestShrinkBench measures the shrinker: for each defect with which a safety
// property is violated in one of the first runs that zabsim hunt makes, the first of
// these is shrunk, for as long as zabsim shrink does by default, but in processor
// time. The median must have at most 60 actions.
//
//	go test ./cmd/zabsim -run ShrinkBench -shrink.bench all -timeout 1h -v
func TestShrinkBench(t *testing.T) {
	if *shrinkBench == "" {
		t.Skip("it takes minutes: ask for it with -shrink.bench")
	}
	p, err := protocolByName("zab")
	if err != nil {
		t.Fatal(err)
	}
	var lengths []int
	var times []time.Duration
	for _, d := range p.Defects {
		if *shrinkBench != "all" && !slices.Contains(strings.Split(*shrinkBench, ","), d.Name) {
			continue
		}
		k, property := firstUnsafe(t, d)
		if k == nil {
			continue
		}
		m, took := benchShrinking(t, d.Name, k, property)
		lengths, times = append(lengths, len(m.schedule)), append(times, took)
	}
	if len(lengths) == 0 {
		t.Fatal("nothing was shrunk")
	}
	slices.Sort(lengths)
	slices.Sort(times)
	if median := lengths[len(lengths)/2]; median > 60 {
		t.Errorf("the median has %d actions", median)
	}
	t.Logf("%d shrunk: median %d actions, most %d; median %.1fs, most %.1fs", len(lengths),
		lengths[len(lengths)/2], lengths[len(lengths)-1], times[len(times)/2].Seconds(), times[len(times)-1].Seconds())
}

// firstUnsafe returns the first run that is found of a defect, and the safety
// property that it violates, or nil.
func firstUnsafe(t *testing.T, d nodes.Defect) (*kept, string) {
	t.Helper()
	on, err := load(grounds)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range on {
		on[i] = s.Clone()
		on[i].Properties.Eventually = nil
	}
	cfg := (&huntFlags{seed: 1, runs: 300, workers: 2}).campaign(d, on)
	var e effort
	found, err := search(context.Background(), cfg, &e)
	if err != nil {
		t.Fatal(err)
	}
	if found == nil || kindOf(found.Property) != checker.Always {
		t.Logf("%-24s nothing unsafe found in %d seeds", d.Name, e.runs)
		return nil, ""
	}
	k, err := remake(cfg, &found.Case)
	if err != nil {
		t.Fatal(err)
	}
	return k, found.Property
}

// benchShrinking shrinks a run that violates a property, and tells how that went.
func benchShrinking(t *testing.T, name string, k *kept, property string) (*minimal, time.Duration) {
	t.Helper()
	start := cputime.Used()
	used := func() time.Duration { return cputime.Used() - start }
	b := &shrink.Budget{Replays: shrinkReplays, Time: func() int { return int(100 * used() / *shrinkLimit) }}
	m, err := k.minimize(property, b)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	took := used()
	var after []string
	for _, s := range m.stages {
		after = append(after, fmt.Sprintf("%s %d", s.Name, s.Actions))
	}
	t.Logf("%-24s %-22s %6d > %5d > %4d actions  %s > %s  %5d tried  %.1fs  %s", name, property, len(k.schedule), m.simulated, len(m.schedule),
		sizes(m.before), sizes(m.scenario), b.Used(), took.Seconds(), strings.Join(after, ", "))
	r, misfit, err := m.scenario.Replay(m.schedule, scenarios.RunOptions{}, nil)
	if err != nil || misfit != nil || !m.violated(r) {
		t.Errorf("%s: what is left does not violate %s (%v, %+v)", name, property, err, misfit)
	}
	if r, err = m.scenario.Run(scenarios.RunOptions{}); err != nil || m.fromSeed && !m.violated(r) {
		t.Errorf("%s: the scenario does not violate %s by itself (%v)", name, property, err)
	}
	return m, took
}
