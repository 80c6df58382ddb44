package servers

import (
	"fmt"
	"sync"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// partTable numbers the parts of worlds, from 1, by their encodings. Forks of
// a World share it: whoever sees a part first gives it its number, so numbers
// differ from run to run and nothing may depend on them. Hashes do not.
type partTable struct {
	mu     sync.Mutex
	ids    map[[2]uint64]uint32
	n      uint32
	chunks [1 << 14]*[chunkParts]part // never moved, so that numbers can be looked up without the lock
}

const chunkParts = 1 << 12

// part is one state that a part of worlds can be in.
type part struct {
	enc      string
	hash     [2]uint64
	live     any    // for sim.World.SetPart; or *judges
	verdicts uint64 // of judges, a bit for each property: it is decided
	looks    bool   // of a server: it looks for a leader
}

// partOf returns a part of a world as it is.
func partOf(w *sim.World, p sim.Part) part {
	looks := p.Server != 0 && p.Peer == 0 && w.Up(p.Server) && w.Status(p.Server).Role == nodes.Looking
	return part{live: w.Part(p), looks: looks}
}

func newPartTable() *partTable { return &partTable{ids: make(map[[2]uint64]uint32)} }

func partHash(enc []byte) [2]uint64 {
	return [2]uint64{uint64(nodes.Digest(0x9e3779b9).Bytes(enc).Word(0)), uint64(nodes.Digest(0x7f4a7c15).Bytes(enc).Word(1))}
}

// intern returns the number of the part with that encoding. For a new one it
// asks for the part itself, which must never change.
func (t *partTable) intern(enc []byte, itself func() part) uint32 {
	h := partHash(enc)
	t.mu.Lock()
	defer t.mu.Unlock()
	if id, known := t.ids[h]; known {
		if t.at(id).enc != string(enc) {
			panic(fmt.Sprintf("explore: two parts have the same hash %x", h))
		}
		return id
	}
	t.n++
	id := t.n
	if t.chunks[id/chunkParts] == nil {
		t.chunks[id/chunkParts] = new([chunkParts]part)
	}
	p := itself()
	p.enc, p.hash = string(enc), h
	*t.at(id) = p
	t.ids[h] = id
	return id
}

func (t *partTable) at(id uint32) *part { return &t.chunks[id/chunkParts][id%chunkParts] }

func (t *partTable) hash(id uint32) [2]uint64 { return t.at(id).hash }

func (t *partTable) verdicts(id uint32) uint64 { return t.at(id).verdicts }
