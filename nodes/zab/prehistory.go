package zab

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
)

// Recovery before Zab 1.0 (releases up to 3.3). Nobody promises an epoch, so two
// leaders may pick the same; and a follower serves as soon as it has the
// leader's history, which no quorum need have. Profile P0 shows why ZAB has a
// discovery phase (R-P0-5).

// leadWithoutDiscovery picks the epoch after that of our last transaction
// (R-P0-1).
func (n *Node) leadWithoutDiscovery() {
	l := &n.leader
	l.epoch = n.db.lastProcessed.Epoch() + 1
	l.lastProposed = MakeZxid(l.epoch, 0)
	l.stage = awaitingNewLeaderAcks
	n.acceptedEpoch, n.currentEpoch = l.epoch, l.epoch
	if n.cfg.has(zxidOnAttempt) {
		n.db.lastProcessed = l.lastProposed
	}
	n.phase = synchronizing
	n.note("epoch-chosen", "")
	n.countNewLeaderAck(n.cfg.id, l.lastProposed)
}

// syncOldLearner sends a learner everything in one go, UPTODATE included
// (R-P0-2). Its acknowledgement is still waited for (R-P0-4).
func (n *Node) syncOldLearner(h *handler, m OldInfo) {
	h.known, h.observer, h.ack.zxid = true, m.Observer, m.LastZxid
	n.out.SendOn(h.conn, h.peer, NewLeader{n.leader.epoch})
	n.sendHistory(h)
	n.out.SendOn(h.conn, h.peer, UpToDate{})
	n.awaitNewLeaderAck(h)
}

// readOldNewLeader reads the first packet from such a leader (R-P0-3).
func (n *Node) readOldNewLeader(m nodes.Message) {
	l := &n.learner
	newLeader, ok := m.(NewLeader)
	switch last := n.db.lastProcessed.Epoch(); {
	case !ok:
		n.stepDown("unexpected-packet", "First packet should have been NEWLEADER")
	case newLeader.Epoch < last:
		n.stepDown("epoch-refused", fmt.Sprintf("Leader epoch %d is less than our epoch %d", newLeader.Epoch, last))
	default:
		l.epoch = newLeader.Epoch
		n.acceptedEpoch, n.currentEpoch = l.epoch, l.epoch
		l.stage = acknowledged
		n.phase = synchronizing
	}
}
