package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/checker/explore/servers"
)

// lasso is the search for executions on which something comes no more.
const lasso = "lasso"

// theScenarios stands for what the scenario says must hold eventually.
const theScenarios = "scenario"

func aboutEventually() string {
	return "judge this instead of what must always hold: that it comes again and again on every fair execution; " +
		strings.Join(servers.Goals(), ", ") + ", or " + theScenarios + " for those that it names"
}

// aim has a search judge what --eventually names. What the scenario has besides
// takes a clock to judge, and is named.
func (x *exploration) aim() error {
	if len(x.flags.eventually) == 0 {
		return nil
	}
	x.Properties = nil
	for _, name := range x.flags.eventually {
		switch {
		case slices.Contains(servers.Goals(), name):
			x.Goals = append(x.Goals, name)
		case name != theScenarios:
			return fmt.Errorf("--eventually: %w", unknown("goal", name, append(servers.Goals(), theScenarios)))
		}
	}
	if !slices.Contains(x.flags.eventually, theScenarios) {
		return nil
	}
	for _, claim := range x.scenario.Properties.Eventually {
		if slices.Contains(servers.Goals(), claim.Name) {
			x.Goals = append(x.Goals, claim.Name)
		} else {
			x.unjudged = append(x.unjudged, claim.Name)
		}
	}
	if len(x.Goals) == 0 {
		return fmt.Errorf("--eventually %s: %s names nothing that can be judged without a clock; %s can be",
			theScenarios, x.scenario.Name, strings.Join(servers.Goals(), ", "))
	}
	return nil
}

// reportLasso tells an execution on which something comes no more. There is no run of
// it to replay: runs come to an end.
func (x *exploration) reportLasso(w io.Writer, r *result, found *finding) error {
	steps, cycle := len(found.Path.Steps), found.Path.Cycle
	what := fmt.Sprintf("after %s nothing is left to happen", counted(steps, "action"))
	if cycle > 0 {
		what = fmt.Sprintf("after %s it goes round in %d for ever", counted(steps-cycle, "action"), cycle)
	}
	_, err := fmt.Fprintf(w, "FAIL  %s  %s  explored\n  %s: %s, and it comes no more\n\n%v\n    explored  %s\n    visited   %s\n    again     %s\n",
		x.scenario.Name, x.protocol, found.Property, what, found.Path, x.scope(), numbers(r), x.explored)
	return err
}
