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
	Action   sim.Action
	names    *sim.Names
	number   uint32 // among the events of its fork
	place    nodes.ID
	charge   charge
	lenient  bool     // it costs nothing when nothing is left to happen by itself
	crash    int      // if not 0, the server crashes before it has done so many flushes: see merged.go
	variants []*Event // those of it, as far as they were asked for
}

// String returns the action as schedules write it, and the crash within it.
func (e *Event) String() string {
	s := e.names.Format(e.Action)
	if e.crash > 0 {
		s += fmt.Sprintf(", crash before flush %d", e.crash)
	}
	return s
}

// menu is the events that one part makes possible. Whether an action is
// possible depends on the part it is about, and on the rest of the world.
type menu struct {
	rest   uint32
	events []*Event
	quiet  bool // no delivery, flush or answer is among them
}

// Actions implements [explore.Model]: deliveries, then what clients do, then what
// happens at servers, then cuts, then elections.
func (w *World) Actions(s State, dst []*Event) []*Event {
	still := w.survey(&s)
	for _, m := range w.menus {
		for _, e := range m.events {
			if spent := s.spent; spent.pay(w.chargeFor(e, still), w.shared) {
				dst = append(dst, e)
				if w.shared.Merged && spent.pay(chargeCrash, w.shared) {
					dst = w.crashesWithin(&s, e, dst)
				}
			}
		}
	}
	return append(dst, w.electionsIn(&s)...)
}

// chargeFor returns what an event is charged to where all is still or not.
func (w *World) chargeFor(e *Event, still bool) charge {
	if e.lenient && still {
		return free
	}
	return e.charge
}

// costs returns what an event is charged to in a state.
func (w *World) costs(s *State, e *Event) charge {
	return w.chargeFor(e, e.lenient && w.survey(s))
}

// Costs implements [explore.Layered].
func (w *World) Costs(s State, e *Event) bool { return e.crash > 0 || w.costs(&s, e).fault() }

// survey looks up what each part makes possible, and reports whether all is
// still.
func (w *World) survey(s *State) (still bool) {
	w.menus = w.menus[:0]
	still = true
	for _, slot := range w.shared.order {
		m := w.menuOf(s, slot)
		w.menus = append(w.menus, m)
		still = still && m.quiet
	}
	return still
}

// menuOf looks up what a part makes possible. The rest of the world changes
// seldom, so that the last menu of each part is nearly always the right one.
func (w *World) menuOf(s *State, slot int) *menu {
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
func (w *World) compose(s *State, slot int) *menu {
	w.load(s, slot)
	w.load(s, w.shared.rest)
	m := &menu{quiet: true}
	for _, a := range w.scratch.Enabled(nil) {
		if a.Kind == sim.Elect || a.Of() != w.shared.parts[slot] {
			continue
		}
		m.quiet = m.quiet && !progress(a.Kind)
		e := w.event(a)
		e.charge, e.lenient = w.shared.chargeOf(&a), w.lenient(&a)
		m.events = append(m.events, e)
	}
	return m
}

// event returns an event of its own number.
func (w *World) event(a sim.Action) *Event {
	w.events++
	return &Event{Action: a, names: &w.shared.names, number: w.events, place: w.scratch.Place(a)}
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
	case sh.patient&name != 0:
		return true
	case a.Timer.Key>>31 == 1:
		c := nodes.Conn(a.Timer.Key)
		return w.scratch.Silent(a.Server, c.Dialer()^c.Acceptor()^a.Server)
	case !sh.config.Oracle:
		return false
	}
	reached := w.reached(a.Server)
	return sh.watchful&name != 0 && reached != sh.all() || sh.deserted&name != 0 && !sh.Header.IsQuorum(reached)
}

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

// load puts a part of a state into the scratch world.
func (w *World) load(s *State, slot int) {
	w.scratch.SetPart(w.shared.parts[slot], w.shared.table.at(s.ids[slot]).live)
}

// Next implements [explore.Model].
func (w *World) Next(s State, e *Event) (State, bool) {
	next := s
	next.spent.pay(w.costs(&s, e), w.shared)
	if e.crash > 0 {
		next.spent.pay(chargeCrash, w.shared)
	}
	if e.Action.Kind == sim.Elect {
		return next, w.hold(&next, e)
	}
	return next, w.take(&next, e)
}

// take has an event happen, and reports whether that is within the bounds.
func (w *World) take(s *State, e *Event) bool {
	sh := w.shared
	o := w.outcome(s, e)
	switch {
	case sh.Epochs > 0 && o.epoch > sh.Epochs:
		return false
	case sh.InFlight > 0 && o.flight > sh.InFlight:
		return false
	case sh.Elections > 0 && o.won && !take(&s.spent.Elections, sh.Elections):
		return false
	}
	for _, c := range o.changes {
		s.ids[c.slot] = c.id
	}
	s.sum = xor(s.sum, o.delta)
	if len(o.shown) > 0 {
		w.judge(s, o)
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
