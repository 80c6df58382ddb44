package zkdata

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zabsim/zabsim/nodes/zab"
)

// Type says what a transaction does, in ZooKeeper's numbers (ZooDefs.OpCode).
type Type int32

// The types of transactions.
const (
	Create          Type = 1
	Delete          Type = 2
	SetData         Type = 5
	SetACL          Type = 7
	Check           Type = 13 // in a multi only
	Multi           Type = 14
	Create2         Type = 15
	Reconfig        Type = 16
	CreateContainer Type = 19
	DeleteContainer Type = 20
	CreateTTL       Type = 21
	Error           Type = -1 // a write that failed; it uses up a zxid (R-ZXID-3)
	CreateSession   Type = -10
	CloseSession    Type = -11
)

// String returns ZooKeeper's name of the type; create2 is a create.
func (t Type) String() string {
	switch t {
	case Create, Create2:
		return "create"
	case Delete:
		return "delete"
	case SetData:
		return "setData"
	case SetACL:
		return "setACL"
	case Check:
		return "check"
	case Multi:
		return "multi"
	case Reconfig:
		return "reconfig"
	case CreateContainer:
		return "createContainer"
	case DeleteContainer:
		return "deleteContainer"
	case CreateTTL:
		return "createTTL"
	case Error:
		return "error"
	case CreateSession:
		return "createSession"
	case CloseSession:
		return "closeSession"
	default:
		return "type " + strconv.Itoa(int(t))
	}
}

// Txn is a transaction as a log file has it.
type Txn struct {
	Zxid    zab.Zxid
	Session int64
	Cxid    int32     // the request's number within its session
	Time    time.Time // the leader's clock when it was proposed, to the millisecond
	Change
	// Digest is that of the tree after the transaction, by the leader's reckoning;
	// HasDigest says that there is one (ZooKeeper 3.6).
	Digest    int64
	HasDigest bool
}

// Change is what a transaction, or one part of a multi, does.
type Change struct {
	Type      Type
	Path      string
	Data      []byte
	Version   int32 // of the data after a setData; the ACL's after a setACL; what a check found
	Ephemeral bool
	// ParentVersion is the number of changes to the children of the parent after
	// a create; -1 in logs of ZooKeeper before 3.3.
	ParentVersion int32
	TTL           time.Duration // of a createTTL
	Timeout       time.Duration // of a createSession
	Code          Code          // of an error
	Paths         []string      // ephemeral nodes that go with a closed session
	Parts         []Change      // of a multi
}

// readTxn reads the payload of a record.
func readTxn(payload []byte, at int64) (Txn, *juteReader) {
	j := newJuteReader(bytes.NewReader(payload), at)
	t := Txn{Session: j.int64(), Cxid: j.int32(), Zxid: zab.Zxid(j.int64()), Time: time.UnixMilli(j.int64()).UTC()}
	kind := Type(j.int32())
	body := j.at
	t.Change = j.change(kind)
	if kind == Create && j.failure != nil {
		// ZooKeeper before 3.3 wrote no version of the parent.
		old := newJuteReader(bytes.NewReader(payload[min(body-at, int64(len(payload))):]), body)
		if t.Change = old.oldCreate(); old.failure == nil {
			j = old
		}
	}
	end := at + int64(len(payload))
	switch {
	case j.failure != nil:
	case end-j.at == 12: // version of the digest, digest
		j.int32()
		t.Digest, t.HasDigest = j.int64(), true
	case end != j.at:
		j.fail(j.at, fmt.Errorf("%d bytes are left over after the transaction", end-j.at))
	}
	return t, j
}

