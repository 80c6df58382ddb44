package zab

import (
	"slices"
	"testing"

	"github.com/zabsim/zabsim/nodes"
)

var toLeader = conn(1, 3) // of a learner s1

// stale is a learner with a short history of epoch 1.
var stale = setup{id: 1, accepted: 1, current: 1, log: txns(1, 1, 2)}

func TestR_SYNC_F_1_NothingDurableBeforeNewLeader(t *testing.T) {
	p := learn(t, stale, 2)
	p.receive(toLeader, Diff{MakeZxid(1, 4)})
	p.receive(toLeader, committed(txns(1, 3, 4)...)...)
	p.wants()
	if p.state() != "1.1 1.2 " {
		t.Errorf("it applied %q", p.state())
	}
}

func TestR_SYNC_F_2_PatienceShrinksAtNewLeader(t *testing.T) {
	p := learn(t, stale, 2)
	read := nodes.Timer{Name: readTimer, Key: uint32(toLeader)}
	p.receive(toLeader, Diff{})
	if got := p.timers[read]; got != p.n.cfg.initTime() {
		t.Errorf("before NEWLEADER it waits %v for a packet", got)
	}
	p.receive(toLeader, NewLeader{2})
	p.sync()
	if got := p.timers[read]; got != p.n.cfg.syncTime() {
		t.Errorf("after NEWLEADER it waits %v for a packet", got)
	}
}

func TestR_STATE_3_PhasesOfAFollower(t *testing.T) {
	p := newProbe(t, stale)
	p.wantsRole(nodes.Looking, electing)
	p.settledOn(3)
	p.wantsRole(nodes.Following, discovering)
	p.open(toLeader)
	p.receive(toLeader, LeaderInfo{2})
	p.wantsRole(nodes.Following, discovering) // the promise is not durable yet
	p.sync()
	p.wantsRole(nodes.Following, synchronizing)
	p.receive(toLeader, Diff{}, NewLeader{2})
	p.sync()
	p.wantsRole(nodes.Following, synchronizing)
	p.receive(toLeader, UpToDate{})
	p.wantsRole(nodes.Following, broadcasting)
	p.hangUp(toLeader)
	p.wantsRole(nodes.Looking, electing)
}

func TestR_SYNC_F_3_ProposalsMustFollowEachOther(t *testing.T) {
	for _, c := range []struct {
		name   string
		first  *Txn
		second *Txn
		ok     bool
	}{
		{"the next", txnAt(1, 3), txnAt(1, 4), true},
		{"the first of the next epoch", txnAt(1, 3), txnAt(2, 1), true},
		{"anything of a later epoch", txnAt(1, 3), txnAt(4, 7), true},
		{"a gap", txnAt(1, 3), txnAt(1, 5), false},
		{"a repetition", txnAt(1, 3), txnAt(1, 3), false},
		{"back", txnAt(2, 3), txnAt(1, 4), false},
	} {
		p := learn(t, stale, 5)
		p.receive(toLeader, Diff{})
		p.receive(toLeader, propose(c.first, c.second)...)
		if got := p.n.role == nodes.Following; got != c.ok {
			t.Errorf("%s: goes on: %v", c.name, got)
		}
		if !c.ok {
			p.wantsNote("discontinuous")
		}
	}
}

func TestR_SYNC_F_4_NewLeaderAfterDiff(t *testing.T) {
	// History, epoch, acknowledgement, each durable before the next
	// (ZOOKEEPER-3911, ZOOKEEPER-4643, ZOOKEEPER-4646).
	p := learn(t, stale, 2)
	p.receive(toLeader, Diff{MakeZxid(1, 4)})
	p.receive(toLeader, committed(txns(1, 3, 4)...)...)
	p.receive(toLeader, propose(txnAt(2, 1))...)
	p.receive(toLeader, NewLeader{2})
	p.wants("append txn 1.3", "append txn 1.4", "fsync log")
	p.syncOne()
	p.wants("currentEpoch := epoch 2")
	if p.n.currentEpoch != 1 {
		t.Error("the epoch counts before it is durable (R-DUR-1)")
	}
	p.syncOne()
	p.wants("s3 ACK 2.0")
	if p.state() != "1.1 1.2 1.3 1.4 " {
		t.Errorf("it holds %q: what is proposed but not committed must wait (ZOOKEEPER-4394)", p.state())
	}
}

