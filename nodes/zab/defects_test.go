package zab

import (
	"slices"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/znode"
)

func TestDefectCommitOnMinority(t *testing.T) {
	p := lead(t, setup{id: 5, voters: 5, defect: "commit-on-minority"}, 1, 2)
	p.write(7, 1, "x")
	p.forget()
	p.ack(MakeZxid(1, 1), 1)
	p.wants("s1 COMMIT 1.1", "s2 COMMIT 1.1", "deliver 1.1", "c7#1 done did x")
}

func TestDefectAckBeforeFsync(t *testing.T) {
	s := stale
	s.defect = "ack-before-fsync"
	p := follow(t, s, 2)
	p.receive(toLeader, propose(txnAt(2, 1))...)
	p.wants("append txn 2.1", "fsync log", "s3 ACK 2.1")
	p.sync()
	p.wants()
}

func TestDefectElectByID(t *testing.T) {
	p := newProbe(t, setup{id: 2, voters: 5, accepted: 1, current: 1, log: txns(1, 1, 2), defect: "elect-by-id"})
	p.hear(3, looking(3, 0, 0, 1))
	if got := p.n.fle.proposal.leader; got != 3 {
		t.Errorf("it proposes %v, want s3 in spite of its history", got)
	}
}

func TestDefectForgetAcceptedEpoch(t *testing.T) {
	p := newProbe(t, setup{id: 1, accepted: 7, current: 2, log: txns(2, 1, 1), defect: "forget-accepted-epoch"})
	if p.n.acceptedEpoch != 2 {
		t.Errorf("it remembers to have promised %d", p.n.acceptedEpoch)
	}
}

func TestDefectSkipTrunc(t *testing.T) {
	p := lead(t, setup{id: 3, accepted: 1, current: 1, log: txns(1, 1, 3), defect: "skip-trunc"}, 1)
	p.join(2, 1, AckEpoch{1, MakeZxid(1, 5)})
	p.wants("s2 LEADERINFO 2", "s2 DIFF 1.3", "s2 NEWLEADER 2")
}

func TestDefect5094KeepsMemoryThatTheDiskHasNot(t *testing.T) {
	// No leader sends a COMMIT between TRUNC and NEWLEADER here: what is committed
	// is applied at once, and nothing committed follows a TRUNC. ZooKeeper's may.
	p := learn(t, setup{id: 1, accepted: 1, current: 1, log: txns(1, 1, 5)}.in("ZOOKEEPER-5094"), 2)
	p.receive(toLeader, Trunc{MakeZxid(1, 3)})
	p.sync()
	p.receive(toLeader, committed(txnAt(2, 1))...)
	p.hangUp(toLeader)
	if v := p.n.selfVote(); v.zxid != MakeZxid(2, 1) || p.n.files.last() != MakeZxid(1, 3) {
		t.Errorf("it votes with %v, its disk ends with %v", v.zxid, p.n.files.last())
	}
}

func TestDefectS8KeepsTheNextRecord(t *testing.T) {
	gap := append(txns(1, 1, 2), txns(1, 5, 6)...)
	p := learn(t, setup{id: 1, accepted: 1, current: 1, log: gap}.in("E"), 2)
	p.receive(toLeader, Trunc{MakeZxid(1, 3)})
	p.wants("truncate log to 3")
	p = learn(t, setup{id: 1, accepted: 1, current: 1, log: gap}.in("E"), 2)
	p.receive(toLeader, Trunc{MakeZxid(1, 7)})
	p.wants("exit: Not able to truncate the log 1.7")
}

func TestDefectR_DUR_8_SnapshotOfWhatTheLogHasNot(t *testing.T) {
	for profile, want := range map[string]bool{"safe": false, "F": true} {
		s := stale.in(profile)
		tune := s.options
		s.options = func(o *Options) { tune(o); o.SnapCount = 2 }
		p := follow(t, s, 2)
		p.receive(toLeader, propose(txns(2, 1, 3)...)...)
		p.syncOne()
		p.receive(toLeader, propose(txnAt(2, 4))...)
		for c := uint64(1); c <= 4; c++ {
			p.receive(toLeader, &Commit{MakeZxid(2, c)})
		}
		p.forget()
		p.syncOne() // 2.2 and 2.3; 2.4 is applied and not written
		taken := strings.Contains(strings.Join(p.lines, ","), "append snapshot 2.4")
		if taken != want {
			t.Errorf("%s: snapshot taken: %v", profile, taken)
		}
	}
}

