package main

import (
	"fmt"
	"strings"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/scenarios"
)

// witness is an execution that shows what must happen sometimes.
type witness struct {
	property string
	steps    int    // behind the start
	dir      string // of the run; "" if it shows it before there is any choice
}

// witnesses performs the executions that show what must happen sometimes, and writes
// a run directory of each.
func (x *exploration) witnesses(r *result) (shown []witness, err error) {
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Kind != checker.Sometimes || f.Answer != explore.Holds {
			continue
		}
		w := witness{property: f.Property, steps: len(f.Path.Steps)}
		if w.steps > 0 {
			// Names of properties have colons, which not all systems allow in those of files.
			w.dir = x.dir(x.scenario.Seed) + "-" + strings.ReplaceAll(f.Property, ":", "-")
			if _, err := x.perform(w.dir, x.world.Schedule(f.Path), f.Property, &scenarios.Discovery{Property: f.Property}); err != nil {
				return nil, err
			}
		}
		shown = append(shown, w)
	}
	return shown, nil
}

// neverShown returns what must happen sometimes and was not seen to.
func neverShown(r *result) (names []string) {
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Kind == checker.Sometimes && f.Answer != explore.Holds {
			names = append(names, f.Property)
		}
	}
	return names
}

// aboutSometimes says what happens sometimes, and what does not, a line each.
func aboutSometimes(r *result, shown []witness) string {
	var b strings.Builder
	width := 0
	for _, w := range shown {
		width = max(width, len(w.property))
	}
	for i, w := range shown {
		if i == 0 {
			b.WriteString("  happens sometimes:\n")
		}
		how := "on the way to the start, before there is any choice"
		if w.steps > 0 {
			how = fmt.Sprintf("after %s: zabsim replay %s", counted(w.steps, "action"), w.dir)
		}
		fmt.Fprintf(&b, "    %-*s  %s\n", width, w.property, how)
	}
	if never := neverShown(r); never != nil {
		what := "has not happened yet"
		if r.Verdict == explore.Complete {
			what = "never happens, so this budget tests too little"
		}
		fmt.Fprintf(&b, "  %s: %s\n", what, strings.Join(never, ", "))
	}
	return b.String()
}