func TestR_SYNC_F_4_NothingNewNeedsNoFsyncOfTheLog(t *testing.T) {
	p := learn(t, stale, 2)
	p.receive(toLeader, Diff{MakeZxid(1, 2)}, NewLeader{2})
	p.wants("currentEpoch := epoch 2")
}

func TestR_SYNC_F_4_UnmatchedCommitsAreSkipped(t *testing.T) {
	p := learn(t, stale, 2)
	p.receive(toLeader, Diff{})
	p.receive(toLeader, &Commit{MakeZxid(1, 2)})
	p.receive(toLeader, committed(txnAt(1, 3))...)
	p.receive(toLeader, NewLeader{2})
	p.wantsNote("commit-unmatched")
	p.wants("append txn 1.3", "fsync log")
}

func TestR_SYNC_F_4_PacketsWaitForTheDisk(t *testing.T) {
	p := learn(t, stale, 2)
	p.receive(toLeader, Diff{}, NewLeader{2})
	p.forget()
	p.receive(toLeader, UpToDate{}, Ping{Zxid: 5})
	p.wants()
	p.sync()
	p.wants("s3 ACK 2.0", "s3 ACK 2.0", "deliver 1.1", "deliver 1.2", "s3 PING")
}

func TestR_SYNC_F_4_BrokenConnectionIsNoticedAfterTheWrite(t *testing.T) {
	p := learn(t, stale, 2)
	p.receive(toLeader, Diff{}, NewLeader{2})
	p.hangUp(toLeader)
	p.wantsRole(nodes.Following, synchronizing)
	p.sync()
	p.wantsRole(nodes.Looking, electing)
	if p.n.currentEpoch != 2 {
		t.Errorf("currentEpoch is %d, but the disk says 2", p.n.currentEpoch)
	}
}

func TestR_SYNC_F_5_FailureBeforeUpToDateLosesTheTailOnly(t *testing.T) {
	p := learn(t, stale, 2)
	p.receive(toLeader, Diff{})
	p.receive(toLeader, committed(txnAt(1, 3))...)
	p.receive(toLeader, NewLeader{2})
	p.sync()
	p.receive(toLeader, propose(txnAt(2, 1))...)
	p.hangUp(toLeader)
	if p.n.db.lastProcessed != MakeZxid(1, 3) || p.n.currentEpoch != 2 {
		t.Errorf("it votes with %v of epoch %d", p.n.db.lastProcessed, p.n.currentEpoch)
	}
}

func TestR_SYNC_F_6_UpToDate(t *testing.T) {
	p := learn(t, stale, 2)
	p.receive(toLeader, Diff{})
	p.receive(toLeader, committed(txnAt(1, 3))...)
	p.receive(toLeader, NewLeader{2})
	p.sync()
	p.receive(toLeader, propose(txnAt(2, 1), txnAt(2, 2))...)
	p.receive(toLeader, &Commit{MakeZxid(2, 1)})
	p.forget()
	p.receive(toLeader, UpToDate{})
	// The initial history is delivered now; 2.1 is committed and not on our disk
	// yet (S-27); 2.2 waits for its COMMIT.
	p.wants("s3 ACK 2.0", "deliver 1.1", "deliver 1.2", "deliver 1.3", "append txn 2.1", "fsync log", "deliver 2.1")
	p.sync()
	p.wants("s3 ACK 2.1", "append txn 2.2", "fsync log", "s3 ACK 2.2")
	p.wantsRole(nodes.Following, broadcasting)
}

