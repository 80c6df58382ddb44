package zab

import (
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/zabsim/zabsim/nodes"
)

// Txn is a transaction as the leader numbered it: an idempotent change of the
// state, and whose request it carries out. It is immutable and shared by all
// messages, logs and clones of the world that mention it.
type Txn struct {
	Zxid   Zxid
	Client nodes.ClientID
	Seq    uint32
	// Origin is the server the client is connected to; it answers once it
	// applies the transaction. In ZooKeeper the session table says so.
	Origin nodes.ID
	// Opens says that it opens the client's session; Moved that it changes
	// nothing, because the client's session has left Origin (R-CLI-8).
	Opens, Moved bool
	Body         []byte
	// Fill, if it is not 0, says that the record is the last one of its log file,
	// and how much the file takes besides its records: the space that ZooKeeper
	// allocated in advance. Only what real servers left behind has it.
	Fill int
	// Digest is that of Body, computed once.
	Digest nodes.Digest `zabsim:"-"`
}

// Kind implements [nodes.Record].
func (t *Txn) Kind() string { return "txn" }

// Position implements [nodes.Record].
func (t *Txn) Position() nodes.Position { return t.Zxid.Position() }

// String returns "txn 1.3".
func (t *Txn) String() string { return "txn " + t.Zxid.String() }

// AppendTo implements [nodes.Record].
func (t *Txn) AppendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(t.Zxid))
	b = binary.BigEndian.AppendUint16(b, uint16(t.Client))
	b = binary.BigEndian.AppendUint32(b, t.Seq)
	b = append(b, byte(t.Origin)^flag(t.Opens)<<6^flag(t.Moved)<<7) // an ID takes six bits
	b = binary.AppendUvarint(b, uint64(len(t.Body)))
	return appendFill(append(b, t.Body...), t.Fill)
}

// appendFill leaves out what few have.
func appendFill(b []byte, fill int) []byte {
	if fill == 0 {
		return b
	}
	return binary.AppendUvarint(b, uint64(fill))
}

func flag(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// size is about what the transaction takes in a log file, in bytes.
func (t *Txn) size() int { return 40 + len(t.Body) + t.Fill }

// firstAt returns the place of the first transaction at or beyond z. It looks
// from the front, as ZooKeeper does: some defects leave a log out of order.
func firstAt(txns []*Txn, z Zxid) int {
	for i, t := range txns {
		if t.Zxid >= z {
			return i
		}
	}
	return len(txns)
}

// beyond returns the transactions from the first one after z on.
func beyond(txns []*Txn, z Zxid) []*Txn { return txns[firstAt(txns, z+1):] }

// ascending returns the transactions without those that are not beyond all
// before them.
func ascending(txns []*Txn) []*Txn {
	var last Zxid
	return slices.DeleteFunc(slices.Clone(txns), func(t *Txn) bool {
		repeats := t.Zxid <= last
		last = max(last, t.Zxid)
		return repeats
	})
}

// Snapshot is an image of the whole state, as a snapshot file holds it and as
// SNAP transfers it. It is immutable.
type Snapshot struct {
	// Zxid is the last transaction in the image, or the marker of the epoch
	// whose initial history it is.
	Zxid    Zxid
	History nodes.History
	State   []byte
	// LogFrom is the number of records in the log file that do not lead up to
	// or follow this image: a SNAP leaves what was in the log before it there
	// (R-DUR-20). ZooKeeper does not note it, and later takes those records for
	// history (ZOOKEEPER-2846, S-9).
	LogFrom int
	// LogBase is the zxid after which the records from LogFrom on continue.
	LogBase Zxid
	// Fill is how much larger the file is than its contents here would make it,
	// if a real server left it behind.
	Fill int
}

// Kind implements [nodes.Record].
func (s *Snapshot) Kind() string { return "snapshot" }

// Position implements [nodes.Record].
func (s *Snapshot) Position() nodes.Position { return s.Zxid.Position() }

// String returns "snapshot 1.3".
func (s *Snapshot) String() string { return "snapshot " + s.Zxid.String() }

// AppendTo implements [nodes.Record].
func (s *Snapshot) AppendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(s.Zxid))
	b = binary.BigEndian.AppendUint64(b, uint64(s.LogBase))
	b = binary.AppendUvarint(b, uint64(s.LogFrom))
	b = binary.AppendUvarint(b, s.History.Len)
	b = binary.AppendUvarint(b, s.History.Last.Epoch)
	b = binary.AppendUvarint(b, s.History.Last.Index)
	b = binary.BigEndian.AppendUint64(b, uint64(s.History.Digest))
	b = binary.AppendUvarint(b, uint64(len(s.State)))
	return appendFill(append(b, s.State...), s.Fill)
}

// size is about what the image takes in a snapshot file, in bytes.
func (s *Snapshot) size() int { return 100 + len(s.State) + s.Fill }

// Epoch is the content of the files acceptedEpoch and currentEpoch.
type Epoch uint64

// Kind implements [nodes.Record].
func (e Epoch) Kind() string { return "epoch" }

// Position implements [nodes.Record]. An epoch has no place in the history.
func (e Epoch) Position() nodes.Position { return nodes.Position{} }

// Number implements [nodes.Numbered].
func (e Epoch) Number() uint64 { return uint64(e) }

// String returns "epoch 3".
func (e Epoch) String() string { return "epoch " + strconv.FormatUint(uint64(e), 10) }

// AppendTo implements [nodes.Record].
func (e Epoch) AppendTo(b []byte) []byte { return binary.BigEndian.AppendUint64(b, uint64(e)) }
