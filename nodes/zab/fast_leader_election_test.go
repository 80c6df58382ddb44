package zab

import (
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// looking is a vote of a server that looks for a leader.
func looking(leader nodes.ID, zxid Zxid, epoch, round uint64) Notification {
	return Notification{leader, zxid, epoch, round, nodes.Looking}
}

func TestR_FLE_3_ElectionStartsWithOwnVoteToAllVoters(t *testing.T) {
	p := bootProbe(t, setup{id: 2, accepted: 1, current: 1, log: txns(1, 1, 3)})
	p.forget()
	p.sync()
	p.wants("s1 NOTIFICATION s2 1.3 e1 r1", "s3 NOTIFICATION s2 1.3 e1 r1")
	if got := p.n.fle.recvset.agreeing(ballot{vote: p.n.selfVote(), round: 1, state: nodes.Looking}); got != nodes.SetOf(2) {
		t.Errorf("its own vote reached %v, want itself without the network (R-CNX-5)", got)
	}
}

func TestR_FLE_4_ObserverVotesForNobodyAndAsksVoters(t *testing.T) {
	p := bootProbe(t, setup{id: 4, accepted: 1, current: 1, log: txns(1, 1, 3)})
	p.forget()
	p.sync()
	p.wants("s1 NOTIFICATION - 0.0 e0 r1", "s2 NOTIFICATION - 0.0 e0 r1", "s3 NOTIFICATION - 0.0 e0 r1")
}

func TestR_FLE_6_Prefilter(t *testing.T) {
	t.Run("an observer is answered with the last outcome and the current round", func(t *testing.T) {
		p := newProbe(t, setup{id: 2, current: 1, accepted: 1, log: txns(1, 1, 1)})
		p.hear(9, looking(0, 0, 0, 7))
		p.wants("s9 NOTIFICATION s2 1.1 e1 r1") // R-FLE-21
	})
	t.Run("a looker that lags is told our proposal", func(t *testing.T) {
		p := newProbe(t, setup{id: 2})
		p.hear(3, looking(3, 0, 0, 5))
		p.forget()
		p.hear(1, looking(1, 0, 0, 1))
		p.wants("s1 NOTIFICATION s3 0.0 e0 r5")
	})
	t.Run("a settled server tells a looker its leader", func(t *testing.T) {
		p := learn(t, setup{id: 1}, 1)
		p.hear(2, looking(2, 0, 0, 4))
		p.wants("s2 NOTIFICATION s3 0.0 e0 r1 following")
	})
	t.Run("settled servers have nothing to tell each other", func(t *testing.T) {
		p := learn(t, setup{id: 1}, 1)
		p.hear(2, Notification{3, 0, 0, 1, nodes.Following})
		p.wants()
	})
	t.Run("an observer stays silent (S-21)", func(t *testing.T) {
		p := newProbe(t, setup{id: 4})
		p.n.fle.round = 9
		p.hear(1, looking(1, 0, 0, 1))
		p.wants()
	})
}

func TestR_FLE_8_NotificationIntervalDoublesUpToItsLimit(t *testing.T) {
	p := newProbe(t, setup{id: 1, options: func(o *Options) { o.MaxNotificationInterval = 500 * time.Millisecond }})
	for _, want := range []time.Duration{200, 400, 500, 500} {
		if got := p.armed(electionTimer); got != want*time.Millisecond {
			t.Fatalf("waits %v, want %v ms", got, want)
		}
		p.forget()
		p.expire(electionTimer)
		p.wants("s2 NOTIFICATION s1 0.0 e0 r1", "s3 NOTIFICATION s1 0.0 e0 r1")
	}
	p.hear(2, looking(9, 0, 0, 1))
	if got := p.armed(electionTimer); got != 500*time.Millisecond {
		t.Errorf("after a notification it waits %v: traffic must not shorten the wait (S-20)", got)
	}
}

func TestR_FLE_9_VotesForNonVotersAreIgnored(t *testing.T) {
	p := newProbe(t, setup{id: 1})
	p.hear(2, looking(9, MakeZxid(9, 9), 9, 1))
	p.wants()
	p.wantsNote("notification-ignored")
}

func TestR_FLE_10_LookingNotifications(t *testing.T) {
	own := setup{id: 2, voters: 5, accepted: 1, current: 1, log: txns(1, 1, 2)}
	t.Run("a better vote of this round is adopted and spread", func(t *testing.T) {
		p := newProbe(t, own)
		p.hear(3, looking(3, MakeZxid(1, 2), 1, 1))
		p.wants("s1 NOTIFICATION s3 1.2 e1 r1", "s3 NOTIFICATION s3 1.2 e1 r1",
			"s4 NOTIFICATION s3 1.2 e1 r1", "s5 NOTIFICATION s3 1.2 e1 r1")
	})
	t.Run("a worse one is not", func(t *testing.T) {
		p := newProbe(t, own)
		p.hear(3, looking(3, MakeZxid(1, 1), 1, 1))
		p.wants()
	})
	t.Run("an older round is ignored, however good", func(t *testing.T) {
		p := newProbe(t, own)
		p.hear(1, looking(1, 0, 0, 3))
		p.forget()
		p.hear(3, looking(3, MakeZxid(5, 5), 5, 2))
		p.wants("s3 NOTIFICATION s2 1.2 e1 r3")
	})
	t.Run("a newer round is weighed against the own vote, not the proposal", func(t *testing.T) {
		p := newProbe(t, own)
		p.hear(3, looking(3, MakeZxid(1, 9), 1, 1))
		p.forget()
		p.hear(1, looking(1, 0, 0, 2))
		p.wants("s1 NOTIFICATION s2 1.2 e1 r2", "s3 NOTIFICATION s2 1.2 e1 r2",
			"s4 NOTIFICATION s2 1.2 e1 r2", "s5 NOTIFICATION s2 1.2 e1 r2")
		if _, kept := p.n.fle.recvset.find(3); kept {
			t.Error("votes of the old round are still counted")
		}
	})
}

func TestR_FLE_11_TotalOrder(t *testing.T) {
	n := newProbe(t, setup{id: 1}).n
	ordered := []vote{ // each beats those before it
		{},
		{leader: 1},
		{leader: 2},
		{leader: 1, zxid: MakeZxid(1, 1)},
		{leader: 2, zxid: MakeZxid(1, 1)},
		{leader: 1, zxid: MakeZxid(2, 0)},
		{leader: 1, zxid: MakeZxid(1, 1), epoch: 1},
		{leader: 3, zxid: MakeZxid(1, 1), epoch: 1},
		{leader: 1, zxid: MakeZxid(1, 2), epoch: 1},
		{leader: 1, epoch: 2},
	}
	for i, v := range ordered {
		for j, w := range ordered {
			if got := n.beats(v, w); got != (i > j) {
				t.Errorf("%v beats %v: %v", v, w, got)
			}
		}
	}
}

func TestR_FLE_12_AQuorumIsAMajorityOfVoters(t *testing.T) {
	p := newProbe(t, setup{id: 5, voters: 5})
	p.hear(1, looking(5, 0, 0, 1))
	if p.n.fle.finalizing {
		t.Fatal("two of five votes were a quorum")
	}
	p.hear(1, looking(5, 0, 0, 1)) // again
	if p.n.fle.finalizing {
		t.Fatal("a server was counted twice")
	}
	p.hear(2, looking(5, 0, 0, 1))
	if !p.n.fle.finalizing {
		t.Fatal("three of five votes were no quorum")
	}
}

func TestR_FLE_13_FinalizeWait(t *testing.T) {
	decided := func(t *testing.T) *probe {
		t.Helper()
		p := newProbe(t, setup{id: 2, voters: 5})
		p.hear(1, looking(2, 0, 0, 1))
		p.hear(3, looking(2, 0, 0, 1))
		p.forget()
		return p
	}
	t.Run("silence ends the election", func(t *testing.T) {
		p := decided(t)
		p.expire(finalizeTimer)
		p.wantsRole(nodes.Leading, discovering)
	})
	t.Run("what does not beat the proposal is thrown away, whatever it is (S-18)", func(t *testing.T) {
		p := decided(t)
		p.hear(4, Notification{1, 0, 0, 1, nodes.Leading})
		p.wants()
		if _, kept := p.n.fle.outside.find(4); kept {
			t.Error("it was kept")
		}
		p.expire(finalizeTimer)
	})
	t.Run("a better vote resumes the election", func(t *testing.T) {
		p := decided(t)
		p.hear(5, looking(5, 0, 0, 1))
		p.wantsNote("finalize-interrupted")
		if p.armed(finalizeTimer) != 0 || p.armed(electionTimer) == 0 {
			t.Error("it still waits for the end of the old election")
		}
		if p.n.fle.proposal.leader != 5 {
			t.Errorf("it proposes %v", p.n.fle.proposal.leader)
		}
	})
}

func TestR_FLE_14_SameRoundNeedsQuorumAndLeadersWord(t *testing.T) {
	p := newProbe(t, setup{id: 1, voters: 5})
	p.hear(2, Notification{5, 0, 0, 1, nodes.Following})
	p.hear(3, Notification{5, 0, 0, 1, nodes.Following})
	p.hear(4, Notification{5, 0, 0, 1, nodes.Following})
	p.wantsRole(nodes.Looking, electing) // R-FLE-16: s5 has not said that it leads
	p.hear(5, Notification{5, 0, 0, 1, nodes.Leading})
	p.wantsRole(nodes.Following, discovering)
	p.wantsNote("elected-same-round")
}

func TestR_FLE_15_LatecomerJoinsAnEstablishedLeaderOfAnotherRound(t *testing.T) {
	p := newProbe(t, setup{id: 1})
	p.hear(3, Notification{3, MakeZxid(1, 5), 2, 8, nodes.Leading})
	p.wantsRole(nodes.Looking, electing)
	p.hear(2, Notification{3, MakeZxid(1, 4), 2, 7, nodes.Following}) // zxid and round may differ
	p.wantsRole(nodes.Following, discovering)
	if p.n.fle.round != 7 {
		t.Errorf("its round is %d, want that of the last notification", p.n.fle.round)
	}
}

func TestR_FLE_16_OthersMakeUsLeaderOnlyInOurRound(t *testing.T) {
	p := newProbe(t, setup{id: 3})
	p.hear(1, Notification{3, 0, 0, 9, nodes.Following})
	p.hear(2, Notification{3, 0, 0, 9, nodes.Following})
	p.wantsRole(nodes.Looking, electing)
	p.n.fle.round = 9
	p.hear(2, Notification{3, 0, 0, 9, nodes.Following})
	p.wantsRole(nodes.Leading, discovering)
}

func TestR_FLE_17_VoteEquality(t *testing.T) {
	b := ballot{vote: vote{3, MakeZxid(1, 1), 1}, round: 2, state: nodes.Following}
	with := func(f func(*ballot)) ballot { c := b; f(&c); return c }
	for _, c := range []struct {
		name string
		b, c ballot
		want bool
	}{
		{"settled: zxid does not matter", b, with(func(c *ballot) { c.zxid = 9 }), true},
		{"settled: round does not matter", b, with(func(c *ballot) { c.round = 9 }), true},
		{"settled: state does not matter", b, with(func(c *ballot) { c.state = nodes.Leading }), true},
		{"settled: epoch matters", b, with(func(c *ballot) { c.epoch = 9 }), false},
		{"settled: leader matters", b, with(func(c *ballot) { c.leader = 9 }), false},
		{"settled, formats differ: epoch does not matter (S-19)", b, with(func(c *ballot) { c.epoch, c.format = 9, true }), true},
		{"looking: zxid matters", with(func(c *ballot) { c.state = nodes.Looking }), with(func(c *ballot) { c.zxid = 9 }), false},
		{"looking: round matters", with(func(c *ballot) { c.state = nodes.Looking }), with(func(c *ballot) { c.round = 9 }), false},
		{"looking: equal", with(func(c *ballot) { c.state = nodes.Looking }), b, true},
	} {
		if c.b.agrees(c.c) != c.want || c.c.agrees(c.b) != c.want {
			t.Errorf("%s: want %v", c.name, c.want)
		}
	}
}

func TestR_FLE_18_ObserversAreNotCounted(t *testing.T) {
	p := newProbe(t, setup{id: 1})
	p.hear(2, Notification{3, 0, 0, 1, nodes.Observing})
	p.hear(3, Notification{3, 0, 0, 1, nodes.Observing})
	p.wantsRole(nodes.Looking, electing)
}

func TestR_FLE_20_EstablishedServersAnswerWithTheNewEpoch(t *testing.T) {
	p := follow(t, setup{id: 1}, 4)
	p.hear(2, looking(2, 0, 0, 1))
	p.wants("s2 NOTIFICATION s3 0.0 e4 r1 following")
}

func TestR_FLE_23_ObserverEndsObserving(t *testing.T) {
	p := newProbe(t, setup{id: 4})
	p.settledOn(3)
	p.wantsRole(nodes.Observing, discovering)
	p.wants("dial s3")
}

func TestR_STATE_4_ObserverPausesBetweenLeaders(t *testing.T) {
	p := newProbe(t, setup{id: 4})
	p.settledOn(3)
	p.open(conn(4, 3))
	p.forget()
	p.hangUp(conn(4, 3))
	p.wants("close s4>s3")
	p.hear(3, looking(3, 0, 0, 1))
	p.wants() // it keeps what it hears
	p.expire(delayTimer)
	p.wants("s1 NOTIFICATION - 0.0 e0 r2", "s2 NOTIFICATION - 0.0 e0 r2", "s3 NOTIFICATION - 0.0 e0 r2")
}

func TestR_CNX_6_NotificationsWaitInABoundedQueue(t *testing.T) {
	p := newProbe(t, setup{id: 4})
	p.n.fle.running = false
	for round := range uint64(receiveCapacity + 5) {
		p.hear(1, looking(1, 0, 0, round))
	}
	q := p.n.fle.received
	if len(q) != receiveCapacity || q[0].msg.Round != 5 {
		t.Errorf("%d wait, the oldest of round %d; want %d, the oldest dropped", len(q), q[0].msg.Round, receiveCapacity)
	}
}

func TestR_FLE_21_WhileLookingTheLastOutcomeIsToldToObservers(t *testing.T) {
	p := follow(t, setup{id: 1}, 4)
	p.hangUp(conn(1, 3))
	p.wantsRole(nodes.Looking, electing)
	p.forget()
	p.hear(9, looking(0, 0, 0, 1))
	p.wants("s9 NOTIFICATION s3 0.0 e4 r2") // its leader of yesterday, in the round of today
}

func TestR_FLE_22_ALeaderLosesPatienceWithItsVoters(t *testing.T) {
	impatient := setup{id: 3, voters: 5, options: func(o *Options) { o.MaxTimeToWaitForEpoch = time.Second }}
	t.Run("when the time is up", func(t *testing.T) {
		p := elected(t, impatient) // by s1 and s2
		p.hear(1, looking(1, 0, 0, 2))
		p.wantsRole(nodes.Leading, discovering)
		if got := p.armed(patienceTimer); got != time.Second {
			t.Fatalf("waits %v", got)
		}
		p.expire(patienceTimer)
		p.wantsRole(nodes.Leading, discovering)
		p.hear(4, looking(4, 0, 0, 2)) // never voted for s3
		p.wantsRole(nodes.Leading, discovering)
		p.forget()
		p.hear(2, looking(2, 0, 0, 2))
		p.wantsRole(nodes.Looking, electing)
		p.wantsNote("voter-disloyal")
	})
	t.Run("not once an epoch is chosen", func(t *testing.T) {
		p := elected(t, impatient)
		p.join(1, 0, AckEpoch{0, 0})
		p.join(2, 0, AckEpoch{0, 0})
		p.expire(patienceTimer)
		p.hear(2, looking(2, 0, 0, 2))
		if p.n.role != nodes.Leading {
			t.Error("it quit")
		}
	})
	t.Run("not unless told to", func(t *testing.T) {
		p := elected(t, setup{id: 3})
		if p.armed(patienceTimer) != 0 {
			t.Error("it has a limit by default")
		}
	})
}

func TestR_LEG_12_BeforeEpochs(t *testing.T) {
	old := setup{id: 1, voters: 5, accepted: 2, current: 2, log: txns(1, 1, 3), defect: catalogue[voteWithoutEpoch].Name}
	t.Run("votes are ordered by zxid and id", func(t *testing.T) {
		p := newProbe(t, old)
		p.hear(2, looking(2, MakeZxid(1, 4), 1, 1))
		if got := p.n.fle.proposal.leader; got != 2 {
			t.Errorf("proposes %v", got)
		}
	})
	t.Run("when all have voted nobody waits", func(t *testing.T) {
		p := newProbe(t, old)
		for id := range nodes.SetOf(2, 3, 4).All() {
			p.hear(id, looking(id, MakeZxid(1, 4), 1, 1))
		}
		p.wantsRole(nodes.Looking, electing)
		p.hear(5, looking(5, MakeZxid(1, 4), 1, 1))
		p.wantsRole(nodes.Following, discovering)
		p.wantsNote("elected-by-all")
	})
}
