package main

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/shrink"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim"
)

// minimal is what shrinking made of a failed run.
type minimal struct {
	property  string
	was       string              // how it was violated at first, for whoever compares
	before    *scenarios.Scenario // what failed, demanding that property only
	scenario  *scenarios.Scenario // what it was made into
	fromSeed  bool                // it fails by itself; otherwise only with the schedule
	blameless []string            // the defects that were switched on, if it fails without them too
	live      bool                // a liveness failure: all is done that the scenario does
	fewest    uint64              // actions of the scenario's run; a liveness failure must not get longer
	simulated int                 // actions of the run of scenario up to the violation
	schedule  sim.Schedule
	searched  int // of so many actions at its end no fewer do; see shrink.Result
	stages    []shrink.Stage
}

// A variant of a scenario is run with its own seed and with others: what follows
// from a seed changes with the scenario, and the failure need not be lost with
// it. At first they are few, since large scenarios take long. More of them are
// tried in the end, to find a good place to start from.
const (
	fewSeeds     = 8
	manySeeds    = 50
	seedsToStart = 100
	runsToShrink = 40 // of those, the shortest
	runsToPolish = 8  // of those, the shortest when they are shrunk
)

// shrunkSuffix is what names of shrunk scenarios end in.
const shrunkSuffix = "-shrunk"

// minimize makes the scenario of a failed run simpler, as long as it violates
// the property from a seed, and then leaves out what it can of what is done.
func (k *kept) minimize(property string, b *shrink.Budget) (*minimal, error) {
	pinned, err := k.scenario.Pin(k.opts, property)
	if err != nil {
		return nil, err
	}
	// Its runs must not take the place of the run that is being shrunk.
	pinned.Name = strings.TrimSuffix(pinned.Name, shrunkSuffix) + shrunkSuffix
	p, err := pinned.Property(property)
	if err != nil {
		return nil, err
	}
	m := &minimal{
		property: property, before: pinned, scenario: pinned,
		live: p.Kind == checker.Eventually, fewest: math.MaxUint64,
	}
	if len(pinned.Defects) > 0 && m.fails(sound(pinned), 0, b) {
		m.blameless = pinned.Defects
		pinned = sound(pinned)
		m.scenario = pinned
	}
	if m.fromSeed = m.fails(pinned, 0, b); m.fromSeed {
		half := b.Until(50)
		m.simplify(half)
		b.Charge(half)
		m.stages = append(m.stages, shrink.Stage{Name: "scenario", Finished: !half.Exhausted()})
	}
	switch {
	case m.live && !m.fromSeed:
		return nil, fmt.Errorf("%s does not fail from its seed any more, and of a liveness failure only the scenario can be shrunk", k.title())
	case m.live:
		return m, m.record()
	case m.fromSeed:
		return m, m.shrinkBest(p, b)
	}
	c := caseOf(p, m.scenario)
	found := shrink.Schedule(c, k.schedule, b)
	if found == nil {
		if _, v := c.Perform(k.schedule); v != nil && !c.Blames(k.schedule) {
			return nil, fmt.Errorf("%s violates %s without %s too: record a run without, and shrink that", k.file, property, strings.Join(m.scenario.Defects, ", "))
		}
		return nil, fmt.Errorf("%s: the schedule does not violate %s any more; zabsim replay %s says where it fails to fit", k.file, property, k.name())
	}
	m.simulated = len(k.schedule)
	thorough := b.Until(80)
	found = shrink.Polish(c, found, thorough)
	b.Charge(thorough)
	m.finish(p, found, b)
	return m, nil
}

// simplify makes the scenario simpler. What its swarm and its loads draw is
// written out, the loads when little is left of them: then it can be left out one
// by one, and what is kept stays when all else changes.
func (m *minimal) simplify(b *shrink.Budget) {
	greedily := func(seeds uint64) {
		fails := func(s *scenarios.Scenario) bool { return m.fails(s, seeds, b) }
		m.scenario, _ = shrink.Greedy(m.scenario, (*scenarios.Scenario).Simpler, fails, b)
	}
	take := func(s *scenarios.Scenario, err error) {
		if err == nil && m.fails(s, 0, b) {
			m.scenario = s
		}
	}
	take(m.scenario.Explicit())
	greedily(0)
	take(m.scenario.Scripted(m.scenario.Duration))
	for _, seeds := range []uint64{0, fewSeeds, manySeeds} {
		greedily(seeds)
	}
}

// fails reports whether a scenario violates the property, from its own seed or
// one of the first few others, which it is then given; and does not without its
// defects.
func (m *minimal) fails(s *scenarios.Scenario, others uint64, b *shrink.Budget) bool {
	for seed := range others + 1 {
		if seed > 0 && !b.Spend() {
			return false
		}
		r, err := s.Run(scenarios.RunOptions{Seed: seed, StopEarly: true}) // 0: its own
		if err != nil {
			return false
		}
		if !m.violated(r) || m.live && r.Steps > m.fewest {
			continue
		}
		if s.Seed = r.Seed; !m.harmless(s) {
			return false
		}
		m.fewest = r.Steps
		return true
	}
	return false
}

