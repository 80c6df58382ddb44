package zab

import (
	"testing"

	"github.com/zabsim/zabsim/nodes"
)

func (p *probe) datagram(from nodes.ID, m nodes.Message) {
	p.step(&nodes.Deliver{From: from, On: datagramChannel, Msg: m})
}

// alg returns options with another election.
func alg(number int) func(*Options) { return func(o *Options) { o.ElectionAlg = number } }

// polled lets a round end in which the other voters want a leader.
func (p *probe) polled(leader nodes.ID) {
	for id := range p.n.cfg.voters.voters.Without(p.n.cfg.id).All() {
		p.datagram(id, VoteReply{p.n.polling.xid, leader, 9})
	}
	if p.n.role == nodes.Looking {
		p.expire(electionTimer) // followPause
	}
	p.forget()
}

func TestR_LEG_1_EverybodyAnswersAtAnyTime(t *testing.T) {
	t.Run("a looker with its vote", func(t *testing.T) {
		p := newProbe(t, setup{id: 2, current: 1, accepted: 1, log: txns(1, 1, 3), options: alg(0)})
		p.datagram(1, VoteQuery{7})
		p.wants("s1 VOTEREPLY 7 s2 1.3")
	})
	t.Run("a follower with its leader and its own zxid", func(t *testing.T) {
		p := newProbe(t, setup{id: 2, current: 1, accepted: 1, log: txns(1, 1, 3), options: alg(0)})
		p.polled(3)
		p.datagram(1, VoteQuery{7})
		p.wants("s1 VOTEREPLY 7 s3 1.3")
	})
	t.Run("a leader with itself and the last it proposed", func(t *testing.T) {
		p := newProbe(t, setup{id: 2, options: alg(0)})
		p.polled(2)
		p.n.leader.lastProposed = MakeZxid(4, 0)
		p.datagram(1, VoteQuery{7})
		p.wants("s1 VOTEREPLY 7 s2 4.0")
	})
	t.Run("an observer of a leader keeps to itself", func(t *testing.T) {
		p := newProbe(t, setup{id: 4, options: alg(0)})
		p.polled(3)
		p.datagram(1, VoteQuery{7})
		p.wants()
	})
	t.Run("a server that has not recovered yet says nothing", func(t *testing.T) {
		p := bootProbe(t, setup{id: 2, options: alg(0)})
		p.forget()
		p.datagram(1, VoteQuery{7})
		p.wants()
	})
}

func TestR_LEG_2_VotersAreAskedOneAfterTheOther(t *testing.T) {
	p := bootProbe(t, setup{id: 2, options: alg(0)})
	p.forget()
	p.sync()
	p.wants("s1 VOTEQUERY 1")
	if got := p.armed(electionTimer); got != answerWait {
		t.Errorf("waits %v", got)
	}
	p.datagram(1, VoteReply{1, 1, 0})
	p.wants("s3 VOTEQUERY 1") // s2 itself needs no asking
	p.expire(electionTimer)
	p.wants()
	if got := p.armed(electionTimer); got != roundPause {
		t.Errorf("rests %v", got)
	}
	p.expire(electionTimer)
	p.wants("s1 VOTEQUERY 1") // the xid is that of the election
}

func TestR_LEG_2_AReplyToAnotherElectionDoesNotCount(t *testing.T) {
	p := newProbe(t, setup{id: 2, options: alg(0)})
	p.datagram(1, VoteReply{99, 3, MakeZxid(9, 9)})
	p.wants("s3 VOTEQUERY 1") // but it was read, and the next is asked
	p.expire(electionTimer)
	if len(p.n.polling.votes) != 1 {
		t.Errorf("votes: %v", p.n.polling.votes)
	}
}

