package explore

import (
	"encoding/binary"

	"github.com/zabsim/zabsim/nodes"
)

// fingerprint stands for a state. hi is 0 unless fingerprints are wide.
type fingerprint struct{ lo, hi uint64 }

// fingerprintOf hashes the encoding of a state. The seeds are arbitrary; the
// last Word mixes once more.
func fingerprintOf(enc []byte, wide bool) fingerprint {
	f := fingerprint{lo: uint64(nodes.Digest(0x5a4142).Bytes(enc).Word(0))}
	if wide {
		f.hi = uint64(nodes.Digest(0x51d7e348).Bytes(enc).Word(1))
	}
	if f.lo == 0 {
		f.lo = 1 // 0 marks a free slot
	}
	return f
}

// The visited set is split by the highest bits of the fingerprint. Each part
// has one worker at a time, so that none needs locks, and grows by itself, so
// that only a small part of the memory is there twice while it does.
const (
	partBits  = 4
	partCount = 1 << partBits
)

func (f fingerprint) part() int { return int(f.lo >> (64 - partBits)) }

// having returns the fingerprint of a state whose core has fingerprint f and which
// has spent v. All those of one core belong to the same part.
func (f fingerprint) having(v Spent) fingerprint {
	const part = (1<<partBits - 1) << (64 - partBits)
	spent := binary.LittleEndian.Uint64(v[:])
	g := fingerprint{lo: f.lo&part | uint64(nodes.Digest(f.lo).Word(spent))&^part}
	if f.hi != 0 {
		g.hi = uint64(nodes.Digest(f.hi).Word(spent))
	}
	if g.lo == 0 {
		g.lo = 1
	}
	return g
}

type visited struct {
	parts [partCount]table
}

func newVisited(wide bool) *visited {
	v := new(visited)
	for i := range v.parts {
		v.parts[i] = newTable(1<<8, wide)
	}
	return v
}

func (v *visited) add(f fingerprint) bool { return v.parts[f.part()].add(f) }

// sum returns the sum of all fingerprints, whatever their order.
func (v *visited) sum() uint64 {
	n := uint64(0)
	for i := range v.parts {
		for slot, lo := range v.parts[i].lo {
			n += lo
			if hi := v.parts[i].hi; hi != nil {
				n += hi[slot]
			}
		}
	}
	return n
}

// bytes returns how much memory the set takes.
func (v *visited) bytes() uint64 {
	n := uint64(0)
	for i := range v.parts {
		n += uint64(len(v.parts[i].lo)+len(v.parts[i].hi)) * 8
	}
	return n
}

func (v *visited) free() {
	for i := range v.parts {
		v.parts[i].free()
	}
}

// table is a set of fingerprints: open addressing with linear probing in a
// power of two of slots, at most three quarters of them taken. The upper
// halves of wide fingerprints lie in an array of their own, which is looked
// at only when the lower halves are equal.
type table struct {
	lo, hi []uint64
	n      int
}

func newTable(slots int, wide bool) table {
	t := table{lo: newWords(slots)}
	if wide {
		t.hi = newWords(slots)
	}
	return t
}

// add reports whether f was not in the set before.
func (t *table) add(f fingerprint) bool {
	if t.n >= len(t.lo)/4*3 {
		t.grow()
	}
	slot := t.find(f)
	if t.lo[slot] != 0 {
		return false
	}
	t.lo[slot] = f.lo
	if t.hi != nil {
		t.hi[slot] = f.hi
	}
	t.n++
	return true
}

// has reports whether f is in the set.
func (t *table) has(f fingerprint) bool { return t.lo[t.find(f)] != 0 }

// addCheapest adds a state, by the fingerprint of its core, unless it is in the
// set already or one with the same core is that spent no more of anything. It
// reports whether it did.
func (t *table) addCheapest(core fingerprint, spent Spent) bool {
	for less := (Spent{}); less != spent; less = less.next(spent) {
		if t.has(core.having(less)) {
			return false
		}
	}
	return t.add(core.having(spent))
}

// find returns the slot that holds f, or the free one where it belongs.
func (t *table) find(f fingerprint) int {
	mask := uint64(len(t.lo) - 1)
	for slot := f.lo & mask; ; slot = (slot + 1) & mask {
		switch t.lo[slot] {
		case 0:
			return int(slot)
		case f.lo:
			if t.hi == nil || t.hi[slot] == f.hi {
				return int(slot)
			}
		}
	}
}

func (t *table) grow() {
	bigger := newTable(2*len(t.lo), t.hi != nil)
	for i, lo := range t.lo {
		if lo == 0 {
			continue
		}
		f := fingerprint{lo: lo}
		if t.hi != nil {
			f.hi = t.hi[i]
		}
		slot := bigger.find(f)
		bigger.lo[slot] = lo
		if t.hi != nil {
			bigger.hi[slot] = f.hi
		}
	}
	bigger.n = t.n
	t.free()
	*t = bigger
}

func (t *table) free() {
	freeWords(t.lo)
	freeWords(t.hi)
	*t = table{}
}
