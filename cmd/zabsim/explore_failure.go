package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/reports"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// reportFailure performs the counterexample, writes its directory and tells its
// story; that the scenario expects it is said in one line.
func (x *exploration) reportFailure(w io.Writer, r *result) (exitCode, error) {
	found := x.failed(r)
	run, err := x.perform(x.world.Schedule(found.Path), found.Property)
	if err != nil {
		return exitOK, err
	}
	steps := len(found.Path.Steps)
	if run.code() == exitOK {
		_, err = fmt.Fprintf(w, "ok    %s  %s  explored   violates %s, as expected, after %s; see %s\n",
			run.Scenario, run.Protocol, run.Expected, counted(steps, "action"), run.dir)
		return exitOK, err
	}
	hints := []reports.Hint{
		{Label: "see", Text: run.dir}, {Label: "replay", Text: "zabsim replay " + run.dir}, {Label: "again", Text: x.explored},
	}
	var text bytes.Buffer
	if err := reports.Failure(&text, run.run, &run.run.Findings[0], hints...); err != nil {
		return exitOK, err
	}
	story, commands, _ := strings.Cut(text.String(), "\n  see ")
	_, err = fmt.Fprintf(w, "%s\n%s\n  see %s", story, x.shortest(r, steps), commands)
	return run.code(), err
}

// shortest says what makes a counterexample a shortest one.
func (x *exploration) shortest(r *result, steps int) string {
	what := "Nothing is violated in fewer than " + counted(steps, "action")
	if x.scenario.Explore.Established() {
		what += " after the start"
	}
	if steps == 0 {
		what = "It happens before there is any choice, on the way to the start"
	}
	return fmt.Sprintf("  %s.\n    explored  %s\n    visited   %s\n", what, x.scope(), numbers(r))
}

// perform performs a schedule that was found, in a world of its own, and writes
// all there is to see of it. It must violate the property there too.
func (x *exploration) perform(schedule sim.Schedule, property string) (*recording, error) {
	run := &recording{job: &x.job, dir: x.dir(x.scenario.Seed)}
	err := replaceDir(run.dir, func(tmp string) error {
		err := run.watch(tmp, x.Header, func(observers ...trace.Observer) (*outcome, error) {
			return x.replay(schedule, observers)
		})
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(run.Violations, func(v checker.Violation) bool { return v.Property == property }) {
			return &ending{exitNotDeterministic, fmt.Errorf("what was found to violate %s does not when it is performed again", property)}
		}
		return run.write(tmp)
	})
	if err != nil {
		return nil, err
	}
	return run, pointLast(run.dir)
}

// replay performs a schedule and notes what each delivery delivers.
func (x *exploration) replay(schedule sim.Schedule, observers []trace.Observer) (*outcome, error) {
	o := &outcome{}
	opts := x.options()
	opts.Observers = append(observers, o.counter())
	var misfit *sim.Misfit
	var err error
	o.Result, misfit, err = x.scenario.Replay(schedule, opts, func(w *sim.World, next int) bool {
		if next < len(schedule) {
			schedule[next].What = w.What(schedule[next].Action)
		}
		return true
	})
	if err == nil && misfit != nil {
		err = &ending{exitNotDeterministic, fmt.Errorf("action %d of what was found cannot happen when it is performed again: %w", misfit.Index+1, misfit.Why)}
	}
	o.Schedule = schedule
	return o, err
}
