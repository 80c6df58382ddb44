package nodes

import (
	"encoding/binary"
	"math/bits"
)

// Digest is a running 64-bit hash: fast, and the same on every platform and in
// every process (hash/maphash is neither). It tells apart executions, it does
// not resist an adversary: two different inputs collide with odds of 2^-64.
// The zero Digest is ready to use.
type Digest uint64

const (
	digestKey0 = 0xa0761d6478bd642f
	digestKey1 = 0xe7037ed1a0b428db
)

// Word returns d with one word folded in. Order matters.
func (d Digest) Word(w uint64) Digest {
	hi, lo := bits.Mul64(uint64(d)^w^digestKey0, digestKey1^bits.RotateLeft64(w, 32))
	return Digest(hi ^ lo ^ bits.RotateLeft64(uint64(d), 23))
}

// Pair returns d with two words folded in, at the price of one.
func (d Digest) Pair(v, w uint64) Digest {
	hi, lo := bits.Mul64(uint64(d)^v^digestKey0, w^bits.RotateLeft64(uint64(d), 32)^digestKey1)
	return Digest(hi ^ lo ^ bits.RotateLeft64(uint64(d), 23))
}

// Bytes returns d with the length and the content of b folded in.
func (d Digest) Bytes(b []byte) Digest {
	d = d.Word(uint64(len(b)))
	for len(b) >= 8 {
		d = d.Word(binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	if len(b) > 0 {
		var tail [8]byte
		copy(tail[:], b)
		d = d.Word(binary.LittleEndian.Uint64(tail[:]))
	}
	return d
}

// Text is [Digest.Bytes] for a string.
func (d Digest) Text(s string) Digest {
	d = d.Word(uint64(len(s)))
	for len(s) > 0 {
		var word [8]byte
		s = s[copy(word[:], s):]
		d = d.Word(binary.LittleEndian.Uint64(word[:]))
	}
	return d
}
