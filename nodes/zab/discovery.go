package zab

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
)

// Discovery, phase 1 of the paper: the leader learns which epochs a quorum has
// promised, proposes a higher one, and a quorum promises it and says what
// history it has.

// maxTries is how often a learner dials before it gives the leader up
// (R-DISC-2).
const maxTries = 5

// dialLeader dials whomever the election named (R-DISC-3).
func (n *Node) dialLeader() {
	n.out.Dial(n.learner.leader, quorumChannel, n.cfg.initTime())
}

// dialRefused tries again after a pause: the leader may not have noticed yet
// that it is one.
func (n *Node) dialRefused() {
	l := &n.learner
	if l.stage != connecting || n.closing || l.leader == 0 {
		return
	}
	if l.tries++; l.tries == maxTries {
		n.stepDown("connect-failed", "retries exceeded connecting to the leader")
		return
	}
	n.setTimer(retryTimer, n.cfg.ConnectRetryPause)
}

// leaderReached opens the conversation: FOLLOWERINFO says which epoch we have
// promised (R-DISC-4). The last zxid is sampled now, before the leader can
// change it.
func (n *Node) leaderReached(c nodes.Conn) {
	l := &n.learner
	if l.leader == 0 || c.Acceptor() != l.leader || l.stage != connecting || n.closing {
		n.out.Close(c) // a dial that we have given up
		return
	}
	n.stopTimer(connectTimer)
	n.stopTimer(retryTimer)
	l.conn, l.stage = c, registered
	l.lastLogged = n.db.lastProcessed
	switch {
	case n.cfg.has(noDiscovery):
		n.sendLeader(OldInfo{n.observes(), l.lastLogged})
	case n.observes():
		n.sendLeader(ObserverInfo{n.promised()})
	default:
		n.sendLeader(FollowerInfo{n.promised()})
	}
	n.awaitPacket()
}

// promised returns the epoch below which no leader is followed.
func (n *Node) promised() uint64 {
	switch {
	case n.cfg.has(epochFromLog):
		return n.db.lastProcessed.Epoch()
	case n.cfg.has(epochFromLogFiles):
		return n.files.lastLogged().Epoch()
	}
	return n.acceptedEpoch
}

// readLeaderInfo weighs the epoch the leader proposes (R-DISC-8). A server that
// has promised a later one cannot join until that leader falls (R-DISC-13).
func (n *Node) readLeaderInfo(m nodes.Message) {
	info, ok := m.(LeaderInfo)
	switch promised := n.promised(); {
	case !ok:
		n.stepDown("unexpected-packet", "First packet should have been NEWLEADER")
	case info.Epoch < promised:
		n.stepDown("epoch-refused", fmt.Sprintf("Leaders epoch, %d is less than accepted epoch, %d", info.Epoch, promised))
	default:
		n.learner.epoch = info.Epoch
		n.learner.promises = info.Epoch > promised
		n.begin(n.cfg.programs.leaderInfo)
	}
}

// acceptEpoch promises the new epoch: no leader of an older one will be
// followed from now on.
func (n *Node) acceptEpoch() (wait bool) {
	if n.learner.promises {
		n.out.Replace(acceptedEpochFile, Epoch(n.learner.epoch), acceptedTicket)
	}
	return n.learner.promises
}

// ackEpoch says what history we have. An epoch promised before, be it to this
// leader, must not be counted again: two leaders may propose the same epoch, and
// only one of them may get a quorum for it (R-DISC-8, S-16, INV-22). The price
// is that a leader whose quorum needed an ACKEPOCH that was lost has to give the
// epoch up (R-DISC-14).
func (n *Node) ackEpoch() (wait bool) {
	l := &n.learner
	ack := AckEpoch{CurrentEpoch: int64(n.currentEpoch), LastZxid: l.lastLogged}
	if !l.promises {
		n.note("epoch-promised-before", "")
		ack.CurrentEpoch = -1
		if l.fromNothing = n.files.unreachable; l.fromNothing {
			ack.LastZxid = 0
		}
	}
	l.stage = acknowledged
	n.phase = synchronizing
	n.sendLeader(ack)
	return false
}

