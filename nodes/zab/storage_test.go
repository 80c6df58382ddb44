package zab

import (
	"testing"

	"github.com/zabsim/zabsim/nodes"
)

func TestR_DUR_3_MissingEpochFilesAreWritten(t *testing.T) {
	p := bootProbe(t, setup{id: 1, fresh: true, log: append(txns(1, 1, 2), txnAt(2, 1))})
	p.wants("fsync log", "fsync snapshots", "acceptedEpoch := epoch 2", "currentEpoch := epoch 2")
}

func TestR_DUR_5_AcceptedBelowCurrentRefusesToStart(t *testing.T) {
	p := bootProbe(t, setup{id: 1, accepted: 1, current: 2})
	if got := p.lines[len(p.lines)-1]; got != "exit: The accepted epoch, 1 is less than the current epoch, 2" {
		t.Error(got)
	}
	if p.n.Status().Role != nodes.Down {
		t.Error("it goes on")
	}
}

func TestR_DUR_11_RecoveryAppliesAllOfTheLog(t *testing.T) {
	p := newProbe(t, setup{
		id: 1, accepted: 1, current: 1, log: txns(1, 1, 5),
		snapshots: []*Snapshot{{}, image(MakeZxid(1, 3), "as of 1.3 ")},
	})
	if p.state() != "as of 1.3 1.4 1.5 " || p.n.db.lastProcessed != MakeZxid(1, 5) {
		t.Errorf("it holds %q up to %v", p.state(), p.n.db.lastProcessed)
	}
	if lowest, highest := p.n.db.bounds(); lowest != MakeZxid(1, 4) || highest != MakeZxid(1, 5) {
		t.Errorf("committedLog is %v to %v", lowest, highest)
	}
	p.wants() // S-2: nothing of it is delivered
}

func TestR_DUR_12_LogWithoutSnapshotRefusesToStart(t *testing.T) {
	p := bootProbe(t, setup{id: 1, log: txns(1, 1, 2), snapshots: []*Snapshot{}})
	p.wants("exit: No snapshot found, but there are log entries. Something is broken!")
}

func TestR_DUR_14_NewServerWritesAnEmptySnapshot(t *testing.T) {
	p := bootProbe(t, setup{id: 1, fresh: true})
	p.wants("append snapshot 0.0", "fsync log", "fsync snapshots", "acceptedEpoch := epoch 0", "currentEpoch := epoch 0")
	for range 3 {
		p.syncOne()
		p.wants()
	}
	p.hear(2, looking(2, 0, 0, 1)) // heard too early, and kept
	p.wants()
	p.syncOne()
	p.wants("s2 NOTIFICATION s1 0.0 e0 r1", "s3 NOTIFICATION s1 0.0 e0 r1",
		"s2 NOTIFICATION s2 0.0 e0 r1", "s3 NOTIFICATION s2 0.0 e0 r1")
}

func TestR_DUR_15_NewLeaderTakesASnapshot(t *testing.T) {
	p := newProbe(t, setup{id: 3, accepted: 1, current: 1, log: txns(1, 1, 2)})
	p.hear(1, looking(3, MakeZxid(1, 2), 1, 1))
	p.forget()
	p.expire(finalizeTimer)
	p.wants("append snapshot 1.2", "listen true")
}

func TestR_DUR_6_NothingIsAcknowledgedBeforeItsFsync(t *testing.T) {
	p := follow(t, stale, 2)
	p.receive(toLeader, propose(txnAt(2, 1))...)
	p.wants("append txn 2.1", "fsync log")
	p.sync()
	p.wants("s3 ACK 2.1")
}

func TestR_DUR_7_TheLogThreadWritesInBatches(t *testing.T) {
	p := follow(t, stale, 2)
	p.receive(toLeader, propose(txns(2, 1, 3)...)...)
	p.wants("append txn 2.1", "fsync log")
	p.syncOne()
	p.wants("s3 ACK 2.1", "append txn 2.2", "append txn 2.3", "fsync log")
	p.syncOne()
	p.wants("s3 ACK 2.2", "s3 ACK 2.3")
}

func TestR_DUR_8_SnapshotsWaitForTheLog(t *testing.T) {
	s := stale
	s.options = func(o *Options) { o.SnapCount = 4 }
	p := follow(t, s, 2)
	p.receive(toLeader, committed(txns(2, 1, 2)...)...)
	p.sync()
	p.forget()
	p.receive(toLeader, propose(txns(2, 3, 4)...)...)
	p.receive(toLeader, &Commit{MakeZxid(2, 3)}, &Commit{MakeZxid(2, 4)})
	p.forget()
	p.syncOne()
	// It is due, but the state holds 2.4 and the log on disk only 2.3.
	p.wants("s3 ACK 2.3", "append txn 2.4", "fsync log")
	p.syncOne()
	p.wants("s3 ACK 2.4", "append snapshot 2.4")
	if p.n.files.starts[len(p.n.files.starts)-1] != len(p.n.files.log) {
		t.Error("the log was not rolled")
	}
}

func TestR_DUR_16_StepDownDrainsTheLogThread(t *testing.T) {
	p := follow(t, stale, 2)
	p.receive(toLeader, propose(txns(2, 1, 3)...)...)
	p.forget()
	p.hangUp(toLeader)
	p.wants("close s1>s3")
	p.wantsRole(nodes.Following, broadcasting) // not yet looking
	if p.n.Status().Serving {
		t.Error("it still serves")
	}
	p.syncOne()
	p.wants("append txn 2.2", "append txn 2.3", "fsync log") // no ACK: the connection is closed
	p.syncOne()
	// All that it has logged counts in its vote, committed or not.
	p.wants("s2 NOTIFICATION s1 2.3 e2 r2", "s3 NOTIFICATION s1 2.3 e2 r2")
}

func TestFailedFsyncEndsTheProcess(t *testing.T) {
	p := follow(t, stale, 2)
	p.receive(toLeader, propose(txnAt(2, 1))...)
	p.forget()
	p.step(&nodes.Failed{File: logFile, Ticket: logTicket})
	p.wants("exit: Severe unrecoverable error, cannot write to disk")
}
