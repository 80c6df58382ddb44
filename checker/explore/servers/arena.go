package servers

import "sync"

// arena keeps lists of a few numbers, one behind the other. A list is known by where it
// lies, from 1. Lists never move or change, so that they can be looked up without a lock
// by whoever got to know them; to add one takes one. Nothing in it is a pointer, so the
// collector never looks into it.
type arena struct {
	mu     sync.Mutex
	end    uint32
	chunks [mostArenaChunks]*[arenaChunk]uint32
}

const (
	arenaChunk      = 1 << 15
	mostArenaChunks = 1 << 15
)

// crowded reports whether there is hardly any room left, as that of a list does.
func (a *arena) crowded() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.end > mostArenaChunks*arenaChunk/16*15
}

// at returns a list. Nobody may change it.
func (a *arena) at(n uint32) []uint32 {
	chunk := a.chunks[n/arenaChunk]
	from := n%arenaChunk + 1
	to := from + chunk[from-1]
	return chunk[from:to:to]
}

// add returns where a new list lies.
func (a *arena) add(list []uint32) uint32 {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := max(1, a.end)
	if n%arenaChunk+uint32(len(list)) >= arenaChunk {
		n += arenaChunk - n%arenaChunk
	}
	if a.chunks[n/arenaChunk] == nil {
		a.chunks[n/arenaChunk] = new([arenaChunk]uint32)
	}
	chunk, from := a.chunks[n/arenaChunk], n%arenaChunk
	chunk[from] = uint32(len(list))
	copy(chunk[from+1:], list)
	a.end = n + 1 + uint32(len(list))
	return n
}

// bytes returns how much memory it takes.
func (a *arena) bytes() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return 4 * uint64(a.end)
}
