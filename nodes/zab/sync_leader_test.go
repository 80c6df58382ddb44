package zab

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/nodes"
)

// history sets up what a leader has at hand: transactions on disk, of which the
// last are in committedLog too.
func history(t *testing.T, log []*Txn, inMemory int, options func(*Options)) *probe {
	t.Helper()
	epoch := Epoch(0)
	if len(log) > 0 {
		epoch = Epoch(log[len(log)-1].Zxid.Epoch())
	}
	p := newProbe(t, setup{id: 3, accepted: epoch, current: epoch, log: log, options: func(o *Options) {
		o.CommitLogCount = max(inMemory, 1)
		if options != nil {
			options(o)
		}
	}})
	if inMemory == 0 {
		p.n.db.committedLog = nil
	}
	return p
}

func (tr transfer) String() string {
	mode := [...]string{"none", "DIFF", "TRUNC", "SNAP"}[tr.mode]
	b := []string{mode}
	if tr.mode != syncSnap {
		b = append(b, tr.zxid.String())
	}
	for _, t := range slices.Concat(tr.fromDisk, tr.fromMemory) {
		b = append(b, t.Zxid.String())
	}
	return fmt.Sprintf("%s; then beyond %v", strings.Join(b, " "), tr.upTo)
}

func TestR_SYNC_L_3_DecisionTable(t *testing.T) {
	log := append(txns(1, 1, 4), txns(2, 1, 4)...)
	off := func(o *Options) { o.SnapshotSizeFactor = -1 }
	for _, c := range []struct {
		name     string
		inMemory int
		options  func(*Options)
		peer     Zxid
		want     string
	}{
		{"1: the same last zxid", 4, nil, MakeZxid(2, 4), "DIFF 2.4; then beyond 2.4"},
		{"2: ahead of the leader", 4, nil, MakeZxid(2, 7), "TRUNC 2.4; then beyond 2.4"},
		{"2: ahead, in a newer epoch", 4, nil, MakeZxid(3, 2), "TRUNC 2.4; then beyond 2.4"},
		{"3: within committedLog", 4, nil, MakeZxid(2, 2), "DIFF 2.4 2.3 2.4; then beyond 2.4"},
		{"3: the first of committedLog", 4, nil, MakeZxid(2, 1), "DIFF 2.4 2.2 2.3 2.4; then beyond 2.4"},
		{"3: a dead tail of an older epoch, across epochs", 8, nil, MakeZxid(1, 9), "SNAP; then beyond 2.4"},
		{"3: a marker within committedLog (S-4)", 8, nil, MakeZxid(2, 0), "DIFF 2.4 2.1 2.2 2.3 2.4; then beyond 2.4"},
		{"4: on disk only", 4, nil, MakeZxid(1, 2), "DIFF 2.4 1.3 1.4 2.1 2.2 2.3 2.4; then beyond 2.4"},
		{"4: a dead tail, on disk only", 4, nil, MakeZxid(1, 9), "SNAP; then beyond 2.4"},
		{"4: from the first transaction on disk", 4, nil, MakeZxid(1, 1), "DIFF 2.4 1.2 1.3 1.4 2.1 2.2 2.3 2.4; then beyond 2.4"},
		{"4: before the first on disk", 4, nil, 0, "SNAP; then beyond 2.4"},
		{"5: behind committedLog, disk off", 4, off, MakeZxid(1, 2), "SNAP; then beyond 2.4"},
		{"5: ahead by a marker: it has nothing to cut", 4, nil, MakeZxid(3, 0), "SNAP; then beyond 2.4"},
		{"committedLog empty: its bounds are the last zxid", 0, nil, MakeZxid(2, 5), "TRUNC 2.4; then beyond 2.4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := history(t, log, c.inMemory, c.options)
			p.n.out = &p.out
			if got := p.n.chooseTransfer(c.peer).String(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestR_SYNC_L_4_ScanTruncatesOnlyWithinAnEpoch(t *testing.T) {
	// The leader's epoch 1 has a hole that the learner's dead tail falls into.
	// That takes two leaders numbering alike, which is why it is a scan.
	log := append(txns(1, 1, 3), txns(1, 6, 7)...)
	p := history(t, txns(1, 1, 2), 10, nil)
	p.n.out = &p.out
	for _, c := range []struct {
		peer Zxid
		want string
	}{
		{MakeZxid(1, 4), "TRUNC 1.3 1.6 1.7; then beyond 1.7"},
		{MakeZxid(1, 3), "DIFF 1.7 1.6 1.7; then beyond 1.7"},
		{MakeZxid(1, 9), "none 0.0; then beyond 0.0"},
		{MakeZxid(2, 0), "DIFF 1.7; then beyond 2.0"},
	} {
		if got := p.n.scan(log, c.peer, MakeZxid(1, 7)).String(); got != c.want {
			t.Errorf("%v: got %s, want %s", c.peer, got, c.want)
		}
	}
}

func TestR_SYNC_L_6_DiskSync(t *testing.T) {
	t.Run("later log files count against the budget, the first does not", func(t *testing.T) {
		f := files{log: txns(1, 1, 9), starts: []int{3, 6}}
		for _, c := range []struct {
			peer  Zxid
			limit int
			want  int
		}{
			{MakeZxid(1, 2), 0, 9},    // no limit
			{MakeZxid(1, 2), 1, 0},    // two files more
			{MakeZxid(1, 2), 1000, 9}, // not much
			{MakeZxid(1, 8), 1, 3},    // in the last file
			{MakeZxid(1, 7), 1, 0},    // its first record: ZooKeeper takes the file before, too
			{MakeZxid(0, 5), 0, 0},    // before the log
		} {
			if got := len(f.readFrom(c.peer, c.limit)); got != c.want {
				t.Errorf("from %v, limit %d: %d transactions, want %d", c.peer, c.limit, got, c.want)
			}
		}
	})
	t.Run("a gap between log and committedLog ends in SNAP", func(t *testing.T) {
		p := history(t, txns(1, 1, 9), 2, nil)
		p.n.files.log, p.n.files.starts = p.n.files.log[:5], nil
		p.n.out = &p.out
		if got := p.n.chooseTransfer(MakeZxid(1, 3)); got.mode != syncSnap {
			t.Errorf("got %v", got)
		}
	})
}

func TestR_SYNC_L_9_OutstandingProposalsAreForwarded(t *testing.T) {
	p := lead(t, setup{id: 3}, 1)
	p.hangUp(conn(1, 3))
	p.write(1, 1, "a")
	p.write(1, 2, "b")
	p.sync()
	p.forget()
	p.join(2, 1, AckEpoch{1, MakeZxid(1, 1)})
	p.wants("s2 LEADERINFO 1", "s2 TRUNC 1.0", "s2 PROPOSAL 1.1", "s2 PROPOSAL 1.2", "s2 NEWLEADER 1")
	p.join(4, 1, AckEpoch{1, MakeZxid(1, 0)})
	p.wants("s4 LEADERINFO 1", "s4 DIFF 1.0", "s4 NEWLEADER 1") // R-OBS-3
}

func TestR_SYNC_L_10_WireOrder(t *testing.T) {
	p := lead(t, setup{id: 3, accepted: 1, current: 1, log: txns(1, 1, 3)}, 1)
	p.write(1, 1, "a")
	p.forget()
	p.join(2, 2, AckEpoch{-1, MakeZxid(1, 1)})
	p.write(1, 2, "b")
	p.wants("s2 LEADERINFO 2", "s2 DIFF 1.3", "s2 PROPOSAL 1.2", "s2 COMMIT 1.2", "s2 PROPOSAL 1.3", "s2 COMMIT 1.3",
		"s2 PROPOSAL 2.1", "s2 NEWLEADER 2", "s1 PROPOSAL 2.2", "s2 PROPOSAL 2.2", "append txn 2.2", "fsync log")
}

func TestR_SYNC_L_12_OnlyTheRightAckOfNewLeaderCounts(t *testing.T) {
	p := elected(t, setup{id: 5, voters: 5})
	for _, id := range []nodes.ID{1, 2, 3} {
		p.join(id, 0, AckEpoch{})
	}
	p.receive(conn(1, 5), &Ack{MakeZxid(1, 0)})
	p.receive(conn(2, 5), &Ack{MakeZxid(7, 1)}) // S-26
	p.wantsNote("newleader-ack-mismatch")
	p.wantsRole(nodes.Leading, synchronizing)
	p.receive(conn(3, 5), &Ack{MakeZxid(1, 0)})
	p.wantsRole(nodes.Leading, broadcasting)
}

func TestR_SYNC_L_12_HandlerWantsAnAck(t *testing.T) {
	p := elected(t, setup{id: 3})
	p.join(1, 0, AckEpoch{})
	p.forget()
	p.receive(conn(1, 3), Ping{})
	p.wants("close s1>s3")
}

func TestR_SYNC_L_13_InitialHistoryIsCommittedAtOnce(t *testing.T) {
	p := elected(t, setup{id: 3, accepted: 1, current: 1, log: txns(1, 1, 2)})
	p.join(1, 1, AckEpoch{1, MakeZxid(1, 2)})
	p.forget()
	p.receive(conn(1, 3), &Ack{MakeZxid(2, 0)})
	p.wants("deliver 1.1", "deliver 1.2", "s1 UPTODATE")
	if p.n.db.lastProcessed != MakeZxid(2, 0) {
		t.Errorf("last zxid is %v (R-ZXID-8)", p.n.db.lastProcessed)
	}
}

func TestR_SYNC_L_14_LateLearnerNeedsNoQuorum(t *testing.T) {
	p := lead(t, setup{id: 3}, 1)
	p.join(2, 0, AckEpoch{})
	p.forget()
	p.receive(conn(2, 3), &Ack{MakeZxid(1, 0)})
	p.wants("s2 UPTODATE")
	if got := p.timers[nodes.Timer{Name: readTimer, Key: uint32(conn(2, 3))}]; got != p.n.cfg.syncTime() {
		t.Errorf("reads time out after %v", got)
	}
}

func TestR_SYNC_L_PacketsWaitWhileTheHandlerDoes(t *testing.T) {
	// ZOOKEEPER-4685: an ACK of a proposal comes before the quorum of NEWLEADER.
	p := elected(t, setup{id: 5, voters: 5})
	for _, id := range []nodes.ID{1, 2} {
		p.join(id, 0, AckEpoch{})
	}
	p.receive(conn(1, 5), &Ack{MakeZxid(1, 0)}, Request{Client: 1, Seq: 1, Op: []byte("a")})
	p.forget()
	p.receive(conn(2, 5), &Ack{MakeZxid(1, 0)})
	p.wants("s1 UPTODATE", "s1 PROPOSAL 1.1", "s2 PROPOSAL 1.1", "append txn 1.1", "fsync log", "s2 UPTODATE")
}

func TestINV_24_AcknowledgementIsTakenBackWithWhatItAcknowledged(t *testing.T) {
	for defect, want := range map[string]nodes.Set{"safe": nodes.SetOf(5), "ack-outlives-trunc": nodes.SetOf(1, 5)} {
		p := lead(t, setup{id: 5, voters: 5}.in(defect), 1, 2)
		p.write(7, 1, "x")
		p.sync()
		p.ack(MakeZxid(1, 1), 1)
		again := conn(1, 5) + 1
		p.open(again)
		p.receive(again, FollowerInfo{1})
		p.forget()
		p.receive(again, AckEpoch{-1, MakeZxid(1, 1)})
		p.wants("s1 TRUNC 1.0", "s1 PROPOSAL 1.1", "s1 NEWLEADER 1")
		if got := p.n.leader.outstanding[0].acks; got != want {
			t.Errorf("%s: %v count as having it", defect, got)
		}
		p.ack(MakeZxid(1, 1), 1) // the same, late, over the old connection
		if got := p.n.leader.outstanding[0].acks; got != want {
			t.Errorf("%s: %v count as having it after all", defect, got)
		}
	}
}
