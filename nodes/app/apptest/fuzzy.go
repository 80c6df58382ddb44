package apptest

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
)

// Replay says where the transactions begin that are applied again.
type Replay int

// What a server may have to apply again to a snapshot that took a while.
const (
	FromBegin  Replay = iota // where the snapshot was begun
	FromBefore               // there, or somewhere before
)

// TryFuzzy takes a snapshot piece by piece while transactions are applied,
// restores it, and applies transactions again. It says how the outcome differs
// from straight execution, or "". Fresh makes equal machines; next draws the next
// transaction for a machine in its present state.
func TryFuzzy(
	t *rapid.T, fresh func() nodes.StateMachine, next func(*rapid.T, nodes.StateMachine) []byte, replay Replay,
) string {
	straight := nodes.Replica{Machine: fresh()}
	image := fresh()
	var (
		txns  [][]byte
		todo  []string
		ended bool
	)
	copyPiece := func() {
		image, todo = nodes.CopyPiece(straight.Machine, image, todo)
		ended = todo == nil
	}
	total := rapid.IntRange(1, 30).Draw(t, "transactions")
	begin := rapid.IntRange(0, total).Draw(t, "the snapshot begins after")
	for i := range total {
		if i == begin || i > begin && !ended && rapid.Bool().Draw(t, "a piece") {
			copyPiece()
		}
		txns = append(txns, next(t, straight.Machine))
		apply(&straight, i, txns)
	}
	for !ended {
		copyPiece()
	}
	again := nodes.Replica{Machine: fresh()}
	again.Machine.Restore(image.Snapshot(nil))
	first := begin
	if replay == FromBefore {
		first = rapid.IntRange(0, begin).Draw(t, "the replay begins after")
	}
	for i := first; i < total; i++ {
		apply(&again, i, txns)
	}
	return difference(again.Machine, straight.Machine)
}

// apply applies transaction i at the position it has in epoch 1.
func apply(r *nodes.Replica, i int, txns [][]byte) {
	r.Apply(nil, nodes.Position{Epoch: 1, Index: uint64(i + 1)}, txns[i], 0)
}

// difference compares two machines, also in what their snapshots do not say: what
// the end of each session would do.
func difference(got, want nodes.StateMachine) string {
	if a, b := got.Snapshot(nil), want.Snapshot(nil); !bytes.Equal(a, b) {
		return fmt.Sprintf("the state is %x, want %x", a, b)
	}
	keeper, ok := want.(nodes.SessionKeeper)
	if !ok {
		return ""
	}
	for _, s := range keeper.Sessions() {
		a, b := got.(nodes.SessionKeeper).PrepareClose(nil, s.ID), keeper.PrepareClose(nil, s.ID)
		if !bytes.Equal(a, b) {
			return fmt.Sprintf("the end of session %x is %x, want %x", uint64(s.ID), a, b)
		}
	}
	return ""
}

// CheckFuzzy demands that the outcome never differs, for operations without
// sessions.
func CheckFuzzy(t *testing.T, fresh func() nodes.StateMachine, ops *rapid.Generator[[]byte], replay Replay) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		next := func(t *rapid.T, m nodes.StateMachine) []byte { return m.Prepare(nil, ops.Draw(t, "op")) }
		if wrong := TryFuzzy(t, fresh, next, replay); wrong != "" {
			t.Fatal(wrong)
		}
	})
}
