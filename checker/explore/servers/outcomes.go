package servers

import "github.com/zabsim/zabsim/nodes"

// outcome is what an action did, as a list of numbers:
//
//   - how many parts it gave another state, and of how many links it did something to
//     the outline (see outlines.go); and whether the server has become a leader;
//   - the server's epoch, afterwards;
//   - the number of what it showed the monitors;
//   - what is to be added to State.sum for the changes, in four numbers;
//   - these changes and edits; and the numbers of the variants of the event in which the
//     server dies before it is over.
type outcome []uint32

// outcome puts together what was found, and more.
func (f *findings) outcome(epoch uint64, won bool, shown uint32, variants []uint32) outcome {
	o := make(outcome, 0, outcomeHead+len(f.changes)+len(f.edits)+len(variants))
	counts := uint32(len(f.changes)) | uint32(len(f.edits))<<8
	if won {
		counts |= 1 << 31
	}
	o = append(o, counts, uint32(min(epoch, 1<<32-1)), shown)
	for _, word := range f.delta {
		o = append(o, uint32(word), uint32(word>>32))
	}
	return append(append(append(o, f.changes...), f.edits...), variants...)
}

const outcomeHead = 7

func (o outcome) won() bool     { return o[0]>>31 == 1 }
func (o outcome) epoch() uint64 { return uint64(o[1]) }
func (o outcome) shown() uint32 { return o[2] }

func (o outcome) delta() [2]uint64 {
	return [2]uint64{uint64(o[3]) | uint64(o[4])<<32, uint64(o[5]) | uint64(o[6])<<32}
}

// changes are the parts that have another state afterwards, each with its number.
func (o outcome) changes() []change { return o[outcomeHead:][:o[0]&0xff] }

// edits are the links, each with the number of the edit that it is made by.
func (o outcome) edits() []change { return o[outcomeHead+o[0]&0xff:][:o[0]>>8&0xff] }

// variants are the numbers of the variants of the event.
func (o outcome) variants() []uint32 { return o[outcomeHead+o[0]&0xff+o[0]>>8&0xff:] }

// change is a slot with a number of something that it has or gets.
type change = uint32

// slotShift leaves room for as many things as a list can have.
const slotShift = 26

func changeOf(slot int, id uint32) change { return uint32(slot)<<slotShift | id }

func target(c change) (slot int, id uint32) { return int(c >> slotShift), c & (1<<slotShift - 1) }

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
func (sh *shared) known(s *State, e *Event) outcome {
	at, seen := e.number, sh.serverOf(s, e)
	for {
		word, known := sh.tree.get(pair(at, seen))
		if !known {
			return nil
		}
		step := stepFrom(word)
		if step.isOutcome() {
			return sh.lists.at(step.at)
		}
		at, seen = step.at, sh.see(s, step.next)
	}
}

// learn adds to the tree what an event does in a state, and which sights it read. If
// another fork was faster, that is what is known from now on.
func (sh *shared) learn(s *State, e *Event, o outcome, read []uint32) outcome {
	at, seen := e.number, sh.serverOf(s, e)
	for {
		word, known := sh.tree.get(pair(at, seen))
		switch {
		case known:
		case len(read) > 0:
			word = sh.tree.put(pair(at, seen), step{read[0], sh.places.Add(1)}.word())
		default:
			word = sh.tree.put(pair(at, seen), step{at: sh.lists.add(o)}.word())
		}
		step := stepFrom(word)
		if step.isOutcome() {
			return sh.lists.at(step.at)
		}
		if len(read) > 0 && read[0] == step.next {
			read = read[1:]
		}
		at, seen = step.at, sh.see(s, step.next)
	}
}

// outcome looks up what an event does, or finds out.
func (w *World) outcome(s *State, e *Event) outcome {
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
	return sh.learn(s, e, o, w.found.read)
}
