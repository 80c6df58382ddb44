package sim

import (
	"slices"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/disk"
	"github.com/zabsim/zabsim/sim/trace"
)

// fault is what the world keeps of a fault of the plan that waits for its
// trigger.
type fault struct {
	armed bool
	kind  trace.Kind     // of the event that pulls the trigger
	floor nodes.Position // what was logged anywhere when it was armed
	about nodes.Position // the transaction it has fixed on, if Fresh
	seen  []nodes.Set    // by server: the peers it counted with, itself if there is none
	count int
	cause uint64
	who   nodes.ID // whose event that was
}

func (w *World) schedulePlan() {
	for i := range w.cfg.Plan.Faults {
		f := &w.cfg.Plan.Faults[i]
		for k := range max(1, f.Times) {
			w.queue.push(int64(f.At)+int64(k)*int64(f.Every), Action{Kind: planned, Index: i})
		}
	}
}

// strike carries out a fault whose time has come, or arms its trigger.
func (w *World) strike(i int, rec *Schedule) {
	f := &w.cfg.Plan.Faults[i]
	if f.When == nil {
		w.strikeNow(i, rec)
		return
	}
	w.arm(i)
}

// strikeNow performs the actions that a fault stands for at this moment.
func (w *World) strikeNow(i int, rec *Schedule) {
	f := &w.cfg.Plan.Faults[i]
	w.blame, w.culprit, w.kind = w.faults[i].cause, w.faults[i].who, f.Kind.String()
	actions := w.resolve(f)
	if len(actions) == 0 && !f.Optional && !slices.Contains(w.missed, i) {
		w.missed = append(w.missed, i)
	}
	for _, a := range actions {
		if w.possible(&a) != nil {
			continue // an earlier one of the same fault brought it about
		}
		if f.Grow > 0 {
			w.grow(f, &a)
		}
		w.do(&a, rec)
		if undo, ok := a.undo(f.Wake); ok && f.For > 0 {
			w.queue.push(w.now+int64(f.For), undo)
		}
	}
	w.blame, w.culprit, w.kind = 0, 0, ""
}

// growth is in how many steps an amount grows.
const growth = 10

// grow queues the later steps of an action whose amount grows, and leaves it
// with the first.
func (w *World) grow(f *faults.Fault, a *Action) {
	whole := a.Index
	for k := 2; k <= growth; k++ {
		after := int64(f.Grow) * int64(k-1) / (growth - 1)
		if f.For > 0 && after >= int64(f.For) {
			break
		}
		a.Index = whole * k / growth
		w.queue.push(w.now+after, *a)
	}
	a.Index = whole / growth
}

// undo returns the action that ends what this one began.
func (a Action) undo(wake faults.Wake) (Action, bool) {
	switch a.Kind {
	case Cut:
		a.Kind = Heal
	case Crash, MachineCrash:
		a.Kind, a.Both = Start, false
	case Pause:
		a.Kind, a.Index = Resume, int(wake)
	case Hold:
		a.Kind, a.A, a.B = Release, 0, 0
	case Lag, Throttle, Lose, Repeat, Reorder, Slow, Drift, SlowDisk, Ail:
		a.Index = 0
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
	case faults.Bridge:
		return w.resolveBridge(f)
	case faults.Heal:
		return []Action{{Kind: Heal, A: w.all(), B: w.all(), Both: true}}
	case faults.Cut, faults.Reset, faults.Slowdown, faults.Bandwidth, faults.Loss, faults.Duplicate, faults.Reorder, faults.Hold:
		return w.resolveLinks(f)
	case faults.Rot:
		return w.resolveRot(f)
	}
	do := Action{Kind: actionOf[f.Kind], Both: f.Kind == faults.MachineCrash && f.Torn}
	switch f.Kind {
	case faults.Slow, faults.SlowDisk, faults.Drift, faults.Jump:
		do.Index = int(f.Amount)
	case faults.DiskFail, faults.DiskFull, faults.DiskLie:
		do.Index = slices.Index(troubles[:], f.Kind)
	case faults.Resume:
		do.Index = int(f.Wake)
	case faults.Copy:
		do.Peer = w.who(f.Other, 0).Min()
	}
	var actions []Action
	for id := range w.who(f.Target, 0).All() {
		do.Server = id
		if w.possible(&do) == nil {
			actions = append(actions, do)
		}
	}
	return actions
}

// actionOf names the action that carries out each fault on servers or links.
var actionOf = [faults.Kinds]ActionKind{
	faults.Crash: Crash, faults.MachineCrash: MachineCrash, faults.Restart: Start, faults.Pause: Pause, faults.Resume: Resume,
	faults.Cut: Cut, faults.Reset: Reset, faults.Slowdown: Lag, faults.Bandwidth: Throttle,
	faults.Loss: Lose, faults.Duplicate: Repeat, faults.Reorder: Reorder, faults.Hold: Hold,
	faults.Slow: Slow, faults.Wipe: Wipe, faults.Copy: Copy, faults.Backup: Backup, faults.Restore: Restore,
	faults.SlowDisk: SlowDisk, faults.DiskFail: Ail, faults.DiskFull: Ail, faults.DiskLie: Ail,
	faults.Rot: Rot, faults.Drift: Drift, faults.Jump: Jump,
}

