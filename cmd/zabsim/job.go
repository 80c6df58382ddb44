package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/zabsim/zabsim/checker/coverage"
	"github.com/zabsim/zabsim/reports/rundir"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim/trace"
)

// job is one scenario with one protocol, for one seed or many.
type job struct {
	scenario  *scenarios.Scenario
	source    string // how the command line named the scenario
	protocol  string
	defects   []string // besides those of the scenario
	seeds     seedRanges
	sweeps    bool     // with each value of the scenario's sweep
	overrides []string // the flags that made it differ from the scenario
	explored  string   // the command line that finds it again, if the model checker did; "": it is simulated

	out       string // where run directories go
	workers   int
	keepGoing bool
}

func (j *job) run(ctx context.Context, p *printer) (exitCode, error) {
	p.start(j)
	switch {
	case j.sweeps:
		return j.sweep(ctx, p)
	case j.seeds.count() == 1:
		return j.single(p, j.seeds[0].first)
	default:
		return j.campaign(ctx, p)
	}
}

// simulate runs one seed.
func (j *job) simulate(seed uint64, record bool, observers ...trace.Observer) (*outcome, error) {
	opts := j.options(seed)
	opts.Record, opts.Observers = record, observers
	r, err := j.scenario.Run(opts)
	return &outcome{Result: r}, err
}

// options say how one seed is run.
func (j *job) options(seed uint64) scenarios.RunOptions {
	return scenarios.RunOptions{Protocol: j.protocol, Seed: seed, Defects: j.defects}
}

// dir returns the directory of a run. It is named by what the run is and not by
// when it was, so that a rerun takes its place and two machines agree.
func (j *job) dir(seed uint64) string {
	name := j.scenario.FileName()
	if j.explored != "" {
		return filepath.Join(j.out, fmt.Sprintf("%s-%s-explored", name, j.protocol))
	}
	return filepath.Join(j.out, fmt.Sprintf("%s-%s-%d", name, j.protocol, seed))
}

// again returns the command line that repeats a run.
func (j *job) again(seed uint64) string {
	if j.explored != "" {
		return j.explored
	}
	s := fmt.Sprintf("zabsim run %s --protocol %s --seed %d", j.source, j.protocol, seed)
	if len(j.defects) > 0 {
		s += " --defect " + strings.Join(j.defects, ",")
	}
	return s
}

// outcome is what came of one seed.
type outcome struct {
	*scenarios.Result
	unseen []string      // in a campaign: what could have happened besides, and did not
	hits   *coverage.Run // in a campaign
}

// code returns the exit code of a run of one seed.
func (o *outcome) code() exitCode {
	switch o.Verdict() {
	case scenarios.Violated, scenarios.ExpectedViolationMissing:
		return exitViolated
	case scenarios.Inconclusive:
		return exitInconclusive
	default:
		return exitOK
	}
}

// undecided reports whether the run itself came to no verdict.
func (o *outcome) undecided() bool { return o.Unjudged() != "" }

// fails reports whether a campaign is to stop at this seed.
func (o *outcome) fails() bool { return o.Verdict() == scenarios.Violated }

// digest returns the first half of the trace hash: enough to compare by eye.
func (o *outcome) digest() string { return rundir.HashText(o.Hash)[:8] }
