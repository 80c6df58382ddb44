package zkdata

import (
	"cmp"
	"iter"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
)

// History is which transactions led to where a server is: for each epoch in
// which some survived, the last of them. It follows from the last transaction
// alone as long as one stays within an epoch, where the counter leaves nothing
// out (R-ZXID-3); and the log of anybody who was there when an epoch began has
// what was the last transaction before it.
type History struct {
	// Stretches are the epochs, newest first.
	Stretches []Stretch
	// Since is the first transaction known to belong: nothing is known of what
	// was before it. It is 0 if all is known.
	Since zab.Zxid
}

// Stretch is the transactions of an epoch that survived: 1 to Last.
type Stretch struct{ Epoch, Last uint64 }

// Has reports whether a transaction belongs to the history, if that is known.
func (h *History) Has(z zab.Zxid) (has, known bool) {
	if len(h.Stretches) == 0 || z < h.Since {
		return false, false
	}
	for _, s := range h.Stretches {
		if s.Epoch == z.Epoch() {
			return z.Counter() <= s.Last, true
		}
	}
	return z.Marker() && z < h.end(), true
}

// lacks reports whether a transaction is known not to belong.
func (h *History) lacks(z zab.Zxid) bool {
	has, known := h.Has(z)
	return known && !has
}

// end returns the last transaction.
func (h *History) end() zab.Zxid {
	if len(h.Stretches) == 0 {
		return 0
	}
	return zab.MakeZxid(h.Stretches[0].Epoch, h.Stretches[0].Last)
}

// Before returns the last transaction of the history that is not beyond z.
func (h *History) Before(z zab.Zxid) zab.Zxid {
	for _, s := range h.Stretches {
		if s.Epoch <= z.Epoch() {
			return min(z, zab.MakeZxid(s.Epoch, s.Last))
		}
	}
	return 0
}

// After returns the transactions of the history beyond z, oldest first, if it is
// known how it went on from there.
func (h *History) After(z zab.Zxid) (after iter.Seq[zab.Zxid], known bool) {
	return func(yield func(zab.Zxid) bool) {
		for _, s := range slices.Backward(h.Stretches) {
			for next := max(z+1, zab.MakeZxid(s.Epoch, 1)); next <= zab.MakeZxid(s.Epoch, s.Last); next++ {
				if !yield(next) {
					return
				}
			}
		}
	}, h.Since <= z+1
}

// HistoryOf returns the history of a server that ends with last, as far as the
// logs of all servers tell. Where they differ on how an epoch began, what it
// would replay itself counts, and then what most say.
func HistoryOf(own *Server, last zab.Zxid, servers []*Server) History {
	joints := jointsIn(servers)
	base, _ := own.Base()
	var h History
	for last != 0 {
		if !last.Marker() {
			h.Stretches = append(h.Stretches, Stretch{last.Epoch(), last.Counter()})
		}
		first := zab.MakeZxid(last.Epoch(), 1)
		witness := nodes.ID(0)
		if first > base.Zxid {
			witness = own.ID
		}
		before, known := beginning(joints, first, witness)
		if !known {
			if !beginsWith(servers, first) {
				h.Since = first
			}
			break
		}
		last = before
	}
	return h
}

// joint is a place where an epoch begins in somebody's log.
type joint struct {
	before, first zab.Zxid
	seenBy        nodes.Set
}

// beginning returns the last transaction before an epoch: as the witness has
// it, if it has, or else as most do.
func beginning(joints []joint, first zab.Zxid, witness nodes.ID) (before zab.Zxid, known bool) {
	var most nodes.Set
	for _, j := range joints {
		switch {
		case j.first != first:
		case witness != 0 && j.seenBy.Has(witness):
			return j.before, true
		case j.seenBy.Len() > most.Len():
			before, most = j.before, j.seenBy
		}
	}
	return before, most != 0
}

// beginsWith reports whether first is the beginning of everything: some log
// begins with it on top of the empty tree.
func beginsWith(servers []*Server, first zab.Zxid) bool {
	return slices.ContainsFunc(servers, func(s *Server) bool {
		return len(s.Entries) > 0 && s.Entries[0].Zxid == first &&
			slices.ContainsFunc(s.Snapshots, func(f SnapshotFile) bool { return f.Zxid == 0 })
	})
}

// jointsIn finds the joints in all logs. One with a snapshot in between proves
// nothing: the server may have got there by SNAP, which leaves what was in the
// log before (R-DUR-20).
func jointsIn(servers []*Server) []joint {
	var joints []joint
	for _, s := range servers {
		for i := 1; i < len(s.Entries); i++ {
			before, first := s.Entries[i-1].Zxid, s.Entries[i].Zxid
			if first.Counter() == 1 && before.Epoch() < first.Epoch() && !s.snapshotWithin(before, first) {
				joints = append(joints, joint{before, first, nodes.SetOf(s.ID)})
			}
		}
	}
	slices.SortStableFunc(joints, func(a, b joint) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.before, b.before))
	})
	merged := joints[:0]
	for _, j := range joints {
		if k := len(merged); k > 0 && merged[k-1].first == j.first && merged[k-1].before == j.before {
			merged[k-1].seenBy |= j.seenBy
			continue
		}
		merged = append(merged, j)
	}
	return merged
}

// snapshotWithin reports whether a snapshot was taken between two
// transactions, both excluded.
func (s *Server) snapshotWithin(after, before zab.Zxid) bool {
	return slices.ContainsFunc(s.Snapshots, func(f SnapshotFile) bool { return after < f.Zxid && f.Zxid < before })
}

// Run is a run of transactions without holes, within an epoch.
type Run struct{ From, To zab.Zxid }

// Len returns how many transactions it is.
func (r Run) Len() int { return int(r.To-r.From) + 1 }

// String returns "1.3..1.7", or "1.3" for a single one.
func (r Run) String() string {
	if r.From == r.To {
		return r.From.String()
	}
	return r.From.String() + ".." + r.To.String()
}

// runs gathers zxids, in ascending order, into runs.
func runs(zxids []zab.Zxid) []Run {
	var made []Run
	for _, z := range zxids {
		if k := len(made); k > 0 && z == made[k-1].To+1 && z.Epoch() == made[k-1].To.Epoch() {
			made[k-1].To = z
			continue
		}
		made = append(made, Run{z, z})
	}
	return made
}
