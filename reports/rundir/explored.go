package rundir

import (
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// Different says how a run came out differently when it was performed again.
type Different string

// Error implements error.
func (d Different) Error() string { return string(d) }

// MakeExplored performs what the model checker found to violate a property, or, with
// a discovery among the options, to show that, in a world of its own, and writes the
// directory of the run. The error is a [Different] if that cannot happen there, or
// does not do what was found.
func (r *Run) MakeExplored(dir string, header *trace.Header, found sim.Schedule, property string) error {
	return Replace(dir, func(tmp string) error {
		err := r.Perform(tmp, header, func(observers ...trace.Observer) (*scenarios.Result, error) {
			return r.replay(found, observers)
		})
		if err != nil {
			return err
		}
		shown := r.Result.Shown != nil && r.Result.Shown.Property == property
		if !shown && !slices.ContainsFunc(r.Result.Violations, func(v checker.Violation) bool { return v.Property == property }) {
			return Different(fmt.Sprintf("what was found to decide %s does not when it is performed again", property))
		}
		return r.Write(tmp)
	})
}

// replay performs a schedule and notes what each delivery delivers.
func (r *Run) replay(found sim.Schedule, observers []trace.Observer) (*scenarios.Result, error) {
	opts := r.Options
	opts.Observers = append(observers, opts.Observers...)
	result, misfit, err := r.Scenario.Replay(found, opts, func(w *sim.World, next int) bool {
		if next < len(found) {
			found[next].What = w.What(found[next].Action)
		}
		return true
	})
	switch {
	case err != nil:
		return nil, err
	case misfit != nil:
		return nil, Different(fmt.Sprintf("action %d of what was found cannot happen when it is performed again: %v", misfit.Index+1, misfit.Why))
	}
	result.Schedule = found
	return result, nil
}
