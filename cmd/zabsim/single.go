package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/zabsim/zabsim/reports"
	"github.com/zabsim/zabsim/reports/rundir"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// recording is one run with everything switched on.
type recording struct {
	*outcome
	job *job
	run *rundir.Run
	log *journal
	dir string
}

// single runs one seed, writes its directory and says how it went. A run that
// fails is run a second time before it is reported: it must come out the same.
func (j *job) single(p *printer, seed uint64) (exitCode, error) {
	r, err := j.record(seed)
	if err != nil {
		return exitOK, err
	}
	if r.fails() {
		second, err := j.simulate(seed, false)
		if err != nil {
			return exitOK, err
		}
		if err := r.compare(second); err != nil {
			return exitOK, err
		}
	}
	p.single(r)
	return r.code(), nil
}

// compare returns an error if another run of the same seed came out differently.
// Then that is the finding: nothing that either run shows can be trusted.
func (r *recording) compare(other *outcome) error {
	if r.Hash == other.Hash {
		return nil
	}
	return &ending{exitNotDeterministic, fmt.Errorf(
		"not deterministic: %s gave trace %s and, once more, %s; the first trace is in %s",
		r.title(), r.digest(), other.digest(), r.dir)}
}

// record runs one seed and writes its directory.
func (j *job) record(seed uint64) (*recording, error) {
	run := &rundir.Run{Scenario: j.scenario, Options: j.options(seed), Overrides: j.overrides, Again: j.again(seed)}
	_, header, err := j.scenario.Configure(run.Options)
	if err != nil {
		return nil, err
	}
	r := &recording{job: j, run: run, log: &journal{header: header}, dir: j.dir(seed)}
	run.Options.Observers = []trace.Observer{r.log}
	if err := run.Make(r.dir); err != nil {
		return nil, err
	}
	r.outcome = &outcome{Result: run.Result}
	return r, rundir.PointLast(r.dir)
}

// text returns what people read about the run.
func (r *recording) text() (string, error) {
	var b strings.Builder
	switch verdict := r.Verdict(); {
	case verdict == scenarios.AsExpected:
		err := reports.Success(&b, r.run.Report, r.run.Took)
		r.missed(&b)
		return b.String(), err
	case verdict == scenarios.ExpectedViolationMissing:
		fmt.Fprintf(&b, "FAIL  %s\n\n  expected %s to violate %s, and it did not\n\n  see   %s\n  try   zabsim run %s --protocol %s --seeds 1-1000\n",
			r.title(), r.Protocol, r.Expected, r.dir, r.job.source, r.Protocol)
		return b.String(), nil
	case len(r.run.Report.Findings) > 0:
		err := reports.Failure(&b, r.run.Report, &r.run.Report.Findings[0], r.hints()...)
		return b.String(), err
	default:
		r.explainUndecided(&b)
		return b.String(), nil
	}
}

// hints say how to see a failure again. What is inconclusive cannot be shrunk.
func (r *recording) hints() []reports.Hint {
	hints := []reports.Hint{{Label: "see", Text: r.dir}, {Label: "replay", Text: "zabsim replay " + r.dir}}
	if len(r.Violations) > 0 {
		hints = append(hints, reports.Hint{Label: "shrink", Text: "zabsim shrink " + r.dir})
	}
	return append(hints, reports.Hint{Label: "from seed", Text: r.job.again(r.Seed)})
}

// explainUndecided says why a run in which nothing was violated proves nothing.
func (r *recording) explainUndecided(w io.Writer) {
	fmt.Fprintf(w, "INCONCLUSIVE  %s\n\n", r.title())
	if r.Stop == sim.Limit {
		fmt.Fprintf(w, "  stopped after %s events, at %v of %v: more would take a larger limits.events in the scenario\n",
			reports.Grouped(r.Events), r.Time, r.job.scenario.Duration)
	}
	for _, name := range r.Unmet {
		fmt.Fprintf(w, "  %s did not happen, so the run tested too little; zabsim explain %s\n", name, name)
	}
	r.missed(w)
	fmt.Fprintf(w, "\n  see   %s\n", r.dir)
}

// missed names the faults without which the run was: a scenario may not do what
// it says.
func (r *recording) missed(w io.Writer) {
	for _, fault := range r.Missed {
		fmt.Fprintf(w, "  missed  %s: it never struck, or found nobody to strike\n", fault)
	}
}

// title returns "shanghai-guangzhou  zab  seed 42".
func (r *recording) title() string {
	return fmt.Sprintf("%s  %s  seed %d", r.Scenario, r.Protocol, r.Seed)
}