func TestR_LEG_2_LateRepliesAreReadInPlaceOfOthers(t *testing.T) {
	p := newProbe(t, setup{id: 2, options: alg(0)})
	p.expire(electionTimer)
	p.wants("s3 VOTEQUERY 1")
	p.datagram(1, VoteReply{1, 1, 0}) // s1 at last; that ends the wait for s3
	p.datagram(3, VoteReply{1, 3, 0}) // for whom nobody waits any more
	p.expire(electionTimer)
	p.wants("s1 VOTEQUERY 1", "s3 VOTEQUERY 1") // its reply is read now
	if _, found := p.n.polling.votes.find(3); !found {
		t.Errorf("votes: %v", p.n.polling.votes)
	}
}

// tallied lets a round end in which the others of five voters answer so.
func tallied(t *testing.T, id nodes.ID, votes map[nodes.ID]vote) *probe {
	t.Helper()
	p := newProbe(t, setup{id: id, voters: 5, options: alg(0)})
	for other := range nodes.FirstN(5).Without(id).All() {
		if v, answers := votes[other]; answers {
			p.datagram(other, VoteReply{1, v.leader, v.zxid})
		} else {
			p.expire(electionTimer)
		}
	}
	p.forget()
	return p
}

func TestR_LEG_3_Tally(t *testing.T) {
	at := func(leader nodes.ID, counter uint64) vote { return vote{leader: leader, zxid: MakeZxid(1, counter)} }
	t.Run("the best candidate gets our vote", func(t *testing.T) {
		p := tallied(t, 1, map[nodes.ID]vote{2: at(2, 3), 3: at(3, 2), 4: at(4, 3)})
		if got := p.n.currentVote.vote; got != at(4, 3) {
			t.Errorf("votes for %v", got)
		}
	})
	t.Run("one that did not answer gets none", func(t *testing.T) {
		p := tallied(t, 1, map[nodes.ID]vote{2: at(5, 9), 3: at(5, 9), 4: at(5, 9)})
		if got := p.n.currentVote.leader; got != 1 {
			t.Errorf("votes for %v", got)
		}
		p.wantsRole(nodes.Looking, electing)
	})
	t.Run("the highest zxid heard of a candidate is its zxid", func(t *testing.T) {
		p := tallied(t, 1, map[nodes.ID]vote{2: at(2, 3), 3: at(3, 1), 4: at(3, 5)})
		if got := p.n.currentVote.vote; got != at(3, 5) {
			t.Errorf("votes for %v", got)
		}
	})
}

func TestR_LEG_4_MoreThanHalfOfTheVotersElect(t *testing.T) {
	v := vote{leader: 4}
	t.Run("two of five do not", func(t *testing.T) {
		p := tallied(t, 1, map[nodes.ID]vote{4: v, 5: v})
		p.wantsRole(nodes.Looking, electing)
	})
	t.Run("three do; the leader gets a moment to notice", func(t *testing.T) {
		p := tallied(t, 1, map[nodes.ID]vote{3: v, 4: v, 5: v})
		p.wantsRole(nodes.Looking, electing)
		if got := p.armed(electionTimer); got != followPause {
			t.Errorf("waits %v", got)
		}
		p.expire(electionTimer)
		p.wantsRole(nodes.Following, discovering)
		p.wants("dial s4")
	})
	t.Run("whom they elect leads at once", func(t *testing.T) {
		p := tallied(t, 4, map[nodes.ID]vote{1: v, 2: v})
		p.wantsRole(nodes.Leading, discovering)
	})
	t.Run("a majority decides, be there a better candidate or not", func(t *testing.T) {
		p := tallied(t, 1, map[nodes.ID]vote{2: v, 3: v, 4: v, 5: {leader: 5, zxid: 9}})
		p.expire(electionTimer)
		p.wants("dial s4")
	})
	t.Run("an observer joins them", func(t *testing.T) {
		p := newProbe(t, setup{id: 4, options: alg(0)})
		for id := range nodes.FirstN(3).All() {
			p.datagram(id, VoteReply{1, 3, 0})
		}
		p.expire(electionTimer)
		p.wantsRole(nodes.Observing, discovering)
	})
}
