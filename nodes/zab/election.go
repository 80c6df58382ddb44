package zab

import "github.com/zabsim/zabsim/nodes"

// ZooKeeper has had four elections, by their number in zoo.cfg:
//
//	0  leader_election.go            a server asks the others whom they vote for (up to 3.4)
//	1  auth_fast_leader_election.go  it tells them, in datagrams (up to 3.4)
//	2                                the same, proving that it is who it says it is
//	3  fast_leader_election.go       it tells them, over connections; called FLE
//
// Whichever runs, the outcome is a guess that discovery verifies. What they
// have in common is here.

// lookForLeader starts an election.
func (n *Node) lookForLeader() {
	n.note("election-started", "")
	switch {
	case n.cfg.oracle:
		n.fle.running = true
	case n.cfg.ElectionAlg == 0:
		n.startPolling()
	case n.cfg.ElectionAlg < 3:
		n.startAuthElection()
	default:
		n.startFastElection()
	}
}

// hearDatagram takes a message of one of the elections that use datagrams.
// There is nobody to take it before the election has started for the first time.
func (n *Node) hearDatagram(from nodes.ID, m nodes.Message) {
	switch {
	case !n.booted:
	case n.cfg.ElectionAlg == 0:
		n.hearPoll(from, m)
	default:
		n.hearAuth(from, m)
	}
}

// electionTimeout goes on with an election that heard nothing for a while.
func (n *Node) electionTimeout() {
	switch n.cfg.ElectionAlg {
	case 0:
		n.pollTimeout()
	case 1, 2:
		n.authTimeout()
	default:
		n.notificationTimeout()
	}
}

// finalizeTimeout goes on with an election that is decided and has waited for
// somebody who knows better.
func (n *Node) finalizeTimeout() {
	if n.cfg.ElectionAlg == 3 {
		n.endFinalizing()
	} else {
		n.endAuthFinalizing()
	}
}

// elect is the main loop of an election: it looks at what was received.
func (n *Node) elect() {
	switch n.cfg.ElectionAlg {
	case 0: // looks at everything when it comes
	case 1, 2:
		n.electAuth()
	default:
		n.electFast()
	}
}

// selfVote is the vote of a voter that has heard nobody else yet. Only FLE's
// votes carry an epoch; where it is 0 in all of them they are ordered by zxid
// and id.
func (n *Node) selfVote() vote {
	v := vote{leader: n.cfg.id, zxid: n.db.lastProcessed}
	if n.cfg.ElectionAlg == 3 {
		v.epoch = n.currentEpoch
	}
	return v
}

// settle ends an election: the server takes up the role that the vote gives
// it.
func (n *Node) settle(b ballot) {
	n.currentVote = b
	n.stopTimer(electionTimer)
	n.stopTimer(finalizeTimer)
	switch {
	case b.leader == n.cfg.id:
		n.becomeLeading()
	case n.observes():
		n.becomeObserving(b.leader)
	default:
		n.becomeFollowing(b.leader)
	}
}

// updateElectionVote makes latecomers hear the same epoch from all members of
// the established ensemble (R-FLE-20).
func (n *Node) updateElectionVote(epoch uint64) {
	if n.cfg.ElectionAlg == 3 && !n.cfg.has(staleVote) {
		n.currentVote.epoch = epoch
	}
}