func TestDefectS_21_ObserverAnswersAVoterThatLooks(t *testing.T) {
	p := newProbe(t, setup{id: 4}.in("F"))
	p.settledOn(3)
	p.forget()
	p.hear(2, looking(2, 0, 0, 7))
	p.wants("s2 NOTIFICATION s3 0.0 e0 r1 observing")
}

func TestDefectR_SYNC_L_7_DecisionOf3_4(t *testing.T) {
	leader := setup{id: 3, accepted: 2, current: 2, log: append(txns(1, 1, 2), txnAt(2, 1))}
	for _, c := range []struct {
		peer Zxid
		want string
	}{
		{MakeZxid(2, 1), "s2 DIFF 2.1"},
		{MakeZxid(1, 1), "s2 DIFF 2.1"},
		{MakeZxid(1, 5), "s2 TRUNC 1.2"}, // across epochs
		{MakeZxid(2, 0), "s2 TRUNC 1.2"}, // not taken for the beginning of an epoch
		{MakeZxid(2, 7), "s2 TRUNC 2.1"},
		{0, "s2 SNAP 2.1"}, // not from the log files
	} {
		p := elected(t, leader.in("A"))
		p.join(1, 2, AckEpoch{2, MakeZxid(2, 1)})
		p.forget()
		p.join(2, 2, AckEpoch{2, c.peer})
		if !slices.Contains(p.lines, c.want) {
			t.Errorf("a learner with %v gets %q, not %s", c.peer, p.lines, c.want)
		}
	}
}

func TestR_P0_5_FollowerServesBeforeAnybodyHasAcknowledged(t *testing.T) {
	s := setup{id: 1, log: txns(1, 1, 2)}.in("P0")
	p := newProbe(t, s)
	p.settledOn(3)
	p.forget()
	p.open(toLeader)
	p.wants("s3 FOLLOWERINFO 1.2")
	p.receive(toLeader, NewLeader{2}, Diff{MakeZxid(1, 3)})
	p.receive(toLeader, committed(txnAt(1, 3))...)
	p.wants()
	p.receive(toLeader, UpToDate{})
	p.wants("append snapshot 1.3", "s3 ACK 2.0", "deliver 1.1", "deliver 1.2", "deliver 1.3")
	p.wantsRole(nodes.Following, broadcasting)
}

func TestR_P0_3_OldLeaderIsRefused(t *testing.T) {
	p := newProbe(t, setup{id: 1, log: txns(2, 1, 1)}.in("P0"))
	p.settledOn(3)
	p.open(toLeader)
	p.receive(toLeader, NewLeader{1})
	p.wantsNote("epoch-refused")
}

func TestR_P0_2_LeaderSendsEverythingAtOnce(t *testing.T) {
	p := elected(t, setup{id: 3, log: txns(1, 1, 2)}.in("P0")) // R-P0-1: epoch 2
	c := conn(1, 3)
	p.open(c)
	p.receive(c, OldInfo{LastZxid: MakeZxid(1, 1)})
	p.wants("s1 NEWLEADER 2", "s1 DIFF 1.2", "s1 PROPOSAL 1.2", "s1 COMMIT 1.2", "s1 UPTODATE")
	p.wantsRole(nodes.Leading, synchronizing)
	p.receive(c, &Ack{MakeZxid(2, 0)}) // R-P0-4
	p.wantsRole(nodes.Leading, broadcasting)
}

func TestDefect4712LogGrowsAfterTheVote(t *testing.T) {
	for defect, want := range map[string]Zxid{"safe": MakeZxid(2, 2), "ZOOKEEPER-4712": MakeZxid(2, 1)} {
		p := follow(t, stale.in(defect), 2) // R-DUR-17
		p.receive(toLeader, propose(txns(2, 1, 2)...)...)
		p.hangUp(toLeader)
		if defect == "safe" {
			p.wantsRole(nodes.Following, broadcasting) // until the log thread is idle
			p.sync()
		}
		p.wantsRole(nodes.Looking, electing)
		vote := p.n.selfVote().zxid
		p.sync()
		if p.n.files.last() != MakeZxid(2, 2) || vote != want {
			t.Errorf("%s: it votes with %v, and its log ends with %v", defect, vote, p.n.files.last())
		}
	}
}

func TestDefect4712OldProposalsAreNotAcknowledgedToTheNextLeader(t *testing.T) {
	p := follow(t, stale.in("ZOOKEEPER-4712"), 2)
	p.receive(toLeader, propose(txns(2, 1, 2)...)...)
	p.hangUp(toLeader)
	p.settledOn(3)
	p.forget()
	p.open(toLeader)
	p.sync()
	p.wants("s3 FOLLOWERINFO 2", "append txn 2.2", "fsync log")
}

