package zkdata

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/adler32"
	"io"
)

// juteReader reads ZooKeeper's serialization. After the first failure it reads
// nothing but zeros; whoever uses it asks failed once, at the end.
type juteReader struct {
	r   io.Reader
	sum hash.Hash32 // Adler-32 of all that was read
	at  int64       // offset of the next byte in the file
	// failure is what went wrong, where says at which byte the thing began that
	// could not be read.
	failure error
	where   int64
	scratch [8]byte
}

// newJuteReader reads from r, whose first byte is the file's byte at.
func newJuteReader(r io.Reader, at int64) *juteReader {
	return &juteReader{r: r, sum: adler32.New(), at: at}
}

var errEnds = errors.New("the file ends in the middle of something")

func (j *juteReader) fail(at int64, err error) {
	if j.failure == nil {
		j.failure, j.where = err, at
	}
}

// fill reads len(b) bytes.
func (j *juteReader) fill(b []byte) {
	if j.failure != nil {
		clear(b)
		return
	}
	n, err := io.ReadFull(j.r, b)
	j.sum.Write(b[:n])
	if err != nil {
		clear(b)
		j.fail(j.at, ending(err))
	}
	j.at += int64(n)
}

// ending puts the end of the file in words.
func ending(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errEnds
	}
	return err
}

func (j *juteReader) byte() byte {
	j.fill(j.scratch[:1])
	return j.scratch[0]
}

func (j *juteReader) int32() int32 {
	j.fill(j.scratch[:4])
	return int32(binary.BigEndian.Uint32(j.scratch[:4]))
}

func (j *juteReader) int64() int64 {
	j.fill(j.scratch[:8])
	return int64(binary.BigEndian.Uint64(j.scratch[:8]))
}

func (j *juteReader) bool() bool { return j.byte() != 0 }

// count reads the number of things that follow. -1, for none at all, counts as
// 0.
func (j *juteReader) count() int {
	at := j.at
	n := j.int32()
	if n < -1 {
		j.fail(at, fmt.Errorf("%d is no length", n))
	}
	return int(max(n, 0))
}

// buffer reads bytes preceded by their number. It takes memory as the bytes
// come, so that a length that lies costs nothing.
func (j *juteReader) buffer() []byte {
	at := j.at
	n := int64(j.count())
	if j.failure != nil || n == 0 {
		return nil
	}
	var b bytes.Buffer
	got, err := io.CopyN(&b, j.r, n)
	j.sum.Write(b.Bytes())
	j.at += got
	if err != nil {
		if err = ending(err); errors.Is(err, errEnds) {
			err = fmt.Errorf("%d bytes are to follow, but only %d do", n, got)
		}
		j.fail(at, err)
		return nil
	}
	return b.Bytes()
}

func (j *juteReader) text() string { return string(j.buffer()) }

// each reads the elements of a vector with read.
func (j *juteReader) each(read func()) {
	for n := j.count(); n > 0 && j.failure == nil; n-- {
		read()
	}
}

// problem returns what went wrong so far as a fatal problem of a file, or nil.
func (j *juteReader) problem(file string) *Problem {
	if j.failure == nil {
		return nil
	}
	return &Problem{File: file, Offset: j.where, Fatal: true, What: j.failure.Error()}
}
