package sim

import (
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// fault is what the world keeps of a fault of the plan that waits for its
// trigger.
type fault struct {
	armed bool
	floor nodes.Position // what was logged anywhere when it was armed
	about nodes.Position // the transaction it has fixed on, if Fresh
	seen  nodes.Set
	count int
	cause uint64
}

func (w *World) schedulePlan() {
	for i := range w.cfg.Plan.Faults {
		w.queue.push(int64(w.cfg.Plan.Faults[i].At), Action{Kind: planned, Index: i})
	}
}

// strike carries out a fault whose time has come, or arms its trigger.
func (w *World) strike(i int, rec *Schedule) {
	f := &w.cfg.Plan.Faults[i]
	if f.When == nil {
		w.strikeNow(i, rec)
		return
	}
	w.faults[i] = fault{armed: true}
	for id := range w.all().All() {
		if at := w.servers[id].status.Logged; w.faults[i].floor.Less(at) {
			w.faults[i].floor = at
		}
	}
}

// strikeNow performs the actions that a fault stands for at this moment.
func (w *World) strikeNow(i int, rec *Schedule) {
	f := &w.cfg.Plan.Faults[i]
	w.blame = w.faults[i].cause
	actions := w.resolve(f)
	if len(actions) == 0 {
		w.missed = append(w.missed, i)
	}
	for _, a := range actions {
		if w.possible(&a) != nil {
			continue // an earlier one of the same fault brought it about
		}
		w.do(&a, rec)
		if undo, ok := a.undo(); ok && f.For > 0 {
			w.queue.push(w.now+int64(f.For), undo)
		}
	}
	w.blame = 0
}

// undo returns the action that ends what this one began.
func (a Action) undo() (Action, bool) {
	switch a.Kind {
	case Cut:
		a.Kind = Heal
	case Crash, MachineCrash:
		a.Kind = Start
	case Pause:
		a.Kind = Resume
	default:
		return a, false
	}
	return a, true
}

// resolve turns a fault into actions on the servers that it names now.
func (w *World) resolve(f *faults.Fault) []Action {
	switch f.Kind {
	case faults.Partition:
		return w.resolvePartition(f)
	case faults.Cut:
		a := w.who(f.Target, 0)
		b := w.who(f.Other, a)
		if a == 0 || b == 0 {
			return nil
		}
		return []Action{{Kind: Cut, A: a, B: b, Both: !f.OneWay}}
	case faults.Heal:
		return []Action{{Kind: Heal, A: w.all(), B: w.all(), Both: true}}
	}
	kind := actionOf[f.Kind]
	var actions []Action
	for id := range w.who(f.Target, 0).All() {
		a := Action{Kind: kind, Server: id}
		if w.possible(&a) == nil {
			actions = append(actions, a)
		}
	}
	return actions
}

// actionOf names the action for each fault that strikes servers one by one.
var actionOf = [...]ActionKind{
	faults.Crash: Crash, faults.MachineCrash: MachineCrash, faults.Restart: Start,
	faults.Pause: Pause, faults.Resume: Resume,
}

func (w *World) resolvePartition(f *faults.Fault) []Action {
	sides := make([]nodes.Set, len(f.Sides))
	var named nodes.Set
	for i, s := range f.Sides {
		if s.Role != faults.Others {
			sides[i] = w.who(s, named) &^ named
			named |= sides[i]
		}
	}
	for i, s := range f.Sides {
		if s.Role == faults.Others {
			sides[i] = w.who(s, named)
			named |= sides[i]
		}
	}
	var cuts []Action
	for i, a := range sides {
		for _, b := range sides[i+1:] {
			if a != 0 && b != 0 {
				cuts = append(cuts, Action{Kind: Cut, A: a, B: b, Both: true})
			}
		}
	}
	return cuts
}

// who returns the servers a selector names now. named are those the fault
// names otherwise.
func (w *World) who(s faults.Selector, named nodes.Set) nodes.Set {
	leader := w.leader()
	set := s.Set
	switch s.Role {
	case faults.Leader:
		if leader != 0 {
			set = set.With(leader)
		}
	case faults.Followers, faults.Follower:
		var f nodes.Set
		for id := range w.all().All() {
			if st := &w.servers[id].status; st.Role == nodes.Following && st.Leader == leader && leader != 0 {
				f = f.With(id)
			}
		}
		if s.Role == faults.Follower && f != 0 {
			f = nodes.SetOf(f.Min())
		}
		set |= f
	case faults.Everyone:
		set |= w.all()
	case faults.Others:
		set |= w.all() &^ named
	}
	return set
}

// leader returns the serving leader of the highest epoch; if none serves,
// whoever leads in the highest epoch; 0 if nobody does.
func (w *World) leader() nodes.ID {
	var best nodes.ID
	for id := range w.all().All() {
		s := &w.servers[id].status
		if s.Role != nodes.Leading {
			continue
		}
		if b := &w.servers[best].status; best == 0 || s.Serving && !b.Serving || s.Serving == b.Serving && s.Epoch > b.Epoch {
			best = id
		}
	}
	return best
}

// triggerKinds returns the kinds of events that triggers of the plan need.
func (w *World) triggerKinds() trace.Set {
	var kinds trace.Set
	for i := range w.cfg.Plan.Faults {
		if t := w.cfg.Plan.Faults[i].When; t != nil {
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

// pullTriggers looks whether an event makes faults strike. They do so right
// after the action in which it happened.
func (w *World) pullTriggers(e *trace.Event) {
	for i := range w.faults {
		f := &w.faults[i]
		if !f.armed || !w.matches(w.cfg.Plan.Faults[i].When, f, e) {
			continue
		}
		f.count++
		if f.count >= max(1, w.cfg.Plan.Faults[i].When.Count) {
			f.armed, f.cause = false, e.Seq
			w.struck = append(w.struck, i)
		}
	}
}

func (w *World) matches(t *faults.Trigger, f *fault, e *trace.Event) bool {
	if kindOf(t) != e.Kind || t.Message != "" && (e.Msg == nil || e.Msg.Kind() != t.Message) {
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
	who := e.Server
	if e.Kind == trace.Send {
		who = e.Peer // one server sends to many
	}
	if pos.Less(f.about) || f.seen.Has(who) {
		return false
	}
	f.seen = f.seen.With(who)
	return true
}
