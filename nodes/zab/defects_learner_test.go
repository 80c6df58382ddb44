package zab

import (
	"slices"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

func TestDefect582PromisesTheEpochOfItsLog(t *testing.T) {
	for defect, want := range map[string]string{"": "s3 FOLLOWERINFO 3", "ZOOKEEPER-582": "s3 FOLLOWERINFO 0"} {
		p := newProbe(t, setup{id: 1, accepted: 3, current: 3, snapshots: []*Snapshot{image(MakeZxid(3, 4), "x")}, defect: defect})
		p.settledOn(3)
		p.forget()
		p.open(toLeader)
		p.wants(want)
	}
}

func TestDefect4352TakesCommittedLogForAll(t *testing.T) {
	s := setup{id: 3, accepted: 1, current: 1, log: txns(1, 1, 9), options: func(o *Options) {
		o.CommitLogCount, o.SnapshotSizeFactor = 2, -1
	}}
	for _, c := range []struct {
		defect string
		peer   Zxid
		want   string
	}{
		{"", 0, "s2 SNAP 2.0"},
		{"", MakeZxid(1, 3), "s2 SNAP 2.0"},
		{"ZOOKEEPER-4352", 0, "s2 DIFF 1.9"},
		{"ZOOKEEPER-4352", MakeZxid(1, 3), "s2 TRUNC 0.0"},
	} {
		s.defect = c.defect
		p := lead(t, s, 1)
		p.join(2, 1, AckEpoch{1, c.peer})
		if !slices.Contains(p.lines, c.want) {
			t.Errorf("with %q a learner with %v gets %q, not %s", c.defect, c.peer, p.lines, c.want)
		}
	}
}

func TestDefectS_31_CommitsBeforeUpToDateAreNotTold(t *testing.T) {
	for defect, want := range map[string]bool{"": true, "S-31": false} {
		p := lead(t, setup{id: 3, accepted: 1, current: 1, log: txns(1, 1, 2), defect: defect}, 1)
		p.join(2, 1, AckEpoch{1, MakeZxid(1, 2)})
		p.write(7, 1, "x")
		p.receive(conn(1, 3), &Ack{MakeZxid(2, 1)})
		p.sync()
		if told := slices.Contains(p.lines, "s2 COMMIT 2.1"); told != want || !slices.Contains(p.lines, "s1 COMMIT 2.1") {
			t.Errorf("with %q: %q", defect, p.lines)
		}
	}
}

func TestDefect1551ObserverForgetsWhatFollowsNewLeader(t *testing.T) {
	for defect, want := range map[string]Zxid{"": MakeZxid(2, 2), "ZOOKEEPER-1551": MakeZxid(1, 2)} {
		s := stale
		s.id, s.defect = 4, defect
		p := learn(t, s, 2)
		c := conn(4, 3)
		p.receive(c, Diff{MakeZxid(1, 2)}, NewLeader{2})
		p.sync()
		p.receive(c, Inform{txnAt(2, 1)}, Inform{txnAt(2, 2)}, UpToDate{})
		if got := p.n.db.lastProcessed; got != want {
			t.Errorf("with %q it has delivered up to %v, not %v", defect, got, want)
		}
	}
}

func TestDefect3023ServesBeforeItHasApplied(t *testing.T) {
	for defect, want := range map[string]Zxid{"": MakeZxid(1, 3), "ZOOKEEPER-3023": MakeZxid(1, 2)} {
		s := stale
		s.defect = defect
		p := learn(t, s, 2)
		p.receive(toLeader, Diff{MakeZxid(1, 3)})
		p.receive(toLeader, committed(txnAt(1, 3))...)
		p.receive(toLeader, NewLeader{2})
		p.sync()
		p.receive(toLeader, UpToDate{})
		p.wantsRole(nodes.Following, broadcasting)
		if got := p.n.db.lastProcessed; got != want {
			t.Errorf("with %q it serves with %v, not %v", defect, got, want)
		}
		if defect != "" {
			p.expire(yieldTimer)
		}
		if got := p.n.db.lastProcessed; got != MakeZxid(1, 3) {
			t.Errorf("with %q it ends with %v", defect, got)
		}
	}
}

func TestDefect1367ForgetsSessionsOfTheInitialHistory(t *testing.T) {
	for defect, want := range map[string]string{"": "1.1 1.2 1.3 1.4 ", "ZOOKEEPER-1367": "1.1 1.2 1.4 "} {
		s := stale
		s.defect = defect
		p := learn(t, s, 2)
		opens := txnAt(1, 3)
		opens.Opens = true
		p.receive(toLeader, Diff{MakeZxid(1, 4)})
		p.receive(toLeader, committed(opens, txnAt(1, 4))...)
		p.receive(toLeader, NewLeader{2})
		p.sync()
		if got := p.state(); got != want || p.n.db.lastProcessed != MakeZxid(1, 4) {
			t.Errorf("with %q its state is %q, not %q", defect, got, want)
		}
	}
}

func TestDefect4882GoesOnWithWhatItCouldNotWrite(t *testing.T) {
	s := stale
	s.defect = "ZOOKEEPER-4882"
	p := follow(t, s, 2)
	p.receive(toLeader, propose(txnAt(2, 1))...)
	p.receive(toLeader, &Commit{MakeZxid(2, 1)})
	p.forget()
	p.step(&nodes.Failed{File: logFile}) // the disk is full
	p.sync()
	p.wantsNote("write-failed")
	p.wantsRole(nodes.Looking, electing)
	if vote, last := p.n.selfVote().zxid, p.n.files.last(); vote != MakeZxid(2, 1) || last != MakeZxid(1, 2) {
		t.Errorf("it votes with %v, and its log ends with %v", vote, last)
	}
}

func TestLostSnapshots(t *testing.T) {
	for defect, want := range map[string]struct {
		exits bool
		state string
		last  Zxid
	}{
		"":               {exits: true},
		"ZOOKEEPER-2325": {state: "1.5 1.6 ", last: MakeZxid(1, 6)}, // of a history that began with a SNAP
		"ZOOKEEPER-3644": {},
	} {
		c := nodes.Config{ID: 1, Voters: nodes.FirstN(3), Machine: newTape}
		if defect != "" {
			c.Defects = []string{defect}
		}
		p := &probe{t: t, n: New(c), timers: map[nodes.Timer]time.Duration{}}
		p.disk.Files = [][]nodes.Record{
			acceptedEpochFile: {Epoch(1)}, currentEpochFile: {Epoch(1)},
			logFile: {txnAt(1, 5), txnAt(1, 6)}, snapshotFile: {nodes.Corrupt{}},
		}
		p.step(&nodes.Start{Disk: p.disk})
		p.sync()
		switch down := p.n.role == nodes.Down; {
		case down != want.exits:
			t.Errorf("with %q it exits: %v", defect, down)
		case !down && (p.state() != want.state || p.n.selfVote().zxid != want.last):
			t.Errorf("with %q it starts with %q and votes with %v", defect, p.state(), p.n.selfVote().zxid)
		}
	}
}
