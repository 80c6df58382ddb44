package zab

import (
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// pushed is a vote of a looker, as it comes by datagram.
func pushed(tag uint32, leader nodes.ID, zxid Zxid, round uint64) AuthNotification {
	return AuthNotification{Tag: tag, Leader: leader, Zxid: zxid, Round: round}
}

// letterWait returns how long the letter to a server waits for its answer.
func (p *probe) letterWait(to nodes.ID) time.Duration {
	return p.timers[nodes.Timer{Name: letterTimer, Key: uint32(to)}]
}

func (p *probe) letterExpires(to nodes.ID) {
	p.t.Helper()
	p.expireTimer(nodes.Timer{Name: letterTimer, Key: uint32(to)})
}

func TestR_LEG_6_AlgorithmTwoWantsTheChallenge(t *testing.T) {
	p := newProbe(t, setup{id: 1, options: alg(2)})
	p.datagram(2, pushed(4, 2, 0, 1))
	p.wants()
	p.wantsNote("challenge-unknown")
	p.datagram(2, ChallengeRequest{4})
	p.wants("s2 CHALLENGE #4 1")
	p.datagram(2, ChallengeRequest{4}) // the answer was lost
	p.wants("s2 CHALLENGE #4 1")
	for _, wrong := range []struct {
		from nodes.ID
		m    AuthNotification
	}{
		{2, AuthNotification{Tag: 4, Leader: 2, Round: 1, Challenge: 7}},
		{2, AuthNotification{Tag: 5, Leader: 2, Round: 1, Challenge: 1}},
		{3, AuthNotification{Tag: 4, Leader: 3, Round: 1, Challenge: 1}},
	} {
		p.datagram(wrong.from, wrong.m)
		p.wants()
	}
	p.datagram(2, AuthNotification{Tag: 4, Leader: 2, Round: 1, Challenge: 1})
	if got := p.n.auth.proposal.leader; got != 2 {
		t.Errorf("proposes %v after a notification with the challenge", got)
	}
}

func TestR_LEG_7_ALetterIsSentAgain(t *testing.T) {
	p := bootProbe(t, setup{id: 1, options: alg(1)})
	p.forget()
	p.sync()
	p.wants("s2 AUTHNOTIFICATION #1 s1 0.0 r1", "s3 AUTHNOTIFICATION #2 s1 0.0 r1")
	for _, wait := range []time.Duration{100, 1000, 10_000, 100} { // after the third it starts over
		if got := p.letterWait(2); got != wait*time.Millisecond {
			t.Fatalf("waits %v for the acknowledgement, want %d ms", got, wait)
		}
		p.letterExpires(2)
		p.wants("s2 AUTHNOTIFICATION #1 s1 0.0 r1")
	}
	p.datagram(2, AuthAck{Tag: 1, Leader: 2, State: nodes.Looking})
	if p.letterWait(2) != 0 {
		t.Error("it was acknowledged and is still being sent")
	}
	t.Run("until its round is over", func(t *testing.T) {
		p.n.auth.round++
		for range maxLetterTries {
			p.letterExpires(3)
		}
		if p.letterWait(3) != 0 {
			t.Error("it is still being sent")
		}
	})
}

func TestR_LEG_7_TheChallengeComesFirst(t *testing.T) {
	p := bootProbe(t, setup{id: 1, options: alg(2)})
	p.forget()
	p.sync()
	p.wants("s2 CHALLENGEREQUEST #1", "s3 CHALLENGEREQUEST #2")
	for _, wait := range []time.Duration{100, 200, 400} {
		if got := p.letterWait(2); got != wait*time.Millisecond {
			t.Fatalf("waits %v for the challenge, want %d ms", got, wait)
		}
		p.letterExpires(2)
		p.wants("s2 CHALLENGEREQUEST #1")
	}
	p.letterExpires(2)
	p.forget()
	p.datagram(2, Challenge{9, 5}) // of another letter
	p.wants()
	p.datagram(2, Challenge{1, 5})
	p.wants("s2 AUTHNOTIFICATION #1 s1 0.0 r1 5")
	if got := p.letterWait(2); got != time.Second {
		t.Errorf("waits %v: it is the second attempt", got)
	}
	p.datagram(2, Challenge{1, 5}) // twice
	p.wants()
}

func TestR_LEG_8_NotificationsAreAcknowledgedInEveryState(t *testing.T) {
	p := newProbe(t, setup{id: 1, voters: 5, options: alg(1)})
	p.datagram(2, pushed(4, 1, 0, 1))
	p.wants("s2 AUTHACK #4 s1 0.0 r1 looking")
	for id := range nodes.SetOf(2, 3, 4).All() {
		p.datagram(id, AuthAck{Leader: 3, Zxid: MakeZxid(1, 2), State: nodes.Following})
	}
	p.forget()
	p.datagram(2, pushed(5, 2, 0, 1))
	p.wants("s2 AUTHACK #5 s3 1.2 r2 following")
	if got := len(p.n.auth.received); got != 1 {
		t.Errorf("%d notifications are kept for the next election, want 1", got)
	}
}

func TestR_LEG_8_AcknowledgementsOfSettledServersAreVotes(t *testing.T) {
	p := newProbe(t, setup{id: 1, options: alg(1)})
	p.datagram(2, AuthAck{Tag: 1, Leader: 3, Zxid: MakeZxid(1, 2), Round: 4, State: nodes.Looking})
	if len(p.n.auth.recvset) != 1 {
		t.Error("the acknowledgement of a looker was taken for a vote")
	}
	p.datagram(2, AuthAck{Tag: 1, Leader: 3, Zxid: MakeZxid(1, 2), Round: 4, State: nodes.Following})
	p.wantsRole(nodes.Looking, electing)
	p.datagram(3, AuthAck{Tag: 2, Leader: 3, Zxid: MakeZxid(1, 2), Round: 5, State: nodes.Leading})
	p.wantsRole(nodes.Following, discovering)
}

func TestR_LEG_9_SilenceIsBrokenOnlyIfSomebodyWasHeard(t *testing.T) {
	p := newProbe(t, setup{id: 3, voters: 5, options: alg(1)})
	if got := p.armed(electionTimer); got != 200*time.Millisecond {
		t.Errorf("waits %v", got)
	}
	p.expire(electionTimer)
	p.wants()
	p.datagram(2, pushed(1, 2, 0, 1))
	p.forget()
	p.expire(electionTimer)
	p.wants("s1 AUTHNOTIFICATION #5 s3 0.0 r1", "s2 AUTHNOTIFICATION #6 s3 0.0 r1",
		"s4 AUTHNOTIFICATION #7 s3 0.0 r1", "s5 AUTHNOTIFICATION #8 s3 0.0 r1")
}

func TestR_LEG_10_LookingNotifications(t *testing.T) {
	own := setup{id: 2, voters: 5, accepted: 1, current: 1, log: txns(1, 1, 2), options: alg(1)}
	proposes := func(t *testing.T, p *probe, want nodes.ID, round uint64) {
		t.Helper()
		if e := &p.n.auth; e.proposal.leader != want || e.round != round {
			t.Errorf("proposes %v in round %d, want %v in round %d", e.proposal.leader, e.round, want, round)
		}
	}
	t.Run("a higher zxid is better, whatever its epoch", func(t *testing.T) {
		p := newProbe(t, own)
		p.datagram(1, pushed(1, 1, MakeZxid(1, 3), 1))
		proposes(t, p, 1, 1)
	})
	t.Run("a newer round is weighed against the proposal, unlike R-FLE-10", func(t *testing.T) {
		p := newProbe(t, own)
		p.datagram(3, pushed(1, 3, MakeZxid(1, 9), 1))
		p.datagram(1, pushed(1, 1, MakeZxid(1, 3), 2))
		proposes(t, p, 3, 2)
		if _, kept := p.n.auth.recvset.find(3); kept {
			t.Error("votes of the old round are still counted")
		}
	})
	t.Run("an older round is ignored", func(t *testing.T) {
		p := newProbe(t, own)
		p.datagram(1, pushed(1, 1, 0, 3))
		p.datagram(3, pushed(1, 3, MakeZxid(9, 9), 2))
		proposes(t, p, 2, 3)
	})
}

func TestR_LEG_11_TheEnd(t *testing.T) {
	t.Run("a majority, and a sleep without news", func(t *testing.T) {
		p := newProbe(t, setup{id: 2, voters: 5, options: alg(1)})
		p.datagram(1, pushed(1, 2, 0, 1))
		p.datagram(3, pushed(1, 2, 0, 1))
		p.wantsRole(nodes.Looking, electing)
		if got := p.armed(finalizeTimer); got != 100*time.Millisecond {
			t.Fatalf("sleeps %v", got)
		}
		p.datagram(4, pushed(1, 1, 0, 1)) // thrown away: not better
		p.expire(finalizeTimer)
		p.wantsRole(nodes.Leading, discovering)
		if got := p.n.auth.round; got != 2 {
			t.Errorf("the round after the election is %d, want 2", got)
		}
	})
	t.Run("a better vote goes on", func(t *testing.T) {
		p := newProbe(t, setup{id: 2, voters: 5, options: alg(1)})
		p.datagram(1, pushed(1, 2, 0, 1))
		p.datagram(3, pushed(1, 2, 0, 1))
		p.datagram(5, pushed(1, 5, 0, 1))
		p.expire(finalizeTimer)
		p.wantsRole(nodes.Looking, electing)
		if got := p.n.auth.proposal.leader; got != 5 {
			t.Errorf("proposes %v", got)
		}
	})
	t.Run("all have voted, nobody sleeps", func(t *testing.T) {
		p := newProbe(t, setup{id: 2, options: alg(1)})
		p.datagram(1, pushed(1, 1, 0, 1))
		p.wantsRole(nodes.Looking, electing)
		p.datagram(3, pushed(1, 3, 0, 1))
		p.wantsRole(nodes.Following, discovering)
	})
	t.Run("nobody asks the leader itself", func(t *testing.T) {
		p := newProbe(t, setup{id: 1, voters: 5, options: alg(1)})
		for id := range nodes.SetOf(2, 3, 4).All() {
			p.datagram(id, AuthAck{Leader: 5, Round: 1, State: nodes.Following})
		}
		p.wantsRole(nodes.Following, discovering)
	})
}

func TestElectionsOverDatagramsKnowNoObservers(t *testing.T) {
	for number, want := range map[int]bool{0: true, 1: false, 2: false, 3: true} {
		o := DefaultOptions()
		o.ElectionAlg = number
		if err := Protocol.Check(o, nodes.FirstN(3), nodes.SetOf(4)); (err == nil) != want {
			t.Errorf("electionAlg %d with an observer: %v", number, err)
		}
	}
}
