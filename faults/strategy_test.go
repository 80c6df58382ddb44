package faults

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/sim/choice"
)

// Plans of every strategy follow from their seed, begin and end in time, say what
// was drawn, and have only the kinds that the swarm may have.
func TestStrategiesKeepToTheSwarm(t *testing.T) {
	for _, strategy := range []Strategy{PCT, Starve, Aimed} {
		for _, kinds := range [][]Kind{nil, {Crash, Slowdown}, {Partition, SlowDisk}, {Drift}} {
			s := swarm(5)
			s.Strategy, s.Kinds = strategy, kinds
			for seed := range 200 {
				plan, settings := s.Plan(choice.Seed(seed))
				again, _ := s.Plan(choice.Seed(seed))
				if !reflect.DeepEqual(plan, again) {
					t.Fatalf("%v: seed %d gives two plans", strategy, seed)
				}
				if !slices.ContainsFunc(settings, func(text string) bool { return strings.HasPrefix(text, strategy.String()+": ") }) {
					t.Fatalf("%v: seed %d does not say what it drew: %v", strategy, seed, settings)
				}
				for i := range plan[:len(plan)-3] { // what ends everything comes last
					f := &plan[i]
					if late := f.At > s.Until && f.Kind != Restart; late || f.At < s.From {
						t.Errorf("%v: seed %d: %v is out of time", strategy, seed, f)
					}
					if f.When != nil && (f.Until == 0 || f.Until > s.Until) {
						t.Errorf("%v: seed %d: %v may strike at any time", strategy, seed, f)
					}
					if kinds != nil && !slices.Contains(kinds, f.Kind) && f.Kind != Restart {
						t.Errorf("%v: seed %d: %v is none of %v", strategy, seed, f, kinds)
					}
				}
			}
		}
	}
}

// At any time delays halve from the lowest priority to the next, and nobody has
// two of them.
func TestPrioritiesAreDelays(t *testing.T) {
	s := swarm(3)
	moved := false
	for seed := range 100 {
		late, _ := (&dice{src: choice.Seed(seed), swarm: &s}).priorities()
		for at := s.From + time.Second/2; at < s.Until; at += 500 * time.Millisecond {
			var by []int64
			who := map[string]bool{}
			for _, f := range late {
				if f.At <= at && at < f.At+f.For {
					by = append(by, f.Amount)
					who[f.Kind.String()+f.Target.String()+f.Other.String()] = true
				}
				moved = moved || f.At > s.From
			}
			slices.Sort(by)
			for i := 1; i < len(by); i++ {
				if by[i] != 2*by[i-1] {
					t.Fatalf("seed %d, %v: delays %v", seed, at, by)
				}
			}
			if len(who) != len(by) || len(by) == 0 && !slices.ContainsFunc(late, func(f Fault) bool { return f.At-at < time.Second && at-f.At-f.For < time.Second }) {
				t.Fatalf("seed %d, %v: %d are late by %v", seed, at, len(who), by)
			}
		}
	}
	if !moved {
		t.Error("priorities never change")
	}
}

// Attacks strike everybody, the leader, and whoever the moment is about; before
// and after what happens there.
func TestAttacksAreAimed(t *testing.T) {
	s := swarm(5)
	s.Strategy = Aimed
	seen := map[string]bool{}
	for seed := range 100 {
		plan, _ := s.Plan(choice.Seed(seed))
		for _, f := range plan {
			if f.When != nil {
				seen[f.Target.String()] = true
				seen[f.Kind.String()] = true
				seen[strings.Fields(f.When.String())[0]] = true
			}
		}
	}
	for _, want := range []string{"everyone", "leader", "itself", "crash", "machine-crash", "pause", "slow-disk", "before", "view", "durable", "truncate"} {
		if !seen[want] {
			t.Errorf("never %s", want)
		}
	}
}
