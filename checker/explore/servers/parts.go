package servers

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// table numbers things, from 1, by the hashes of their encodings. Forks of a World share
// it: whoever sees a thing first gives it its number, so numbers differ from run to run
// and nothing may depend on them. Hashes do not.
//
// Things are taken for one if 128 bits of hash say so, which is wrong for one of n things
// with odds of n²/2^129. The fingerprints of states are not as good.
type table[T any] struct {
	numbers *memo // by the first half of the hash
	things  list[hashed[T]]
	mu      sync.Mutex // who adds something
}

type hashed[T any] struct {
	hash  [2]uint64
	thing T
}

func newTable[T any]() *table[T] { return &table[T]{numbers: newMemo()} }

// intern returns the number of the thing with that encoding, and whether it is new. For
// a new one it asks for the thing itself. That takes its time, and other forks need not
// wait meanwhile; if one of them is faster, its thing is the one.
func (t *table[T]) intern(enc []byte, itself func() T) (number uint32, fresh bool) {
	h := hashOf(enc)
	if n := t.find(h); n != 0 {
		return n, false
	}
	thing := itself()
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := t.find(h); n != 0 {
		return n, false
	}
	n := t.things.add(hashed[T]{h, thing})
	t.numbers.put(h[0], uint64(n))
	return n, true
}

// find returns the number of the thing with that hash, 0 if it is new.
func (t *table[T]) find(hash [2]uint64) uint32 {
	n, _ := t.numbers.get(hash[0])
	if n != 0 && t.hash(uint32(n)) != hash {
		panic(fmt.Sprintf("explore: two parts of states have hashes that begin with %x", hash[0]))
	}
	return uint32(n)
}

func (t *table[T]) at(n uint32) *T { return &t.things.at(n).thing }

func (t *table[T]) hash(n uint32) [2]uint64 { return t.things.at(n).hash }

// bytes returns how much memory it takes, without what the things point to.
func (t *table[T]) bytes() uint64 { return t.things.bytes() + t.numbers.bytes() }

// hashOf returns 128 bits of hash, of which the first 64 are not all 0.
func hashOf(enc []byte) [2]uint64 {
	a, b := nodes.Digest(0x9e3779b9).Word(uint64(len(enc))), nodes.Digest(0x7f4a7c15)
	for ; len(enc) >= 16; enc = enc[16:] {
		v, w := binary.LittleEndian.Uint64(enc), binary.LittleEndian.Uint64(enc[8:])
		a, b = a.Pair(v, w), b.Pair(w, v)
	}
	return [2]uint64{max(1, uint64(a.Bytes(enc).Word(0))), uint64(b.Bytes(enc).Word(1))}
}

// part is one state that a part of worlds can be in: what is looked up again and again.
// For the part itself see lives.go.
type part struct {
	verdicts uint64 // of judges, a bit for each property: it is decided
	outlines [maxChannels]uint32
	recipe   uint32 // of what it is made again; of what all panels remember, the list of their parts
	flight   uint16 // of a link: how many messages are on their way on its fullest route
	slot     uint8
	looks    bool // of a server: it looks for a leader
}

// partOf returns what is looked up of a part of a world as it is.
func (sh *shared) partOf(world *sim.World, slot int) part {
	p := sh.parts[slot]
	v := part{slot: uint8(slot)}
	switch {
	case p.Peer != 0:
		v.flight = uint16(min(world.InFlight(p), 1<<16-1))
		for ch := range sh.config.Protocol.Channels {
			v.outlines[ch] = sh.outline(world, p, nodes.Channel(ch))
		}
	case p.Server != 0:
		v.looks = world.Up(p.Server) && world.Status(p.Server).Role == nodes.Looking
	}
	return v
}
