package explore

import (
	"iter"
	"sync"
	"unsafe"
)

// chunkBytes is the size of a chunk: large enough that handling chunks costs
// nothing, small enough that a search of a hundred states stays small.
const chunkBytes = 1 << 18

// chunk is a piece of memory full of states: as they are, or packed, each
// encoding behind its length.
type chunk[S any] struct {
	states []S
	packed []byte // outside of the Go heap; nil while it is on the disk only
	size   int    // of packed, when it was written to the disk
	slot   int64  // where it lies on the disk; 0: nowhere
	n      int    // how many states
	left   int    // how many of them are still to expand
}

// pool keeps the chunks of which levels are made, and uses them again and again.
// Those of packed states lie outside of the Go heap, so that the collector never
// looks into them and memory can be given back at once, or to the disk.
type pool[S any] struct {
	pack   func([]byte, S) []byte // nil, and unpack too: states are kept as they are
	unpack func([]byte) S
	disk   spill

	mu             sync.Mutex
	spare, filling []*chunk[S]
	made           []*chunk[S] // all there are
	bytes          uint64      // of memory in all of them
}

func newPool[S, A any](m Model[S, A], dir string) *pool[S] {
	p := &pool[S]{disk: spill{dir: dir}}
	if packer, ok := m.(Packer[S]); ok {
		p.pack, p.unpack = packer.Pack, packer.Unpack
	}
	return p
}

// take returns an empty chunk for the level that fills up.
func (p *pool[S]) take() *chunk[S] {
	p.mu.Lock()
	defer p.mu.Unlock()
	var c *chunk[S]
	if n := len(p.spare); n > 0 {
		c = p.spare[n-1]
		p.spare = p.spare[:n-1]
	} else {
		c = new(chunk[S])
		p.made = append(p.made, c)
	}
	p.furnish(c)
	c.states, c.packed, c.n = c.states[:0], c.packed[:0], 0
	p.filling = append(p.filling, c)
	return c
}

// furnish gives a chunk memory, unless it has some.
func (p *pool[S]) furnish(c *chunk[S]) {
	switch {
	case p.unpack == nil && c.states == nil:
		var s S
		c.states = make([]S, 0, max(1, chunkBytes/max(1, int(unsafe.Sizeof(s)))))
	case p.unpack != nil && c.packed == nil:
		c.packed = newBytes(chunkBytes)
	default:
		return
	}
	p.bytes += chunkBytes
}

// strip takes a chunk of packed states its memory away.
func (p *pool[S]) strip(c *chunk[S]) {
	freeBytes(c.packed[:chunkBytes])
	c.packed = nil
	p.bytes -= chunkBytes
}

// complete returns the chunks of the level that has filled up.
func (p *pool[S]) complete() []*chunk[S] {
	c := p.filling
	p.filling = nil
	return c
}

// recycle takes back chunks that nobody needs any more.
func (p *pool[S]) recycle(chunks []*chunk[S]) {
	for _, c := range chunks {
		clear(c.states[:cap(c.states)]) // let go of what they point to
		if c.slot != 0 {
			p.disk.release(c.slot)
			c.slot = 0
		}
	}
	p.spare = append(p.spare, chunks...)
}

// shed gives back so much memory: that of spare chunks first, then that of others in
// the order given, which are written to the disk. It gives back less if there is no
// more, and none of states that are kept as they are.
func (p *pool[S]) shed(bytes uint64, cold iter.Seq[*chunk[S]]) error {
	if p.unpack == nil {
		return nil
	}
	goal := p.bytes - min(bytes, p.bytes)
	for _, c := range p.spare {
		if c.packed != nil && p.bytes > goal {
			p.strip(c)
		}
	}
	for c := range cold {
		if p.bytes <= goal {
			break
		}
		if c.packed == nil {
			continue
		}
		if c.slot == 0 {
			slot, err := p.disk.write(c.packed)
			if err != nil {
				return err
			}
			c.slot, c.size = slot, len(c.packed)
		}
		p.strip(c)
	}
	return nil
}

// load brings a chunk back from the disk, if that is where it is.
func (p *pool[S]) load(c *chunk[S]) error {
	if p.unpack == nil || c.packed != nil {
		return nil
	}
	p.furnish(c)
	c.packed = c.packed[:c.size]
	return p.disk.read(c.slot, c.packed)
}

func (p *pool[S]) free() {
	for _, c := range p.made {
		if c.packed != nil {
			p.strip(c)
		}
	}
	p.disk.close()
}
