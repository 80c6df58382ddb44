package servers

import (
	"fmt"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// outcome is what an action did.
type outcome struct {
	changes []change
	delta   [2]uint64    // to State.sum
	epoch   uint64       // the server's, afterwards
	won     bool         // the server has become a leader
	flight  int          // the most messages on their way on one route that it changed
	flushed []sim.Action // what the step did besides the action
	shown   []trace.Event
}

type change struct {
	slot int
	id   uint32
}

// scene is what an action meets besides the links: the event, the server and
// the clients. The rest of the world is that for which the event was made.
type scene [2 + maxClients]uint32

// view is a scene with those links that the action looked at; for other links
// the place is 0.
type view struct {
	scene uint32 // its number
	links [maxLinks]uint32
}

// outcome looks up what an event does, or finds out.
//
// An action reads parts one after the other, and which it reads next depends
// only on what it has read so far. So if it once met certain parts and looked
// at no others, it does the same whenever it meets those parts.
func (w *World) outcome(s *State, e *Event) *outcome {
	number, looks := w.sceneOf(s, e)
	for _, links := range looks {
		if o := w.outcomes[w.viewOf(s, e, number, links)]; o != nil {
			if w.doubted() {
				if again, _ := w.execute(s, e); again.delta != o.delta {
					w.complain(e)
				}
			}
			return o
		}
	}
	o, links := w.execute(s, e)
	known := false
	for _, l := range looks {
		known = known || l == links
	}
	if !known {
		w.looks[number] = append(looks, links)
	}
	w.outcomes[w.viewOf(s, e, number, links)] = o
	return o
}

// sceneOf returns the number of the scene that an event meets in a state, and
// which sets of links the event has looked at in it so far.
func (w *World) sceneOf(s *State, e *Event) (number uint32, looks []uint8) {
	key := scene{e.number}
	n := 1
	if e.place != 0 {
		key[n] = s.ids[w.shared.server[e.place]]
	}
	for _, slot := range w.shared.clients {
		n++
		key[n] = s.ids[slot]
	}
	number, known := w.scenes[key]
	if !known {
		number = uint32(len(w.looks))
		w.scenes[key] = number
		w.looks = append(w.looks, nil)
	}
	return number, w.looks[number]
}

// viewOf returns the view of an event that looks at some links of its server.
func (w *World) viewOf(s *State, e *Event, number uint32, links uint8) view {
	v := view{scene: number}
	for i, slot := range w.shared.links[e.place] {
		if links>>i&1 == 1 {
			v.links[i] = s.ids[slot]
		}
	}
	return v
}

// execute performs an action and takes the world apart again. It also returns
// which links of its server the action looked at.
func (w *World) execute(s *State, e *Event) (o *outcome, links uint8) {
	sh := w.shared
	for _, slot := range sh.around[e.place] {
		w.load(s, slot)
	}
	sh.executed.Add(1)
	w.seen.events = nil
	w.scratch.Forget()
	led := e.place != 0 && w.scratch.Status(e.place).Role == nodes.Leading
	w.perform(e)
	o = &outcome{flushed: w.settle(e)}
	o.shown = w.seen.events
	if e.place != 0 {
		status := w.scratch.Status(e.place)
		o.epoch, o.won = status.Epoch, !led && status.Role == nodes.Leading
	}
	for i, slot := range sh.links[e.place] {
		if w.scratch.Read(sh.parts[slot], e.place) {
			links |= 1 << i
		}
	}
	for _, slot := range sh.around[e.place] {
		p := sh.parts[slot]
		if !w.scratch.Read(p, e.place) {
			continue
		}
		w.enc = w.scratch.AppendPart(append(w.enc[:0], byte(slot)), p, &w.encoder)
		id := sh.table.intern(w.enc, func() part { return partOf(w.scratch, p) })
		if id != s.ids[slot] {
			o.changes = append(o.changes, change{slot, id})
			o.delta = xor(o.delta, xor(sh.table.hash(s.ids[slot]), sh.table.hash(id)))
			o.flight = max(o.flight, w.scratch.InFlight(p))
		}
	}
	return o, links
}

// perform has an event happen in the scratch world.
func (w *World) perform(e *Event) {
	if e.Action.Kind == sim.Elect {
		w.scratch.Learn(e.place, e.Action.Server)
		return
	}
	w.apply(e.Action)
}

func (w *World) apply(a sim.Action) {
	if err := w.scratch.Apply(a); err != nil {
		panic(fmt.Sprintf("explore: %s was enabled: %v", w.shared.names.Format(a), err))
	}
}

// doubtEvery is the share of the steps looked up that are executed again.
const doubtEvery = 1 << 10

func (w *World) doubted() bool {
	w.hits++
	return w.hits%doubtEvery == 0
}

// complain notes that an action did not do the same twice.
func (w *World) complain(e *Event) {
	err := fmt.Errorf("explore: %s did something else the second time in the same state (look for what the encoding "+
		"leaves out, the order of a map, memory that clones share): %w", e, explore.ErrHidden)
	w.shared.trouble.CompareAndSwap(nil, &err)
}