func TestR_SYNC_F_8_AfterSnapCommitsGoToMemoryAndThenToTheSnapshot(t *testing.T) {
	p := learn(t, stale, 3)
	p.receive(toLeader, Snap{image(MakeZxid(2, 5), "everything ")})
	p.receive(toLeader, committed(txnAt(2, 6))...)
	p.wants()
	p.receive(toLeader, NewLeader{3})
	p.wants("fsync log")
	p.syncOne()
	p.wants("append snapshot 2.6", "fsync snapshots") // R-DUR-10
	p.syncOne()
	p.wants("currentEpoch := epoch 3")
	p.sync()
	p.wants("s3 ACK 3.0")
	if p.state() != "everything 2.6 " {
		t.Errorf("it holds %q", p.state())
	}
}

func TestR_SYNC_F_OtherFirstPacketEndsTheProcess(t *testing.T) {
	p := learn(t, stale, 2)
	p.receive(toLeader, Proposal{txnAt(1, 3)})
	p.wants("exit: Got unexpected packet from leader: PROPOSAL")
}

func TestR_DUR_18_InterruptedSnapIsForgotten(t *testing.T) {
	p := learn(t, stale, 3)
	p.receive(toLeader, Snap{image(MakeZxid(2, 5), "everything ")})
	p.hangUp(toLeader)
	if p.state() != "1.1 1.2 " || p.n.db.lastProcessed != MakeZxid(1, 2) {
		t.Errorf("it holds %q up to %v, and its disk does not", p.state(), p.n.db.lastProcessed)
	}
}

func TestR_DUR_19_TruncCutsTheLog(t *testing.T) {
	p := learn(t, setup{id: 1, accepted: 1, current: 1, log: txns(1, 1, 5)}, 2)
	p.receive(toLeader, Trunc{MakeZxid(1, 3)}, Ping{})
	p.wants("truncate log to 3", "fsync log")
	if p.state() != "1.1 1.2 1.3 " || p.n.db.lastProcessed != MakeZxid(1, 3) {
		t.Errorf("it holds %q up to %v", p.state(), p.n.db.lastProcessed)
	}
	p.sync()
	p.receive(toLeader, NewLeader{2})
	p.sync()
	p.wants("currentEpoch := epoch 2", "s3 ACK 2.0")
}

func TestR_DUR_19_TruncToAnEpochsBeginning(t *testing.T) {
	p := learn(t, setup{id: 1, accepted: 2, current: 2, log: append(txns(1, 1, 2), txnAt(2, 1))}, 3)
	p.receive(toLeader, Trunc{MakeZxid(2, 0)})
	p.wants("truncate log to 2", "fsync log")
	if p.n.db.lastProcessed != MakeZxid(2, 0) {
		t.Errorf("its last zxid is %v", p.n.db.lastProcessed)
	}
}

func TestR_DUR_19_TruncToWhatWasNeverLoggedEndsTheProcess(t *testing.T) {
	p := learn(t, setup{id: 1, accepted: 1, current: 1, log: txns(1, 1, 5)}, 2) // S-8
	p.receive(toLeader, Trunc{MakeZxid(1, 7)})
	p.wants("exit: Not able to truncate the log 1.7")
}

func TestR_DUR_20_SnapLeavesTheLogFileAndRecoveryKnows(t *testing.T) {
	// ZOOKEEPER-2846, S-9: what was in the log before a SNAP is no history.
	p := learn(t, stale, 3)
	p.receive(toLeader, Snap{image(MakeZxid(2, 5), "everything ")}, NewLeader{3})
	p.sync()
	p.receive(toLeader, UpToDate{})
	p.receive(toLeader, committed(txnAt(3, 1))...)
	p.sync()
	if got := len(p.disk.Files[logFile]); got != 3 {
		t.Fatalf("%d records in the log file", got)
	}
	q := &probe{t: t, n: New(nodes.Config{ID: 1, Voters: nodes.FirstN(3), Machine: newTape}), timers: p.timers}
	q.disk.Files = slices.Clone(p.disk.Files)
	q.step(&nodes.Start{Disk: p.disk})
	if q.state() != "everything 3.1 " || len(q.n.files.log) != 1 || q.n.files.logBase != MakeZxid(2, 5) {
		t.Errorf("restarted it holds %q, log %v after %v", q.state(), q.n.files.log, q.n.files.logBase)
	}
	if got := q.n.files.readFrom(MakeZxid(1, 1), 0); got != nil {
		t.Errorf("it would send %v from before the SNAP", got)
	}
}

