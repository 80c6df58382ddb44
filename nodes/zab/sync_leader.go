package zab

import (
	"sort"

	"github.com/zabsim/zabsim/nodes"
)

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
	t := n.chooseTransfer(h.ack.zxid)
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
	n.startForwarding(h, t.upTo)
	n.out.SendOn(h.conn, h.peer, NewLeader{n.leader.epoch})
	h.sending = true
	h.stage = expectsNewLeaderAck
	n.setReadTimer(h.conn, n.cfg.initTime())
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
	case peer > highest && !peer.Marker():
		n.note("sync-trunc-to-max", "")
		t = transfer{mode: syncTrunc, zxid: highest, upTo: highest}
	case lowest <= peer && peer <= highest:
		t = n.scan(n.db.committedLog, peer, highest)
	case peer < lowest && n.cfg.SnapshotSizeFactor >= 0:
		t = n.diskTransfer(peer)
	}
	if t.mode == syncTrunc && n.cfg.defects.skipTrunc {
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
	i := sort.Search(len(txns), func(i int) bool { return txns[i].Zxid >= peer })
	t := transfer{mode: syncDiff, zxid: highest, fromMemory: txns[i:], upTo: peer}
	if len(txns) > 0 {
		t.upTo = max(peer, txns[len(txns)-1].Zxid)
	}
	switch {
	case i < len(txns) && txns[i].Zxid == peer:
		n.note("sync-diff", "")
		t.fromMemory = txns[i+1:]
	case peer.Marker():
		// The learner led that epoch, or got a SNAP from its leader, and has nothing
		// of it (S-4).
		n.note("sync-diff-new-epoch", "")
	case i == len(txns):
		return transfer{}
	case txns[i].Zxid.Epoch() != peer.Epoch():
		n.note("sync-trunc-across-epochs", "Cannot send TRUNC, peer zxid is from different epoch")
		return transfer{}
	default:
		// The learner has proposals of a dead leader, from before this one.
		n.note("sync-trunc", "")
		t.mode, t.zxid = syncTrunc, txns[i-1].Zxid
	}
	return t
}

// diskTransfer serves a learner that is behind committedLog from the log files
// (R-SYNC-L-6).
func (n *Node) diskTransfer(peer Zxid) transfer {
	lowest, highest := n.db.bounds()
	txns := n.files.readFrom(peer, n.logSizeLimit())
	if txns == nil {
		n.note("sync-disk-unavailable", "")
		return transfer{}
	}
	end := sort.Search(len(txns), func(i int) bool { return txns[i].Zxid > lowest })
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
	return f.log[first:]
}

// beyond returns the transactions after z.
func beyond(txns []*Txn, z Zxid) []*Txn {
	return txns[sort.Search(len(txns), func(i int) bool { return txns[i].Zxid > z }):]
}

// broadcast sends a message to every learner that follows the broadcast; to
// observers or to the others.
func (n *Node) broadcast(m nodes.Message, observers bool) {
	for i := range n.leader.handlers {
		if h := &n.leader.handlers[i]; h.forwarding && h.observer == observers {
			n.out.SendOn(h.conn, h.peer, m)
		}
	}
}
