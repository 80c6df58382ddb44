// Package wire reads and writes the bytes of operations, transactions, results
// and snapshots: varints, and texts that begin with their length.
//
// What it writes is canonical, and it reads nothing else: a number has one
// encoding only, the shortest. Equal values are therefore equal bytes, which
// histories, snapshots and the model checker compare.
package wire

import (
	"encoding/binary"
	"errors"
)

// ErrMalformed says that bytes are not what the package writes.
var ErrMalformed = errors.New("malformed")

// AppendUint appends a number of 1 to 10 bytes.
func AppendUint(b []byte, n uint64) []byte { return binary.AppendUvarint(b, n) }

// AppendInt appends a signed number, short near zero on both sides.
func AppendInt(b []byte, n int64) []byte { return binary.AppendVarint(b, n) }

// AppendText appends the length of s and s.
func AppendText[S ~string | ~[]byte](b []byte, s S) []byte {
	return append(AppendUint(b, uint64(len(s))), s...)
}

// Compare orders texts as strings.Compare does, without making a string of b.
func Compare(s string, b []byte) int {
	switch {
	case s < string(b):
		return -1
	case s > string(b):
		return 1
	default:
		return 0
	}
}

// Reader takes values off the front of a byte slice. The first value that is
// not there makes it fail for good: from then on it returns zero values, so a
// parser reads everything and asks once, at the end.
type Reader struct {
	rest   []byte
	failed bool
}

// Read returns a Reader of b. It never changes b.
func Read(b []byte) Reader { return Reader{rest: b} }

// Byte takes one byte.
func (r *Reader) Byte() byte {
	if len(r.rest) == 0 {
		r.Fail()
		return 0
	}
	c := r.rest[0]
	r.rest = r.rest[1:]
	return c
}

// Uint takes what AppendUint wrote.
func (r *Reader) Uint() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || size > 1 && r.rest[size-1] == 0 { // a longer form than needed
		r.Fail()
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// Int takes what AppendInt wrote.
func (r *Reader) Int() int64 {
	n := r.Uint()
	return int64(n>>1) ^ -int64(n&1)
}

// Text takes what AppendText wrote. The slice is part of the bytes read.
func (r *Reader) Text() []byte {
	n := r.Uint()
	if n > uint64(len(r.rest)) {
		r.Fail()
		return nil
	}
	s := r.rest[:n:n]
	r.rest = r.rest[n:]
	return s
}

// Bytes takes n bytes, or none if there are fewer. The slice is part of the
// bytes read.
func (r *Reader) Bytes(n int) []byte {
	if n > len(r.rest) {
		r.Fail()
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

// Count takes a number of values that follow, each at least one byte long.
func (r *Reader) Count() int {
	n := r.Uint()
	if n > uint64(len(r.rest)) {
		r.Fail()
		return 0
	}
	return int(n)
}

// Rest takes all that is left.
func (r *Reader) Rest() []byte {
	rest := r.rest
	r.rest = nil
	return rest
}

// Failed reports whether a value was not there.
func (r *Reader) Failed() bool { return r.failed }

// End returns ErrMalformed if a value was not there or something is left over.
func (r *Reader) End() error {
	if r.failed || len(r.rest) > 0 {
		return ErrMalformed
	}
	return nil
}

// Fail makes the reader fail, for a value that is there but means nothing.
func (r *Reader) Fail() { r.rest, r.failed = nil, true }
