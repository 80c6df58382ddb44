package explore

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// Event is something that can happen in a [World]: an action with what it
// costs.
type Event struct {
	Action  sim.Action
	names   *sim.Names
	number  uint32 // among the events of its fork
	place   nodes.ID
	charge  charge
	patient bool // costs nothing when all is quiet
}

// String returns the action as schedules write it.
func (e *Event) String() string { return e.names.Format(e.Action) }

// menu is the events that one part makes possible. Whether an action is
// possible depends on the part it is about, and on the rest of the world.
type menu struct {
	rest   uint32
	events []*Event
	quiet  bool // no delivery, flush or answer is among them
}

// outcome is what an action did.
type outcome struct {
	changes []change
	delta   [2]uint64 // to WorldState.sum
	epoch   uint64    // the server's, afterwards
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

// Actions implements [Model]: deliveries, then what clients do, then what
// happens at servers, then cuts.
func (w *World) Actions(s WorldState, dst []*Event) []*Event {
	quiet := w.survey(&s)
	for _, m := range w.menus {
		for _, e := range m.events {
			if spent := s.spent; e.patient && quiet || spent.pay(e.charge, &w.shared.config) {
				dst = append(dst, e)
			}
		}
	}
	return dst
}

// survey looks up what each part makes possible, and reports whether all is
// quiet.
func (w *World) survey(s *WorldState) (quiet bool) {
	w.menus = w.menus[:0]
	quiet = true
	for _, slot := range w.shared.order {
		m := w.menuOf(s, slot)
		w.menus = append(w.menus, m)
		quiet = quiet && m.quiet
	}
	return quiet
}

// menuOf looks up what a part makes possible. The rest of the world changes
// seldom, so that the last menu of each part is nearly always the right one.
func (w *World) menuOf(s *WorldState, slot int) *menu {
	id, rest := s.ids[slot], s.ids[w.shared.rest]
	for int(id) >= len(w.lately) {
		w.lately = append(w.lately, nil)
	}
	if m := w.lately[id]; m != nil && m.rest == rest {
		return m
	}
	m := w.menu[[2]uint32{id, rest}]
	if m == nil {
		m = w.compose(s, slot)
		m.rest = rest
		w.menu[[2]uint32{id, rest}] = m
	}
	w.lately[id] = m
	return m
}

// compose finds out what a part makes possible. The other parts of the scratch
// world are left as they are: what they make possible is not asked for.
func (w *World) compose(s *WorldState, slot int) *menu {
	w.load(s, slot)
	w.load(s, w.shared.rest)
	m := &menu{quiet: true}
	for _, a := range w.scratch.Enabled(nil) {
		if a.Of() != w.shared.parts[slot] {
			continue
		}
		w.events++
		m.quiet = m.quiet && !progress(a.Kind)
		m.events = append(m.events, &Event{
			Action: a, names: &w.shared.names, number: w.events, place: w.scratch.Place(a), charge: chargeOf(a.Kind),
			patient: a.Kind == sim.DialTimeout || a.Kind == sim.Expire && w.shared.patient>>a.Timer.Name&1 == 1,
		})
	}
	return m
}

// load puts a part of a state into the scratch world.
func (w *World) load(s *WorldState, slot int) {
	w.scratch.SetPart(w.shared.parts[slot], w.shared.table.at(s.ids[slot]).live)
}

// Next implements [Model].
func (w *World) Next(s WorldState, e *Event) (WorldState, bool) {
	o := w.outcome(&s, e)
	if w.shared.Epochs > 0 && o.epoch > w.shared.Epochs {
		return s, false
	}
	next := s
	for _, c := range o.changes {
		next.ids[c.slot] = c.id
	}
	next.sum = xor(s.sum, o.delta)
	if e.charge != free && !(e.patient && w.survey(&s)) {
		next.spent.pay(e.charge, &w.shared.config)
	}
	if len(o.shown) > 0 {
		w.judge(&next, o)
	}
	return next, true
}

// outcome looks up what an event does, or finds out.
//
// An action reads parts one after the other, and which it reads next depends
// only on what it has read so far. So if it once met certain parts and looked
// at no others, it does the same whenever it meets those parts.
func (w *World) outcome(s *WorldState, e *Event) *outcome {
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
func (w *World) sceneOf(s *WorldState, e *Event) (number uint32, looks []uint8) {
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
func (w *World) viewOf(s *WorldState, e *Event, number uint32, links uint8) view {
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
func (w *World) execute(s *WorldState, e *Event) (o *outcome, links uint8) {
	sh := w.shared
	for _, slot := range sh.around[e.place] {
		w.load(s, slot)
	}
	sh.executed.Add(1)
	w.seen.events = nil
	w.scratch.Forget()
	if err := w.scratch.Apply(e.Action); err != nil {
		panic(fmt.Sprintf("explore: %s was enabled: %v", e, err))
	}
	o = &outcome{shown: w.seen.events}
	if e.place != 0 {
		o.epoch = w.scratch.Status(e.place).Epoch
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
		id := sh.table.intern(w.enc, func() part { return part{live: w.scratch.Part(p)} })
		if id != s.ids[slot] {
			o.changes = append(o.changes, change{slot, id})
			o.delta = xor(o.delta, xor(sh.table.hash(s.ids[slot]), sh.table.hash(id)))
		}
	}
	return o, links
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
		"leaves out, the order of a map, memory that clones share): %w", e, ErrHidden)
	w.shared.trouble.CompareAndSwap(nil, &err)
}
