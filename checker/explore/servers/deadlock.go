package servers

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// Stalled implements [explore.Staller]. Servers are in a deadlock if nothing can happen
// but faults, and something is due nevertheless: see [World.Due]. What a bound keeps
// from happening can happen.
func (w *World) Stalled(s State) bool {
	if !w.survey(&s) {
		return false
	}
	w.offered = w.Actions(s, w.offered[:0])
	for _, e := range w.offered {
		if !w.Costs(s, e) {
			return false
		}
	}
	return w.Due(s) != ""
}

// Due says what is to happen in a state though nothing brings it about, "" if nothing
// is: servers that are a quorum, up, awake and connected should all serve, as leaders or
// followers. If one of them waits for a timer that will do something some time, whatever
// the budget says; that it comes to nothing, again and again, is for liveness to find.
func (w *World) Due(s State) string {
	for _, slot := range w.shared.order {
		w.load(&s, slot)
	}
	connected := w.connected()
	if !w.shared.Header.IsQuorum(connected) || w.timed(&s, connected) {
		return ""
	}
	var idle nodes.Set
	for id := range connected.All() {
		if !w.scratch.Status(id).Serving {
			idle = idle.With(id)
		}
	}
	if idle == 0 {
		return ""
	}
	return fmt.Sprintf("of the quorum %v, which is connected, %v do not serve and nobody waits for a timer", connected, idle)
}

// timed reports whether one of some servers waits for a timer.
func (w *World) timed(s *State, some nodes.Set) bool {
	for _, slot := range w.shared.order {
		for _, it := range w.menuOf(s, slot).items {
			if k := it.event.Action.Kind; (k == sim.Expire || k == sim.DialTimeout) && some.Has(it.event.place) {
				return true
			}
		}
	}
	return false
}

// connected returns some servers that are up and awake and all reach each other: the
// most that are found by taking one after the other.
func (w *World) connected() nodes.Set {
	var most nodes.Set
	for id := range w.shared.all().All() {
		if !w.scratch.Up(id) {
			continue
		}
		some := nodes.SetOf(id)
		for peer := range w.reached(id).Without(id).All() {
			if w.scratch.Up(peer) && some&^w.reached(peer) == 0 {
				some = some.With(peer)
			}
		}
		if some.Len() > most.Len() {
			most = some
		}
	}
	return most
}
