package explore

import (
	"math"

	"github.com/zabsim/zabsim/checker"
)

// blockStates is how many states a worker expands at a time.
const blockStates = 1 << 8

// noState is no index of a state.
const noState = math.MaxUint64

// mode says which actions of a state are taken.
type mode uint8

const (
	every  mode = iota
	free        // those that cost nothing
	costly      // the others
)

// worker is what a goroutine of a breadth-first search has to itself.
type worker[S, A any] struct {
	model   Model[S, A]
	layered Layered[S, A] // the model, in a layered search
	reduce  Reduction
	auditor *auditor[S, A] // nil if nothing is reduced
	actions []A
	enc     []byte
	writer  writer[S]
}

func newWorker[S, A any](b *bfs[S, A]) *worker[S, A] {
	w := &worker[S, A]{model: fork(b.model), writer: writer[S]{pool: b.pool}}
	if b.o.Layered {
		w.layered, _ = w.model.(Layered[S, A])
	}
	if w.reduce = b.o.Reduce; w.reduce != Unreduced {
		w.auditor = newAuditor(w.model)
	}
	return w
}

// block is some states of a wave and all that came of them.
type block[S any] struct {
	from  segment[S]
	first uint64 // index of the first of them

	mode   mode
	costly bool // in some of them an action costs something

	states []S // the successors, in order
	prints []fingerprint
	spent  []Spent  // in a layered search; prints are those of their cores then
	words  []uint64 // for parents
	parts  [partCount][]uint32
	fresh  []bool
	news   uint64 // how many are fresh
	at     uint64 // the index that the first of those gets

	taken    []uint64 // by kind of action
	degrees  OutDegree
	terminal uint64
	stuck    uint64   // the first deadlocked state
	deciding []uint64 // for each property, the first fresh state that decides it
	wrong    error    // what an audit found first
}

// reset prepares a block for the states of a segment, of which the first has
// index first.
func (k *block[S]) reset(from segment[S], first uint64, m mode) {
	k.from, k.first, k.mode, k.costly = from, first, m, false
	clear(k.states) // let go of what they point to
	k.states, k.prints, k.words, k.fresh = k.states[:0], k.prints[:0], k.words[:0], k.fresh[:0]
	k.spent = k.spent[:0]
	for p := range k.parts {
		k.parts[p] = k.parts[p][:0]
	}
	k.degrees, k.terminal, k.stuck, k.wrong = OutDegree{}, 0, noState, nil
	k.deciding = k.deciding[:0]
	clear(k.taken)
}

// expand finds the successors of the states of a block.
func (w *worker[S, A]) expand(k *block[S], unpack func([]byte) S, o *Options) {
	from := reader[S]{segment: k.from, unpack: unpack}
	sorter, sorted := w.model.(Sorter[A])
	if sorted && k.taken == nil {
		k.taken = make([]uint64, len(sorter.Kinds()))
	}
	for i := range k.from.n {
		s := from.next()
		if w.reduce == Audited && k.mode != costly {
			w.audit(k, s)
		}
		degree, passedOver := 0, false
		w.actions = w.model.Actions(s, w.actions[:0])
		for ordinal, a := range w.actions {
			if k.mode != every && w.layered.Costs(s, a) != (k.mode == costly) {
				passedOver = true
				continue
			}
			if next, ok := w.model.Next(s, a); ok {
				w.found(k, next, parentWord(k.first+uint64(i), ordinal), o.Wide)
				degree++
				if sorted {
					k.taken[sorter.Kind(a)]++
				}
			}
		}
		k.costly = k.costly || passedOver && k.mode == free
		k.degrees.add(degree)
		if k.mode == costly {
			continue // it was looked at when it was expanded for the rest
		}
		barren := degree == 0 && !passedOver
		if barren {
			k.terminal++
		}
		if o.Deadlock && k.stuck == noState && stuck(w.model, s, barren) {
			k.stuck = k.first + uint64(i)
		}
	}
}

// found adds a successor to a block.
func (w *worker[S, A]) found(k *block[S], s S, word uint64, wide bool) {
	first := s
	s = w.settled(k, s)
	f, spent := w.print(&s, wide)
	if w.doubtful(f, word) {
		w.audit(k, first)
	}
	if w.layered != nil {
		k.spent = append(k.spent, spent)
	}
	k.parts[f.part()] = append(k.parts[f.part()], uint32(len(k.states)))
	k.states = append(k.states, s)
	k.prints = append(k.prints, f)
	k.words = append(k.words, word)
	k.fresh = append(k.fresh, false)
}

// print returns the fingerprint of a state, in a layered search that of its core.
func (w *worker[S, A]) print(s *S, wide bool) (f fingerprint, spent Spent) {
	if w.layered != nil {
		w.enc = w.layered.AppendCore(w.enc[:0], *s)
		spent = w.layered.Spent(*s)
	} else {
		w.enc = w.model.AppendTo(w.enc[:0], *s)
	}
	return fingerprintOf(w.enc, wide), spent
}

// lookUp finds out which successors of one part are new, and adds them to the
// set.
func (k *block[S]) lookUp(v *visited, part int) {
	if len(k.spent) == 0 {
		v.parts[part].addAll(k.prints, k.parts[part], k.fresh)
		return
	}
	for _, i := range k.parts[part] {
		k.fresh[i] = v.add(k.prints[i], k.spent[i])
	}
}

// tally adds what was counted.
func (k *block[S]) tally(stats *Stats) {
	stats.Terminal += k.terminal
	if k.from.n > 0 { // initial states are found by no transition
		stats.Transitions += uint64(len(k.states))
	}
	for degree, n := range k.degrees {
		stats.OutDegree[degree] += n
	}
	for kind, n := range k.taken {
		stats.Taken[kind].Times += n
	}
}

func (k *block[S]) countNews() uint64 {
	n := uint64(0)
	for _, fresh := range k.fresh {
		if fresh {
			n++
		}
	}
	return n
}

// keep stores the fresh states of a block.
func (w *worker[S, A]) keep(k *block[S], p *parents) {
	at := k.at
	for i, fresh := range k.fresh {
		if fresh {
			w.writer.put(k.states[i])
			p.set(at, k.words[i])
			at++
		}
	}
}

// judge finds, for each property, the first fresh state of a block that
// decides it.
func judge[S, A any](b *book[S, A], k *block[S]) {
	for p := range b.properties {
		k.deciding = append(k.deciding, noState)
		if !b.open(p) {
			continue
		}
		holds, wanted := b.properties[p].Holds, b.properties[p].Kind == checker.Sometimes
		at := k.at
		for i, fresh := range k.fresh {
			if !fresh {
				continue
			}
			if holds(k.states[i]) == wanted {
				k.deciding[p] = at
				break
			}
			at++
		}
	}
}
