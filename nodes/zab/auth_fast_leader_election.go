package zab

import (
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// AuthFastLeaderElection, the ancestor of FLE: votes are pushed, in datagrams,
// which are acknowledged and sent again if they are not. With authentication
// (electionAlg 2) a server first asks for a challenge and sends it along, which
// shows that it can receive what is sent to its address (R-LEG-6).
//
// It is safe, as discovery verifies the outcome, but may get stuck in ways that
// FLE does not:
//
//   - A looker that missed the beginning of a round learns of it only from a
//     notification that is still being sent to it. If one is acknowledged and
//     then lost in a crash, or thrown away at the end of an election, two servers
//     may wait for each other. FLE answers a looker that lags.
//   - Followers of one leader may have voted for it with different zxids, some of
//     them out of an older election. They do not add up to a majority, so a
//     latecomer may look for ever. FLE compares such votes by leader and epoch.
//   - Nobody asks whether the leader itself says that it leads, so a dead one may
//     be followed a few times more. FLE asks (R-FLE-16).

// authElection is the state of this election. All of it outlives an election,
// even what was received and not looked at; nothing outlives the process.
type authElection struct {
	round    uint64 // ZooKeeper's logicalclock
	proposal vote

	running    bool
	finalizing bool      // a majority agrees; sleeping (R-LEG-11)
	recvset    ballots   // of this round
	outside    ballots   // of settled servers; ZooKeeper's outofelection
	received   []ballot  // not looked at yet, oldest first
	lastTag    uint32    // of the notification sent last
	letters    []letter  // not acknowledged yet; see letters.go
	given      []passage // challenges we gave out, oldest first
	challenges uint64    // how many we have made
}

// authFinalizeWait is how long a decided election sleeps. All other waits are
// made from it.
const authFinalizeWait = 100 * time.Millisecond

// startAuthElection starts an election (R-LEG-9).
func (n *Node) startAuthElection() {
	e := &n.auth
	e.running = true
	e.recvset, e.outside = nil, nil
	e.round++
	e.proposal = n.selfVote()
	n.pushVote()
	n.awaitVote()
}

// pushVote sends our proposal to every voter, ourselves included.
func (n *Node) pushVote() {
	e := &n.auth
	for id := range n.cfg.voters.voters.All() {
		if id == n.cfg.id {
			n.receiveVote(ballot{from: id, vote: e.proposal, round: e.round, state: nodes.Looking})
		} else {
			n.post(id)
		}
	}
}

// receiveVote puts a vote in the queue, where there is room for two of each
// voter. What comes when it is full is lost.
func (n *Node) receiveVote(b ballot) {
	if e := &n.auth; len(e.received) < 2*n.cfg.voters.voters.Len() {
		e.received = append(e.received, b)
	}
}

func (n *Node) awaitVote() { n.setTimer(electionTimer, 2*authFinalizeWait) }

// authTimeout repeats our vote when there was silence, if anybody has been
// heard at all (R-LEG-9).
func (n *Node) authTimeout() {
	if e := &n.auth; len(e.outside) > 0 || len(e.recvset) > 1 {
		n.pushVote()
	}
	n.awaitVote()
}

// electAuth is the main loop: it looks at what was received, unless it sleeps.
func (n *Node) electAuth() {
	e := &n.auth
	for e.running && !e.finalizing && len(e.received) > 0 {
		b := e.received[0]
		e.received = slices.Delete(e.received, 0, 1)
		n.awaitVote()
		if b.state == nodes.Looking {
			n.weighLooking(b)
		} else {
			n.weighSettled(b)
		}
	}
}

// weighLooking weighs the vote of a server that looks for a leader too
// (R-LEG-10, R-LEG-11).
func (n *Node) weighLooking(b ballot) {
	e := &n.auth
	newer, better := b.round > e.round, n.beats(b.vote, e.proposal)
	if b.round < e.round {
		return
	}
	if newer {
		e.round = b.round
		e.recvset = nil
	}
	if better {
		e.proposal = b.vote
	}
	if newer || better {
		n.pushVote()
	}
	e.recvset.put(b)
	switch {
	case len(e.recvset) == n.cfg.voters.voters.Len():
		n.finishAuth(e.proposal)
	case e.recvset.votesFor(e.proposal).Majority(n.cfg.voters.voters):
		e.finalizing = true
		n.stopTimer(electionTimer)
		n.setTimer(finalizeTimer, authFinalizeWait)
	}
}

// weighSettled weighs what a server says that follows or leads already. Nobody
// asks whether the leader itself says so, as FLE does (R-LEG-11).
func (n *Node) weighSettled(b ballot) {
	e := &n.auth
	e.outside.put(b)
	if e.outside.votesFor(b.vote).Majority(n.cfg.voters.voters) {
		n.finishAuth(b.vote)
	}
}

// endAuthFinalizing wakes up: if nothing that came meanwhile beats the
// proposal, the election is over.
func (n *Node) endAuthFinalizing() {
	e := &n.auth
	e.finalizing = false
	for len(e.received) > 0 && !n.beats(e.received[0].vote, e.proposal) {
		e.received = slices.Delete(e.received, 0, 1)
	}
	if len(e.received) == 0 {
		n.finishAuth(e.proposal)
		return
	}
	n.note("finalize-interrupted", "")
	n.awaitVote()
}

// finishAuth ends the election, and with it the round.
func (n *Node) finishAuth(v vote) {
	e := &n.auth
	n.note("elected", "")
	e.running = false
	e.recvset, e.outside = nil, nil
	e.round++
	n.settle(ballot{vote: v, round: e.round})
}

// hearAuth is the receiver thread, which runs in every state (R-LEG-8).
func (n *Node) hearAuth(from nodes.ID, m nodes.Message) {
	e := &n.auth
	switch m := m.(type) {
	case ChallengeRequest:
		n.out.Send(from, datagramChannel, Challenge{m.Tag, n.giveChallenge(from, m.Tag)})
	case Challenge:
		n.challenged(from, m)
	case AuthNotification:
		if n.authenticates() && !slices.Contains(e.given, passage{from, m.Tag, m.Challenge}) {
			n.note("challenge-unknown", "No challenge for host")
			return
		}
		n.receiveVote(ballot{from: from, vote: vote{leader: m.Leader, zxid: m.Zxid}, round: m.Round, state: nodes.Looking})
		n.out.Send(from, datagramChannel, AuthAck{m.Tag, n.currentVote.leader, n.currentVote.zxid, e.round, n.role})
	case AuthAck:
		n.delivered(from, m.Tag)
		if m.State != nodes.Looking {
			n.receiveVote(ballot{from: from, vote: vote{leader: m.Leader, zxid: m.Zxid}, round: m.Round, state: m.State})
		}
	}
}

// authenticates reports whether notifications need a challenge.
func (n *Node) authenticates() bool { return n.cfg.ElectionAlg == 2 }
