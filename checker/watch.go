package checker

import (
	"slices"

	"github.com/zabsim/zabsim/sim/trace"
)

// Watch has several properties judged over one execution. It is a
// [trace.Observer]. Its monitors share what is costly to remember, which makes
// it cheaper than to call them one by one.
type Watch struct {
	record *record
	judges []*judge
	by     [trace.Kinds][]*judge // those still at work, by the kinds they want
	found  []*Violation
}

// judge is a property with its monitor.
type judge struct {
	kind    Kind
	monitor Monitor
	wants   trace.Set
	over    bool // it has found a violation
}

// NewWatch returns a Watch at the beginning of an execution.
func NewWatch(h *trace.Header, properties []Property) *Watch {
	w := &Watch{record: newRecord(h)}
	for i := range properties {
		w.add(&judge{kind: properties[i].Kind, monitor: properties[i].New(h)})
	}
	return w
}

func (w *Watch) add(j *judge) {
	if m, ok := j.monitor.(interface{ share(*record) }); ok {
		m.share(w.record)
	}
	w.judges = append(w.judges, j)
	if j.over {
		return
	}
	j.wants = j.monitor.Wants()
	for k := range trace.Kinds {
		if j.wants.Has(k) {
			w.by[k] = append(w.by[k], j)
		}
	}
}

// Wants implements [trace.Observer].
func (w *Watch) Wants() trace.Set {
	s := w.record.wants()
	for k := range w.by {
		if len(w.by[k]) > 0 {
			s |= trace.Of(trace.Kind(k))
		}
	}
	return s
}

// Observe implements [trace.Observer].
func (w *Watch) Observe(e *trace.Event) {
	if w.record.wants().Has(e.Kind) {
		w.record.look(e)
	}
	tired := false
	for _, j := range w.by[e.Kind] {
		if v := j.monitor.Observe(e); v != nil {
			w.found = append(w.found, v)
			j.over = true
		}
		tired = tired || j.over || j.kind == Sometimes && j.monitor.Wants() == 0
	}
	if tired {
		w.retire()
	}
}

// retire lets go of the monitors that have seen enough.
func (w *Watch) retire() {
	for k := range w.by {
		w.by[k] = slices.DeleteFunc(w.by[k], func(j *judge) bool { return j.over || !j.monitor.Wants().Has(trace.Kind(k)) })
	}
}

// Violations returns what was found so far, in the order it was found: at most
// one for each property.
func (w *Watch) Violations() []*Violation { return w.found }

// Finish ends the execution and returns all that was found. It is called once.
func (w *Watch) Finish() []*Violation {
	for _, j := range w.judges {
		if j.over {
			continue
		}
		if v := j.monitor.Finish(); v != nil {
			w.found = append(w.found, v)
		}
	}
	return w.found
}

// Visualizer is a monitor that can draw the history it judges.
type Visualizer interface {
	// Visualize writes an HTML page.
	Visualize(path string) error
}

// Visualizer returns the first monitor that can draw what it judges, or nil.
func (w *Watch) Visualizer() Visualizer {
	for _, j := range w.judges {
		if v, ok := j.monitor.(Visualizer); ok {
			return v
		}
	}
	return nil
}

// Clone returns an independent copy.
func (w *Watch) Clone() *Watch {
	c := &Watch{record: w.record.clone(), found: slices.Clip(w.found)}
	for _, j := range w.judges {
		c.add(&judge{kind: j.kind, monitor: j.monitor.Clone(), over: j.over})
	}
	return c
}

// AppendTo appends a canonical encoding: Watches of the same properties with
// equal encodings judge all that follows alike.
func (w *Watch) AppendTo(b []byte) []byte {
	b = w.record.appendTo(b)
	for _, j := range w.judges {
		if j.over {
			b = append(b, 1)
			continue
		}
		b = j.monitor.AppendTo(append(b, 0))
	}
	return b
}
