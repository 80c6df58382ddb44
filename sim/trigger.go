package sim

import (
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// triggerKinds returns the kinds of events that triggers of the plan need.
func (w *World) triggerKinds() trace.Set {
	var kinds trace.Set
	for i := range w.cfg.Plan.Faults {
		if t := w.cfg.Plan.Faults[i].When; t != nil && !t.Before {
			kinds |= trace.Of(kindOf(t))
		}
	}
	return kinds
}

func kindOf(t *faults.Trigger) trace.Kind {
	for k := range trace.Kinds {
		if k.String() == t.Event {
			return k
		}
	}
	return trace.None
}

// arm has a fault of the plan wait for its trigger.
func (w *World) arm(i int) {
	t := w.cfg.Plan.Faults[i].When
	if t.Before && !w.faults[i].armed {
		w.alert++
	}
	f := fault{armed: true, kind: kindOf(t)}
	for id := range w.all().All() {
		if at := w.servers[id].status.Logged; f.floor.Less(at) {
			f.floor = at
		}
	}
	w.faults[i] = f
	w.awaited |= trace.Of(f.kind)
}

// pullTriggers looks whether an event makes faults strike. They do so right
// after the action in which it happened; or, if it is only about to happen, the
// step is stopped and they strike before it.
func (w *World) pullTriggers(e *trace.Event, before bool) {
	if !w.awaited.Has(e.Kind) {
		return
	}
	w.awaited = 0
	for i := range w.faults {
		f := &w.faults[i]
		if !f.armed {
			continue
		}
		t, until := w.cfg.Plan.Faults[i].When, int64(w.cfg.Plan.Faults[i].Until)
		if until > 0 && w.now > until {
			continue
		}
		w.awaited |= trace.Of(f.kind)
		if f.kind != e.Kind || t.Before != before || !w.matches(t, f, e) {
			continue
		}
		f.count++
		if f.count >= max(1, t.Count) {
			f.armed, f.cause, f.who = false, e.Seq, e.Server
			w.struck = append(w.struck, i)
			if before {
				w.alert--
			}
		}
	}
}

func (w *World) matches(t *faults.Trigger, f *fault, e *trace.Event) bool {
	switch {
	case t.Message != "" && (e.Msg == nil || e.Msg.Kind() != t.Message),
		t.File != "" && w.cfg.Protocol.Files[e.File] != t.File,
		t.Phase != "" && (e.After.Phase != t.Phase || e.Before.Phase == t.Phase),
		t.Text != "" && e.Text != t.Text:
		return false
	}
	if t.Server != (faults.Selector{}) && !w.who(t.Server, 0).Has(e.Server) {
		return false
	}
	if !t.Fresh {
		return true
	}
	pos := e.Pos
	if m, ok := e.Msg.(nodes.Positioned); ok {
		pos = m.Position()
	}
	if !f.floor.Less(pos) || f.about == (nodes.Position{}) && pos.Index == 0 {
		return false
	}
	if f.about == (nodes.Position{}) {
		f.about = pos
	}
	return !pos.Less(f.about) && f.firstOf(e)
}

// firstOf reports whether no event of this server, or of these two, was counted
// before.
func (f *fault) firstOf(e *trace.Event) bool {
	with := e.Peer
	if with == 0 {
		with = e.Server
	}
	if int(e.Server) < len(f.seen) && f.seen[e.Server].Has(with) {
		return false
	}
	seen := make([]nodes.Set, max(len(f.seen), int(e.Server)+1)) // clones of the world share the old one
	copy(seen, f.seen)
	f.seen = seen
	f.seen[e.Server] = f.seen[e.Server].With(with)
	return true
}
