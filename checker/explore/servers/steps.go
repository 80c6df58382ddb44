package servers

import (
	"fmt"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// Event is something that can happen in a [World]: an action with what it
// costs.
type Event struct {
	Action  sim.Action
	place   nodes.ID
	crash   moment // when the server dies before the event is over, if it does: see crashes.go
	charge  charge
	lenient bool // it costs nothing when nothing is left to happen by itself
	names   *sim.Names
	number  uint32 // where the tree of outcomes begins with it
	id      uint32 // its number among all events
	of      occasion
}

// occasion is an action with all that it meets besides the server, clients and the
// outlines of links: what of that which is on its way it looks at, and the rest of the
// world. There is one event for each.
type occasion struct {
	action sim.Action
	place  nodes.ID
	taken  string
	rest   uint32
	crash  moment
}

// String returns the action as schedules write it, and the crash within it.
func (e *Event) String() string {
	s := e.names.Format(e.Action)
	if e.crashes() {
		s += fmt.Sprintf(", crash %v", e.crash)
	}
	return s
}

// crashes reports whether the server dies before the event is over.
func (e *Event) crashes() bool { return e.crash != moment{} }

// menu is the events that one part makes possible. Whether an action is
// possible depends on the part it is about, and on the rest of the world.
type menu struct {
	items  []item
	quiet  bool   // no delivery, flush or answer is among them
	prompt *Event // what is to happen at once, if connections take no time
	urgent bool   // something is
}

// item is an event with what decides whether the budget allows it.
type item struct {
	event   *Event
	charge  charge
	lenient bool
	urgent  bool // if connections take no time, nothing that is not may happen before
}

// Actions implements [explore.Model]: deliveries, then what clients do, then what
// happens at servers, then cuts, then elections.
func (w *World) Actions(s State, dst []*Event) []*Event {
	still := w.survey(&s)
	w.foreseen, w.passed = w.foreseen[:0], 0
	if w.urgent != nil {
		for i := range w.urgent.items {
			if it := &w.urgent.items[i]; it.urgent {
				dst = w.offer(&s, it.event, s.spent, dst)
			}
		}
		return dst
	}
	for _, m := range w.menus {
		for i := range m.items {
			it := &m.items[i]
			if it.charge == free || it.lenient && still {
				dst = w.offer(&s, it.event, s.spent, dst)
			} else if spent := s.spent; spent.pay(it.charge, w.shared) {
				dst = w.offer(&s, it.event, spent, dst)
			}
		}
	}
	return append(dst, w.electionsIn(&s)...)
}

// offer appends an event, and its variants with a crash within it if what is spent with the event
// leaves one.
func (w *World) offer(s *State, e *Event, spent Spent, dst []*Event) []*Event {
	if w.shared.waitsForElder(s, e) {
		return dst
	}
	dst = append(dst, e)
	if spent.pay(chargeCrash, w.shared) {
		dst = w.crashesWithin(s, e, dst)
	}
	return dst
}

// costs returns what an event is charged to in a state.
func (w *World) costs(s *State, e *Event) charge {
	if e.lenient && w.survey(s) {
		return free
	}
	return e.charge
}

// Costs implements [explore.Layered].
func (w *World) Costs(s State, e *Event) bool { return e.crashes() || w.costs(&s, e).fault() }

// survey looks up what each part makes possible, and reports whether all is
// still.
func (w *World) survey(s *State) (still bool) {
	if w.surveyed == s.ids {
		return w.still
	}
	w.menus, w.urgent = w.menus[:0], nil
	still = true
	for _, slot := range w.shared.order {
		m := w.menuOf(s, slot)
		w.menus = append(w.menus, m)
		still = still && m.quiet
		if m.urgent && w.urgent == nil {
			w.urgent = m
		}
	}
	w.surveyed, w.still = s.ids, still
	return still
}

// menuOf looks up what a part makes possible.
func (w *World) menuOf(s *State, slot int) *menu {
	sh := w.shared
	key := pair(s.ids[slot], s.ids[sh.rest])
	number, known := sh.menu.get(key)
	if !known {
		number = sh.menu.put(key, uint64(sh.menus.add(w.compose(s, slot))))
	}
	return sh.menus.at(uint32(number))
}

// compose finds out what a part makes possible. The other parts of the scratch
// world are left as they are: what they make possible is not asked for.
func (w *World) compose(s *State, slot int) menu {
	w.load(s, slot)
	w.load(s, w.shared.rest)
	m := menu{quiet: true}
	w.enabled = w.scratch.EnabledOf(w.shared.parts[slot], w.enabled[:0])
	for _, a := range w.enabled {
		m.quiet = m.quiet && !w.shared.awaited(&a)
		e := w.event(a, w.scratch.Place(a), s.ids[w.shared.rest])
		it := item{event: e, charge: e.charge, lenient: e.lenient}
		if w.shared.Prompt {
			m.promptly(w, &a, &it)
		}
		m.items = append(m.items, it)
	}
	return m
}

// event returns the event of an action at a place, where the scratch world has what it
// takes, and the rest, which is of that number.
func (w *World) event(a sim.Action, place nodes.ID, rest uint32) *Event {
	o := occasion{action: a, place: place, rest: rest, taken: string(w.scratch.AppendTaken(nil, a))}
	return w.shared.eventOf(o, func(e *Event) { e.charge, e.lenient = w.shared.chargeOf(&a), w.lenient(&a) })
}

// eventOf returns the event of an occasion. A new one is left to the caller to complete.
func (sh *shared) eventOf(o occasion, complete func(*Event)) *Event {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e := sh.events[o]
	if e == nil {
		e = &Event{Action: o.action, place: o.place, crash: o.crash, names: &sh.names, number: sh.places.Add(1), of: o}
		complete(e)
		e.id = sh.happenings.add(e)
		sh.events[o] = e
	}
	return e
}

// lenient reports whether a timeout is none that the budget is for, once nothing
// is left to happen by itself. That a server waits for a connection to which
// nothing comes through ends some time. Patient timers must fire for anything to
// go on; the others find out that servers are gone, which only matters if they
// are.
func (w *World) lenient(a *sim.Action) bool {
	sh := w.shared
	name := uint64(1) << a.Timer.Name
	switch {
	case a.Kind == sim.DialTimeout:
		return true
	case a.Kind != sim.Expire:
		return false
	case (sh.patient|sh.unhurried)&name != 0:
		return true
	case sh.ofConnection(a.Timer):
		c := nodes.Conn(a.Timer.Key)
		return w.scratch.Silent(a.Server, c.Dialer()^c.Acceptor()^a.Server)
	case !sh.config.Oracle:
		return false
	}
	reached := w.reached(a.Server)
	return sh.watchful&name != 0 && reached != sh.all() || sh.deserted&name != 0 && !sh.Header.IsQuorum(reached)
}

// ofConnection reports whether a timer is one of a connection.
func (sh *shared) ofConnection(t nodes.Timer) bool { return t.Key>>31 == 1 }

// reached returns the servers that a server reaches, itself among them.
func (w *World) reached(id nodes.ID) nodes.Set {
	reached := nodes.SetOf(id)
	for peer := range w.shared.all().Without(id).All() {
		if !w.scratch.Unheard(id, peer) {
			reached = reached.With(peer)
		}
	}
	return reached
}

// load puts a part of a state into the scratch world, if it is not there already.
func (w *World) load(s *State, slot int) {
	if id := s.ids[slot]; w.loaded[slot] != id {
		w.scratch.SetPart(w.shared.parts[slot], w.live(id))
		w.loaded[slot] = id
	}
}

// Next implements [explore.Model].
func (w *World) Next(s State, e *Event) (State, bool) {
	w.from, w.next = s, s // not on the stack: what is called through pointers would have them allocated
	from, next := &w.from, &w.next
	next.spent.pay(w.costs(from, e), w.shared)
	if e.crashes() {
		next.spent.pay(chargeCrash, w.shared)
	}
	if !w.happen(next, e) {
		return *next, false
	}
	w.mind(from, next, e)
	return *next, w.settle(from, next, nil)
}

// happen has an event happen, and reports whether that is within the bounds.
func (w *World) happen(s *State, e *Event) bool {
	if e.Action.Kind == sim.Elect {
		return w.hold(s, e)
	}
	return w.take(s, e)
}

// take has an event happen that is none at several servers, and reports whether that is within the bounds.
func (w *World) take(s *State, e *Event) bool {
	sh := w.shared
	o := w.foresee(s, e)
	switch {
	case sh.Epochs > 0 && o.epoch() > sh.Epochs:
		return false
	case !w.apply(s, o):
		return false
	case sh.Elections > 0 && o.won() && !take(&s.spent.Elections, sh.Elections):
		return false
	}
	if o.shown() != 0 {
		w.judge(s, o.shown())
	}
	return true
}

// Label implements [explore.Labeller]: what each server is, and to where it has
// logged.
func (w *World) Label(s State) string {
	var lines []string
	for id := range w.shared.all().All() {
		w.load(&s, w.shared.server[id])
		line := fmt.Sprintf("%v down", id)
		if w.scratch.Up(id) {
			status := w.scratch.Status(id)
			line = fmt.Sprintf("%v %v, epoch %d, logged %v", id, status.Role, status.Epoch, status.Logged)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
