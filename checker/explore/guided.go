package explore

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"unsafe"
)

// Featured is a [Model] that says what is remarkable about a state, coarsely: for a
// protocol, who has which role and is how far, whatever they have in their logs.
type Featured[S any] interface {
	// Feature returns the same number for states that are alike. A few hundred to a
	// hundred thousand different ones are of use.
	Feature(s S) uint64
}

// Guided searches best first, towards states whose [Featured] number is rare: it
// always goes on from those with a number from which it went on least so far. So it
// soon has some of everything, where a breadth-first search has all of what is near.
//
// Nothing is left out: a search that comes to its end is complete. Mostly it will
// not, and then nothing is proved; and counterexamples are not the shortest. Levels
// are of the executions that it found, not of the shortest. The result is the same
// whatever the number of workers.
func Guided[S, A any](ctx context.Context, m Model[S, A], o Options) (*Result[S, A], error) {
	model, ok := m.(Featured[S])
	if !ok {
		return nil, errors.New("explore: this model does not say what is remarkable about its states, which a guided search needs")
	}
	o.Layered = false
	g := &guided[S, A]{book: newBook(m, o), visited: newVisited(&o), feature: model.Feature, rooms: make(map[uint64]*room[S])}
	defer g.visited.free()
	defer func() { g.parents.free() }()
	for range max(1, o.Workers) {
		g.workers = append(g.workers, &worker[S, A]{model: fork(m)})
	}
	g.begin()
	for g.verdict == Complete && len(g.queue) > 0 {
		g.wave()
		if limit, reached := g.tick(ctx); reached && g.verdict == Complete && len(g.queue) > 0 {
			g.verdict = limit
		}
	}
	switch {
	case g.verdict != Complete:
	case g.tooDeep > 0:
		g.verdict = DepthLimit
	case o.Bitstate > 0:
		g.verdict = Partial
	}
	return g.result()
}

// Sizes of the waves of a guided search: small, since what a wave finds is considered
// only when it is over.
const (
	guidedBlocks = 16
	guidedBlock  = 32 // states
	guidedTurn   = 4  // how many of the same feature are taken one after the other
)

// guided is a best-first search under way. States are numbered, for parents, in the
// order in which they are expanded.
type guided[S, A any] struct {
	book[S, A]
	feature func(S) uint64
	visited *visited
	parents parents
	rooms   map[uint64]*room[S]
	queue   rarest[S]
	waiting uint64 // states in all rooms
	tooDeep uint64 // states that were not expanded because of the limit on depth
	workers []*worker[S, A]
	blocks  [guidedBlocks]block[S]
	depths  []int // of the states of a wave
}

// room is where states with the same feature wait.
type room[S any] struct {
	number   int // in the order of discovery
	expanded uint64
	states   []guest[S] // oldest first, from next on
	next     int
}

// tidy lets go of those that left once they are the most.
func (r *room[S]) tidy() {
	if r.next > len(r.states)/2 {
		r.states = append(make([]guest[S], 0, len(r.states)-r.next), r.states[r.next:]...)
		r.next = 0
	}
}

// guest is a state that waits, and how it was found.
type guest[S any] struct {
	state S
	word  uint64
	depth int
}

// rarest is a heap of rooms, the one least expanded first.
type rarest[S any] []*room[S]

func (q rarest[S]) Len() int      { return len(q) }
func (q rarest[S]) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q rarest[S]) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[i].expanded, q[j].expanded), cmp.Compare(q[i].number, q[j].number)) < 0
}
func (q *rarest[S]) Push(r any) { *q = append(*q, r.(*room[S])) }
func (q *rarest[S]) Pop() any {
	last := len(*q) - 1
	r := (*q)[last]
	*q = (*q)[:last]
	return r
}

// begin finds the initial states.
func (g *guided[S, A]) begin() {
	k := &g.blocks[0]
	k.reset(segment[S]{}, 0, every)
	for i, s := range g.model.Initial() {
		g.workers[0].found(k, s, parentWord(noParent, i), g.o.Wide)
	}
	g.settle(1)
}

