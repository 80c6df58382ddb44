package campaign

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim/choice"
)

// Case is one run of a campaign: all it takes, besides the campaign's
// configuration, to make it again.
type Case struct {
	Scenario int              `json:"scenario,omitempty"` // place in Config.Scenarios
	Seed     uint64           `json:"seed"`
	Strategy Strategy         `json:"strategy"`        // of the swarm: never Guided or Mix
	Forks    []scenarios.Fork `json:"forks,omitempty"` // where another seed takes over
}

// Number returns the one of its seeds that no other run of the campaign has.
func (c *Case) Number() uint64 {
	if n := len(c.Forks); n > 0 {
		return c.Forks[n-1].Seed
	}
	return c.Seed
}

// String returns "seed 17, pct, from 9.2s on seed 31".
func (c *Case) String() string {
	words := []string{fmt.Sprintf("seed %d", c.Seed)}
	if c.Strategy != Uniform {
		words = append(words, string(c.Strategy))
	}
	for _, f := range c.Forks {
		words = append(words, fmt.Sprintf("from %v on seed %d", f.At, f.Seed))
	}
	return strings.Join(words, ", ")
}

// Scenario returns the scenario that a case stands for. It stands by itself: its
// workload is written out, and it has the seed, the strategy and the forks.
func (cfg *Config) Scenario(c *Case) *scenarios.Scenario {
	written := cfg.Scenarios[c.Scenario]
	s := written.Clone()
	s.Seed, s.Forks = c.Seed, slices.Clone(c.Forks)
	if len(c.Forks) > 0 { // several may go on from the same seed
		s.Name += fmt.Sprintf("-fork-%d", c.Number())
	}
	if s.Swarm != nil {
		s.Swarm.Strategy = scenarios.Strategy(c.Strategy)
	}
	if !cfg.AsWritten {
		vary(s, written, choice.Seed(c.Seed))
	}
	return s
}
