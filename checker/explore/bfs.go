package explore

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

// Search visits every reachable state, nearest first, until the limits of o
// or the end of ctx stop it. Counterexamples are as short as can be.
//
// The result is the same whatever the number of workers: the same states,
// transitions, levels and findings, even where a limit or a violation cut the
// search short. Only time and memory differ.
//
// Level by level, in waves of at most waveStates states, the workers
//
//  1. expand the states of the wave, each a block at a time;
//  2. look the successors up in the visited set, each in a part of it, in the
//     order of the wave: the first occurrence is the one that counts;
//  3. store what is new in that order, and judge it.
//
// No step needs a lock, and what comes out of each depends on the order of the
// states only. Eventually properties stay unknown: they are for [Liveness].
func Search[S, A any](ctx context.Context, m Model[S, A], o Options) (*Result[S, A], error) {
	if _, ok := m.(Layered[S, A]); o.Layered && !ok {
		return nil, errors.New("explore: this model does not say what its actions cost, which a layered search needs")
	}
	if _, ok := m.(Confluent[S, A]); o.Reduce != Unreduced && !ok {
		return nil, errors.New("explore: this model does not say which of its actions are confluent, which a reduced search needs")
	}
	b := newBFS(m, o)
	defer b.free()
	if o.Resume == "" {
		b.begin()
	} else if err := b.resume(ctx); err != nil {
		return nil, err
	}
	for b.verdict == Complete && len(b.sources) > 0 {
		if err := b.save(); err != nil {
			return nil, err
		}
		if err := b.sweep(ctx); err != nil {
			return nil, err
		}
	}
	if b.verdict == Complete && o.Bitstate > 0 {
		b.verdict = Partial
	}
	return b.result()
}

// waveStates bounds how much one wave expands, and so how much of it has to be
// held in memory. A search stops between waves only.
const waveStates = 1 << 13

// bfs is a breadth-first search under way.
type bfs[S, A any] struct {
	book[S, A]
	visited *visited
	parents parents
	pool    *pool[S]
	depth   int // of the states that are expanded
	now     level[S]
	below   level[S]    // in a layered search: of the layer below, at the same depth
	sources []source[S] // what is still to expand of these
	next    level[S]    // what was found one action deeper
	layers  layers[S]
	begins  bool   // nothing of a level has been expanded yet
	saved   uint64 // how many states there were at the last checkpoint
	// descents are what led from level to level, for checkpoints.
	descents []descent
	tooDeep  uint64 // states that were not expanded because of the limit on depth

	workers []*worker[S, A]
	blocks  []*block[S] // of the wave, then spare ones
}

// source is what is still to expand of a level.
type source[S any] struct {
	level *level[S]
	mode  mode
	todo  []segment[S]
	at    uint64 // index of the first state of those
	n     uint64
}

// expandFrom has a level expanded. Unless it is to be expanded once more, its chunks
// go back to the pool one after the other.
func (b *bfs[S, A]) expandFrom(l *level[S], m mode) {
	if l.n == 0 {
		return
	}
	for _, c := range l.chunks {
		c.left = c.n
	}
	b.sources = append(b.sources, source[S]{level: l, mode: m, todo: slices.Clone(l.segments), at: l.first, n: l.n})
}

func newBFS[S, A any](m Model[S, A], o Options) *bfs[S, A] {
	b := &bfs[S, A]{book: newBook(m, o), visited: newVisited(&o), pool: newPool(m, o.Spill)}
	b.reduce = o.Reduce
	for range max(1, o.Workers) {
		b.workers = append(b.workers, newWorker(b))
	}
	return b
}

func (b *bfs[S, A]) free() {
	b.visited.free()
	b.parents.free()
	b.pool.free()
}

// begin finds the initial states.
func (b *bfs[S, A]) begin() {
	initial := b.wave(1)[0]
	initial.reset(segment[S]{}, 0, every)
	for i, s := range b.model.Initial() {
		b.workers[0].found(initial, s, parentWord(noParent, i), b.o.Wide)
	}
	b.settle(1)
	b.depth = -1
	b.descend()
}