func (j *juteReader) change(kind Type) Change {
	c := Change{Type: kind}
	switch kind {
	case Create, Create2:
		c.Path, c.Data = j.pathAndData()
		j.acls()
		c.Ephemeral = j.bool()
		c.ParentVersion = j.int32()
	case CreateTTL:
		c.Path, c.Data = j.pathAndData()
		j.acls()
		c.ParentVersion = j.int32()
		c.TTL = j.milliseconds(j.int64())
	case CreateContainer:
		c.Path, c.Data = j.pathAndData()
		j.acls()
		c.ParentVersion = j.int32()
	case Delete, DeleteContainer:
		c.Path = j.text()
	case SetData, Reconfig:
		c.Path, c.Data = j.pathAndData()
		c.Version = j.int32()
	case SetACL:
		c.Path = j.text()
		j.acls()
		c.Version = j.int32()
	case Check:
		c.Path, c.Version = j.text(), j.int32()
	case CreateSession:
		c.Timeout = j.milliseconds(int64(j.int32()))
	case CloseSession:
		j.closeSession(&c)
	case Error:
		c.Code = Code(j.int32())
	case Multi:
		j.each(func() { c.Parts = append(c.Parts, j.part()) })
	default:
		j.fail(j.at-4, fmt.Errorf("%d is no type of transaction", int32(kind)))
	}
	return c
}

func (j *juteReader) oldCreate() Change {
	c := Change{Type: Create, ParentVersion: -1}
	c.Path, c.Data = j.pathAndData()
	j.acls()
	c.Ephemeral = j.bool()
	return c
}

// closeSession reads which ephemeral nodes go with the session. ZooKeeper
// before 3.6 wrote nothing at all here.
func (j *juteReader) closeSession(c *Change) {
	if rest, ok := j.r.(*bytes.Reader); ok && rest.Len() == 0 {
		return
	}
	j.each(func() { c.Paths = append(c.Paths, j.text()) })
}

// part reads one part of a multi: a type and a buffer with the rest.
func (j *juteReader) part() Change {
	at := j.at
	kind := Type(j.int32())
	inner := newJuteReader(bytes.NewReader(j.buffer()), at+8)
	if kind == Multi {
		j.fail(at, errors.New("a multi within a multi"))
	}
	if j.failure != nil {
		return Change{}
	}
	c := inner.change(kind)
	if inner.failure != nil {
		j.fail(inner.where, inner.failure)
	}
	return c
}

func (j *juteReader) pathAndData() (string, []byte) { return j.text(), j.buffer() }

// acls skips a list of who may do what.
func (j *juteReader) acls() {
	j.each(func() {
		j.int32()  // permissions
		j.buffer() // scheme
		j.buffer() // id
	})
}

// milliseconds refuses times that do not fit a Duration.
func (j *juteReader) milliseconds(ms int64) time.Duration {
	if ms < 0 || ms > int64(1<<63-1)/int64(time.Millisecond) {
		j.fail(j.at, fmt.Errorf("%d ms is no time", ms))
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}

// String returns what the transaction does: "17.5 setData /h/k0=c4.178 v144".
func (t *Txn) String() string { return t.Zxid.String() + " " + t.Change.String() }

// String returns what is done: "create /a=1", "error BADVERSION".
func (c *Change) String() string {
	var b strings.Builder
	b.WriteString(c.Type.String())
	if c.Path != "" {
		b.WriteString(" " + c.Path)
	}
	if len(c.Data) > 0 {
		b.WriteString("=" + printable(c.Data))
	}
	if c.Ephemeral {
		b.WriteString(" ephemeral")
	}
	switch c.Type {
	case SetData, SetACL, Check, Reconfig:
		b.WriteString(" v" + strconv.Itoa(int(c.Version)))
	case CreateTTL:
		b.WriteString(" ttl " + c.TTL.String())
	case CreateSession:
		b.WriteString(" " + c.Timeout.String())
	case Error:
		b.WriteString(" " + c.Code.String())
	}
	for _, path := range c.Paths {
		b.WriteString(" -" + path)
	}
	for i := range c.Parts {
		b.WriteString([]string{" { ", "; "}[min(i, 1)] + c.Parts[i].String())
	}
	if len(c.Parts) > 0 {
		b.WriteString(" }")
	}
	return b.String()
}

// mostShown is how many bytes of data are printed.
const mostShown = 60

// printable shows data as text if it is text, quoted otherwise.
func printable(data []byte) string {
	more := ""
	if len(data) > mostShown {
		data, more = data[:mostShown], "..."
	}
	quoted := strconv.Quote(string(data))
	if plain := quoted[1 : len(quoted)-1]; plain == string(data) && !strings.Contains(plain, " ") {
		return plain + more
	}
	return quoted + more
}