// proposeEpoch is the leader hearing which epoch sid has promised, sid being
// itself or a learner (R-DISC-5). The first quorum decides, and the new epoch
// exceeds what anybody who spoke up before has promised, observers included
// (S-15). Whoever comes later is told the epoch that was chosen.
func (n *Node) proposeEpoch(sid nodes.ID, accepted uint64) {
	l := &n.leader
	if l.stage != choosingEpoch {
		return
	}
	l.epoch = max(l.epoch, accepted+1)
	if n.cfg.voters.votes(sid) {
		l.connecting = l.connecting.With(sid)
	}
	if l.connecting.Has(n.cfg.id) && n.cfg.voters.decides(l.connecting) {
		l.stage = writingAcceptedEpoch
		n.stopTimer(waitTimer)
		if n.cfg.has(promiseUnwritten) {
			n.acceptedEpochSynced()
			return
		}
		n.out.Replace(acceptedEpochFile, Epoch(l.epoch), acceptedTicket)
	}
}

// acceptedEpochSynced goes on once the promise is durable: a learner
// acknowledges the epoch, a leader proposes it (R-DISC-7).
func (n *Node) acceptedEpochSynced() {
	if n.role != nodes.Leading {
		n.acceptedEpoch = n.learner.epoch
		n.proceed()
		return
	}
	l := &n.leader
	n.acceptedEpoch = l.epoch
	l.stage = awaitingEpochAcks
	l.lastProposed = MakeZxid(l.epoch, 0)
	if n.cfg.has(zxidOnAttempt) {
		n.db.lastProcessed = l.lastProposed
	}
	n.note("epoch-chosen", "")
	n.setTimer(waitTimer, n.cfg.initTime())
	n.wakeHandlers(waitsForEpoch)
	n.countEpochAck(n.cfg.id, l.summary)
}

// summary is what ACKEPOCH says of a history; ZooKeeper's StateSummary.
type summary struct {
	epoch int64 // currentEpoch, or -1: not to be counted
	zxid  Zxid
}

// moreRecent is the order of discovery: by epoch, then by zxid (R-DISC-10).
func (s summary) moreRecent(t summary) bool {
	return s.epoch > t.epoch || s.epoch == t.epoch && s.zxid > t.zxid
}

// countEpochAck is the leader hearing that sid promised the epoch (R-DISC-9).
// It reports false if sid has a more recent history than the leader, who then
// must not lead it. The paper's leader would adopt that history; ZooKeeper's
// relies on the election to have found the most recent one (R-DISC-15).
func (n *Node) countEpochAck(sid nodes.ID, s summary) bool {
	l := &n.leader
	if l.stage != awaitingEpochAcks {
		return true // decided: nothing is checked any more (S-13)
	}
	if s.epoch >= 0 {
		if s.moreRecent(l.summary) {
			return false
		}
		if n.cfg.voters.votes(sid) {
			l.electing = l.electing.With(sid)
		}
	}
	if l.electing.Has(n.cfg.id) && n.cfg.voters.decides(l.electing) {
		l.stage = writingCurrentEpoch
		n.note("epoch-acked", "")
		n.stopTimer(waitTimer)
		n.out.Replace(currentEpochFile, Epoch(l.epoch), currentTicket)
		n.wakeHandlers(waitsForEpochAck) // they do not wait for that write (S-29)
	}
	return true
}

// currentEpochSynced goes on once the server is in the new epoch for good: a
// learner acknowledges NEWLEADER, a leader counts itself (R-DISC-12).
func (n *Node) currentEpochSynced() {
	if n.role != nodes.Leading {
		n.currentEpoch = n.learner.epoch
		n.proceed()
		return
	}
	l := &n.leader
	n.currentEpoch = l.epoch
	n.phase = synchronizing
	l.stage = awaitingNewLeaderAcks
	n.setTimer(waitTimer, n.cfg.initTime())
	n.countNewLeaderAck(n.cfg.id, MakeZxid(l.epoch, 0))
}