// harmless reports whether a scenario that violates the property does not without
// its defects, if it has any.
func (m *minimal) harmless(s *scenarios.Scenario) bool {
	if len(s.Defects) == 0 {
		return true
	}
	r, err := sound(s).Run(scenarios.RunOptions{StopEarly: true})
	return err == nil && !m.violated(r)
}

func (m *minimal) violated(r *scenarios.Result) bool {
	return slices.ContainsFunc(r.Violations, func(v checker.Violation) bool { return v.Property == m.property })
}

// sound returns the scenario without its defects.
func sound(s *scenarios.Scenario) *scenarios.Scenario {
	without := *s
	without.Defects = nil
	return &without
}

// record takes the run of the scenario as it is.
func (m *minimal) record() error {
	r, err := m.scenario.Run(scenarios.RunOptions{Record: true, StopEarly: !m.live})
	if err != nil {
		return err
	}
	m.simulated, m.schedule = len(r.Schedule), r.Schedule
	if !m.live { // it went on for a moment
		p, err := m.scenario.Property(m.property)
		if err != nil {
			return err
		}
		m.schedule, _ = caseOf(p, m.scenario).Perform(r.Schedule)
	}
	return nil
}

// candidate is a scenario that violates the property, and a schedule of it that
// does.
type candidate struct {
	scenario *scenarios.Scenario
	schedule sim.Schedule
	found    *shrink.Result // what was made of the schedule
}

func (c *candidate) length() int { return len(c.found.Schedule) }

// shrinkBest shrinks the shortest runs of the scenario from many seeds quickly, of
// those the shortest ones thoroughly, and has the model checker look at the one
// that is the shortest then.
func (m *minimal) shrinkBest(p checker.Property, b *shrink.Budget) error {
	quick := b.Until(80)
	var all []*candidate
	for _, c := range m.failingRuns(quick) {
		if quick.Exhausted() || len(all) == runsToShrink {
			break
		}
		if c.found = shrink.Schedule(caseOf(p, c.scenario), c.schedule, quick); c.found != nil {
			all = append(all, c)
		}
	}
	b.Charge(quick)
	if all == nil {
		return m.record() // no budget for even one
	}
	byLength := func(a, b *candidate) int { return a.length() - b.length() }
	slices.SortStableFunc(all, byLength)
	thorough := b.Until(90)
	for i, c := range all[:min(len(all), runsToPolish)] {
		if i == 0 || !thorough.Exhausted() {
			c.found = shrink.Polish(caseOf(p, c.scenario), c.found, thorough)
		}
	}
	b.Charge(thorough)
	best := slices.MinFunc(all, byLength)
	m.scenario = best.scenario
	if err := m.record(); err != nil {
		return err
	}
	m.finish(p, best.found, b)
	return nil
}

// failingRuns returns the runs of the scenario from many seeds that violate the
// property, and do not without its defects, the shortest first.
func (m *minimal) failingRuns(b *shrink.Budget) []*candidate {
	part := b.Until(75)
	var runs []*candidate
	seen := map[nodes.Digest]bool{}
	for seed := range uint64(seedsToStart + 1) {
		if seed == m.scenario.Seed { // it is the first one
			continue
		}
		if !part.Spend() {
			break
		}
		s := *m.scenario
		s.Seed = cmp.Or(seed, s.Seed)
		r, err := s.Run(scenarios.RunOptions{StopEarly: true, Record: true})
		if err == nil && m.violated(r) && !seen[r.Hash] && m.harmless(&s) {
			runs = append(runs, &candidate{scenario: &s, schedule: r.Schedule})
			seen[r.Hash] = true
		}
	}
	b.Charge(part)
	slices.SortStableFunc(runs, func(a, b *candidate) int { return len(a.schedule) - len(b.schedule) })
	return runs
}

// finish has the model checker look for a shorter end, and goes on where it finds
// one.
func (m *minimal) finish(p checker.Property, found *shrink.Result, b *shrink.Budget) {
	c := caseOf(p, m.scenario)
	for {
		before := len(found.Schedule)
		found = shrink.Search(c, found, b)
		if len(found.Schedule) == before || b.Exhausted() {
			break
		}
		found = shrink.Polish(c, found, b)
	}
	m.schedule, m.searched, m.stages = found.Schedule, found.Searched, append(m.stages, found.Stages...)
}

// caseOf says how schedules of a scenario, which has been run before, are
// performed and judged.
func caseOf(p checker.Property, s *scenarios.Scenario) *shrink.Case {
	cfg, header, err := s.Compile(s.Protocol, s.Seed)
	if err != nil {
		panic(err) // then it could not have been run
	}
	return &shrink.Case{Config: cfg, Seed: s.Seed, Header: header, Property: p}
}

// files returns shrunk.txt and shrunk.yaml.
func (m *minimal) files() (schedule, scenario []byte, err error) {
	_, header, err := m.scenario.Compile(m.scenario.Protocol, m.scenario.Seed)
	if err != nil {
		return nil, nil, err
	}
	var text, file bytes.Buffer
	names := sim.Names{Protocol: header.Protocol, Clients: header.Clients}
	if err := names.Write(&text, m.schedule); err != nil {
		return nil, nil, err
	}
	_, err = m.scenario.WriteTo(&file)
	return text.Bytes(), file.Bytes(), err
}
