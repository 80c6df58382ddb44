package servers

import (
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// An election in one step (sim.Config.Oracle) is the only action that happens at
// more than one server. It is taken apart: each server that takes part learns of
// the outcome in a step of its own, which is looked up like any other, and
// nothing comes in between.

// electionsIn returns the elections that can be held in a state.
func (w *World) electionsIn(s *State) []*Event {
	sh := w.shared
	if !sh.config.Oracle || !w.anyLooks(s) {
		return nil
	}
	at := uint64(s.ids[sh.rest])
	for n, slot := range sh.servers {
		key := pair(uint32(at), s.ids[slot])
		next, known := sh.elected.get(key)
		switch {
		case known:
		case n < len(sh.servers)-1:
			next = sh.elected.put(key, uint64(sh.places.Add(1)))
		default:
			next = sh.elected.put(key, uint64(sh.ballots.add(w.composeElections(s, s.ids[sh.rest]))))
		}
		at = next
	}
	return *sh.ballots.at(uint32(at))
}

// anyLooks reports whether a server looks for a leader.
func (w *World) anyLooks(s *State) bool {
	for _, slot := range w.shared.servers {
		if w.shared.table.at(s.ids[slot]).looks {
			return true
		}
	}
	return false
}

func (w *World) composeElections(s *State, rest uint32) []*Event {
	sh := w.shared
	w.load(s, sh.rest)
	for id := range sh.all().All() {
		w.load(s, sh.server[id])
	}
	var events []*Event
	for _, a := range w.scratch.Elections(nil) {
		events = append(events, w.event(a, a.Server, rest))
	}
	return events
}

// hold has the servers that take part in an election learn the outcome, the
// leader first as [sim.Elect] has it, and reports whether that is within the
// bounds.
func (w *World) hold(s *State, e *Event) bool {
	leader := e.Action.A & nodes.SetOf(e.Action.Server)
	for _, some := range [...]nodes.Set{leader, e.Action.A &^ leader} {
		for id := range some.All() {
			if !w.take(s, w.learning(s, id, e.Action.Server)) {
				return false
			}
		}
	}
	return true
}

// lesson is that a server learns the outcome of an election, where the rest of
// the world is so.
type lesson struct {
	rest       uint32
	id, leader nodes.ID
}

// learning returns the event that a server learns the outcome of an election.
func (w *World) learning(s *State, id, leader nodes.ID) *Event {
	key := lesson{s.ids[w.shared.rest], id, leader}
	e := w.lessons[key]
	if e == nil {
		e = w.event(sim.Action{Kind: sim.Elect, Server: leader, A: nodes.SetOf(id)}, id, key.rest)
		w.lessons[key] = e
	}
	return e
}
