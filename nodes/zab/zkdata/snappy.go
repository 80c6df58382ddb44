package zkdata

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// snappyReader unpacks what Java's SnappyOutputStream wrote, which is how
// ZooKeeper packs snapshots if it is told to: a header of 16 bytes, then blocks
// in Snappy's format, each preceded by its length.
type snappyReader struct {
	r     io.Reader
	block []byte // what is left of the current one
}

const (
	snappyMagic  = "\x82SNAPPY\x00"
	snappyHeader = len(snappyMagic) + 4 + 4 // version, oldest version that can read it
	// mostInBlock is the largest block that is believed; Java's are of 32 KB unless
	// somebody asks for more.
	mostInBlock = 64 << 20
)

var (
	errNotSnappy = errors.New("this is not packed with Snappy")
	errSnappy    = errors.New("a block is not in Snappy's format")
)

func newSnappyReader(r io.Reader) (*snappyReader, error) {
	var header [snappyHeader]byte
	switch n, err := io.ReadFull(r, header[:]); {
	case n >= len(snappyMagic) && string(header[:len(snappyMagic)]) != snappyMagic:
		return nil, errNotSnappy
	case err != nil:
		return nil, err
	}
	return &snappyReader{r: r}, nil
}

// Read implements [io.Reader].
func (s *snappyReader) Read(b []byte) (int, error) {
	for len(s.block) == 0 {
		if err := s.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, s.block)
	s.block = s.block[n:]
	return n, nil
}

// next unpacks the next block. At the end it returns io.EOF.
func (s *snappyReader) next() error {
	var length [4]byte
	if _, err := io.ReadFull(s.r, length[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > mostInBlock {
		return fmt.Errorf("%d bytes are no length of a block", n)
	}
	packed, err := io.ReadAll(io.LimitReader(s.r, int64(n)))
	switch {
	case err != nil:
		return err
	case len(packed) < int(n):
		return io.ErrUnexpectedEOF
	}
	s.block, err = unsnap(packed)
	return err
}

// unsnap unpacks a block: its length unpacked, then literals and copies of what
// is already there.
func unsnap(packed []byte) ([]byte, error) {
	length, used := binary.Uvarint(packed)
	if used <= 0 || length > mostInBlock {
		return nil, errSnappy
	}
	var out []byte
	for rest := packed[used:]; len(rest) > 0; {
		size, offset, head, ok := readTag(rest)
		rest = rest[min(head, len(rest)):]
		switch {
		case !ok || uint64(len(out)+size) > length:
			return nil, errSnappy
		case offset == 0: // a literal
			if size > len(rest) {
				return nil, errSnappy
			}
			out, rest = append(out, rest[:size]...), rest[size:]
		case offset > len(out):
			return nil, errSnappy
		default: // it may go on into what it copies
			for range size {
				out = append(out, out[len(out)-offset])
			}
		}
	}
	if uint64(len(out)) != length {
		return nil, errSnappy
	}
	return out, nil
}

// readTag reads what a piece of a block begins with: the number of bytes it
// stands for, how far back they are (0: they follow), and its own length.
func readTag(b []byte) (size, offset, head int, ok bool) {
	number := func(from, bytes int) int {
		n := 0
		for i := bytes - 1; i >= 0; i-- {
			n = n<<8 | int(b[from+i])
		}
		return n
	}
	tag := b[0]
	long := int(tag >> 2)
	switch tag & 3 {
	case 0:
		const inTag = 60 // longer literals have their length behind the tag
		extra := max(0, long-inTag+1)
		if head = 1 + extra; len(b) < head {
			return 0, 0, 0, false
		}
		if extra > 0 {
			long = number(1, extra)
		}
		return long + 1, 0, head, true
	case 1:
		if len(b) < 2 {
			return 0, 0, 0, false
		}
		return long&7 + 4, int(tag>>5)<<8 | int(b[1]), 2, true
	default:
		bytes := 2 * int(tag&3-1) // 2 or 4
		if len(b) < 1+bytes {
			return 0, 0, 0, false
		}
		return long + 1, number(1, bytes), 1 + bytes, true
	}
}
