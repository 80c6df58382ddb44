package zab

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
)

// leader is the state of a server that leads: ZooKeeper's Leader. One main
// thread takes it through the stages, and one handler for each connection
// serves a learner (learnerhandler.go).
type leader struct {
	stage   leaderStage
	epoch   uint64  // proposed; it grows until it is chosen
	summary summary // of our own history when we began to lead

	// Who has been heard in each phase. Nobody is taken out when its connection
	// breaks: it did promise, it does hold the history (R-DISC-6, S-14).
	connecting nodes.Set // sent FOLLOWERINFO
	electing   nodes.Set // sent ACKEPOCH
	synced     nodes.Set // acknowledged NEWLEADER

	// impatient says that MaxTimeToWaitForEpoch has passed (R-FLE-22).
	impatient bool

	handlers []handler // by learner, then connection

	started       bool // the initial history is committed, the server is open
	lastProposed  Zxid
	lastCommitted Zxid
	outstanding   []proposal // not committed yet, in order, without holes
	parked        []parkedSync
	// ahead is the state as it will be when all that is outstanding is committed;
	// requests are prepared against it (R-BC-3).
	ahead    nodes.StateMachine
	sessions tracker
	// fullTick says that the next half tick completes a tick (R-TMO-1).
	fullTick bool
}

// leaderStage says what the leader's main thread waits for.
type leaderStage uint8

const (
	choosingEpoch         leaderStage = iota // a quorum of FOLLOWERINFO
	writingAcceptedEpoch                     // its disk
	awaitingEpochAcks                        // a quorum of ACKEPOCH
	writingCurrentEpoch                      // its disk
	awaitingNewLeaderAcks                    // a quorum of ACK of NEWLEADER
	leading                                  // the next half tick
)

// lead starts discovery (R-DISC-1). The port opens now and not before: whoever
// dialled earlier was refused and will try again.
func (n *Node) lead() {
	n.phase = discovering
	n.loadData()
	n.leader = leader{summary: summary{int64(n.currentEpoch), n.db.lastProcessed}}
	n.out.Listen(quorumChannel, true)
	n.setTimer(waitTimer, n.cfg.initTime())
	if n.cfg.has(noDiscovery) {
		n.leadWithoutDiscovery()
		return
	}
	if d := n.cfg.MaxTimeToWaitForEpoch; d > 0 {
		n.setTimer(patienceTimer, d)
	}
	n.proposeEpoch(n.cfg.id, n.promised())
}

// reportLooking is a leader hearing that a server looks for one. If it is among
// those that elected us, it has changed its mind; that may happen, but when we
// have waited long for an epoch it is likely that nobody comes (R-FLE-22).
func (n *Node) reportLooking(id nodes.ID) {
	l := &n.leader
	if n.role == nodes.Leading && l.stage == choosingEpoch && l.impatient && n.fle.supporters.Has(id) {
		n.stepDown("voter-disloyal", "Quit leading due to voter changed mind.")
	}
}

// loadData removes the ephemeral nodes of sessions that are not open, of which
// there should be none, and takes a snapshot of all that the server has logged, which no quorum
// has confirmed yet (R-DUR-15). TRUNC discards it again if need be; ZooKeeper
// does not (ZOOKEEPER-1549, S-5). A snapshot of that zxid would be the same.
func (n *Node) loadData() {
	if m, ok := n.db.replica.Machine.(nodes.SessionKeeper); ok && m.Reap(n.db.lastProcessed.Position()) {
		n.note("orphans-removed", "Killing sessions that are in the tree and not in the table")
	}
	if n.files.newest().Zxid != n.db.lastProcessed {
		n.saveSnapshot()
	}
}

// leaderWaitTimeout gives up an epoch that no quorum joins.
func (n *Node) leaderWaitTimeout() {
	switch n.leader.stage {
	case choosingEpoch:
		n.stepDown("epoch-timeout", "Timeout while waiting for epoch from quorum")
	case awaitingEpochAcks:
		n.stepDown("epoch-ack-timeout", "Timeout while waiting for epoch to be acked by quorum")
	default:
		n.stepDown("newleader-ack-timeout",
			fmt.Sprintf("Waiting for a quorum of followers, only synced with sids: %v", n.leader.synced))
	}
}

// countNewLeaderAck is the leader hearing that sid holds the initial history
// and is in the epoch, all of it durable (R-SYNC-L-12). An acknowledgement of
// something else is taken for one and not counted (S-26).
func (n *Node) countNewLeaderAck(sid nodes.ID, z Zxid) {
	l := &n.leader
	formed := n.cfg.voters.decides(l.synced)
	switch {
	case formed:
	case z != MakeZxid(l.epoch, 0):
		n.note("newleader-ack-mismatch", "NEWLEADER ACK is not the expected one")
	case n.cfg.voters.votes(sid):
		l.synced = l.synced.With(sid)
		formed = n.cfg.voters.decides(l.synced)
	}
	if formed && l.stage == awaitingNewLeaderAcks {
		n.startServing()
	}
}

// startServing is ZooKeeper's startZkServer: a quorum holds the initial
// history, which is thereby committed (R-SYNC-L-13, S-3).
func (n *Node) startServing() {
	l := &n.leader
	n.note("established", "")
	n.stopTimer(waitTimer)
	l.stage, l.started = leading, true
	l.lastCommitted = l.lastProposed
	l.ahead = n.db.replica.Machine.Clone()
	n.trackSessions()
	n.db.lastProcessed = l.lastProposed // R-ZXID-8
	l.lastProposed += Zxid(n.cfg.InitialCounter)
	n.updateElectionVote(l.epoch)
	n.phase = broadcasting
	n.announce()
	n.wakeHandlers(waitsForStartup)
	n.setTimer(tickTimer, n.cfg.TickTime/2)
}

// stopLeading refuses new learners and stops the clock. The learners we have
// are let go only when the log thread is idle: its acknowledgements may still
// complete a quorum (R-TMO-8).
func (n *Node) stopLeading() {
	n.out.Listen(quorumChannel, false)
	n.stopTimer(waitTimer)
	n.stopTimer(tickTimer)
	n.stopTimer(patienceTimer)
}
