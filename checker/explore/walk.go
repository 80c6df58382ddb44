package explore

import (
	"context"
	"slices"

	"github.com/zabsim/zabsim/sim/choice"
)

// Walking says how to walk at random.
type Walking struct {
	Walks int // how many executions
	Steps int // of how many actions each, at most
	// Seed decides all choices: walk number i takes the same way whatever the
	// number of workers, and whatever other walks there are.
	Seed uint64
	// Weight says how likely an action is to be taken, against the others that
	// are possible; nil: all are equally likely. Where faults are as likely as
	// deliveries little else happens.
	Weight func(action any) int64
}

// Walk makes random executions. It proves nothing, so that what must always
// hold is never said to hold, but it reaches depths that no search does. The
// counterexample it reports is that of the first walk that has one.
//
// States counts how many different ones were met: as long as it grows with the
// number of walks there is more to see.
func Walk[S, A any](ctx context.Context, m Model[S, A], o Options, how Walking) (*Result[S, A], error) {
	w := &walks[S, A]{book: newBook(m, o), how: how, visited: newVisited(&o)}
	defer w.visited.free()
	for range max(1, o.Workers) {
		w.walkers = append(w.walkers, &walker[S, A]{model: fork(m)})
	}
	for from := 0; w.verdict == Complete; from += walkWave {
		if from >= how.Walks {
			w.verdict = WalkLimit
			break
		}
		w.wave(ctx, from, min(from+walkWave, how.Walks))
	}
	return w.result()
}

// walkWave is how many walks are made before the books are brought up to date.
const walkWave = 1 << 8

// walks is a random search under way.
type walks[S, A any] struct {
	book[S, A]
	how     Walking
	visited *visited
	walkers []*walker[S, A]
}

// walker is what a goroutine has to itself.
type walker[S, A any] struct {
	model   Model[S, A]
	actions []A
	enc     []byte
}

// walk is an execution with what came of it.
type walk struct {
	prints   []fingerprint
	route    []int
	deciding []int // for each property, the length of the route that decides it; 0: none
	steps    int
	ended    bool // nothing was possible any more
	stuck    int  // the length of the route to the first deadlock; 0: there is none
	taken    []uint64
	degrees  OutDegree
}

// wave makes some of the walks.
func (w *walks[S, A]) wave(ctx context.Context, from, to int) {
	made := make([]walk, to-from)
	parallel(w.walkers, len(made), func(r *walker[S, A], i int) { made[i] = r.walk(&w.book, &w.how, from+i) })
	var fresh [partCount]uint64
	parallel(w.walkers, partCount, func(_ *walker[S, A], part int) {
		for i := range made {
			for _, f := range made[i].prints {
				if f.part() == part && w.visited.parts[part].add(f) {
					fresh[part]++
				}
			}
		}
	})
	for _, n := range fresh {
		w.stats.States += n
	}
	for i := range made {
		w.tally(&made[i])
	}
	w.stats.Memory = max(w.stats.Memory, w.visited.bytes()+w.remembered())
	if limit, reached := w.tick(ctx); reached && w.verdict == Complete {
		w.verdict = limit
	}
}

// tally adds up what came of a walk.
func (w *walks[S, A]) tally(k *walk) {
	w.stats.Transitions += uint64(k.steps)
	if k.ended {
		w.stats.Terminal++
	}
	for degree, n := range k.degrees {
		w.stats.OutDegree[degree] += n
	}
	for kind, n := range k.taken {
		w.stats.Taken[kind].Times += n
	}
	for p, length := range k.deciding {
		if length > 0 && !w.answers[p].decided {
			w.decide(p, k.route[:length])
		}
	}
	if p := len(w.properties); k.stuck > 0 && !w.answers[p].decided {
		w.decide(p, k.route[:k.stuck])
	}
}

// walk makes walk number i.
func (r *walker[S, A]) walk(b *book[S, A], how *Walking, i int) walk {
	luck := choice.NewStream("walk")
	source := choice.Seed(how.Seed + uint64(i)*0x9e3779b97f4a7c15)
	initial := r.model.Initial()
	at := int(source.Intn(int64(len(initial)), &luck))
	s := initial[at]
	sorter, sorted := r.model.(Sorter[A])
	k := walk{route: []int{at}, deciding: make([]int, len(b.properties)), taken: make([]uint64, len(b.stats.Taken))}
	for {
		r.look(b, &k, s)
		if k.steps == how.Steps {
			return k
		}
		r.actions = r.model.Actions(s, r.actions[:0])
		next, ordinal := r.step(s, how, source, &luck, &k)
		if b.o.Deadlock && k.stuck == 0 && stuck(r.model, s, ordinal < 0) {
			k.stuck = len(k.route)
		}
		if ordinal < 0 {
			k.ended = true
			return k
		}
		s = next
		k.steps++
		if sorted {
			k.taken[sorter.Kind(r.actions[ordinal])]++
		}
		k.route = append(k.route, ordinal)
	}
}

// look notes that a walk came to s, and which properties that decides.
func (r *walker[S, A]) look(b *book[S, A], k *walk, s S) {
	r.enc = r.model.AppendTo(r.enc[:0], s)
	k.prints = append(k.prints, fingerprintOf(r.enc, b.o.Wide))
	for p := range k.deciding {
		if k.deciding[p] == 0 && b.decides(p, s) {
			k.deciding[p] = len(k.route)
		}
	}
}

// step takes one of the actions that are possible in s. It returns the place
// of the action, or -1 if none leads anywhere.
func (r *walker[S, A]) step(s S, how *Walking, source choice.Source, luck *choice.Stream, k *walk) (S, int) {
	places := make([]int, len(r.actions))
	for i := range places {
		places[i] = i
	}
	k.degrees.add(len(places))
	for len(places) > 0 {
		i := r.draw(places, how, source, luck)
		if next, ok := r.model.Next(s, r.actions[places[i]]); ok {
			return next, places[i]
		}
		places = slices.Delete(places, i, i+1)
	}
	return s, -1
}

// draw returns an index into places.
func (r *walker[S, A]) draw(places []int, how *Walking, source choice.Source, luck *choice.Stream) int {
	if how.Weight == nil {
		return int(source.Intn(int64(len(places)), luck))
	}
	total := int64(0)
	for _, p := range places {
		total += how.Weight(r.actions[p])
	}
	if total <= 0 {
		return int(source.Intn(int64(len(places)), luck))
	}
	at := source.Intn(total, luck)
	for i, p := range places {
		if at -= how.Weight(r.actions[p]); at < 0 {
			return i
		}
	}
	return len(places) - 1
}