// sweep expands one wave.
func (b *bfs[S, A]) sweep(ctx context.Context) error {
	b.begins = false
	var read []*chunk[S] // that nobody reads again
	n := 0
	for room := waveStates; room > 0 && len(b.sources) > 0; n++ {
		from := &b.sources[0]
		seg := &from.todo[0]
		if err := b.pool.load(seg.chunk); err != nil {
			return err
		}
		size := min(blockStates, room, seg.n)
		b.wave(n + 1)[n].reset(seg.cut(size), from.at, from.mode)
		if seg.chunk.left -= size; seg.chunk.left == 0 && from.mode != free {
			read = append(read, seg.chunk)
		}
		if seg.n == 0 {
			from.todo = from.todo[1:]
		}
		from.at += uint64(size)
		from.n -= uint64(size)
		room -= size
		if from.n == 0 {
			b.sources = b.sources[1:]
		}
	}
	blocks := b.wave(n)
	parallel(b.workers, n, func(w *worker[S, A], i int) { w.expand(blocks[i], b.pool.unpack, &b.o) })
	if err := wrong(blocks); err != nil {
		return err
	}
	b.settle(n)
	b.pool.recycle(read)
	if len(b.sources) == 0 {
		b.descend()
	}
	if err := b.shed(); err != nil {
		return err
	}
	b.check(ctx)
	return nil
}

// wave returns n blocks.
func (b *bfs[S, A]) wave(n int) []*block[S] {
	for len(b.blocks) < n {
		b.blocks = append(b.blocks, new(block[S]))
	}
	return b.blocks[:n]
}

// settle finds out what is new in the first n blocks, and keeps and judges it.
func (b *bfs[S, A]) settle(n int) {
	blocks := b.wave(n)
	parallel(b.workers, partCount, func(_ *worker[S, A], part int) {
		for _, k := range blocks {
			k.lookUp(b.visited, part)
		}
	})
	for _, k := range blocks {
		k.at, k.news = b.parents.n, k.countNews()
		b.parents.extend(k.news)
	}
	// Neighbouring blocks go to the same worker, so that their states lie in
	// one segment.
	runs := min(n, 4*len(b.workers))
	kept := make([][]segment[S], runs)
	parallel(b.workers, runs, func(w *worker[S, A], r int) {
		for _, k := range blocks[r*n/runs : (r+1)*n/runs] {
			w.keep(k, &b.parents)
			judge(&b.book, k)
		}
		kept[r] = w.writer.flush()
	})
	for _, segments := range kept {
		b.next.segments = append(b.next.segments, segments...)
	}
	for _, k := range blocks {
		b.tally(k)
	}
	b.stats.States = b.parents.n
	b.stats.Missed = b.visited.missed()
	b.stats.Frontier = b.next.n + b.layers.states + b.tooDeep
	for i := range b.sources {
		b.stats.Frontier += b.sources[i].n
	}
}

// tally adds up what came of a block.
func (b *bfs[S, A]) tally(k *block[S]) {
	b.next.n += k.news
	b.now.costly = b.now.costly || k.costly
	k.tally(&b.stats)
	for p, state := range k.deciding {
		if state != noState && !b.answers[p].decided {
			b.decide(p, b.parents.route(state))
		}
	}
	if p := len(b.properties); k.stuck != noState && b.o.Deadlock && !b.answers[p].decided {
		b.decide(p, b.parents.route(k.stuck))
	}
}

// check stops the search if a limit is reached.
func (b *bfs[S, A]) check(ctx context.Context) {
	limit, reached := b.tick(ctx)
	switch {
	case b.verdict != Complete:
	case len(b.sources) > 0 && reached:
		b.verdict = limit
	case len(b.sources) == 0 && b.tooDeep > 0:
		b.verdict = DepthLimit
	}
}

// parallel has the workers do(w, 0) to do(w, n-1), each as soon as a worker is
// free, and waits until all are done.
func parallel[W any](workers []W, n int, do func(w W, i int)) {
	if len(workers) == 1 || n == 1 {
		for i := range n {
			do(workers[0], i)
		}
		return
	}
	var group sync.WaitGroup
	var taken atomic.Int64
	for _, w := range workers {
		group.Go(func() {
			for i := int(taken.Add(1)) - 1; i < n; i = int(taken.Add(1)) - 1 {
				do(w, i)
			}
		})
	}
	group.Wait()
}
