package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/scenarios"
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

// reportLasso performs an execution on which something comes no more, of a cycle two
// rounds, writes its directory and tells its story.
func (x *exploration) reportLasso(w io.Writer, r *result, found *finding) (*recording, error) {
	steps, cycle := len(found.Path.Steps), found.Path.Cycle
	d := &scenarios.Discovery{
		Property: found.Property,
		Message:  fmt.Sprintf("after %s nothing is left to happen, and it does not hold", counted(steps, "action")),
	}
	schedule, adds := x.world.Schedule(found.Path), ""
	if cycle > 0 {
		d.Message = fmt.Sprintf("after %s the next %d repeat for ever, and it never holds again", counted(steps-cycle, "action"), cycle)
		twice := *found.Path
		twice.Steps = slices.Concat(twice.Steps, twice.Steps[steps-cycle:])
		once := len(schedule)
		schedule = x.world.Schedule(&twice)
		d.Cycle = len(schedule) - once
		adds = "  For ever:\n" + lastActions(steps, func(i int) string { return found.Path.Steps[i].Action.String() }, cycle) + "\n"
	}
	return x.tell(w, found, schedule, d, adds+fmt.Sprintf("    explored  %s\n    visited   %s\n", x.scope(), numbers(r)))
}
