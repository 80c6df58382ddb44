package zab

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/znode"
)

// newFuzzy returns an ensemble whose servers take fuzzy snapshots after a few
// transactions, with a client connected to s1.
func newFuzzy(t *testing.T, defects ...string) *ensemble {
	t.Helper()
	e := newEnsemble(t, func(o *Options) { o.FuzzySnapshots, o.SnapCount = true, 8 })
	e.reboot(defects...)
	e.connect(1, 1, 0)
	return e
}

// grow creates so many nodes.
func (e *ensemble) grow(from, to int) {
	e.t.Helper()
	for i := from; i < to; i++ {
		path := fmt.Sprintf("/%02d", i)
		e.wants(e.do(1, 1, znode.Op{Kind: znode.KindCreate, Path: path}), "create "+path+": ok")
	}
}

// stateOf returns the state of a server.
func (e *ensemble) stateOf(id nodes.ID) []byte {
	return e.hosts[id].node.(*Node).db.replica.Machine.Snapshot(nil)
}

// moment returns the state that the log of a server leads to at z.
func (e *ensemble) moment(id nodes.ID, z Zxid) []byte {
	r := nodes.Replica{Machine: znode.New()}
	for _, t := range e.hosts[id].disk.Records(logFile) {
		if t := t.(*Txn); t.Zxid <= z {
			r.Apply(nil, t.Position(), t.Body, t.Digest)
		}
	}
	return r.Machine.Snapshot(nil)
}

// TestR_DUR_9_SnapshotsAreFuzzy: an image is not the state of the moment whose
// zxid it bears, and recovery makes the right state of it all the same.
func TestR_DUR_9_SnapshotsAreFuzzy(t *testing.T) {
	e := newFuzzy(t)
	e.grow(0, 40)
	fuzzy := false
	for _, r := range e.hosts[1].disk.Records(snapshotFile) {
		s := r.(*Snapshot)
		fuzzy = fuzzy || !bytes.Equal(s.State, e.moment(1, s.Zxid))
	}
	if !fuzzy {
		t.Errorf("%d snapshots, none of them fuzzy", len(e.hosts[1].disk.Records(snapshotFile)))
	}
	e.crash(1)
	e.start(1)
	e.settle()
	if !bytes.Equal(e.stateOf(1), e.stateOf(3)) {
		t.Error("s1 recovers another state than s3 has")
	}
}

// TestDefectSnapshotNamedLate: by another name the same image loses what it missed.
func TestDefectSnapshotNamedLate(t *testing.T) {
	e := newFuzzy(t, "snapshot-named-late")
	e.grow(0, 40)
	e.crash(1)
	e.start(1)
	e.settle()
	if bytes.Equal(e.stateOf(1), e.stateOf(3)) {
		t.Error("s1 recovers all the same")
	}
}

// TestASnapshotEndsWithTheRole: what is applied after it may be taken back.
func TestASnapshotEndsWithTheRole(t *testing.T) {
	for defect, want := range map[string]bool{"": false, "snapshot-outlives-role": true} {
		e := newFuzzy(t, defect)
		n := e.hosts[1].node.(*Node)
		for i := 0; n.snap.header == nil || len(n.snap.todo) < 5; i++ {
			e.grow(i, i+1)
		}
		before := len(n.files.snapshots)
		e.crash(e.leader())
		e.run(150 * time.Millisecond) // less than an election takes
		if got := len(n.files.snapshots) > before; got != want {
			t.Errorf("%q: finished: %v", defect, got)
		}
	}
}

// TestR_DUR_8_OneSnapshotAtATime: one that is due while another is being written
// is not taken.
func TestR_DUR_8_OneSnapshotAtATime(t *testing.T) {
	e := newFuzzy(t)
	e.grow(0, 40)
	n := e.hosts[1].node.(*Node)
	for n.snap.header == nil {
		e.grow(len(e.log(1)), len(e.log(1))+1)
	}
	begun := n.snap.header
	n.out = new(nodes.Out)
	n.takeSnapshot()
	if notes := notesIn(n.out); n.snap.header != begun || len(notes) != 1 || notes[0] != "snapshot-skipped" {
		t.Errorf("%v is under way, was %v; %q", n.snap.header, begun, notes)
	}
}