func TestS_5_TruncDropsSnapshotsOfWhatItTakesBack(t *testing.T) {
	// ZOOKEEPER-1549: the snapshots go first, and durably, or a crash would bring
	// back what the log has lost.
	p := learn(t, setup{
		id: 1, accepted: 1, current: 1, log: txns(1, 1, 5),
		snapshots: []*Snapshot{{}, image(MakeZxid(1, 2), "1.1 1.2 "), image(MakeZxid(1, 5), "1.1 1.2 1.3 1.4 1.5 ")},
	}, 2)
	p.receive(toLeader, Trunc{MakeZxid(1, 3)})
	p.wants("truncate snapshots to 2", "fsync snapshots")
	p.syncOne()
	p.wants("truncate log to 3", "fsync log")
	if p.state() != "1.1 1.2 1.3 " {
		t.Errorf("it holds %q", p.state())
	}
}

func TestS_6_CrashBetweenHistoryAndEpochIsRepaired(t *testing.T) {
	p := bootProbe(t, setup{id: 1, accepted: 2, current: 1, log: append(txns(1, 1, 2), txnAt(2, 1))})
	p.wants("fsync log", "fsync snapshots", "currentEpoch := epoch 2")
	p.wantsNote("current-epoch-adopted")

	q := bootProbe(t, setup{id: 1, accepted: 1, current: 1, log: append(txns(1, 1, 2), txnAt(2, 1))})
	if got := q.lines[len(q.lines)-1]; got != "exit: The current epoch, 1, is older than the last zxid, 2.1" {
		t.Errorf("an epoch it never promised: %s", got) // R-DUR-4
	}
}

func TestS_7_AfterTruncMemoryNeverRunsAheadOfTheDisk(t *testing.T) {
	// ZOOKEEPER-5094: TRUNC, commits, and then the connection breaks.
	p := learn(t, setup{id: 1, accepted: 1, current: 1, log: txns(1, 1, 5)}, 2)
	p.receive(toLeader, Trunc{MakeZxid(1, 3)})
	p.sync()
	p.receive(toLeader, committed(txnAt(2, 1))...)
	p.hangUp(toLeader)
	if p.n.db.lastProcessed != MakeZxid(1, 3) {
		t.Errorf("it votes with %v, its log ends at %v", p.n.db.lastProcessed, p.n.files.last())
	}
}

func TestWhatReplacesADeliveredTailIsDeliveredAnew(t *testing.T) {
	// Never in a sound run; but where it happens, it must show.
	p := follow(t, stale, 2)
	p.receive(toLeader, committed(txnAt(2, 1))...)
	p.hangUp(toLeader)
	p.sync()
	p.settledOn(3)
	p.open(toLeader)
	p.receive(toLeader, LeaderInfo{3})
	p.sync()
	p.receive(toLeader, Trunc{MakeZxid(1, 2)})
	p.sync()
	p.receive(toLeader, committed(txnAt(3, 1))...)
	p.receive(toLeader, NewLeader{3})
	p.sync()
	p.forget()
	p.receive(toLeader, UpToDate{})
	p.wants("s3 ACK 3.0", "deliver 3.1")
}

