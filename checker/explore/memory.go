package explore

import (
	"iter"
	"slices"
	"unsafe"
)

// held returns how many bytes a search holds: visited set, parents, frontier, the
// blocks of a wave, and what the model remembers.
func (b *bfs[S, A]) held() uint64 {
	n := b.visited.bytes() + b.parents.bytes() + b.pool.bytes + b.remembered()
	for _, k := range b.blocks {
		n += k.bytes()
	}
	return n
}

// remembered returns how many bytes the model holds.
func (b *book[S, A]) remembered() uint64 {
	if m, ok := b.model.(Sized); ok {
		return m.Bytes()
	}
	return 0
}

// bytes returns how much memory a block takes.
func (k *block[S]) bytes() uint64 {
	var s S
	n := cap(k.states)*int(unsafe.Sizeof(s)) + cap(k.prints)*int(unsafe.Sizeof(fingerprint{})) +
		cap(k.spent)*int(unsafe.Sizeof(Spent{})) + cap(k.words)*8 + cap(k.fresh)
	for p := range k.parts {
		n += cap(k.parts[p]) * 4
	}
	return uint64(n)
}

// shed writes chunks of the frontier to the disk when memory gets scarce, an eighth
// more than it takes, so that it does not come to that after each wave.
func (b *bfs[S, A]) shed() error {
	if limit, held := b.o.Limits.Memory, b.held(); limit > 0 && held >= limit {
		if err := b.pool.shed(held-limit+limit/8, b.coldest()); err != nil {
			return err
		}
	}
	b.stats.Memory = max(b.stats.Memory, b.held())
	b.stats.Spilled = max(b.stats.Spilled, b.pool.disk.bytes())
	return nil
}

// coldest returns the chunks that nobody writes any more, roughly from those that
// are read last to those that are read next.
func (b *bfs[S, A]) coldest() iter.Seq[*chunk[S]] {
	return func(yield func(*chunk[S]) bool) {
		for _, l := range slices.Backward(slices.Concat(b.layers.below, b.layers.here)) {
			for _, c := range l.chunks {
				if !yield(c) {
					return
				}
			}
		}
		for _, c := range slices.Backward(b.pool.filling) {
			if !b.written(c) && !yield(c) {
				return
			}
		}
		for _, from := range slices.Backward(b.sources) {
			for _, c := range slices.Backward(from.level.chunks) {
				// What is not kept for the next layer is the pool's once it was read.
				if (c.left > 0 || from.mode == free) && !yield(c) {
					return
				}
			}
		}
	}
}

// written reports whether a worker goes on writing a chunk.
func (b *bfs[S, A]) written(c *chunk[S]) bool {
	return slices.ContainsFunc(b.workers, func(w *worker[S, A]) bool { return w.writer.now == c })
}