// begins returns the kind of fault that an action begins which nobody planned, ""
// if it ends one or is none. A partition is several cuts by then.
func (a *Action) begins() string {
	i := -1
	if a.Kind >= Pause { // all before it are no faults
		i = slices.Index(actionOf[:], a.Kind)
	}
	if i < 0 {
		return ""
	}
	if _, lasts := a.undo(faults.InOrder); lasts && a.Kind >= Lag && a.Index == 0 {
		return ""
	}
	kind := faults.Kind(i)
	if a.Kind == Ail {
		kind = troubles[a.Index]
	}
	return kind.String()
}

// troubles are the faults that make a disk ail.
var troubles = [...]faults.Kind{disk.Failing: faults.DiskFail, disk.Full: faults.DiskFull, disk.Lying: faults.DiskLie}

// resolveLinks resolves a fault of what passes between some servers and others.
func (w *World) resolveLinks(f *faults.Fault) []Action {
	a := w.who(f.Target, 0)
	b := w.who(f.Other, a)
	if a == 0 || b == 0 {
		return nil
	}
	do := Action{Kind: actionOf[f.Kind], A: a, B: b, Both: !f.OneWay}
	switch f.Kind {
	case faults.Hold:
		do.Both, do.Index = false, f.Filter
	case faults.Slowdown, faults.Bandwidth:
		do.Index = int(f.Amount)
	case faults.Loss, faults.Duplicate, faults.Reorder:
		do.Index, do.On = int(f.Amount), f.On
	}
	return []Action{do}
}

// resolveRot draws which record a bit flips in.
func (w *World) resolveRot(f *faults.Fault) []Action {
	var actions []Action
	for id := range w.who(f.Target, 0).All() {
		s := &w.servers[id]
		if n := s.disk.Records(f.File); n > 0 {
			record := int(choice.Between(w.src, 0, int64(n-1), &s.rot))
			actions = append(actions, Action{Kind: Rot, Server: id, File: f.File, Index: record})
		}
	}
	return actions
}

// sides returns the servers on each side of a partition or bridge. The others
// are those that no side names.
func (w *World) sides(f *faults.Fault) []nodes.Set {
	sides := make([]nodes.Set, len(f.Sides))
	var named nodes.Set
	for i, s := range f.Sides {
		if s.Role != faults.Others {
			sides[i] = w.who(s, named)
			named |= sides[i]
		}
	}
	for i, s := range f.Sides {
		if s.Role == faults.Others {
			sides[i] = w.who(s, named)
			named |= sides[i]
		}
	}
	return sides
}

func (w *World) resolvePartition(f *faults.Fault) []Action {
	sides := w.sides(f)
	var taken nodes.Set // a server that two sides name is on the first
	var cuts []Action
	for i := range sides {
		sides[i] &^= taken
		taken |= sides[i]
	}
	for i, a := range sides {
		for _, b := range sides[i+1:] {
			if a != 0 && b != 0 {
				cuts = append(cuts, Action{Kind: Cut, A: a, B: b, Both: true})
			}
		}
	}
	return cuts
}

// resolveBridge cuts each server off from those it shares no side with.
func (w *World) resolveBridge(f *faults.Fault) []Action {
	sides := w.sides(f)
	var named nodes.Set
	for _, side := range sides {
		named |= side
	}
	var cuts []Action
	for id := range named.All() {
		var near, before nodes.Set
		for _, side := range sides {
			if side.Has(id) {
				near |= side
			}
		}
		for other := range named.All() {
			if other < id {
				before = before.With(other) // cut off when it was their turn
			}
		}
		if far := named &^ near &^ before; far != 0 {
			cuts = append(cuts, Action{Kind: Cut, A: nodes.SetOf(id), B: far, Both: true})
		}
	}
	return cuts
}

// who returns the servers a selector names now. named are those the fault
// names otherwise.
func (w *World) who(s faults.Selector, named nodes.Set) nodes.Set {
	but := s.But | w.having(s.ButRole, named)
	return (s.Set | w.having(s.Role, named)) &^ but
}

// having returns the servers that have a role now.
func (w *World) having(r faults.Role, named nodes.Set) nodes.Set {
	leader := w.leader()
	switch r {
	case faults.Leader:
		return only(leader)
	case faults.Followers:
		return w.followers(leader)
	case faults.Follower:
		return only(w.followers(leader).Min())
	case faults.Longest, faults.Shortest:
		return w.extreme(w.followers(leader), r == faults.Longest)
	case faults.Everyone:
		return w.all()
	case faults.Itself:
		return only(w.culprit)
	case faults.Others:
		return w.all() &^ named
	}
	return 0
}

func (w *World) followers(leader nodes.ID) nodes.Set {
	var f nodes.Set
	for id := range w.all().All() {
		if st := &w.servers[id].status; st.Role == nodes.Following && st.Leader == leader && leader != 0 {
			f = f.With(id)
		}
	}
	return f
}

// only returns the set of one server, or of none.
func only(id nodes.ID) nodes.Set {
	if id == 0 {
		return 0
	}
	return nodes.SetOf(id)
}

// extreme returns the one with the longest log, or the shortest.
func (w *World) extreme(among nodes.Set, longest bool) nodes.Set {
	var best nodes.ID
	for id := range among.All() {
		at, most := w.servers[id].status.Logged, w.servers[best].status.Logged
		if best == 0 || longest && most.Less(at) || !longest && at.Less(most) {
			best = id
		}
	}
	return only(best)
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
