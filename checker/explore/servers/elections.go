package servers

import (
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// An election in one step (sim.Config.Oracle) is the only action that happens at
// more than one server. It is taken apart: each server that takes part learns of
// the outcome in a step of its own, which is looked up like any other, and
// nothing comes in between.

// electorate is all that elections depend on: the servers, and the rest of the
// world.
type electorate [maxLinks + 2]uint32

// electionsIn returns the elections that can be held in a state.
func (w *World) electionsIn(s *State) []*Event {
	sh := w.shared
	if !sh.config.Oracle || !w.anyLooks(s) {
		return nil
	}
	key := electorate{s.ids[sh.rest]}
	n := 0
	for id := range sh.all().All() {
		n++
		key[n] = s.ids[sh.server[id]]
	}
	events, known := w.elections[key]
	if !known {
		events = w.composeElections(s)
		w.elections[key] = events
	}
	return events
}

// anyLooks reports whether a server looks for a leader.
func (w *World) anyLooks(s *State) bool {
	for id := range w.shared.all().All() {
		if w.shared.table.at(s.ids[w.shared.server[id]]).looks {
			return true
		}
	}
	return false
}

func (w *World) composeElections(s *State) []*Event {
	sh := w.shared
	w.load(s, sh.rest)
	for id := range sh.all().All() {
		w.load(s, sh.server[id])
	}
	var events []*Event
	for _, a := range w.scratch.Elections(nil) {
		events = append(events, w.event(a))
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
		e = w.event(sim.Action{Kind: sim.Elect, Server: leader, A: nodes.SetOf(id)})
		e.place = id
		w.lessons[key] = e
	}
	return e
}
