package zkdata

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/zabsim/zabsim/nodes/zab"
)

// Znode is a node of the tree as a snapshot has it.
type Znode struct {
	Path     string // "/" for the root
	Data     []byte
	Created  zab.Zxid
	Modified zab.Zxid
	// ChildrenModified is the zxid of the last change of its children.
	ChildrenModified                 zab.Zxid
	Ctime, Mtime                     time.Time
	Version, ChildrenVersion, ACLAge int32
	Owner                            int64 // the session that an ephemeral node ends with; 0 for others
}

// Summary is what a snapshot amounts to.
type Summary struct {
	Sessions          []Session // that were open
	Nodes, Ephemerals int
	// DigestZxid is the transaction after which the tree had the digest that the
	// snapshot ends with; 0 in snapshots before ZooKeeper 3.6.
	DigestZxid zab.Zxid
}

// Session is an open session.
type Session struct {
	ID      int64
	Timeout time.Duration
}

// ReadSnapshot reads a snapshot file, also a packed one, and hands each node of its tree to visit,
// parents before their children. The error is a [*Problem] unless the file
// cannot be opened; what was visited before it is not to be trusted, for only
// the end of the file says whether the whole is sound.
func ReadSnapshot(dir fs.FS, name string, visit func(Znode)) (Summary, error) {
	f, err := dir.Open(name)
	if err != nil {
		return Summary{}, err
	}
	defer func() { _ = f.Close() }()
	stream, p := openSnapshot(f, name)
	if p != nil {
		return Summary{}, p
	}
	var s Summary
	j := newJuteReader(stream.r, 0)
	if p = readHeader(j, name, snapshotMagic, "snapshot"); p == nil {
		s.read(j, visit)
		p = j.problem(name)
	}
	if p != nil {
		return s, stream.judge(p)
	}
	return s, nil
}

func (s *Summary) read(j *juteReader, visit func(Znode)) {
	j.each(func() {
		open := Session{j.int64(), time.Duration(j.int32()) * time.Millisecond}
		if j.failure == nil {
			s.Sessions = append(s.Sessions, open)
		}
	})
	j.each(func() {
		j.int64() // number of an access control list
		j.acls()
	})
	s.readTree(j, visit)
	j.seal()
	s.readAddenda(j)
}

// readTree reads nodes, each after its parent, to the path that ends them. The
// root's path is the empty one.
func (s *Summary) readTree(j *juteReader, visit func(Znode)) {
	var above []string // the paths from the root to the node before
	for {
		at := j.at
		name := j.text()
		if j.failure != nil || name == "/" {
			return
		}
		parent := name[:max(strings.LastIndexByte(name, '/'), 0)]
		for len(above) > 0 && above[len(above)-1] != parent {
			above = above[:len(above)-1]
		}
		if orphan := len(above) == 0; orphan != (s.Nodes == 0 && name == "") {
			j.fail(at, fmt.Errorf("the node %q has no parent", name))
			return
		}
		z := j.znode(name)
		if j.failure != nil {
			return
		}
		above = append(above, name)
		s.Nodes++
		if z.Owner != 0 {
			s.Ephemerals++
		}
		visit(z)
	}
}

func (j *juteReader) znode(name string) Znode {
	z := Znode{Path: name, Data: j.buffer()}
	if name == "" {
		z.Path = "/"
	}
	j.int64() // number of its access control list
	z.Created, z.Modified = zab.Zxid(j.int64()), zab.Zxid(j.int64())
	z.Ctime, z.Mtime = time.UnixMilli(j.int64()).UTC(), time.UnixMilli(j.int64()).UTC()
	z.Version, z.ChildrenVersion, z.ACLAge = j.int32(), j.int32(), j.int32()
	z.Owner, z.ChildrenModified = j.int64(), zab.Zxid(j.int64())
	return z
}

// seal reads the checksum of all that came before, and the "/" after it.
func (j *juteReader) seal() {
	want, at := int64(j.sum.Sum32()), j.at
	got := j.int64()
	if j.failure == nil && got != want {
		j.fail(at, fmt.Errorf("the checksum is %#x, that of the %d bytes before it is %#x", uint64(got), at, want))
	}
	at = j.at
	if end := j.text(); j.failure == nil && end != "/" {
		j.fail(at, fmt.Errorf("the snapshot ends with %q, not with \"/\"", end))
	}
}

// sealedZxid is the length of the last addendum: a zxid and a seal.
const sealedZxid = 8 + 8 + 5

// readAddenda reads what newer versions add, each with a seal of its own: the
// digest of the tree (3.6), the last zxid (3.9).
func (s *Summary) readAddenda(j *juteReader) {
	more, ok := j.r.(*bufio.Reader)
	if !ok || j.failure != nil {
		return
	}
	switch rest, _ := more.Peek(sealedZxid + 1); len(rest) {
	case 0:
		return
	case sealedZxid:
	default:
		s.DigestZxid = zab.Zxid(j.int64())
		if j.int32() < 2 { // the version of the digest
			j.text()
		} else {
			j.int64()
		}
		j.seal()
		if _, err := more.Peek(1); err != nil {
			return
		}
	}
	j.int64()
	j.seal()
	if _, err := more.Peek(1); j.failure == nil && err == nil {
		j.fail(j.at, errors.New("something follows the end of the snapshot"))
	}
}
