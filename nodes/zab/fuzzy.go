package zab

import "github.com/zabsim/zabsim/nodes"

// Fuzzy snapshots (R-DUR-9). ZooKeeper writes its snapshots in a thread of its
// own while transactions go on being applied. The image bears the zxid at which
// it was begun and may hold some of what came after; recovery applies the log
// from that zxid on, and what the image holds already is applied again.
//
// Only what is committed may get into an image. Then it does no harm if a power
// loss spares the image and not that part of the log: every leader from then on
// has the transactions, and sends them again. At the end of a role, though, a
// server applies what its log has besides (R-DUR-16); a TRUNC that takes it back
// goes by the names of snapshots, and would leave an image that was begun before.
// So an image that is not finished by then is given up. So it is when the state
// is replaced.

// snapThread is a fuzzy snapshot under way: ZooKeeper's snapshot thread.
type snapThread struct {
	header *Snapshot          // the snapshot without its State; nil: none is under way
	image  nodes.StateMachine // as far as it is copied
	todo   []string           // see [nodes.Fuzzy]
}

// takeSnapshot takes a snapshot, or begins to. One that is under way is not
// disturbed (R-DUR-8).
func (n *Node) takeSnapshot() {
	switch {
	case !n.cfg.FuzzySnapshots:
		n.saveSnapshot()
	case n.snap.header != nil:
		n.note("snapshot-skipped", "Too busy to snap, skipping")
	default:
		n.snap = snapThread{header: n.header(), image: n.cfg.machine()}
		n.copyPiece()
	}
}

// copyPiece copies the next piece of the state as it is now. The image goes to
// the disk as a whole: of one that a crash interrupted recovery takes no notice.
func (n *Node) copyPiece() {
	s := &n.snap
	if s.header == nil {
		return
	}
	s.image, s.todo = nodes.CopyPiece(n.db.replica.Machine, s.image, s.todo)
	if s.todo != nil {
		n.out.SetTimer(nodes.Timer{Name: snapshotTimer}, 0, n.cfg.SnapshotPieceTime)
		return
	}
	if n.cfg.has(snapshotNamedLate) {
		s.header = n.header()
	}
	n.note("snapshot-fuzzy", "")
	n.writeSnapshot(s.header.of(s.image))
	n.snap = snapThread{}
}

// giveUpSnapshot stops the snapshot that is under way.
func (n *Node) giveUpSnapshot() {
	if n.snap.header != nil {
		n.stopTimer(snapshotTimer)
		n.snap = snapThread{}
	}
}
