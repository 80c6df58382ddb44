package campaign

import (
	"fmt"
	"slices"
	"time"

	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim/choice"
)

// Strategy is how the runs of a campaign search for violations.
type Strategy string

// The strategies. The first four are those of the swarms of scenarios: see
// [faults.Strategy]. A scenario without a swarm has only Uniform and Guided.
const (
	Uniform Strategy = "uniform" // everything is drawn evenly
	PCT     Strategy = "pct"     // links and disks have priorities, and few of them change
	Starve  Strategy = "starve"  // one server, link or disk is always last
	Aimed   Strategy = "aimed"   // faults strike in the middle of what matters
	// Guided goes on from runs that reached something new: up to about that
	// moment the same happens, then another seed takes over. Half of its runs
	// are Uniform, so that there is something to go on from.
	Guided Strategy = "guided"
	// Mix is a bit of each that finds planted defects soon: see the package's doc.
	// Guided is part of it if there is a corpus.
	Mix Strategy = "mix"
)

// Strategies are all of them, the default first.
var Strategies = []Strategy{Mix, Uniform, PCT, Starve, Aimed, Guided}

// share is how many of the runs of a strategy are of which kind.
type share struct {
	of     Strategy
	weight int
}

var shares = map[Strategy][]share{
	Uniform: {{Uniform, 1}},
	PCT:     {{PCT, 1}},
	Starve:  {{Starve, 1}},
	Aimed:   {{Aimed, 1}},
	Guided:  {{Uniform, 1}, {Guided, 1}},
	Mix:     {{Uniform, 3}, {PCT, 2}, {Starve, 1}, {Aimed, 4}},
}

func (s Strategy) check() error {
	if !slices.Contains(Strategies, s) {
		return fmt.Errorf("unknown strategy %q; there are %v", s, Strategies)
	}
	return nil
}

// caseOf returns the case of a run, by its number in the campaign from 0. known
// are the entries of the corpus that it may go on from.
func (cfg *Config) caseOf(run uint64, known []Entry) Case {
	seed := cfg.Seed + run
	stream := choice.NewStream("campaign")
	d := dice{choice.Seed(seed), &stream}
	c := Case{Seed: seed, Scenario: d.between(0, len(cfg.Scenarios)-1)}
	c.Strategy = d.strategy(cfg.shares())
	if c.Strategy == Guided {
		if fork, ok := d.forkOf(cfg, known, seed); ok {
			return fork
		}
		c.Strategy = Uniform
	}
	if cfg.Scenarios[c.Scenario].Swarm == nil {
		c.Strategy = Uniform
	}
	return c
}

// shares returns of which kinds its runs are.
func (cfg *Config) shares() []share {
	of := shares[cfg.Strategy]
	if cfg.Strategy == Mix && cfg.Corpus != "" {
		of = append(slices.Clone(of), share{Guided, 5})
	}
	return of
}

func (d *dice) strategy(of []share) Strategy {
	total := 0
	for _, s := range of {
		total += s.weight
	}
	i := d.between(0, total-1)
	for _, s := range of {
		if i -= s.weight; i < 0 {
			return s.of
		}
	}
	panic("campaign: weights do not add up")
}

const (
	// before is how long before it reached something new a run is left at most.
	before = 2 * time.Second
	// maxForks bounds how often a case is gone on from.
	maxForks = 4
)

// forkOf draws an entry of the corpus, newer ones more often, and goes on from it
// with another seed, from shortly before it reached something that was new. It
// reports false if there is none that it could go on from.
func (d *dice) forkOf(cfg *Config, known []Entry, seed uint64) (c Case, ok bool) {
	if len(known) == 0 {
		return Case{}, false
	}
	// The larger of two draws: the last entry is twice as likely as the middle.
	n := len(known)
	e := &known[max(d.between(0, n-1), d.between(0, n-1))]
	c = e.Case
	end := late(cfg.Scenarios[c.Scenario])
	early := slices.DeleteFunc(slices.Clone(e.New), func(r Reached) bool { return r.At >= end })
	if len(early) == 0 {
		return Case{}, false
	}
	at := early[d.between(0, len(early)-1)].At
	at -= time.Duration(d.between(0, int(min(before, at)/time.Millisecond))) * time.Millisecond

	c.Forks = slices.DeleteFunc(slices.Clone(c.Forks), func(f scenarios.Fork) bool { return f.At >= at })
	if len(c.Forks) == maxForks {
		c.Forks = c.Forks[:maxForks-1]
	}
	c.Forks = append(c.Forks, scenarios.Fork{At: at.Truncate(time.Millisecond), Seed: seed})
	return c, true
}

// late returns when too little is left of a run to go on from it: most of what
// goes wrong has.
func late(s *scenarios.Scenario) time.Duration {
	if s.Swarm == nil {
		return s.Duration
	}
	return s.Swarm.Until - (s.Swarm.Until-s.Swarm.From)/4
}
