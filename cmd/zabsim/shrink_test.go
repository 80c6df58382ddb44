package main

import (
	"slices"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/shrink"
	"github.com/zabsim/zabsim/scenarios"
)

// The failure that each planted defect causes in a scenario of the library
// shrinks to a few actions: of a scenario that fails by itself, and of a
// schedule that fails when it is replayed strictly. Without the defect neither
// does.
func TestPlantedDefectsShrink(t *testing.T) {
	for _, c := range []struct {
		defect, scenario, property string
		actions, replays           int
		elect                      bool // elections are held in one step
	}{
		{"commit-on-minority", "shanghai-guangzhou", "no-lost-commit", 60, 8000, true},
		{"ack-before-fsync", "mixed", "durable-before-commit", 20, 8000, false},
		{"forget-accepted-epoch", "power-cut-twice", "one-leader-per-epoch", 20, 8000, false},
		{"skip-trunc", "lost-proposal", "no-resurrection", 70, 8000, true},
		{"watch-events-lost", "recipes", "watch-order", 40, 8000, false},
		{"elect-by-id", "highest-id-lags", "leader", 1500, 5000, false},
	} {
		t.Run(c.defect, func(t *testing.T) {
			t.Parallel()
			k := failing(t, c.scenario, c.defect, c.property)
			b := &shrink.Budget{Replays: c.replays}
			m, err := k.minimize(c.property, b)
			if err != nil {
				t.Fatal(err)
			}
			if len(m.schedule) > c.actions || b.Used() > c.replays {
				t.Errorf("%d actions are left after %d executions, want %d after %d", len(m.schedule), b.Used(), c.actions, c.replays)
			}
			if m.schedule.Oracle() != c.elect {
				t.Errorf("elections are held in one step: %v", m.schedule.Oracle())
			}
			t.Logf("%s: %d actions after %d executions: %+v", k.title(), len(m.schedule), b.Used(), m.stages)
			for _, with := range []*scenarios.Scenario{m.scenario, sound(m.scenario)} {
				want := len(with.Defects) > 0
				r, err := with.Run(scenarios.RunOptions{})
				if err != nil || m.violated(r) != want {
					t.Errorf("from its seed, with %v: violated %v (%v)", with.Defects, r.Violations, err)
				}
				if m.live && !want {
					continue // what the defect makes servers do fits nowhere then
				}
				r, misfit, err := with.Replay(m.schedule, scenarios.RunOptions{}, nil)
				if err != nil || m.violated(r) != want || want && misfit != nil {
					t.Errorf("from its schedule, with %v: violated %v (%v, %+v)", with.Defects, r.Violations, err, misfit)
				}
			}
		})
	}
}

// A defect is not blamed for what happens without it too: ZooKeeper's reads are
// stale in any case. It is switched off then.
func TestShrinkWithoutABlamelessDefect(t *testing.T) {
	s, err := scenarios.Load("mixed", nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Properties.Always = append(s.Properties.Always, scenarios.Claim{Name: "linearizable"})
	k := &kept{scenario: s, opts: scenarios.RunOptions{Protocol: "zab", Seed: 1, Defects: []string{"skip-trunc"}}}
	m, err := k.minimize("linearizable", &shrink.Budget{Replays: 50})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(m.blameless, []string{"skip-trunc"}) || len(m.scenario.Defects) > 0 {
		t.Errorf("%v are not blamed, %v are switched on", m.blameless, m.scenario.Defects)
	}
}

// failing returns the first run of a scenario in which a defect makes a
// property fail.
func failing(t *testing.T, scenario, defect, property string) *kept {
	t.Helper()
	s, err := scenarios.Load(scenario, nil)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(200) {
		k := &kept{scenario: s, opts: scenarios.RunOptions{Protocol: "zab", Seed: seed + 1, Defects: []string{defect}}}
		r, err := s.Run(k.opts)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(r.Violations, func(v checker.Violation) bool { return v.Property == property }) {
			return k
		}
	}
	t.Fatalf("%s: %s was not violated in 200 seeds", scenario, property)
	return nil
}
