package zab

import (
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// fastElection is the state of fast leader election (FLE). The round and the
// proposal outlive an election, the rest does not (R-FLE-2). None of it outlives
// the process: a restarted server begins at round 1 (S-17).
type fastElection struct {
	round    uint64 // ZooKeeper's logicalclock
	proposal vote
	// supporters are those whose ballots decided the last election; ZooKeeper's
	// leadingVoteSet.
	supporters nodes.Set

	running    bool // lookForLeader is at work
	finalizing bool // a quorum agrees; waiting for a better vote (R-FLE-13)
	interval   time.Duration
	recvset    ballots // of this round
	outside    ballots // of settled servers, any round; ZooKeeper's outofelection
	received   []heard // not looked at yet, oldest first
}

// heard is a notification and its sender.
type heard struct {
	from nodes.ID
	msg  Notification
}

// startFastElection starts an election (R-FLE-3).
func (n *Node) startFastElection() {
	e := &n.fle
	e.running, e.finalizing = true, false
	e.recvset, e.outside = nil, nil
	e.round++
	e.proposal = n.initialVote()
	e.interval = n.cfg.MinNotificationInterval
	n.sendNotifications()
	n.awaitNotification()
}

// initialVote is what a server proposes before it has heard others (R-FLE-4):
// itself, or nobody if it is an observer, which takes part to find out who leads
// (R-FLE-23).
func (n *Node) initialVote() vote {
	if n.observes() {
		return vote{}
	}
	return n.selfVote()
}

// sendNotifications tells every voter our proposal, ourselves included
// (R-FLE-5, R-CNX-5). Observers are never addressed, they ask.
func (n *Node) sendNotifications() {
	for id := range n.cfg.voters.voters.All() {
		if id == n.cfg.id {
			n.receive(heard{id, n.proposalNotification()})
		} else {
			n.out.Send(id, electionChannel, n.proposalNotification())
		}
	}
}

func (n *Node) proposalNotification() Notification {
	return n.notification(n.fle.proposal, n.fle.round)
}

func (n *Node) notification(v vote, round uint64) Notification {
	return Notification{Leader: v.leader, Zxid: v.zxid, Epoch: v.epoch, Round: round, State: n.role}
}

// hear is FLE's receiver thread, which runs in every state (R-FLE-6).
func (n *Node) hear(from nodes.ID, m Notification) {
	e := &n.fle
	// An observer that answered a voter would be answered in turn, for as long as
	// the voter looks: ZooKeeper's ping-pong (S-21). Nobody needs the opinion of an
	// observer, so it keeps silent.
	silent := n.observes() && !n.cfg.has(observersAnswer)
	switch {
	case !n.booted:
		n.receive(heard{from, m})
	case !n.cfg.voters.votes(from):
		n.out.Send(from, electionChannel, n.notification(n.currentVote.vote, e.round)) // R-FLE-21
	case n.role == nodes.Looking:
		n.receive(heard{from, m})
		if m.State == nodes.Looking && m.Round < e.round && !silent {
			n.out.Send(from, electionChannel, n.proposalNotification())
		}
	case m.State == nodes.Looking && !silent:
		n.out.Send(from, electionChannel, n.notification(n.currentVote.vote, n.currentVote.round))
		n.reportLooking(from)
	}
}

// receiveCapacity bounds the notifications not looked at yet (R-CNX-6).
const receiveCapacity = 100

func (n *Node) receive(h heard) {
	e := &n.fle
	if len(e.received) == receiveCapacity {
		e.received = e.received[1:]
	}
	e.received = append(e.received, h)
}

// electFast is the main loop of lookForLeader: it looks at what was received,
// until there is a leader or nothing more to look at.
func (n *Node) electFast() {
	e := &n.fle
	for e.running && len(e.received) > 0 {
		h := e.received[0]
		e.received = e.received[1:]
		if e.finalizing {
			n.considerFinalizing(h)
		} else {
			n.consider(h)
		}
	}
	if len(e.received) == 0 {
		e.received = nil
	}
}

// considerFinalizing throws away whatever does not beat the proposal, be it of
// another round or from a settled server, and starts the wait anew; a better
// vote goes back to the queue and the election goes on (R-FLE-13, S-18).
func (n *Node) considerFinalizing(h heard) {
	if !n.beats(h.vote(), n.fle.proposal) {
		n.startFinalizing()
		return
	}
	n.note("finalize-interrupted", "")
	n.fle.finalizing = false
	n.stopTimer(finalizeTimer)
	n.receive(h)
	n.awaitNotification()
}

func (h heard) vote() vote { return vote{h.msg.Leader, h.msg.Zxid, h.msg.Epoch} }

func (n *Node) consider(h heard) {
	n.awaitNotification()
	switch {
	case !n.cfg.voters.votes(h.from) || !n.cfg.voters.votes(h.msg.Leader): // R-FLE-9
		n.note("notification-ignored", "")
	case h.msg.State == nodes.Looking:
		n.considerLooking(h)
	case h.msg.State == nodes.Following || h.msg.State == nodes.Leading:
		n.considerSettled(h)
	}
	// Observing: R-FLE-18.
}

// considerLooking weighs the vote of a server that looks for a leader too
// (R-FLE-10).
func (n *Node) considerLooking(h heard) {
	e := &n.fle
	switch {
	case h.msg.Round > e.round:
		e.round = h.msg.Round
		e.recvset = nil
		// Our own vote counts anew: the proposal stems from the older round.
		e.proposal = n.initialVote()
		if n.beats(h.vote(), e.proposal) {
			e.proposal = h.vote()
		}
		n.note("round-raised", "")
		n.sendNotifications()
	case h.msg.Round < e.round:
		return // hear has replied
	case n.beats(h.vote(), e.proposal):
		e.proposal = h.vote()
		n.sendNotifications()
	}
	e.recvset.put(ballot{from: h.from, vote: h.vote(), round: h.msg.Round, state: nodes.Looking})
	mine := ballot{vote: e.proposal, round: e.round, state: nodes.Looking}
	e.supporters = e.recvset.agreeing(mine)
	switch {
	// R-LEG-12.
	case n.cfg.has(voteWithoutEpoch) && len(e.recvset) == n.cfg.voters.voters.Len() && n.cfg.voters.electable(e.proposal.leader):
		n.note("elected-by-all", "")
		n.finishElection(e.proposal)
	case n.cfg.voters.decides(e.supporters):
		e.finalizing = true
		n.stopTimer(electionTimer)
		n.startFinalizing()
	}
}

// considerSettled weighs what a server says that follows or leads already: by
// the ballots of this round (R-FLE-14), then by those of all rounds, which is
// how a latecomer joins an established leader (R-FLE-15).
func (n *Node) considerSettled(h heard) {
	e := &n.fle
	if n.cfg.has(leaderByClaim) && h.msg.State == nodes.Leading && h.msg.Leader == h.from {
		n.finishElection(h.vote())
		return
	}
	b := ballot{from: h.from, vote: h.vote(), round: h.msg.Round, state: h.msg.State}
	heardNow := b
	heardNow.format = true
	wanted := heardNow
	if n.cfg.has(staleVote) {
		wanted.state = nodes.Looking // to be equal in everything
	}
	if h.msg.Round == e.round {
		e.recvset.put(b)
		e.supporters = e.recvset.agreeing(wanted)
		if n.cfg.voters.decides(e.supporters) && n.leads(e.recvset, b) {
			n.note("elected-same-round", "")
			n.finishElection(h.vote())
			return
		}
	}
	e.outside.put(heardNow)
	e.supporters = e.outside.agreeing(wanted)
	if n.cfg.voters.decides(e.supporters) && n.leads(e.outside, b) {
		n.note("joined-established", "")
		e.round = h.msg.Round
		n.finishElection(h.vote())
	}
}

// leads is ZooKeeper's checkLeader (R-FLE-16): followers alone do not make a
// leader, it has to say so itself; and we lead only in a round that is ours.
func (n *Node) leads(bs ballots, b ballot) bool {
	if b.leader == n.cfg.id {
		return b.round == n.fle.round
	}
	return bs.stateOf(b.leader) == nodes.Leading
}

// finishElection ends the election (R-FLE-19).
func (n *Node) finishElection(v vote) {
	e := &n.fle
	e.running, e.finalizing = false, false
	e.recvset, e.outside, e.received = nil, nil, nil
	n.settle(ballot{vote: v, round: e.round})
}

// awaitNotification restarts the wait for the next notification. Its length
// grows only when nothing comes (R-FLE-8, S-20).
func (n *Node) awaitNotification() { n.setTimer(electionTimer, n.fle.interval) }

func (n *Node) startFinalizing() { n.setTimer(finalizeTimer, n.cfg.FinalizeWait) }

// notificationTimeout repeats our vote and waits twice as long (R-FLE-8).
//
// ZooKeeper repeats it only if the message before has left for somebody, and
// otherwise just dials everybody again (haveDelivered and connectAll, R-CNX-9).
// That is no difference to the others: sending dials too, and a mailbox that
// could not be emptied still holds one message, the newest. But a server that
// reaches nobody counts its own vote again here.
func (n *Node) notificationTimeout() {
	n.note("notification-timeout", "")
	n.sendNotifications()
	n.fle.interval = min(2*n.fle.interval, n.cfg.MaxNotificationInterval)
	n.awaitNotification()
}

// endFinalizing ends the election: nobody knew better (R-FLE-13).
func (n *Node) endFinalizing() {
	n.note("elected", "")
	n.finishElection(n.fle.proposal)
}