// wave expands some states, the rarest first.
func (g *guided[S, A]) wave() {
	n := 0
	g.depths = g.depths[:0]
	for ; n < guidedBlocks && len(g.queue) > 0; n++ {
		first := g.parents.n
		states := g.take()
		g.blocks[n].reset(segment[S]{chunk: &chunk[S]{states: states}, to: len(states), n: len(states)}, first, every)
	}
	parallel(g.workers, n, func(w *worker[S, A], i int) { w.expand(&g.blocks[i], nil, &g.o) })
	g.settle(n)
}

// take takes the states of a block out of their rooms.
func (g *guided[S, A]) take() []S {
	states := make([]S, 0, guidedBlock)
	for len(states) < guidedBlock && len(g.queue) > 0 {
		r := g.queue[0]
		n := min(guidedTurn, guidedBlock-len(states), len(r.states)-r.next)
		for _, s := range r.states[r.next : r.next+n] {
			states = append(states, s.state)
			g.depths = append(g.depths, s.depth)
			g.parents.extend(1)
			g.parents.set(g.parents.n-1, s.word)
		}
		r.next += n
		r.expanded += uint64(n)
		g.waiting -= uint64(n)
		if r.next < len(r.states) {
			r.tidy()
			heap.Fix(&g.queue, 0)
		} else {
			heap.Pop(&g.queue)
			r.states, r.next = nil, 0
		}
	}
	return states
}

// settle finds out what is new in the first n blocks, judges it and has it wait.
func (g *guided[S, A]) settle(n int) {
	parallel(g.workers, partCount, func(_ *worker[S, A], part int) {
		for i := range n {
			g.blocks[i].lookUp(g.visited, part)
		}
	})
	parallel(g.workers, n, func(_ *worker[S, A], i int) { judge(&g.book, &g.blocks[i]) })
	first := g.parents.n - uint64(len(g.depths)) // of the wave
	for i := range n {
		k := &g.blocks[i]
		k.tally(&g.stats)
		g.decideFrom(k)
		for j, fresh := range k.fresh {
			if fresh {
				g.welcome(guest[S]{k.states[j], k.words[j], g.depthBehind(k.words[j], first)})
			}
		}
	}
	g.stats.Frontier = g.waiting + g.tooDeep
	g.stats.Missed = g.visited.missed()
	g.stats.Memory = max(g.stats.Memory, g.held())
}

// decideFrom notes what a block has decided.
func (g *guided[S, A]) decideFrom(k *block[S]) {
	for p, nth := range k.deciding {
		if nth == noState || g.answers[p].decided {
			continue
		}
		for j, fresh := range k.fresh {
			if fresh && nth == 0 {
				g.decide(p, g.parents.routeOver(k.words[j]))
				break
			}
			if fresh {
				nth--
			}
		}
	}
	if p := len(g.properties); k.stuck != noState && g.o.Deadlock && !g.answers[p].decided {
		g.decide(p, g.parents.route(k.stuck))
	}
}

// depthBehind returns how deep a state lies that was found from one of the wave.
func (g *guided[S, A]) depthBehind(word, first uint64) int {
	parent, _ := splitWord(word)
	if parent == noParent {
		return 0
	}
	return g.depths[parent-first] + 1
}

// welcome has a new state wait.
func (g *guided[S, A]) welcome(s guest[S]) {
	g.stats.States++
	tally(&g.stats.Levels, s.depth, 1)
	if limit := g.o.Limits.Depth; limit > 0 && s.depth >= limit {
		g.tooDeep++
		return
	}
	feature := g.feature(s.state)
	r := g.rooms[feature]
	if r == nil {
		r = &room[S]{number: len(g.rooms)}
		g.rooms[feature] = r
		g.stats.Features++
	}
	r.states = append(r.states, s)
	g.waiting++
	if len(r.states) == 1 {
		heap.Push(&g.queue, r)
	}
}

// held returns about how many bytes the search holds.
func (g *guided[S, A]) held() uint64 {
	return g.visited.bytes() + g.parents.bytes() + g.remembered() + g.waiting*uint64(unsafe.Sizeof(guest[S]{}))
}
