package zab

import (
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// LeaderElection, ZooKeeper's first one: everybody answers at any time whom it
// votes for, and a server that looks for a leader asks all voters, votes for the
// best candidate it heard of, and asks again, until more than half agree. There
// are no rounds and nothing is ever said unasked (R-LEG-5).

// The times of LeaderElection, which cannot be configured.
const (
	answerWait  = 200 * time.Millisecond // for one voter
	roundPause  = time.Second
	followPause = 100 * time.Millisecond // for the leader to notice that it is one
)

// polling is the state of a server that asks around.
type polling struct {
	stage pollStage
	// xid tells the replies to this election from others. ZooKeeper draws it at
	// random; here it counts the elections of the process. The difference shows
	// when a reply comes so late that the process that asked has been replaced by
	// another one, which is in its election of the same number: that one takes
	// it. In ZooKeeper it would come to a port that is closed.
	xid   uint64
	asked nodes.ID // whom we wait for
	votes ballots  // of this round
	// unread are the replies that came when we waited for nobody, as the socket
	// keeps them.
	unread []polled
}

// polled is a reply and its sender.
type polled struct {
	from nodes.ID
	msg  VoteReply
}

// pollStage says what the server waits for.
type pollStage uint8

const (
	idle     pollStage = iota // nothing: there is no election
	asking                    // a reply
	resting                   // the next round
	agreeing                  // the leader to be ready
)

// startPolling starts an election, with a vote for ourselves (R-LEG-2).
func (n *Node) startPolling() {
	n.polling = polling{xid: n.polling.xid + 1}
	n.currentVote = ballot{vote: n.selfVote()}
	n.startRound()
}

// startRound asks all voters once more.
func (n *Node) startRound() {
	n.polling.asked, n.polling.votes = 0, nil
	n.ask()
}

// ask asks the voters from the one after the last, until one has to be waited
// for. We are one of those we ask. As ZooKeeper reads one reply after each
// question, a late one is taken instead, and the next is late in turn.
func (n *Node) ask() {
	p := &n.polling
	for id := range n.cfg.voters.voters.All() {
		if id <= p.asked {
			continue
		}
		p.asked = id
		if id == n.cfg.id {
			n.count(polled{id, n.voteReply(p.xid)})
			continue
		}
		n.out.Send(id, datagramChannel, VoteQuery{p.xid})
		if len(p.unread) == 0 {
			p.stage = asking
			n.setTimer(electionTimer, answerWait)
			return
		}
		n.count(p.unread[0])
		p.unread = p.unread[1:]
	}
	n.tally()
}

// count takes a vote down, unless it answers a question of another election.
func (n *Node) count(r polled) {
	if p := &n.polling; r.msg.Xid == p.xid {
		p.votes.put(ballot{from: r.from, vote: vote{leader: r.msg.Leader, zxid: r.msg.Zxid}})
	}
}

// hearPoll takes a question or an answer.
func (n *Node) hearPoll(from nodes.ID, m nodes.Message) {
	p := &n.polling
	switch m := m.(type) {
	case VoteQuery:
		if n.role != nodes.Observing {
			n.out.Send(from, datagramChannel, n.voteReply(m.Xid))
		}
	case VoteReply:
		switch {
		case p.stage == asking:
			n.count(polled{from, m})
			n.ask()
		case p.stage == resting && len(p.unread) < receiveCapacity:
			p.unread = append(p.unread, polled{from, m})
		}
	}
}

// voteReply says whom we vote for: the leader we have, or the candidate we
// found best so far (R-LEG-1).
func (n *Node) voteReply(xid uint64) VoteReply {
	switch n.role {
	case nodes.Leading:
		return VoteReply{xid, n.cfg.id, n.leader.lastProposed}
	case nodes.Following:
		return VoteReply{xid, n.currentVote.leader, n.db.lastProcessed}
	default:
		return VoteReply{xid, n.currentVote.leader, n.currentVote.zxid}
	}
}

// tally ends a round (R-LEG-3, R-LEG-4). Only a candidate that replied can be
// voted for, or we might follow the dead. What voters say of its zxid may be old,
// so the highest counts. It counts heads and asks no quorum verifier.
func (n *Node) tally() {
	p := &n.polling
	var best vote
	elected := false
	for i := range p.votes {
		v, votes := p.tallyFor(p.votes[i].from)
		switch {
		case votes == 0 || elected:
		case 2*votes > n.cfg.voters.voters.Len():
			best, elected = v, true
		case best.leader == 0 || n.beats(v, best):
			best = v
		}
	}
	if best.leader == 0 {
		best = n.selfVote() // ZOOKEEPER-569: nobody is left of those we would have
	}
	n.currentVote = ballot{vote: best}
	switch {
	case !elected:
		p.stage = resting
		n.setTimer(electionTimer, roundPause)
	case best.leader == n.cfg.id:
		n.endPolling()
	default:
		p.stage = agreeing
		n.setTimer(electionTimer, followPause)
	}
}

// tallyFor returns how many voted for a candidate, and the vote that they agree
// on.
func (p *polling) tallyFor(candidate nodes.ID) (v vote, votes int) {
	v.leader = candidate
	for _, b := range p.votes {
		if b.leader == candidate {
			v.zxid = max(v.zxid, b.zxid)
			votes++
		}
	}
	return v, votes
}

// pollTimeout goes on: nobody answered, or a pause is over.
func (n *Node) pollTimeout() {
	switch n.polling.stage {
	case asking:
		n.ask()
	case resting:
		n.startRound()
	case agreeing:
		n.endPolling()
	}
}

func (n *Node) endPolling() {
	n.note("elected", "")
	n.polling = polling{xid: n.polling.xid}
	n.settle(n.currentVote)
}
