package zab

import (
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// ack lets followers of s5 acknowledge.
func (p *probe) ack(z Zxid, from ...nodes.ID) {
	for _, id := range from {
		p.receive(conn(id, 5), &Ack{z})
	}
}

// five is a leader s5 of epoch 1 with the given followers.
func five(t *testing.T, followers ...nodes.ID) *probe {
	t.Helper()
	return lead(t, setup{id: 5, voters: 5}, followers...)
}

func TestR_BC_4_ProposeToFollowersThenToOwnDisk(t *testing.T) {
	p := five(t, 1, 2)
	p.write(7, 1, "x")
	p.wants("s1 PROPOSAL 1.1", "s2 PROPOSAL 1.1", "append txn 1.1", "fsync log")
	p.write(7, 2, "y")
	p.wants("s1 PROPOSAL 1.2", "s2 PROPOSAL 1.2") // R-DUR-7: the disk is busy
}

func TestR_BC_5_LeadersOwnDiskIsNothingSpecial(t *testing.T) {
	t.Run("a quorum of followers commits without it", func(t *testing.T) {
		p := five(t, 1, 2, 3)
		p.write(7, 1, "x")
		p.forget()
		p.ack(MakeZxid(1, 1), 1, 2)
		p.wants()
		p.ack(MakeZxid(1, 1), 3)
		p.wants("s1 COMMIT 1.1", "s2 COMMIT 1.1", "s3 COMMIT 1.1", "deliver 1.1", "c7#1 done did x")
	})
	t.Run("it counts after its fsync", func(t *testing.T) {
		p := five(t, 1, 2)
		p.write(7, 1, "x")
		p.ack(MakeZxid(1, 1), 1, 2)
		p.forget()
		p.sync()
		p.wants("s1 COMMIT 1.1", "s2 COMMIT 1.1", "deliver 1.1", "c7#1 done did x")
	})
}

func TestR_BC_7_AcksThatDoNotCount(t *testing.T) {
	p := five(t, 1, 2)
	p.write(7, 1, "x")
	p.sync()
	p.forget()
	p.ack(MakeZxid(1, 0), 1, 2) // of UPTODATE (S-25)
	p.ack(MakeZxid(0, 9), 1, 2)
	p.ack(MakeZxid(1, 1), 1, 1)
	p.wants()
	p.ack(MakeZxid(1, 5), 1)
	p.wantsNote("ack-unmatched")
}

func TestR_BC_8_CommitsInOrder(t *testing.T) {
	p := five(t, 1, 2)
	p.write(7, 1, "x")
	p.write(7, 2, "y")
	p.sync()
	p.forget()
	p.ack(MakeZxid(1, 2), 1, 2) // could only happen with acks out of order
	p.wants()
	p.ack(MakeZxid(1, 1), 1, 2)
	p.wants("s1 COMMIT 1.1", "s2 COMMIT 1.1", "deliver 1.1", "c7#1 done did x")
}

func TestR_BC_10_FollowerCommitsItsOldestProposal(t *testing.T) {
	begin := func(t *testing.T) *probe {
		t.Helper()
		p := follow(t, setup{id: 1}, 1)
		p.receive(toLeader, propose(txns(1, 1, 2)...)...)
		p.sync()
		p.forget()
		return p
	}
	t.Run("in order", func(t *testing.T) {
		p := begin(t)
		p.receive(toLeader, &Commit{MakeZxid(1, 1)}, &Commit{MakeZxid(1, 2)})
		p.wants("deliver 1.1", "deliver 1.2")
	})
	t.Run("another one ends the process", func(t *testing.T) {
		p := begin(t)
		p.receive(toLeader, &Commit{MakeZxid(1, 2)})
		p.wants("exit: Committing zxid 1.2 but next pending txn 1.1")
	})
	t.Run("none is ignored (S-23)", func(t *testing.T) {
		p := follow(t, setup{id: 1}, 1)
		p.receive(toLeader, &Commit{MakeZxid(1, 1)})
		p.wants()
		p.wantsNote("commit-without-proposal")
	})
}

func TestR_BC_11_ApplyingDoesNotWaitForTheOwnDisk(t *testing.T) {
	p := follow(t, setup{id: 1}, 1)
	p.receive(toLeader, propose(txnAt(1, 1))...)
	p.forget()
	p.receive(toLeader, &Commit{MakeZxid(1, 1)})
	p.wants("deliver 1.1")
}

func TestR_BC_6_AProposalGapIsOnlyAWarning(t *testing.T) {
	p := follow(t, setup{id: 1}, 1)
	p.receive(toLeader, propose(txnAt(1, 1), txnAt(1, 3))...)
	p.wantsNote("proposal-gap") // S-24
	p.wants("append txn 1.1", "fsync log")
}

func TestR_BC_14_CommittedLogHasNoHoles(t *testing.T) {
	d := database{}
	for _, x := range append(txns(1, 1, 3), txns(2, 1, 2)...) {
		d.remember(x, 4)
	}
	d.remember(txnAt(2, 1), 4) // known
	if lowest, highest := d.bounds(); lowest != MakeZxid(1, 2) || highest != MakeZxid(2, 2) {
		t.Errorf("it holds %v to %v, want the newest four", lowest, highest)
	}
	defer func() {
		if recover() == nil {
			t.Error("it took 2.4 after 2.2 (ZOOKEEPER-4925)")
		}
	}()
	d.remember(txnAt(2, 4), 4)
}

func TestR_ZXID_2_FirstTransactionOfAnEpoch(t *testing.T) {
	p := lead(t, setup{id: 3, accepted: 4, current: 4, log: txns(4, 1, 7)}, 1)
	p.write(7, 1, "x")
	p.wants("s1 PROPOSAL 5.1", "append txn 5.1", "fsync log")
}

func TestR_STATE_2_StepDownTurnsClientsAwayFirst(t *testing.T) {
	p := lead(t, setup{id: 3}, 1)
	p.write(7, 1, "x")
	p.sync()
	p.forget()
	p.n.leader.handlers = nil // nobody is heard any more
	p.n.leader.fullTick = true
	p.expire(tickTimer)
	if p.lines[0] != "c7#1 lost " || p.n.role != nodes.Looking {
		t.Errorf("%v: %q", p.n.role, p.lines)
	}
}

func TestR_ZXID_4_RolloverEndsTheLeadership(t *testing.T) {
	p := lead(t, setup{id: 3, options: func(o *Options) { o.CounterBits = 2 }}, 1)
	p.write(7, 1, "x")
	p.write(7, 2, "y")
	p.sync()
	p.forget()
	p.write(7, 3, "z")
	p.wantsNote("zxid-rollover")
	p.wants("c7#1 lost ", "c7#2 lost ", "c7#3 lost ", "listen false", "close s1>s3",
		"s1 NOTIFICATION s3 1.2 e1 r2", "s2 NOTIFICATION s3 1.2 e1 r2")
}

func TestR_ZXID_3_PreparedAgainstOutstandingChanges(t *testing.T) {
	p := five(t, 1, 2)
	p.write(7, 1, "x")
	p.write(7, 2, "y")
	if got := string(p.n.leader.ahead.Query(nil, nil)); got != "x y " || p.state() != "" {
		t.Errorf("prepared against %q, committed %q", got, p.state())
	}
}

func TestR_TMO_1_QuorumIsCheckedOncePerTick(t *testing.T) {
	p := five(t, 1, 2)
	if got := p.armed(tickTimer); got != 500*time.Millisecond {
		t.Fatalf("half a tick is %v", got)
	}
	p.hangUp(conn(1, 5))
	p.hangUp(conn(2, 5))
	p.expire(tickTimer)
	p.wantsRole(nodes.Leading, broadcasting) // S-28
	p.expire(tickTimer)
	p.wantsNote("quorum-lost")
	p.wantsRole(nodes.Looking, electing)
}

func TestR_TMO_1_SilentLearnersCountForSyncLimit(t *testing.T) {
	p := five(t, 1, 2)
	for _, id := range []nodes.ID{1, 2} {
		p.receive(conn(id, 5), Ping{})
	}
	p.forget()
	ticks := 0
	for p.n.role == nodes.Leading {
		p.expire(tickTimer)
		if p.n.role == nodes.Leading {
			p.wants("s1 PING", "s2 PING")
		}
		ticks++
	}
	if ticks != 2*(5+1) {
		t.Errorf("it stepped down after %d half ticks, want %d: the sixth tick exceeds the deadline", ticks, 2*(5+1))
	}
}

func TestR_TMO_3_AnyPacketKeepsALearnerAlive(t *testing.T) {
	p := five(t, 1, 2)
	for range 40 {
		p.expire(tickTimer)
		p.receive(conn(1, 5), Ping{})
		p.receive(conn(2, 5), &Ack{MakeZxid(1, 0)})
	}
	p.wantsRole(nodes.Leading, broadcasting)
}

func TestR_TMO_5_SlowLearnerIsDropped(t *testing.T) {
	p := five(t, 1, 2, 3)
	p.write(7, 1, "x")
	p.sync()
	for half := 1; ; half++ {
		p.ack(MakeZxid(1, 1), 2, 3)
		p.expire(tickTimer)
		for _, id := range []nodes.ID{1, 2, 3} {
			p.receive(conn(id, 5), Ping{}) // alive, but s1 does not acknowledge
		}
		if p.n.handlerOf(conn(1, 5)) == nil {
			if half != 2*5+1 {
				t.Errorf("dropped after %d half ticks", half)
			}
			break
		}
	}
	p.wantsRole(nodes.Leading, broadcasting)
}

func TestR_TMO_5_OnlyTheOldestAndTheNewestAreWatched(t *testing.T) {
	s := slowProposal{on: true}
	s.sent(1)
	s.halfTick()
	s.sent(2)
	s.halfTick()
	s.sent(3)
	if got := s.halfTick(); got != 3 {
		t.Errorf("1 is %d half ticks old", got)
	}
	s.acked(2) // nobody knows 2 any more
	s.acked(1)
	if s.oldest != 3 || s.oldestAge != 1 {
		t.Errorf("watches %v of age %d", s.oldest, s.oldestAge)
	}
	s.acked(3)
	if got := s.halfTick(); got != 0 {
		t.Errorf("nothing is outstanding, age %d", got)
	}
}

func TestR_TMO_FollowerGivesUpASilentLeader(t *testing.T) {
	p := follow(t, setup{id: 1}, 1)
	read := nodes.Timer{Name: readTimer, Key: uint32(toLeader)}
	if got := p.timers[read]; got != 5*time.Second {
		t.Errorf("it waits %v", got)
	}
	p.receive(toLeader, Ping{Zxid: 7})
	p.wants("s3 PING")
	p.expireTimer(read)
	p.wantsRole(nodes.Looking, electing)
}

func TestR_TMO_HandlerGivesUpASilentLearner(t *testing.T) {
	p := five(t, 1, 2)
	p.expireTimer(nodes.Timer{Name: readTimer, Key: uint32(conn(1, 5))})
	p.wants("close s1>s5")
	p.wantsRole(nodes.Leading, broadcasting)
}

func TestR_TMO_8_LeaderLetsItsLearnersGoLast(t *testing.T) {
	p := five(t, 1, 2)
	p.write(7, 1, "x")
	p.ack(MakeZxid(1, 1), 1, 2)
	p.forget()
	for i := range p.n.leader.handlers {
		p.n.leader.handlers[i].ticksLeft = -1
	}
	p.expire(tickTimer)
	p.expire(tickTimer)
	p.wants("s1 PING", "s2 PING", "c7#1 lost ", "listen false")
	p.receive(conn(1, 5), Request{Client: 8, Seq: 1}, Ping{}) // too late
	p.wants()
	p.sync()
	// The fsync was the third acknowledgement: a COMMIT still goes out.
	p.wants("s1 COMMIT 1.1", "s2 COMMIT 1.1", "close s1>s5", "close s2>s5",
		"s1 NOTIFICATION s5 1.1 e1 r2", "s2 NOTIFICATION s5 1.1 e1 r2", "s3 NOTIFICATION s5 1.1 e1 r2", "s4 NOTIFICATION s5 1.1 e1 r2")
}

func TestR_OBS_2_ObserversCountInNoQuorum(t *testing.T) {
	p := five(t, 1, 2)
	p.join(6, 0, AckEpoch{0, MakeZxid(1, 0)})
	p.receive(conn(6, 5), &Ack{MakeZxid(1, 0)})
	p.write(7, 1, "x")
	p.sync()
	p.ack(MakeZxid(1, 1), 1)
	p.forget()
	p.ack(MakeZxid(1, 1), 6)
	p.wants()
	p.ack(MakeZxid(1, 1), 2)
	p.wants("s1 COMMIT 1.1", "s2 COMMIT 1.1", "s6 INFORM 1.1", "deliver 1.1", "c7#1 done did x")
}