func TestDefect975BelievesWhoeverLeads(t *testing.T) {
	for defect, want := range map[string]nodes.Role{"": nodes.Looking, "ZOOKEEPER-975": nodes.Following} {
		p := newProbe(t, setup{id: 1, defect: defect})
		p.hear(3, Notification{Leader: 3, Round: 1, State: nodes.Leading})
		if p.n.role != want {
			t.Errorf("with %q it is %v", defect, p.n.role)
		}
	}
}

func TestDefect1291ProposesWhatItHasNotPromised(t *testing.T) {
	p := elected(t, setup{id: 3, accepted: 1, current: 1, defect: "ZOOKEEPER-1291"})
	p.open(conn(1, 3))
	p.receive(conn(1, 3), FollowerInfo{1})
	p.wants("s1 LEADERINFO 2")
	if n := newProbe(t, setup{id: 3, accepted: 1, current: 2, defect: "ZOOKEEPER-1291"}).n; n.acceptedEpoch != 1 {
		t.Errorf("after a restart it has promised %d", n.acceptedEpoch)
	}
}

func TestDefect790VotesWithAnEpochThatNobodyJoined(t *testing.T) {
	for defect, want := range map[string]Zxid{"": MakeZxid(1, 2), "ZOOKEEPER-790": MakeZxid(2, 0)} {
		p := elected(t, setup{id: 3, accepted: 1, current: 1, log: txns(1, 1, 2), defect: defect})
		p.open(conn(1, 3))
		p.receive(conn(1, 3), FollowerInfo{1})
		p.sync()
		p.expire(waitTimer) // no ACKEPOCH comes
		if got := p.n.selfVote().zxid; got != want {
			t.Errorf("with %q it votes with %v, not %v", defect, got, want)
		}
	}
}

func TestDefect1277CounterOverflowsIntoTheEpoch(t *testing.T) {
	p := lead(t, setup{id: 3, options: func(o *Options) { o.CounterBits = 2 }, defect: "ZOOKEEPER-1277"}, 1)
	for seq := range uint32(5) {
		p.write(7, seq, "x")
	}
	p.sync()
	var proposed []string
	for _, l := range p.lines {
		if rest, is := strings.CutPrefix(l, "s1 PROPOSAL "); is {
			proposed = append(proposed, rest)
		}
	}
	if got := strings.Join(proposed, " "); got != "1.1 1.2 1.3 2.0 2.1" {
		t.Errorf("it proposes %s", got)
	}
	for _, z := range []Zxid{MakeZxid(1, 1), MakeZxid(1, 2), MakeZxid(1, 3), MakeZxid(2, 0), MakeZxid(2, 1)} {
		p.receive(conn(1, 3), &Ack{z})
	}
	if got := p.n.leader.lastCommitted; got != MakeZxid(1, 3) {
		t.Errorf("it commits up to %v", got)
	}
}

func TestDefect2247LogThreadDiesAlone(t *testing.T) {
	s := stale
	s.defect = "ZOOKEEPER-2247"
	p := follow(t, s, 2)
	p.receive(toLeader, propose(txnAt(2, 1))...)
	p.tickets = nil
	p.forget()
	p.step(&nodes.Failed{File: logFile, Ticket: logTicket})
	p.receive(toLeader, propose(txnAt(2, 2))...)
	p.wants() // it neither ends nor writes
	p.wantsRole(nodes.Following, broadcasting)
}

func TestDefect1208CreatesBehindTheEndOfTheSession(t *testing.T) {
	for defect, want := range map[string]bool{"": false, "ZOOKEEPER-1208": true} {
		e := newEnsemble(t, nil)
		if defect != "" {
			e.reboot(defect)
		}
		leader := e.hosts[e.leader()].node.(*Node)
		const id = nodes.SessionID(1)
		open := leader.db.replica.Machine.(nodes.SessionKeeper).PrepareOpen(nil, nodes.Session{ID: id})
		leader.db.replica.Machine.Apply(nil, open)
		leader.leader.ahead = leader.db.replica.Machine.Clone()
		closing, _ := leader.prepareInSession(Request{Class: nodes.HangUp, Session: id}, 1)
		leader.leader.ahead.Apply(nil, closing) // proposed, not committed
		create := znode.Op{Kind: znode.KindCreate, Path: "/e", Ephemeral: true}
		body, _ := leader.prepareInSession(Request{Class: nodes.Write, Session: id, Op: create.Body()}, 1)
		txn, err := znode.ParseTxn(body)
		if err != nil {
			t.Fatal(err)
		}
		if created := txn.Kind == znode.TxnCreate; created != want {
			t.Errorf("with %q the node is created: %v", defect, created)
		}
	}
}