func TestTruncBeyondTheLastSnapAsksForAnother(t *testing.T) {
	// What a SNAP brought was never committed, and the log does not go back
	// further.
	p := learn(t, stale, 3)
	p.receive(toLeader, Snap{image(MakeZxid(2, 5), "never committed ")}, NewLeader{3})
	p.sync()
	p.hangUp(toLeader)
	again := func(lines ...string) {
		t.Helper()
		p.settledOn(3)
		p.forget()
		p.open(toLeader)
		p.receive(toLeader, LeaderInfo{4})
		p.sync()
		p.wants(lines...)
	}
	again("s3 FOLLOWERINFO 3", "acceptedEpoch := epoch 4", "s3 ACKEPOCH 3 2.5")
	p.receive(toLeader, Trunc{MakeZxid(2, 4)})
	p.wantsNote("trunc-unreachable")
	p.wantsRole(nodes.Looking, electing)
	if v := p.n.selfVote(); v.zxid != MakeZxid(2, 5) {
		t.Errorf("it votes with %v: what it has acknowledged it must stand for", v.zxid)
	}
	again("s3 FOLLOWERINFO 4", "s3 ACKEPOCH -1 0.0")
	p.receive(toLeader, Snap{image(MakeZxid(2, 4), "committed ")}, NewLeader{4})
	p.sync()
	if p.state() != "committed " || p.n.files.unreachable {
		t.Errorf("it holds %q", p.state())
	}
}

func TestDiffFromNothingReplacesTheState(t *testing.T) {
	p := learn(t, stale, 3)
	p.receive(toLeader, Snap{image(MakeZxid(2, 5), "never committed ")}, NewLeader{3})
	p.sync()
	p.hangUp(toLeader)
	p.n.files.unreachable = true
	p.settledOn(3)
	p.open(toLeader)
	p.receive(toLeader, LeaderInfo{3}, Diff{})
	p.receive(toLeader, committed(txnAt(1, 1))...)
	p.receive(toLeader, NewLeader{3})
	p.sync()
	if p.state() != "1.1 " || p.n.files.newest().Zxid != MakeZxid(1, 1) {
		t.Errorf("it holds %q, its snapshot is %v", p.state(), p.n.files.newest())
	}
}

func TestR_OBS_1_ObserverIsSynchronizedLikeAFollower(t *testing.T) {
	p := newProbe(t, setup{id: 4, accepted: 1, current: 1, log: txns(1, 1, 1)})
	p.settledOn(3)
	c := conn(4, 3)
	p.forget()
	p.open(c)
	p.receive(c, LeaderInfo{2})
	p.sync()
	p.wants("s3 OBSERVERINFO 1", "acceptedEpoch := epoch 2", "s3 ACKEPOCH 1 1.1")
	p.receive(c, Diff{MakeZxid(1, 2)})
	p.receive(c, committed(txnAt(1, 2))...)
	p.receive(c, Inform{txnAt(1, 3)}, NewLeader{2})
	p.sync()
	p.wants("currentEpoch := epoch 2", "s3 ACK 2.0") // R-OBS-4: the rest after UPTODATE
	p.receive(c, Inform{txnAt(2, 1)}, UpToDate{})
	p.wants("s3 ACK 2.0", "deliver 1.1", "append txn 1.2", "fsync log", "deliver 1.2", "deliver 1.3", "deliver 2.1")
	p.sync()
	p.wants("append txn 1.3", "append txn 2.1", "fsync log") // and nobody is told
	p.wantsRole(nodes.Observing, broadcasting)

	p.receive(c, Inform{txnAt(2, 2)})
	p.wants("append txn 2.2", "fsync log", "deliver 2.2")
	p.receive(c, Proposal{txnAt(2, 3)}, &Commit{MakeZxid(2, 3)})
	p.wants() // R-OBS-3
}

func TestR_OBS_ObserverAppliesInformAfterSnap(t *testing.T) {
	p := newProbe(t, setup{id: 4})
	p.settledOn(3)
	c := conn(4, 3)
	p.open(c)
	p.receive(c, LeaderInfo{2})
	p.sync()
	p.forget()
	p.receive(c, Snap{image(MakeZxid(1, 4), "all ")}, Inform{txnAt(2, 1)}, NewLeader{2})
	p.sync()
	p.wants("fsync log", "append snapshot 2.1", "fsync snapshots", "currentEpoch := epoch 2", "s3 ACK 2.0")
}
