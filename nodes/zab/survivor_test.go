package zab

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
)

// TestSurvivorIsANodeThatBooted: a server made of what its disk holds votes and
// decides like one that read that disk.
func TestSurvivorIsANodeThatBooted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var zxids []Zxid
		for epoch := range uint64(rapid.IntRange(0, 3).Draw(t, "epochs")) {
			for c := range uint64(rapid.IntRange(1, 4).Draw(t, "txns")) {
				zxids = append(zxids, MakeZxid(epoch+1, c+1))
			}
		}
		var base Zxid
		if k := rapid.IntRange(0, len(zxids)).Draw(t, "in the snapshot"); k > 0 {
			base = zxids[k-1]
		}
		accepted, current := uint64(4), uint64(rapid.IntRange(3, 4).Draw(t, "epoch"))

		records := make([]nodes.Record, len(zxids))
		remaining := make([]Txn, len(zxids))
		for i, z := range zxids {
			records[i], remaining[i].Zxid = &Txn{Zxid: z}, z
		}
		snapshot := image(base, "")
		disk := nodes.Disk{Files: make([][]nodes.Record, len(Protocol.Files))}
		disk.Files[logFile] = records
		disk.Files[snapshotFile] = []nodes.Record{snapshot}
		disk.Files[acceptedEpochFile] = []nodes.Record{Epoch(accepted)}
		disk.Files[currentEpochFile] = []nodes.Record{Epoch(current)}
		booted := New(nodes.Config{ID: 1, Voters: nodes.FirstN(3), Machine: func() nodes.StateMachine { return new(tape) }, Options: DefaultOptions()})
		booted.Step(&nodes.Start{Disk: disk}, new(nodes.Out))

		s, err := NewSurvivor(&Remains{
			ID: 1, AcceptedEpoch: &accepted, CurrentEpoch: &current,
			Snapshot: base, SnapshotSize: int64(snapshot.size()), Log: []RemainsOfLog{{Txns: remaining}},
		}, nodes.FirstN(3), DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		if got, want := s.node.selfVote(), booted.selfVote(); got != want || s.node.acceptedEpoch != booted.acceptedEpoch {
			t.Fatalf("it votes %+v, want %+v", got, want)
		}
		for _, peer := range append(slices.Clone(zxids), 0, MakeZxid(1, 9), MakeZxid(2, 0), MakeZxid(3, 9)) {
			booted.out = new(nodes.Out)
			want := booted.chooseTransfer(peer)
			learner := &Survivor{&Node{db: database{lastProcessed: peer}}}
			got := s.Bring(learner)
			if got.Mode != map[syncMode]string{syncDiff: "DIFF", syncTrunc: "TRUNC", syncSnap: "SNAP"}[want.mode] ||
				!slices.Equal(got.FromDisk, zxidsOf(want.fromDisk)) || !slices.Equal(got.FromMemory, zxidsOf(want.fromMemory)) {
				t.Fatalf("a learner at %v gets %+v, want %+v", peer, got, want)
			}
		}
	})
}
