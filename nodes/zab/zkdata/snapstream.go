package zkdata

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// snapStream reads a snapshot file, unpacked if it is packed
// (snapshot.compression.method; ZooKeeper's SnapStream), and remembers how it
// ends.
type snapStream struct {
	name     string
	packed   bool
	file     counter
	contents tail
	r        *bufio.Reader
}

// compression returns the suffix of a compressed snapshot, or "".
func compression(name string) string {
	switch suffix := path.Ext(name); suffix {
	case ".gz", ".snappy":
		return suffix[1:]
	default:
		return ""
	}
}

// mostUnfolded is how many times the size of its file a snapshot may unpack to.
// More is no tree but somebody's joke, and would be kept in memory.
const mostUnfolded = 250

var errUnfolds = fmt.Errorf("it unpacks to more than %d times its size", mostUnfolded)

func openSnapshot(f fs.File, name string) (*snapStream, *Problem) {
	s := &snapStream{name: name, file: counter{r: bufio.NewReader(f)}}
	s.contents.r = &s.file
	kind := compression(name)
	if s.packed = kind != ""; s.packed {
		unpacked, err := unpacker(kind, &s.file)
		if err != nil {
			p := &Problem{File: name, Fatal: true, What: ending(err).Error()}
			p.foreign = errors.Is(err, errNotGzip) || errors.Is(err, errNotSnappy)
			return nil, s.judge(p)
		}
		s.contents.r = &bounded{r: unpacked, of: &s.file}
	}
	s.r = bufio.NewReader(&s.contents)
	return s, nil
}

var errNotGzip = errors.New("this is not packed with gzip")

// unpacker returns what unpacks a file.
func unpacker(kind string, r io.Reader) (io.Reader, error) {
	if kind == "snappy" {
		return newSnappyReader(r)
	}
	unzipped, err := gzip.NewReader(r)
	if errors.Is(err, gzip.ErrHeader) {
		err = errNotGzip
	}
	return unzipped, err
}

// judge says of a problem how ZooKeeper takes it. A snapshot that does not end
// as one should is what a crash leaves when it strikes while it is written: it is
// skipped, and nobody minds (SnapStream.isValidSnapshot; a packed one it begins
// to read, and gives up).
func (s *snapStream) judge(p *Problem) *Problem {
	p.Unpacked = s.packed
	_, err := io.Copy(io.Discard, &s.contents)
	brokenOff := err == nil && !s.contents.endsSnapshot() || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	switch {
	case s.file.n == 0:
		p.What = "the file is empty: ZooKeeper skips it"
	case brokenOff && !p.foreign:
		p.What += ": it was not written to its end, and ZooKeeper skips it"
	default:
		return p
	}
	p.Fatal, p.Torn = false, true
	return p
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// tail reads through and remembers the last bytes.
type tail struct {
	r    io.Reader
	last [len(endOfSnapshot)]byte
}

// endOfSnapshot is how a plain snapshot ends, whatever the version: the text "/".
const endOfSnapshot = "\x00\x00\x00\x01/"

func (t *tail) Read(b []byte) (int, error) {
	n, err := t.r.Read(b)
	if k := len(t.last); n >= k {
		copy(t.last[:], b[n-k:n])
	} else {
		copy(t.last[:], t.last[n:])
		copy(t.last[k-n:], b[:n])
	}
	return n, err
}

func (t *tail) endsSnapshot() bool { return string(t.last[:]) == endOfSnapshot }

// bounded unpacks up to a bound. After an error it stays with it.
type bounded struct {
	r   io.Reader
	of  *counter
	n   int64
	err error
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.r.Read(p)
	if b.n += int64(n); b.n > b.of.n*mostUnfolded {
		n, err = 0, errUnfolds
	}
	b.err = err
	return n, err
}
