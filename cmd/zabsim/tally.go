package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/zabsim/zabsim/checker/coverage"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/reports"
)

// tally is what a campaign has come to so far.
type tally struct {
	job      *job
	declared *nodes.Protocol // what the job's protocol says of itself
	began    time.Time
	took     time.Duration // in real time, once it is over

	runs, failed, undecided             uint64
	events, committed, elections, crash uint64
	expected                            uint64 // runs with the expected violation
	unjudged                            string // the first that came to no verdict, and why

	first     *outcome // the first seed that failed
	groups    []group  // what failed, by property, in the order found
	sometimes []share
	extra     []share // sometimes properties that the scenario does not mention
	missed    []share // faults that found nobody to strike
	hits      coverage.Counts
	traces    map[uint64]bool // distinct trace hashes
}

// group is a property with the seeds that violated it.
type group struct {
	property string
	count    uint64
	first    uint64 // seed
}

// share is how many runs something is true of.
type share struct {
	name  string
	count uint64
}

func newTally(j *job) *tally {
	declared, err := protocolByName(j.protocol)
	if err != nil {
		panic(err) // the command line was checked
	}
	t := &tally{job: j, declared: declared, began: time.Now(), traces: map[uint64]bool{}}
	for _, claim := range j.scenario.Properties.Sometimes {
		t.sometimes = append(t.sometimes, share{name: claim.Name})
	}
	for _, p := range j.unclaimed() {
		t.extra = append(t.extra, share{name: p.Name})
	}
	return t
}

// add takes in what came of one seed. Seeds come in order.
func (t *tally) add(o *outcome) {
	t.runs++
	t.events += o.Events
	t.committed += o.Committed
	t.elections += o.Elections
	t.crash += o.Crashes
	t.traces[uint64(o.Hash)] = true
	countOthers(t.sometimes, o.Unmet)
	countOthers(t.extra, o.unseen)
	for _, fault := range o.Missed {
		t.missed = count(t.missed, fault)
	}
	t.hits.Add(o.hits)
	if o.undecided() {
		t.undecided++
		if t.unjudged == "" {
			t.unjudged = fmt.Sprintf("seed %d: %s", o.Seed, o.Unjudged())
		}
	}
	t.judge(o)
}

func (t *tally) judge(o *outcome) {
	for _, v := range o.Violations {
		if v.Property == o.Expected {
			t.expected++
		}
	}
	if !o.fails() {
		return
	}
	t.failed++
	if t.first == nil {
		t.first = o
	}
	for _, v := range o.Violations {
		t.groups = grouping(t.groups, v.Property, o.Seed)
	}
}

func grouping(groups []group, property string, seed uint64) []group {
	for i := range groups {
		if groups[i].property == property {
			groups[i].count++
			return groups
		}
	}
	return append(groups, group{property, 1, seed})
}

// countOthers counts a run for all but the given names.
func countOthers(shares []share, except []string) {
	for i := range shares {
		if !slices.Contains(except, shares[i].name) {
			shares[i].count++
		}
	}
}

func count(shares []share, name string) []share {
	for i := range shares {
		if shares[i].name == name {
			shares[i].count++
			return shares
		}
	}
	return append(shares, share{name, 1})
}

// missing says what a campaign had to see and did not: an expected violation,
// or something that must happen sometimes.
func (t *tally) missing() (violation string, sometimes []string) {
	if x := t.job.scenario.Expect.Violates(t.job.protocol); x != "" && t.expected == 0 {
		violation = fmt.Sprintf("expected %s to violate %s, and it did not in %s seeds", t.job.protocol, x, reports.Grouped(t.runs))
	}
	return violation, never(t.sometimes)
}

// never returns what is true of no run.
func never(shares []share) []string {
	var names []string
	for _, s := range shares {
		if s.count == 0 {
			names = append(names, s.name)
		}
	}
	return names
}

// code returns the exit code of a campaign.
func (t *tally) code() exitCode {
	violation, sometimes := t.missing()
	switch {
	case t.failed > 0 || violation != "" && t.runs > 0:
		return exitViolated
	case t.undecided > 0 || len(sometimes) > 0 && t.runs > 0:
		return exitInconclusive
	default:
		return exitOK
	}
}
