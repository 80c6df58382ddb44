package explore

import (
	"encoding/binary"
	"fmt"
)

// level is the states found after the same number of actions, in the order of
// discovery, as runs that lie in chunks of a pool.
type level[S any] struct {
	segments []segment[S]
	n        uint64
	first    uint64 // index of the first of them
	chunks   []*chunk[S]
	costly   bool // in some of them an action costs something
}

// segment is a run of n states in one chunk, from one place in its states, or in
// its packed bytes, to another.
type segment[S any] struct {
	chunk    *chunk[S]
	from, to int
	n        int
}

// cut takes the first n states off a segment, whose chunk must be in memory. The
// end of packed ones is found by hopping from length to length.
func (g *segment[S]) cut(n int) segment[S] {
	head := *g
	head.n, head.to = n, g.from
	if g.chunk.packed == nil {
		head.to += n
	} else {
		for range n {
			size, width := binary.Uvarint(g.chunk.packed[head.to:])
			head.to += width + int(size)
		}
	}
	g.from = head.to
	g.n -= n
	return head
}

// writer appends states to the level that fills up. Each worker has one.
type writer[S any] struct {
	pool *pool[S]
	now  *chunk[S] // nil: none yet
	from int       // where the open segment begins in it
	n    int       // how many states the open segment has
	enc  []byte
	done []segment[S]
}

func (w *writer[S]) put(s S) {
	if w.pool.unpack == nil {
		if w.now == nil || len(w.now.states) == cap(w.now.states) {
			w.next()
		}
		w.now.states = append(w.now.states, s)
		w.n++
		return
	}
	w.enc = w.pool.pack(w.enc[:0], s)
	if w.now == nil || len(w.now.packed)+binary.MaxVarintLen32+len(w.enc) > cap(w.now.packed) {
		w.next()
		if len(w.enc) > chunkBytes-binary.MaxVarintLen32 {
			panic(fmt.Sprintf("explore: a state of %d bytes, packed; at most %d are possible", len(w.enc), chunkBytes))
		}
	}
	w.now.packed = binary.AppendUvarint(w.now.packed, uint64(len(w.enc)))
	w.now.packed = append(w.now.packed, w.enc...)
	w.n++
}

// next goes on in a new chunk.
func (w *writer[S]) next() {
	w.close()
	w.now, w.from = w.pool.take(), 0
}

// close ends the open segment.
func (w *writer[S]) close() {
	if w.n == 0 {
		return
	}
	to := len(w.now.states) + len(w.now.packed)
	w.done = append(w.done, segment[S]{w.now, w.from, to, w.n})
	w.now.n += w.n
	w.from, w.n = to, 0
}

// flush returns what was put since the last flush.
func (w *writer[S]) flush() []segment[S] {
	w.close()
	done := w.done
	w.done = nil
	return done
}

// reader returns the states of a segment one after the other.
type reader[S any] struct {
	segment[S]
	unpack func([]byte) S
}

func (r *reader[S]) next() S {
	if r.unpack == nil {
		r.from++
		return r.chunk.states[r.from-1]
	}
	size, width := binary.Uvarint(r.chunk.packed[r.from:])
	start := r.from + width
	r.from = start + int(size)
	return r.unpack(r.chunk.packed[start:r.from])
}
