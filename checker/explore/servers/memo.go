package servers

import (
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"
)

// memo maps pairs of numbers to numbers. All forks of a World look things up in it at
// any time without a lock; to add something takes one. What is in it never changes.
//
// It is open addressing with linear probing in a power of two of slots, at most three
// quarters of them taken. Nothing in it is a pointer, so the collector never looks into it.
type memo struct {
	slots atomic.Pointer[[]memoSlot]
	mu    sync.Mutex
	n     int
}

// memoSlot is free as long as its key is 0. The value is written before the key, so
// who sees the key sees the value.
type memoSlot struct {
	key   atomic.Uint64
	value uint64
}

func newMemo() *memo {
	m := new(memo)
	m.slots.Store(new(make([]memoSlot, 1<<10)))
	return m
}

// pair returns the key of two numbers, of which the first is not 0.
func pair(a, b uint32) uint64 { return uint64(a)<<32 | uint64(b) }

// find returns the slot of a key, or the free one where it belongs.
func find(slots []memoSlot, key uint64) *memoSlot {
	mask := uint64(len(slots) - 1)
	hi, lo := bits.Mul64(key, 0x9e3779b97f4a7c15)
	for i := hi ^ lo; ; i++ {
		s := &slots[i&mask]
		if k := s.key.Load(); k == key || k == 0 {
			return s
		}
	}
}

// get looks a pair up.
func (m *memo) get(key uint64) (value uint64, known bool) {
	s := find(*m.slots.Load(), key)
	if s.key.Load() != key {
		return 0, false
	}
	return s.value, true
}

// put adds a pair. If another fork was faster, what it has put there stays. It
// returns what is there.
func (m *memo) put(key, value uint64) uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	slots := *m.slots.Load()
	if 4*m.n >= 3*len(slots) {
		slots = m.grow(slots)
	}
	s := find(slots, key)
	if s.key.Load() == key {
		return s.value
	}
	s.value = value
	s.key.Store(key)
	m.n++
	return value
}

func (m *memo) grow(slots []memoSlot) []memoSlot {
	bigger := make([]memoSlot, 2*len(slots))
	for i := range slots {
		if key := slots[i].key.Load(); key != 0 {
			s := find(bigger, key)
			s.value = slots[i].value
			s.key.Store(key)
		}
	}
	m.slots.Store(&bigger)
	return bigger
}

// bytes returns how much memory it takes.
func (m *memo) bytes() uint64 {
	return uint64(len(*m.slots.Load())) * uint64(unsafe.Sizeof(memoSlot{}))
}

// list is things by number, from 1. They never move, so that they can be looked up
// without a lock by whoever got to know the number; to add one takes one.
type list[T any] struct {
	mu     sync.Mutex
	n      uint32
	chunks [mostChunks]*[chunkSize]T
}

const (
	chunkSize  = 1 << 12
	mostChunks = 1 << 14
)

// crowded reports whether there is hardly any room left: no more than the searches of
// some waves may take before one asks.
func (l *list[T]) crowded() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n > mostChunks*chunkSize/16*15
}

// bytes returns how much memory it takes, without what the things point to.
func (l *list[T]) bytes() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var thing T
	return uint64(l.n) * uint64(unsafe.Sizeof(thing))
}

func (l *list[T]) at(n uint32) *T { return &l.chunks[n/chunkSize][n%chunkSize] }

// add returns the number of a new thing.
func (l *list[T]) add(thing T) uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	if l.chunks[l.n/chunkSize] == nil {
		l.chunks[l.n/chunkSize] = new([chunkSize]T)
	}
	*l.at(l.n) = thing
	return l.n
}
