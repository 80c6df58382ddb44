package zab

import "github.com/zabsim/zabsim/nodes"

// Synchronization, phase 2 of the paper, as the leader sees it: a learner says
// which zxid it has last, and the leader sends what takes it from there to the
// leader's own history.

// syncMode is how a learner is brought to the leader's history.
type syncMode uint8

const (
	noSync syncMode = iota
	syncDiff
	syncTrunc
	syncSnap
)

// transfer is what the leader decides to send.
type transfer struct {
	mode syncMode
	zxid Zxid // of the DIFF or TRUNC
	// fromDisk and fromMemory are sent as PROPOSAL and COMMIT, in this order.
	fromDisk, fromMemory []*Txn
	// upTo is the last zxid the learner has after that; what is proposed beyond
	// it is forwarded.
	upTo Zxid
}

// syncLearner sends a learner the initial history: one of DIFF, TRUNC and SNAP,
// the transactions that go with it, what is still outstanding, and NEWLEADER.
// From then on the learner gets every new proposal. Choosing and starting to
// forward is one step, or a proposal could fall in between (R-SYNC-L-1,
// R-SYNC-L-10).
func (n *Node) syncLearner(h *handler) {
	n.sendHistory(h)
	n.out.SendOn(h.conn, h.peer, NewLeader{n.leader.epoch})
	n.awaitNewLeaderAck(h)
}

func (n *Node) awaitNewLeaderAck(h *handler) {
	h.sending = true
	h.stage = expectsNewLeaderAck
	n.setReadTimer(h.conn, n.cfg.initTime())
}

// sendHistory sends what the learner lacks, and from then on all that is new.
// This is the only way in which transactions of older epochs travel, under their
// old zxids; they are never proposed again (R-BC-18).
func (n *Node) sendHistory(h *handler) {
	t := n.chooseTransfer(h.ack.zxid)
	if !n.cfg.has(ackOutlivesCut) {
		n.takeBackAcks(h, t.upTo)
	}
	switch t.mode {
	case syncDiff:
		n.out.SendOn(h.conn, h.peer, Diff{t.zxid})
	case syncTrunc:
		n.out.SendOn(h.conn, h.peer, Trunc{t.zxid})
	default:
		n.out.SendOn(h.conn, h.peer, Snap{n.image()})
	}
	n.sendCommitted(h, t.fromDisk)
	n.sendCommitted(h, t.fromMemory)
	if !n.cfg.has(forwardLate) {
		n.startForwarding(h, t.upTo)
	}
}

// takeBackAcks forgets what a learner has acknowledged beyond upTo. It is about
// to cut that off, to get it once more as a proposal, and until it acknowledges
// it again a crash could leave it without. Acknowledgements that are still under
// way on an older connection must not count either.
func (n *Node) takeBackAcks(h *handler, upTo Zxid) {
	l := &n.leader
	for i := range l.outstanding {
		if p := &l.outstanding[i]; p.txn.Zxid > upTo {
			p.acks = p.acks.Without(h.peer)
		}
	}
	for i := range l.handlers {
		if old := &l.handlers[i]; old.peer == h.peer && old.conn != h.conn {
			old.replaced = true
		}
	}
}

func (n *Node) sendCommitted(h *handler, txns []*Txn) {
	for _, t := range txns {
		n.out.SendOn(h.conn, h.peer, Proposal{t})
		n.out.SendOn(h.conn, h.peer, n.commits.make(Commit{t.Zxid}))
	}
}

// startForwarding sends what is outstanding beyond seen, which an observer does
// not get, and everything from now on (R-SYNC-L-9). ZooKeeper also sends what
// is committed and not applied yet; here a commit is applied at once.
func (n *Node) startForwarding(h *handler, seen Zxid) {
	h.forwarding = true
	if h.observer {
		return
	}
	for i := range n.leader.outstanding {
		if t := n.leader.outstanding[i].txn; t.Zxid > seen {
			n.out.SendOn(h.conn, h.peer, Proposal{t})
		}
	}
}

