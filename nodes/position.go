package nodes

import (
	"cmp"
	"strconv"
)

// Position says where in the replicated history something stands: a zxid
// (epoch, counter), a Raft (term, index), a Paxos (ballot, slot).
// The zero Position stands before everything.
type Position struct{ Epoch, Index uint64 }

// Compare orders positions by epoch, then index.
func (p Position) Compare(q Position) int {
	if c := cmp.Compare(p.Epoch, q.Epoch); c != 0 {
		return c
	}
	return cmp.Compare(p.Index, q.Index)
}

// Less reports whether p stands before q.
func (p Position) Less(q Position) bool {
	return p.Epoch < q.Epoch || p.Epoch == q.Epoch && p.Index < q.Index
}

// String returns the short form "1.3": epoch, dot, index.
func (p Position) String() string { return string(p.AppendText(nil)) }

// AppendText appends the form that String returns.
func (p Position) AppendText(b []byte) []byte {
	b = strconv.AppendUint(b, p.Epoch, 10)
	b = append(b, '.')
	return strconv.AppendUint(b, p.Index, 10)
}
