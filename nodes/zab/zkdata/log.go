package zkdata

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"io/fs"
	"iter"

	"github.com/zabsim/zabsim/nodes"
)

// Record is a transaction in its place in a log file.
type Record struct {
	Txn
	Offset int64 // of the record's first byte
	// Content identifies the transaction without the digest of the tree: servers
	// that agree have the same for a zxid.
	Content nodes.Digest
}

const (
	logMagic      = "ZKLG"
	snapshotMagic = "ZKSN"
	formatVersion = 2
	endOfRecord   = 0x42
)

// Log yields the records of a log file, in the order of the file. If the file
// does not end as it should, the last thing yielded is a [*Problem].
func Log(dir fs.FS, name string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		f, err := dir.Open(name)
		if err != nil {
			yield(Record{}, err)
			return
		}
		defer func() { _ = f.Close() }()
		l := logReader{name: name, r: bufio.NewReader(f)}
		if p := l.header(); p != nil {
			yield(Record{}, p)
			return
		}
		for {
			r, err := l.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// logReader reads one log file.
type logReader struct {
	name string
	r    *bufio.Reader
	at   int64
}

func (l *logReader) torn(at int64, what string) *Problem {
	return &Problem{File: l.name, Offset: at, What: what}
}

func (l *logReader) fatal(at int64, what string) *Problem {
	return &Problem{File: l.name, Offset: at, Fatal: true, What: what}
}

// header reads what every log file begins with.
func (l *logReader) header() *Problem {
	j := newJuteReader(l.r, 0)
	p := readHeader(j, l.name, logMagic, "log")
	l.at = j.at
	return p
}

// readHeader reads the magic, the version and the database's id.
func readHeader(j *juteReader, name, magic, kind string) *Problem {
	var found [4]byte
	j.fill(found[:])
	version := j.int32()
	j.int64()
	switch {
	case j.failure != nil && !errors.Is(j.failure, errEnds):
		return &Problem{File: name, Offset: j.where, Fatal: true, What: j.failure.Error()}
	case j.failure != nil && j.at == 0:
		return &Problem{File: name, Fatal: true, What: "the file is empty"}
	case string(found[:]) != magic && j.at >= 4:
		return &Problem{File: name, Fatal: true, foreign: true, What: fmt.Sprintf("this is no %s of ZooKeeper: it begins with %q, not with %q", kind, found, magic)}
	case j.failure != nil:
		return &Problem{File: name, Offset: j.where, Fatal: true, What: "the file ends within its header"}
	case version != formatVersion:
		return &Problem{File: name, Offset: 4, Fatal: true, What: fmt.Sprintf("version %d of the format; only %d is known", version, formatVersion)}
	}
	return nil
}

// next reads a record. At the end of the log it returns io.EOF.
func (l *logReader) next() (Record, error) {
	start := l.at
	j := newJuteReader(l.r, start)
	checksum, length := j.int64(), j.int32()
	l.at = j.at
	switch {
	case j.at == start:
		return Record{}, io.EOF // a log that ends with a record, without preallocation
	case j.failure != nil:
		return Record{}, l.torn(start, "the log breaks off within a record")
	case length == 0:
		return Record{}, l.rest(start, checksum != 0)
	case length < 0:
		return Record{}, l.fatal(start+8, fmt.Sprintf("%d is no length of a record", length))
	}
	payload, problem := l.payload(start, int64(length))
	if problem != nil {
		return Record{}, problem
	}
	if int64(adler32.Checksum(payload)) != checksum {
		return Record{}, l.fatal(start, fmt.Sprintf("the checksum of the record is %#x, that of its %d bytes is %#x",
			uint64(checksum), length, adler32.Checksum(payload)))
	}
	t, inner := readTxn(payload, start+12)
	if p := inner.problem(l.name); p != nil {
		return Record{}, p
	}
	if t.HasDigest {
		payload = payload[:len(payload)-12]
	}
	return Record{t, start, nodes.Digest(0).Bytes(payload)}, nil
}

// payload reads what lies between length and end mark, and the mark.
func (l *logReader) payload(start, length int64) ([]byte, *Problem) {
	var b bytes.Buffer
	n, err := io.CopyN(&b, l.r, length)
	l.at += n
	if err != nil {
		return nil, l.torn(start, fmt.Sprintf("the log breaks off within a record of %d bytes", length))
	}
	mark, err := l.r.ReadByte()
	if err != nil {
		return nil, l.torn(start, "the log breaks off before the end mark of a record")
	}
	l.at++
	if mark != endOfRecord {
		return nil, l.torn(start, fmt.Sprintf("the record does not end with %#x but with %#x: it was written in part", endOfRecord, mark))
	}
	return b.Bytes(), nil
}

// rest looks at what follows the last record: zeros. Anything else ZooKeeper
// would never look at.
func (l *logReader) rest(start int64, junk bool) error {
	at := start
	for !junk {
		chunk, err := l.r.Peek(l.r.Size())
		if i := bytes.IndexFunc(chunk, func(r rune) bool { return r != 0 }); i >= 0 {
			at, junk = l.at+int64(i), true
		}
		if err != nil && !junk {
			return io.EOF
		}
		n, _ := l.r.Discard(len(chunk))
		l.at += int64(n)
	}
	return l.torn(at, fmt.Sprintf("the log ends at byte %d, and yet something follows", start))
}
