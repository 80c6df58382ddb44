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
	mu    sync.Mutex
	ids   map[[2]uint64]uint32
	parts list[part]
	enc   uint64 // bytes of all encodings
}

// part is one state that a part of worlds can be in.
type part struct {
	hash     [2]uint64
	verdicts uint64 // of judges, a bit for each property: it is decided
	outlines [maxChannels]uint32
	flight   int  // of a link: how many messages are on their way on its fullest route
	looks    bool // of a server: it looks for a leader
	enc      string
	live     any // for sim.World.SetPart; or *sitting, or the numbers of those, or *edit
}

// partOf returns a part of a world as it is.
func (sh *shared) partOf(world *sim.World, p sim.Part) part {
	v := part{live: world.Part(p)}
	switch {
	case p.Peer != 0:
		v.flight = world.InFlight(p)
		for ch := range sh.config.Protocol.Channels {
			v.outlines[ch] = sh.outline(world, p, nodes.Channel(ch))
		}
	case p.Server != 0:
		v.looks = world.Up(p.Server) && world.Status(p.Server).Role == nodes.Looking
	}
	return v
}

func newPartTable() *partTable { return &partTable{ids: make(map[[2]uint64]uint32)} }

func partHash(enc []byte) [2]uint64 {
	return [2]uint64{uint64(nodes.Digest(0x9e3779b9).Bytes(enc).Word(0)), uint64(nodes.Digest(0x7f4a7c15).Bytes(enc).Word(1))}
}

// intern returns the number of the part with that encoding. For a new one it
// asks for the part itself, which must never change. That takes its time, and other
// forks need not wait meanwhile; if one of them is faster, its part is the one.
func (t *partTable) intern(enc []byte, itself func() part) uint32 {
	h := partHash(enc)
	if id := t.find(h, enc); id != 0 {
		return id
	}
	own := string(enc)
	p := itself()
	p.enc, p.hash = own, h
	t.mu.Lock()
	defer t.mu.Unlock()
	id := t.ids[h]
	if id == 0 {
		id = t.parts.add(p)
		t.ids[h] = id
		t.enc += uint64(len(own))
	}
	return id
}

// find returns the number of the part with that encoding, 0 if it is new.
func (t *partTable) find(hash [2]uint64, enc []byte) uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	id := t.ids[hash]
	if id != 0 && t.at(id).enc != string(enc) {
		panic(fmt.Sprintf("explore: two parts have the same hash %x", hash))
	}
	return id
}

// bytes returns about how much memory it takes. A part that lives takes ten times its
// encoding (measured: nodes of ZAB, their disks, and monitors), and the map that finds
// it 40 bytes.
func (t *partTable) bytes() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.parts.bytes() + 11*t.enc + 40*uint64(t.parts.n)
}

func (t *partTable) at(id uint32) *part { return t.parts.at(id) }

func (t *partTable) hash(id uint32) [2]uint64 { return t.at(id).hash }

func (t *partTable) verdicts(id uint32) uint64 { return t.at(id).verdicts }
