package servers

import (
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// outcome is what an action did.
type outcome struct {
	changes []change  // the parts that it gave another state
	edits   []change  // the links of which it did something to the outline: see outlines.go
	delta   [2]uint64 // to State.sum, for the changes
	epoch   uint64    // the server's, afterwards
	won     bool      // the server has become a leader
	shown   uint32    // the number of what it showed the monitors
	// done is what was done, if that is not just the action: in merged steps, and if the
	// server dies.
	done []sim.Action
	// The variants of the event in which the server dies before it is over.
	variants []*Event
}

// change is that a part has the state of some number afterwards; or, of edits, that
// it is made from the edit of that number.
type change struct {
	slot int
	id   uint32
}

// What an action does is looked up by what it reads. It reads one thing after the
// other, and what it reads next depends only on what it has read so far. So there
// is a tree: from the occasion, by way of the server, a path leads on by what the
// action reads, and ends with the outcome. Whenever an action meets what it met once
// it does the same, whatever else there is.

// sight is something that an action may read besides its server: a client, or the
// outline of a link on one channel.
type sight struct {
	slot int
	ch   nodes.Channel
	link bool
}

// step is what the tree says of one thing that was read: the outcome number at, or,
// if next is not 0, that sight number next is read there, and at is where to go on.
type step struct{ next, at uint32 }

func (s step) word() uint64    { return uint64(s.next)<<32 | uint64(s.at) }
func stepFrom(w uint64) step   { return step{uint32(w >> 32), uint32(w)} }
func (s step) isOutcome() bool { return s.next == 0 }

// see returns what a sight is like in a state.
func (sh *shared) see(s *State, n uint32) uint32 {
	look := &sh.sights[n-1]
	id := s.ids[look.slot]
	if look.link {
		return sh.table.at(id).outlines[look.ch]
	}
	return id
}

// serverOf returns the number of the server that an event happens at, or 0.
func (sh *shared) serverOf(s *State, e *Event) uint32 {
	if e.place == 0 {
		return 0
	}
	return s.ids[sh.server[e.place]]
}

// known looks up what an event does, or returns nil.
func (sh *shared) known(s *State, e *Event) *outcome {
	at, seen := e.number, sh.serverOf(s, e)
	for {
		word, known := sh.tree.get(pair(at, seen))
		if !known {
			return nil
		}
		step := stepFrom(word)
		if step.isOutcome() {
			return sh.outcomes.at(step.at)
		}
		at, seen = step.at, sh.see(s, step.next)
	}
}

// learn adds to the tree what an event does in a state, and which sights it read. If
// another fork was faster, that is what is known from now on.
func (sh *shared) learn(s *State, e *Event, o *outcome, read []uint32) *outcome {
	at, seen := e.number, sh.serverOf(s, e)
	for {
		word, known := sh.tree.get(pair(at, seen))
		switch {
		case known:
		case len(read) > 0:
			word = sh.tree.put(pair(at, seen), step{read[0], sh.places.Add(1)}.word())
		default:
			word = sh.tree.put(pair(at, seen), step{at: sh.outcomes.add(*o)}.word())
		}
		step := stepFrom(word)
		if step.isOutcome() {
			return sh.outcomes.at(step.at)
		}
		if len(read) > 0 && read[0] == step.next {
			read = read[1:]
		}
		at, seen = step.at, sh.see(s, step.next)
	}
}

// outcome looks up what an event does, or finds out.
func (w *World) outcome(s *State, e *Event) *outcome {
	sh := w.shared
	if sh.Unmemoised {
		return w.execute(s, e, wholly)
	}
	if o := sh.known(s, e); o != nil {
		if w.doubted() {
			w.verify(s, e, o)
		}
		return o
	}
	o := w.execute(s, e, inOutline)
	return sh.learn(s, e, o, w.read)
}
