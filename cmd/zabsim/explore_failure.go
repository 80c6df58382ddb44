package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/zabsim/zabsim/reports"
	"github.com/zabsim/zabsim/reports/rundir"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim"
)

// reportFailure performs the counterexample, writes its directory and tells its
// story.
func (x *exploration) reportFailure(w io.Writer, r *result, found *finding) (*recording, error) {
	return x.tell(w, found, x.world.Schedule(found.Path), nil, x.shortest(r, len(found.Path.Steps)))
}

// tell performs what was found, writes its directory and tells its story, with what the
// search adds to it; that the scenario expects it is said in one line.
func (x *exploration) tell(w io.Writer, found *finding, schedule sim.Schedule, d *scenarios.Discovery, adds string) (*recording, error) {
	dir := x.dir(x.scenario.Seed)
	run, err := x.perform(dir, schedule, found.Property, d)
	if err != nil {
		return nil, err
	}
	if err := rundir.PointLast(dir); err != nil {
		return nil, err
	}
	if run.code() == exitOK {
		_, err = fmt.Fprintf(w, "ok    %s  %s  explored   violates %s, as expected, after %s; see %s\n",
			run.Scenario, run.Protocol, run.Expected, counted(len(found.Path.Steps), "action"), run.dir)
		return run, err
	}
	hints := []reports.Hint{
		{Label: "see", Text: run.dir}, {Label: "replay", Text: "zabsim replay " + run.dir}, {Label: "again", Text: x.explored},
	}
	var text bytes.Buffer
	if err := reports.Failure(&text, run.run.Report, &run.run.Report.Findings[0], hints...); err != nil {
		return nil, err
	}
	story, commands, _ := strings.Cut(text.String(), "\n  see ")
	_, err = fmt.Fprintf(w, "%s\n%s\n  see %s", story, adds, commands)
	return run, err
}

// shortest says what makes a counterexample a shortest one.
func (x *exploration) shortest(r *result, steps int) string {
	what := "Nothing is violated in fewer than " + counted(steps, "action")
	if faults := len(r.Layers) - 1; x.flags.layered && faults > 0 {
		what = fmt.Sprintf("Nothing is violated with fewer than %s, nor with as many in fewer than %s",
			counted(faults, "fault"), counted(steps, "action"))
	}
	if x.scenario.Explore.Established() {
		what += " after the start"
	}
	reduced := x.scenario.Explore.Confluent()
	if !x.kind.shortest || x.flags.bitstate > 0 || reduced {
		what = fmt.Sprintf("There may be shorter ones; --search breadth --depth %d looks for them", max(1, steps-1))
		if reduced {
			what = fmt.Sprintf("There may be shorter ones; --reduce nothing --depth %d looks for them", max(1, steps-1))
		}
	}
	if steps == 0 {
		what = "It happens before there is any choice, on the way to the start"
	}
	return fmt.Sprintf("  %s.\n    explored  %s\n    visited   %s\n", what, x.scope(), numbers(r))
}

// perform performs a schedule that was found for a property, and writes a directory
// with all there is to see of it. What was discovered is nil if a monitor says it.
func (x *exploration) perform(dir string, schedule sim.Schedule, property string, d *scenarios.Discovery) (*recording, error) {
	run := &rundir.Run{Scenario: x.scenario, Options: x.options(), Overrides: x.overrides, Again: x.explored}
	run.Options.Discovery = d
	err := run.MakeExplored(dir, x.Header, schedule, property)
	if _, ok := errors.AsType[rundir.Different](err); ok {
		return nil, &ending{exitNotDeterministic, err}
	}
	if err != nil {
		return nil, err
	}
	return &recording{job: &x.job, outcome: &outcome{Result: run.Result}, dir: dir, run: run}, nil
}
