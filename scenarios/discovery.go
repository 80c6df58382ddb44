package scenarios

import (
	"slices"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// Discovery is what the model checker says of an execution in which no monitor finds
// anything wrong. A replay of it says the same.
type Discovery struct {
	Property string `json:"property"`
	// Message says what is wrong: that it goes round for ever, or ends too soon. If
	// there is none nothing is wrong: the execution is a witness, which shows a property
	// of kind Sometimes.
	Message string `json:"message,omitempty"`
	// Cycle is how many actions at the end are a round of the cycle that repeats for
	// ever; 0: none does.
	Cycle int `json:"cycle,omitempty"`
}

// onlooker gathers, while the execution of a discovery is performed, the events that
// its story is to tell: the one that shows the property, or what servers say and become
// in the last round. Of an execution that just ends no event says it.
type onlooker struct {
	*Discovery
	watch    *checker.Watch // of the property, of a witness
	round    bool           // the last round has begun
	evidence []uint64
}

// newOnlooker returns the onlooker of a trial at its beginning.
func (t *trial) newOnlooker(d *Discovery) *onlooker {
	o := &onlooker{Discovery: d}
	if d.Message == "" {
		o.watch = checker.NewWatch(t.result.Header, slices.DeleteFunc(slices.Clone(t.properties), func(p checker.Property) bool {
			return p.Name != d.Property
		}))
		t.result.Expected = "" // that a property is shown says nothing of another one
	}
	return o
}

// Wants implements [trace.Observer].
func (o *onlooker) Wants() trace.Set {
	if o.watch != nil {
		return o.watch.Wants()
	}
	return trace.Of(trace.View, trace.Send)
}

// Observe implements [trace.Observer].
func (o *onlooker) Observe(e *trace.Event) {
	switch {
	case o.watch == nil:
		if o.round {
			o.evidence = append(o.evidence, e.Seq)
		}
	case o.evidence == nil:
		o.watch.Observe(e)
		if len(o.watch.Clone().Finish()) == 0 {
			o.evidence = []uint64{e.Seq}
		}
	}
}

// reach tells the onlooker before which action of a schedule the execution is.
func (o *onlooker) reach(next int, schedule sim.Schedule) {
	if o != nil && o.Cycle > 0 && next == len(schedule)-o.Cycle {
		o.round = true
	}
}

// conclude adds to a result what was discovered.
func (o *onlooker) conclude(r *Result) {
	said := checker.Violation{Property: o.Property, Message: o.Message, Evidence: o.evidence}
	switch {
	case o.watch == nil:
		r.Violations = append(r.Violations, said)
	case o.evidence != nil:
		said.Message = "this is an execution that shows it"
		r.Shown = &said
	}
}
