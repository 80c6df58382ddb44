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
	f := fingerprint{lo: uint64(digest(0x5a4142, enc).Word(0))}
	if wide {
		f.hi = uint64(digest(0x51d7e348, enc).Word(1))
	}
	if f.lo == 0 {
		f.lo = 1 // 0 marks a free slot
	}
	return f
}

// digest returns d with an encoding folded in, two words at a time.
func digest(d nodes.Digest, enc []byte) nodes.Digest {
	for len(enc) >= 16 {
		d = d.Pair(binary.LittleEndian.Uint64(enc), binary.LittleEndian.Uint64(enc[8:]))
		enc = enc[16:]
	}
	return d.Bytes(enc)
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
	if v == (Spent{}) {
		return f
	}
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
	parts [partCount]part
}

// part is one of the parts of a visited set.
type part interface {
	// add reports whether a fingerprint was not in the set before, has whether it
	// is in it now.
	add(f fingerprint) bool
	has(f fingerprint) bool
	// addAll is add for some of many fingerprints, by their places.
	addAll(prints []fingerprint, places []uint32, fresh []bool)
	sum() uint64 // of all its words, whatever their order
	bytes() uint64
	free()
}

func newVisited(o *Options) *visited {
	v := new(visited)
	for i := range v.parts {
		if o.Bitstate > 0 {
			v.parts[i] = newBits(o.Bitstate / partCount)
		} else {
			t := newTable(1<<8, o.Wide)
			v.parts[i] = &t
		}
	}
	return v
}

// add adds a state, by the fingerprint of its core, unless it is in the set
// already or one with the same core is that spent no more of anything. It reports
// whether it did.
func (v *visited) add(core fingerprint, spent Spent) bool {
	p := v.parts[core.part()]
	for less := (Spent{}); less != spent; less = less.next(spent) {
		if p.has(core.having(less)) {
			return false
		}
	}
	return p.add(core.having(spent))
}

func (v *visited) sum() uint64 {
	n := uint64(0)
	for _, p := range v.parts {
		n += p.sum()
	}
	return n
}

func (v *visited) bytes() uint64 {
	n := uint64(0)
	for _, p := range v.parts {
		n += p.bytes()
	}
	return n
}

// missed returns how many states were probably taken for visited because their bits
// were set.
func (v *visited) missed() float64 {
	n := 0.0
	for _, missed := range v.doubts() {
		n += missed
	}
	return n
}

// doubts returns that for each part, and restoreDoubts goes back to it.
func (v *visited) doubts() (missed [partCount]float64) {
	for i, p := range v.parts {
		if b, ok := p.(*bits); ok {
			missed[i] = b.missed
		}
	}
	return missed
}

func (v *visited) restoreDoubts(missed [partCount]float64) {
	for i, p := range v.parts {
		if b, ok := p.(*bits); ok {
			b.missed = missed[i]
		}
	}
}

func (v *visited) free() {
	for _, p := range v.parts {
		p.free()
	}
}
