package servers

import (
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// manner says how links are put into the scratch world for an action.
type manner uint8

const (
	inOutline manner = iota
	wholly
)

// findings is what was found out about an event when it was executed.
type findings struct {
	done           []sim.Action // more than the action itself in merged steps, and if the server dies
	read           []uint32     // sights
	changes, edits []change
	delta          [2]uint64 // to State.sum, for the changes
}

// execute performs an event in the scratch world and takes it apart again. More of what it
// found it leaves in w.found.
func (w *World) execute(s *State, e *Event, how manner) outcome {
	sh := w.shared
	sh.executed.Add(1)
	w.stage(s, e, how)
	w.seen.events = w.seen.events[:0]
	w.scratch.Forget()
	led := e.place != 0 && w.scratch.Status(e.place).Role == nodes.Leading
	f := &w.found
	*f = findings{read: f.read[:0], changes: f.changes[:0], edits: f.edits[:0]}
	var moments []moment
	f.done, moments = w.perform(e)
	for n := range sh.sights {
		if w.reads(&sh.sights[n], e.place) {
			f.read = append(f.read, uint32(n+1))
		}
	}
	for _, slot := range sh.around[e.place] {
		switch p := sh.parts[slot]; {
		case !w.scratch.Read(p, e.place):
		case p.Peer != 0 && how == inOutline:
			w.compareOutline(slot)
		default:
			w.compare(s, e, slot, how)
		}
	}
	epoch, won := uint64(0), false
	if e.place != 0 {
		status := w.scratch.Status(e.place)
		epoch, won = status.Epoch, !led && status.Role == nodes.Leading
	}
	return f.outcome(epoch, won, w.internShown(w.seen.events), sh.variantsOf(e, moments))
}

// reads reports whether what has just happened at a place read a sight.
func (w *World) reads(look *sight, place nodes.ID) bool {
	p := w.shared.parts[look.slot]
	if look.link {
		return w.scratch.ReadOn(p, look.ch, place)
	}
	return w.scratch.Read(p, place)
}

// stage puts into the scratch world what an event may look at.
func (w *World) stage(s *State, e *Event, how manner) {
	sh := w.shared
	for _, slot := range sh.around[e.place] {
		if p := sh.parts[slot]; p.Peer == 0 || how == wholly {
			w.load(s, slot)
		} else {
			w.scratch.SetOutline(p, w.live(s.ids[slot]), e.Action)
			w.loaded[slot] = 0
			w.before[slot] = w.appendOutline(w.before[slot][:0], p, ^uint32(0))
		}
	}
}

// compare notes how a part has changed.
func (w *World) compare(s *State, e *Event, slot int, how manner) {
	t, f := w.shared.table, &w.found
	w.recipe = append(w.recipe[:0], byEvent+uint32(how), e.id)
	for _, slot := range w.shared.around[e.place] {
		w.recipe = append(w.recipe, s.ids[slot])
	}
	id := w.internPart(slot, w.recipe)
	if was := s.ids[slot]; id != was {
		f.changes = append(f.changes, changeOf(slot, id))
		f.delta = xor(f.delta, xor(t.hash(was), t.hash(id)))
	}
}

// apply gives the parts of a state the states that an outcome says, and reports
// whether no more messages are on their way than the setup allows.
func (w *World) apply(s *State, o outcome) bool {
	sh := w.shared
	bound := sh.InFlight
	within := true
	for _, c := range o.changes() {
		slot, id := target(c)
		s.ids[slot] = id
		within = within && (bound == 0 || int(sh.table.at(id).flight) <= bound)
	}
	s.sum = xor(s.sum, o.delta())
	for _, c := range o.edits() {
		slot, number := target(c)
		was := s.ids[slot]
		id := w.edited(slot, was, number)
		if id == was {
			continue
		}
		s.put(sh.table, slot, id)
		within = within && (bound == 0 || int(sh.table.at(id).flight) <= bound)
	}
	return within
}

func (w *World) do(a sim.Action) {
	if err := w.scratch.Apply(a); err != nil {
		panic(fmt.Sprintf("explore: %s was enabled: %v", w.shared.names.Format(a), err))
	}
}

// doubtEvery is the share of the steps looked up that are executed again, with the
// links as they are.
const doubtEvery = 1 << 10

func (w *World) doubted() bool {
	w.hits++
	return w.hits%doubtEvery == 0
}

// verify executes an event of which the outcome is known, and complains if it does
// anything else.
func (w *World) verify(s *State, e *Event, known outcome) {
	clear(w.loaded[:]) // begin with the parts themselves
	again := w.execute(s, e, wholly)
	said, done := *s, *s
	w.apply(&said, known)
	w.apply(&done, again)
	if said.ids == done.ids && said.sum == done.sum && known.epoch() == again.epoch() && known.won() == again.won() &&
		known.shown() == again.shown() && slices.Equal(known.variants(), again.variants()) {
		return
	}
	w.shared.complain(fmt.Errorf("explore: %s did something else the second time in the same state (look for what the encoding "+
		"leaves out, the order of a map, memory that clones share): %w", e, explore.ErrHidden))
}
