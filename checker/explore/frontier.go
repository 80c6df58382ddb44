package explore

import (
	"encoding/binary"
	"sync"
	"unsafe"
)

// level is the states found after the same number of actions, in the order of
// discovery, as runs that lie in chunks of a pool.
type level[S any] struct {
	segments []segment[S]
	n        uint64
	first    uint64 // index of the first of them
	chunks   []chunk[S]
	costly   bool // in some of them an action costs something
}

// segment is a run of n states in one chunk: as they are, or packed, each
// encoding behind its length.
type segment[S any] struct {
	states []S
	packed []byte
	n      int
}

// cut takes the first n states off a segment. The first one of what is packed
// is found by hopping from length to length.
func (g *segment[S]) cut(n int) segment[S] {
	head := segment[S]{n: n}
	if g.states != nil {
		head.states, g.states = g.states[:n], g.states[n:]
	} else {
		at := 0
		for range n {
			size, width := binary.Uvarint(g.packed[at:])
			at += width + int(size)
		}
		head.packed, g.packed = g.packed[:at], g.packed[at:]
	}
	g.n -= n
	return head
}

// chunkBytes is the size of a chunk: large enough that handling chunks costs
// nothing, small enough that a search of a hundred states stays small.
const chunkBytes = 1 << 18

// pool keeps the chunks of which levels are made. They are used again and again;
// those of packed states hold no pointers, so that the collector never looks
// into them.
type pool[S any] struct {
	pack   func([]byte, S) []byte // nil, and unpack too: states are kept as they are
	unpack func([]byte) S

	mu             sync.Mutex
	spare, filling []chunk[S]
	made           uint64 // bytes
}

type chunk[S any] struct {
	states []S
	packed []byte
}

func newPool[S, A any](m Model[S, A]) *pool[S] {
	p := new(pool[S])
	if packer, ok := m.(Packer[S]); ok {
		p.pack, p.unpack = packer.Pack, packer.Unpack
	}
	return p
}

// take returns an empty chunk for the level that fills up.
func (p *pool[S]) take() chunk[S] {
	p.mu.Lock()
	defer p.mu.Unlock()
	var c chunk[S]
	if n := len(p.spare); n > 0 {
		c = p.spare[n-1]
		p.spare = p.spare[:n-1]
	} else {
		p.made += chunkBytes
		if p.unpack != nil {
			c.packed = make([]byte, 0, chunkBytes)
		} else {
			var s S
			c.states = make([]S, 0, max(1, chunkBytes/max(1, int(unsafe.Sizeof(s)))))
		}
	}
	p.filling = append(p.filling, c)
	return c
}

// complete returns the chunks of the level that has filled up.
func (p *pool[S]) complete() []chunk[S] {
	c := p.filling
	p.filling = nil
	return c
}

// recycle takes back the chunks of a level that nobody needs any more.
func (p *pool[S]) recycle(chunks []chunk[S]) {
	for _, c := range chunks {
		clear(c.states[:cap(c.states)]) // let go of what they point to
	}
	p.spare = append(p.spare, chunks...)
}

// writer appends states to the level that fills up. Each worker has one.
type writer[S any] struct {
	pool *pool[S]
	now  chunk[S]
	from int // where the open segment begins in it
	n    int // how many states the open segment has
	enc  []byte
	done []segment[S]
}

func (w *writer[S]) put(s S) {
	if w.pool.unpack == nil {
		if len(w.now.states) == cap(w.now.states) {
			w.next()
		}
		w.now.states = append(w.now.states, s)
		w.n++
		return
	}
	w.enc = w.pool.pack(w.enc[:0], s)
	if len(w.now.packed)+binary.MaxVarintLen32+len(w.enc) > cap(w.now.packed) {
		w.next()
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
	seg := segment[S]{n: w.n}
	if w.pool.unpack == nil {
		seg.states = w.now.states[w.from:]
	} else {
		seg.packed = w.now.packed[w.from:]
	}
	w.done = append(w.done, seg)
	w.from, w.n = len(w.now.states)+len(w.now.packed), 0
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
	at     int
}

func (r *reader[S]) next() S {
	if r.unpack == nil {
		r.at++
		return r.states[r.at-1]
	}
	size, width := binary.Uvarint(r.packed[r.at:])
	start := r.at + width
	r.at = start + int(size)
	return r.unpack(r.packed[start:r.at])
}
