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
	judges []judge
	rota   *rota // never changed: clones share it
	found  []*Violation
}

// judge is a property with its monitor.
type judge struct {
	kind    Kind
	monitor Monitor
	over    bool // it has found a violation
}

// rota says for each kind of events which judges are still at work on it, by
// their numbers.
type rota [trace.Kinds][]int

// NewWatch returns a Watch at the beginning of an execution.
func NewWatch(h *trace.Header, properties []Property) *Watch {
	w := &Watch{record: newRecord(h), judges: make([]judge, len(properties))}
	for i := range properties {
		w.judges[i] = judge{kind: properties[i].Kind, monitor: properties[i].New(h)}
		w.judges[i].share(w.record)
	}
	w.assign()
	return w
}

// share has the monitor use a record, if it needs one.
func (j *judge) share(r *record) {
	if m, ok := j.monitor.(interface{ share(*record) }); ok {
		m.share(r)
	}
}

// assign makes a new rota, without the judges that have seen enough.
func (w *Watch) assign() {
	w.rota = new(rota)
	for i := range w.judges {
		if w.judges[i].over {
			continue
		}
		wants := w.judges[i].monitor.Wants()
		for k := range trace.Kinds {
			if wants.Has(k) {
				w.rota[k] = append(w.rota[k], i)
			}
		}
	}
}

// Wants implements [trace.Observer].
func (w *Watch) Wants() trace.Set {
	s := w.record.wants()
	for k := range w.rota {
		if len(w.rota[k]) > 0 {
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
	for _, i := range w.rota[e.Kind] {
		j := &w.judges[i]
		if v := j.monitor.Observe(e); v != nil {
			w.found = append(w.found, v)
			j.over = true
		}
		tired = tired || j.over || j.kind == Sometimes && j.monitor.Wants() == 0
	}
	if tired {
		w.assign()
	}
}

// Violations returns what was found so far, in the order it was found: at most
// one for each property.
func (w *Watch) Violations() []*Violation { return w.found }

// Finish ends the execution and returns all that was found. It is called once.
func (w *Watch) Finish() []*Violation {
	for i := range w.judges {
		j := &w.judges[i]
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
	c := &Watch{record: w.record.clone(), judges: slices.Clone(w.judges), rota: w.rota, found: slices.Clip(w.found)}
	for i := range c.judges {
		c.judges[i].monitor = c.judges[i].monitor.Clone()
		c.judges[i].share(c.record)
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
