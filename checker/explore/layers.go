package explore

// layers is what a layered search keeps for later, by depth: the levels of the
// layer below, whose states have yet to take the actions that cost something, and
// those of the layer it is at. Levels from which no such action leads are not
// kept.
//
// So each state is expanded twice: for what leads on in its layer, and, when that
// layer is complete, for what leads to the next one. In that one the states are
// found in the order of their depth, whichever way they are found; and what waits
// meanwhile are states, and not all that a fault makes of them.
type layers[S any] struct {
	below, here []level[S]
	states      uint64 // in all of those
	layer       int
}

// keep puts away a level at a depth.
func (y *layers[S]) keep(depth int, l level[S]) {
	for len(y.here) <= depth {
		y.here = append(y.here, level[S]{})
	}
	y.here[depth] = l
	y.states += l.n
}

// take returns the level at a depth of the layer below; it may be empty.
func (y *layers[S]) take(depth int) level[S] {
	if depth >= len(y.below) {
		return level[S]{}
	}
	l := y.below[depth]
	y.below[depth] = level[S]{}
	y.states -= l.n
	return l
}

// seek returns the depth at which the search goes on when nothing is left at that
// one: a deeper one, or the first of the next layer.
func (y *layers[S]) seek(depth int) (next int, more bool) {
	if depth+1 < len(y.below) {
		return depth + 1, true
	}
	y.below, y.here = y.here, nil
	y.layer++
	return 0, len(y.below) > 0
}

// descend goes on one action deeper, or with the next layer.
func (b *bfs[S, A]) descend() {
	b.begins = true
	b.descents = append(b.descents, descent{b.next.n, b.now.costly})
	if b.now.costly {
		b.layers.keep(b.depth, b.now)
	} else if b.o.Layered {
		b.pool.recycle(b.now.chunks)
	}
	b.depth++
	b.now, b.below = b.completed(), b.layers.take(b.depth)
	for more := true; more && b.now.n+b.below.n == 0; b.below = b.layers.take(b.depth) {
		b.depth, more = b.layers.seek(b.depth)
	}
	b.expandFrom(&b.below, costly)
	if b.o.Layered {
		b.expandFrom(&b.now, free)
	} else {
		b.expandFrom(&b.now, every)
	}
}

// completed returns the level that was found, as one to expand: an empty one if
// the search is to go no deeper.
func (b *bfs[S, A]) completed() level[S] {
	l := b.closeNext()
	if l.n == 0 {
		return l
	}
	tally(&b.stats.Levels, b.depth, l.n)
	if b.o.Layered {
		tally(&b.stats.Layers, b.layers.layer, l.n)
	}
	if limit := b.o.Limits.Depth; limit > 0 && b.depth >= limit {
		b.tooDeep += l.n
		b.pool.recycle(l.chunks)
		return level[S]{}
	}
	return l
}

// closeNext returns the level that has filled up, and begins a new one.
func (b *bfs[S, A]) closeNext() level[S] {
	l := b.next
	l.first, l.chunks = b.parents.n-l.n, b.pool.complete()
	b.next = level[S]{}
	for _, w := range b.workers {
		w.writer.now, w.writer.from = nil, 0
	}
	return l
}

// tally adds to a histogram that is as long as need be.
func tally(h *[]uint64, i int, n uint64) {
	for len(*h) <= i {
		*h = append(*h, 0)
	}
	(*h)[i] += n
}