// chooseTransfer decides between DIFF, TRUNC and SNAP for a learner whose last
// zxid is peer (R-SYNC-L-3).
func (n *Node) chooseTransfer(peer Zxid) transfer {
	lowest, highest := n.db.bounds()
	var t transfer
	switch last := n.db.lastProcessed; {
	case peer == last:
		n.note("sync-diff-empty", "")
		t = transfer{mode: syncDiff, zxid: peer, upTo: peer}
	case peer > highest && !n.startsEpoch(peer):
		n.note("sync-trunc-to-max", "")
		t = transfer{mode: syncTrunc, zxid: highest, upTo: highest}
	case n.cfg.has(committedLogFromZero) && peer <= highest:
		t = n.scan(append([]*Txn{{}}, n.db.committedLog...), peer, highest)
	case lowest <= peer && peer <= highest:
		t = n.scan(n.db.committedLog, peer, highest)
	case peer < lowest && n.cfg.SnapshotSizeFactor >= 0 && !n.cfg.has(oldDecision):
		t = n.diskTransfer(peer)
	}
	if t.mode == syncTrunc && n.cfg.has(skipTrunc) {
		t.mode = syncDiff
	}
	if t.mode == noSync {
		n.note("sync-snap", "")
		t = transfer{mode: syncSnap, upTo: n.db.lastProcessed} // R-SYNC-L-5
	}
	return t
}

// scan looks for peer among transactions in order, and decides by what it finds
// at its place (R-SYNC-L-4). highest is the zxid that DIFF names.
func (n *Node) scan(txns []*Txn, peer, highest Zxid) transfer {
	i := firstAt(txns, peer)
	t := transfer{mode: syncDiff, zxid: highest, fromMemory: txns[i:], upTo: peer}
	if len(txns) > 0 {
		t.upTo = max(peer, txns[len(txns)-1].Zxid)
	}
	switch {
	case i < len(txns) && txns[i].Zxid == peer:
		n.note("sync-diff", "")
		t.fromMemory = txns[i+1:]
	case n.startsEpoch(peer):
		// The learner led that epoch, or got a SNAP from its leader, and has nothing
		// of it (S-4).
		n.note("sync-diff-new-epoch", "")
	case i == len(txns):
		return transfer{}
	case n.cfg.has(rangeOnly):
		n.note("sync-diff-unchecked", "")
	case txns[i].Zxid.Epoch() != peer.Epoch() && !n.cfg.has(oldDecision):
		n.note("sync-trunc-across-epochs", "Cannot send TRUNC, peer zxid is from different epoch")
		return transfer{}
	default:
		// The learner has proposals of a dead leader, from before this one.
		n.note("sync-trunc", "")
		t.mode, t.zxid = syncTrunc, txns[i-1].Zxid
	}
	return t
}

// startsEpoch reports whether a learner's last zxid stands for the beginning of
// an epoch and not for a transaction; 3.4 does not know such zxids (S-4,
// R-SYNC-L-7).
func (n *Node) startsEpoch(z Zxid) bool { return z.Marker() && !n.cfg.has(oldDecision) }

// diskTransfer serves a learner that is behind committedLog from the log files
// (R-SYNC-L-6).
func (n *Node) diskTransfer(peer Zxid) transfer {
	lowest, highest := n.db.bounds()
	txns := n.files.readFrom(peer, n.logSizeLimit())
	if txns == nil {
		n.note("sync-disk-unavailable", "")
		return transfer{}
	}
	end := firstAt(txns, lowest+1)
	t := n.scan(txns[:end], peer, highest)
	if t.mode == noSync {
		return t
	}
	if t.upTo < lowest {
		n.note("sync-disk-gap", "Detected gap between end of txnlog and start of committedLog")
		return transfer{}
	}
	n.note("sync-disk", "")
	t.fromDisk = t.fromMemory
	t.fromMemory = beyond(n.db.committedLog, t.upTo)
	t.upTo = max(t.upTo, highest)
	return t
}

// logSizeLimit returns how many bytes of log files beyond the first a DIFF may
// read; 0 is no limit.
func (n *Node) logSizeLimit() int {
	return n.files.newest().size() * n.cfg.SnapshotSizeFactor / 100
}

// readFrom returns the transactions of the log file that holds peer and of all
// later files, or nil if the log does not go back that far or the later files
// take more than limit bytes.
func (f *files) readFrom(peer Zxid, limit int) []*Txn {
	if len(f.log) == 0 || f.log[0].Zxid > peer {
		return nil
	}
	first, second := 0, len(f.log)
	for _, start := range f.starts {
		if start == len(f.log) || f.log[start].Zxid >= peer {
			second = start
			break
		}
		first = start
	}
	size := 0
	for _, t := range f.log[second:] {
		size += t.size()
	}
	if limit > 0 && size > limit {
		return nil
	}
	return ascending(f.log[first:])
}

// broadcast sends a message to every learner that follows the broadcast; to
// observers or to the others. A proposal is sent before its commit, and commits
// in order (R-BC-9).
func (n *Node) broadcast(m nodes.Message, observers bool) {
	for i := range n.leader.handlers {
		if h := &n.leader.handlers[i]; h.forwarding && h.observer == observers && (h.stage == receiving || !n.cfg.has(commitsFromUpToDate)) {
			n.out.SendOn(h.conn, h.peer, m)
		}
	}
}
