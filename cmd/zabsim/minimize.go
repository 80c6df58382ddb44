package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/shrink"
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
	simulated int                 // actions of the run of scenario up to the violation
	schedule  sim.Schedule
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
	m := &minimal{property: property, before: pinned, scenario: pinned}
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
	p, err := m.scenario.Property(property)
	switch {
	case err != nil:
		return nil, err
	case p.Kind == checker.Eventually && !m.fromSeed:
		return nil, fmt.Errorf("%s does not fail from its seed any more, and of a liveness failure only the scenario can be shrunk", k.title())
	case p.Kind == checker.Eventually:
		m.live = true
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
	m.take(shrink.Polish(c, found, b))
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
		if !m.violated(r) {
			continue
		}
		s.Seed = r.Seed
		if len(s.Defects) == 0 {
			return true
		}
		r, err = sound(s).Run(scenarios.RunOptions{StopEarly: true})
		return err == nil && !m.violated(r)
	}
	return false
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

// shrinkBest shrinks the shortest runs of the scenario from many seeds quickly,
// and of those the shortest one thoroughly.
func (m *minimal) shrinkBest(p checker.Property, b *shrink.Budget) error {
	quick := b.Until(75)
	runs, err := m.failingRuns(quick)
	if err != nil {
		return err
	}
	var best *shrink.Result
	for _, r := range runs[:min(len(runs), runsToShrink)] {
		if quick.Exhausted() {
			break
		}
		s := *m.scenario
		s.Seed = r.Seed
		found := shrink.Schedule(caseOf(p, &s), r.Schedule, quick)
		if found != nil && (best == nil || len(found.Schedule) < len(best.Schedule)) {
			best, m.scenario, m.simulated = found, &s, len(r.Schedule)
		}
	}
	b.Charge(quick)
	if best == nil {
		return m.record() // no budget for even one
	}
	m.take(shrink.Polish(caseOf(p, m.scenario), best, b))
	return nil
}

// failingRuns returns the runs of the scenario from many seeds that violate the
// property, the shortest first.
func (m *minimal) failingRuns(b *shrink.Budget) ([]*scenarios.Result, error) {
	var runs []*scenarios.Result
	own := m.scenario.Seed
	part := b.Until(80)
	defer func() { b.Charge(part) }()
	for seed := range uint64(seedsToStart + 1) {
		if seed > 0 && !part.Spend() {
			break
		}
		r, err := m.scenario.Run(scenarios.RunOptions{Seed: seed, StopEarly: true, Record: true}) // 0: its own
		if err != nil {
			return nil, err
		}
		if m.violated(r) && seed != own {
			runs = append(runs, r)
		}
	}
	slices.SortStableFunc(runs, func(a, b *scenarios.Result) int { return len(a.Schedule) - len(b.Schedule) })
	return runs, nil
}

func (m *minimal) take(r *shrink.Result) {
	m.schedule, m.stages = r.Schedule, append(m.stages, r.Stages...)
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
