package zab

import (
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

func TestR_DISC_1_PortIsOpenOnlyWhileLeading(t *testing.T) {
	p := newProbe(t, setup{id: 3})
	p.hear(1, looking(3, 0, 0, 1))
	p.open(conn(1, 3))
	p.wants("close s1>s3")
	p.expire(finalizeTimer)
	p.wants("listen true")
	p.expire(waitTimer)
	p.wants("listen false", "s1 NOTIFICATION s3 0.0 e0 r2", "s2 NOTIFICATION s3 0.0 e0 r2")
}

func TestR_DISC_2_LearnerDialsFiveTimes(t *testing.T) {
	p := newProbe(t, setup{id: 1})
	p.settledOn(3)
	refused := &nodes.Refused{Peer: 3, On: quorumChannel}
	for range 4 {
		p.wants("dial s3")
		p.step(refused)
		p.wants()
		if got := p.armed(retryTimer); got != 100*time.Millisecond {
			t.Fatalf("pauses %v", got)
		}
		p.expire(retryTimer)
	}
	p.wants("dial s3")
	p.step(refused)
	p.wantsNote("connect-failed")
	p.wantsRole(nodes.Looking, electing)
}

func TestR_DISC_2_LearnerGivesUpAfterInitLimit(t *testing.T) {
	p := newProbe(t, setup{id: 1})
	p.settledOn(3)
	p.expire(connectTimer)
	p.wantsRole(nodes.Looking, electing)
	p.forget()
	p.open(conn(1, 3))
	p.wants("close s1>s3") // the dial came through too late
}

func TestR_DISC_4_FirstPacket(t *testing.T) {
	p := elected(t, setup{id: 3, accepted: 2, current: 1})
	p.open(conn(1, 3))
	p.receive(conn(1, 3), &Ack{})
	p.wants("close s1>s3")

	q := newProbe(t, setup{id: 1, accepted: 2, current: 1})
	q.settledOn(3)
	q.forget()
	q.open(conn(1, 3))
	q.wants("s3 FOLLOWERINFO 2")
	q.receive(conn(1, 3), Diff{})
	q.wantsRole(nodes.Looking, electing)
}

func TestR_DISC_5_FirstQuorumDecidesTheEpoch(t *testing.T) {
	p := elected(t, setup{id: 5, voters: 5, accepted: 1, current: 1})
	for id, accepted := range map[nodes.ID]uint64{1: 4, 6: 7} { // an observer's promise binds as well (S-15)
		p.open(conn(id, 5))
		if id == 6 {
			p.receive(conn(id, 5), ObserverInfo{accepted})
		} else {
			p.receive(conn(id, 5), FollowerInfo{accepted})
		}
	}
	p.wants()
	p.open(conn(2, 5))
	p.receive(conn(2, 5), FollowerInfo{1})
	p.wants("acceptedEpoch := epoch 8")
	p.open(conn(3, 5))
	p.receive(conn(3, 5), FollowerInfo{20})
	p.wants() // decided, and not raised any more
	p.sync()
	// R-DISC-7: it leaves when it is durable, to everybody who waits.
	p.wants("s1 LEADERINFO 8", "s2 LEADERINFO 8", "s3 LEADERINFO 8", "s6 LEADERINFO 8")
	p.open(conn(4, 5))
	p.receive(conn(4, 5), FollowerInfo{1})
	p.wants("s4 LEADERINFO 8")
}

func TestR_DISC_5_ObserversMakeNoQuorum(t *testing.T) {
	p := elected(t, setup{id: 3})
	for _, id := range []nodes.ID{4, 5, 6} {
		p.open(conn(id, 3))
		p.receive(conn(id, 3), ObserverInfo{})
	}
	p.wants()
}

func TestR_DISC_6_WhoHasLeftStillCounts(t *testing.T) {
	p := elected(t, setup{id: 5, voters: 5})
	p.open(conn(1, 5))
	p.receive(conn(1, 5), FollowerInfo{})
	p.hangUp(conn(1, 5))
	p.open(conn(2, 5))
	p.receive(conn(2, 5), FollowerInfo{})
	p.wants("acceptedEpoch := epoch 1")
}

func TestR_DISC_8_LearnerWeighsTheEpoch(t *testing.T) {
	begin := func(t *testing.T) *probe {
		t.Helper()
		p := newProbe(t, setup{id: 1, accepted: 5, current: 4, log: txns(4, 1, 2)})
		p.settledOn(3)
		p.open(conn(1, 3))
		p.forget()
		return p
	}
	t.Run("a newer one is promised durably, then acknowledged", func(t *testing.T) {
		p := begin(t)
		p.receive(conn(1, 3), LeaderInfo{6})
		p.wants("acceptedEpoch := epoch 6")
		if p.n.acceptedEpoch != 5 {
			t.Error("it counts as promised before it is durable (R-DUR-1)")
		}
		p.sync()
		p.wants("s3 ACKEPOCH 4 4.2")
		p.wantsRole(nodes.Following, synchronizing)
	})
	t.Run("the same one is not promised again", func(t *testing.T) {
		p := begin(t)
		p.receive(conn(1, 3), LeaderInfo{5})
		p.wants("s3 ACKEPOCH -1 4.2")
	})
	t.Run("an older one is refused", func(t *testing.T) {
		p := begin(t)
		p.receive(conn(1, 3), LeaderInfo{4})
		p.wantsNote("epoch-refused")
		p.wantsRole(nodes.Looking, electing)
	})
}

func TestR_DISC_9_EpochAcks(t *testing.T) {
	own := setup{id: 5, voters: 5, accepted: 2, current: 2, log: txns(2, 1, 3)}
	joined := func(t *testing.T) *probe {
		t.Helper()
		p := elected(t, own)
		for _, id := range []nodes.ID{1, 2, 3} {
			p.open(conn(id, 5))
			p.receive(conn(id, 5), FollowerInfo{2})
		}
		p.sync()
		p.forget()
		return p
	}
	z := MakeZxid(2, 3)
	t.Run("a quorum enters the epoch", func(t *testing.T) {
		p := joined(t)
		p.receive(conn(1, 5), AckEpoch{2, z})
		p.wants()
		p.receive(conn(2, 5), AckEpoch{2, z})
		// R-DISC-12, S-29: learners are synchronized while the epoch is written.
		p.wants("currentEpoch := epoch 3", "s1 DIFF 2.3", "s1 NEWLEADER 3", "s2 DIFF 2.3", "s2 NEWLEADER 3")
		p.wantsRole(nodes.Leading, discovering)
		p.sync()
		p.wantsRole(nodes.Leading, synchronizing)
	})
	t.Run("-1 does not count, but is synchronized (S-12)", func(t *testing.T) {
		p := joined(t)
		p.receive(conn(1, 5), AckEpoch{-1, z})
		p.receive(conn(2, 5), AckEpoch{2, z})
		p.wants()
		p.receive(conn(3, 5), AckEpoch{2, z})
		p.wants("currentEpoch := epoch 3", "s1 DIFF 2.3", "s1 NEWLEADER 3",
			"s2 DIFF 2.3", "s2 NEWLEADER 3", "s3 DIFF 2.3", "s3 NEWLEADER 3")
	})
	t.Run("a learner that is ahead loses its connection, nothing more (R-DISC-11)", func(t *testing.T) {
		p := joined(t)
		p.receive(conn(1, 5), AckEpoch{2, z + 1})
		p.wants("close s1>s5")
		p.wantsNote("follower-ahead")
		p.receive(conn(2, 5), AckEpoch{2, z})
		p.receive(conn(3, 5), AckEpoch{2, z})
		if p.n.leader.stage != writingCurrentEpoch {
			t.Error("the others do not suffice")
		}
	})
	t.Run("once decided nothing is checked (S-13)", func(t *testing.T) {
		p := joined(t)
		p.receive(conn(1, 5), AckEpoch{2, z})
		p.receive(conn(2, 5), AckEpoch{2, z})
		p.forget()
		p.receive(conn(3, 5), AckEpoch{2, z + 1})
		p.wants("s3 TRUNC 2.3", "s3 NEWLEADER 3")
	})
}

func TestR_DISC_10_MoreRecent(t *testing.T) {
	for _, c := range []struct {
		s, t summary
		want bool
	}{
		{summary{2, 0}, summary{1, 9}, true},
		{summary{1, 9}, summary{2, 0}, false},
		{summary{1, 9}, summary{1, 8}, true},
		{summary{1, 9}, summary{1, 9}, false},
	} {
		if got := c.s.moreRecent(c.t); got != c.want {
			t.Errorf("%v more recent than %v: %v", c.s, c.t, got)
		}
	}
}

func TestR_DISC_16_TwoConnectionsOfOneLearnerCountOnce(t *testing.T) {
	p := elected(t, setup{id: 5, voters: 5})
	for slot := range uint8(2) {
		c := nodes.MakeConn(1, 5, quorumChannel, slot)
		p.open(c)
		p.receive(c, FollowerInfo{})
	}
	p.wants()
	if len(p.n.leader.handlers) != 2 {
		t.Errorf("%d handlers, want both", len(p.n.leader.handlers))
	}
}

func TestLeaderWaitsOnlyInitLimit(t *testing.T) {
	p := elected(t, setup{id: 3})
	if got := p.armed(waitTimer); got != 10*time.Second {
		t.Errorf("waits %v for a quorum", got)
	}
	p.expire(waitTimer)
	p.wantsNote("epoch-timeout")

	p = elected(t, setup{id: 3})
	p.open(conn(1, 3))
	p.receive(conn(1, 3), FollowerInfo{})
	p.sync()
	p.expire(waitTimer)
	p.wantsNote("epoch-ack-timeout")

	p = elected(t, setup{id: 3})
	p.join(1, 0, AckEpoch{})
	p.forget()
	p.expire(waitTimer)
	p.wantsNote("newleader-ack-timeout")
	p.wants("listen false", "close s1>s3", "s1 NOTIFICATION s3 0.0 e1 r2", "s2 NOTIFICATION s3 0.0 e1 r2")
}
