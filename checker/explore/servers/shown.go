package servers

import (
	"sync"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// What a step shows the monitors has a number, and so has the excerpt from it that a
// panel wants: many steps show the same, or the same to some panel.

// internShown returns the number of what a step showed, 0 of nothing.
func (w *World) internShown(events []trace.Event) uint32 {
	if len(events) == 0 {
		return 0
	}
	w.enc = appendEvents(w.enc[:0], events, trace.Every, &w.encoder)
	number, _ := w.shared.shown.intern(w.enc, func() []uint32 { return w.internExcerpts(events) })
	return number
}

// internExcerpts returns the number of the excerpt that each panel wants, 0 of one
// without events.
func (w *World) internExcerpts(events []trace.Event) []uint32 {
	sh := w.shared
	numbers := make([]uint32, len(sh.panels))
	for n := range sh.panels {
		wants := sh.panels[n].wants
		enc := appendEvents(nil, events, wants, &w.encoder)
		if enc == nil {
			continue
		}
		numbers[n], _ = sh.excerpts.intern(enc, func() (excerpt []trace.Event) {
			for i := range events {
				if wants.Has(events[i].Kind) {
					excerpt = append(excerpt, events[i])
				}
			}
			return excerpt
		})
	}
	return numbers
}

// appendEvents encodes the events of some kinds.
func appendEvents(b []byte, events []trace.Event, kinds trace.Set, encoder *nodes.Encoder) []byte {
	for i := range events {
		if kinds.Has(events[i].Kind) {
			b = encoder.Append(b, &events[i])
		}
	}
	return b
}

// recorder keeps copies of the events that monitors want. Which numbers they had in
// the scratch world tells the monitors nothing. It also takes down which places in the
// protocol are reached, and which phases servers are in.
type recorder struct {
	wants   trace.Set // of the monitors
	events  []trace.Event
	reached *sync.Map // names of notes
	phases  *sync.Map
}

// Wants implements [trace.Observer].
func (r *recorder) Wants() trace.Set { return r.wants | trace.Of(trace.Note, trace.View) }

// Observe implements [trace.Observer].
func (r *recorder) Observe(e *trace.Event) {
	switch e.Kind {
	case trace.Note:
		r.reached.LoadOrStore(e.Text, nil)
	case trace.View:
		r.phases.LoadOrStore(e.After.Phase, nil)
	}
	if !r.wants.Has(e.Kind) {
		return
	}
	c := *e
	c.Seq, c.Cause = 0, 0
	if e.Kind == trace.View {
		before, after := *e.Before, *e.After
		c.Before, c.After = &before, &after
	}
	if e.Disk != nil {
		disk := *e.Disk
		c.Disk = &disk
	}
	r.events = append(r.events, c)
}
