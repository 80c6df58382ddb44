// Package apptest holds the laws that every replicated state machine keeps. A
// machine's own tests say what it does; these say that it can be replicated.
package apptest

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
)

// Check tests the machines that fresh makes, with operations drawn from ops.
// fresh must make equal machines.
func Check(t *testing.T, fresh func() nodes.StateMachine, ops *rapid.Generator[[]byte]) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		c := check{t, fresh(), fresh()}
		var late nodes.StateMachine // a clone taken on the way, with what it was
		var was []byte
		for range rapid.IntRange(1, 30).Draw(t, "ops") {
			c.op(ops.Draw(t, "op"))
			if late == nil && rapid.Bool().Draw(t, "clone") {
				late, was = c.primary.Clone(), c.primary.Snapshot(nil)
			}
		}
		if late != nil {
			c.equal("a clone whose original went on", late.Snapshot(nil), was)
		}
		c.snapshot(fresh(), ops)
		c.cloneGoesOn(ops)
		c.garbage(rapid.SliceOf(rapid.Byte()).Draw(t, "garbage"))
	})
}

// check drives two servers of one machine: one prepares, both apply.
type check struct {
	t               *rapid.T
	primary, backup nodes.StateMachine
}

func (c check) equal(what string, got, want []byte) {
	if !bytes.Equal(got, want) {
		c.t.Fatalf("%s: %x, want %x", what, got, want)
	}
}

// op carries out one operation: Prepare changes nothing and depends on nothing
// else, both servers agree, and a transaction that comes twice does no harm.
func (c check) op(op []byte) {
	given := slices.Clone(op)
	before := c.primary.Snapshot(nil)
	txn := c.primary.Prepare(nil, op)
	c.equal("the state after Prepare", c.primary.Snapshot(nil), before)
	c.equal("the transaction of a backup", c.backup.Prepare(nil, op), txn)
	c.equal("the transaction behind other bytes", c.primary.Prepare([]byte("x"), op)[1:], txn)
	c.equal("the answer behind other bytes", c.primary.Query([]byte("x"), op)[1:], c.backup.Query(nil, op))
	c.equal("the op given to Prepare and Query", op, given)

	result := c.primary.Apply(nil, txn)
	after := c.primary.Snapshot(nil)
	mine := slices.Clone(txn)
	c.equal("the result of a backup, behind other bytes", c.backup.Apply([]byte("x"), mine)[1:], result)
	c.equal("the transaction given to Apply", mine, txn)
	for i := range mine {
		mine[i] ^= 0xff // it was lent
	}
	c.equal("the state of a backup", c.backup.Snapshot(nil), after)
	c.equal("the result of applying twice", c.primary.Apply(nil, txn), result)
	c.equal("the state after applying twice", c.primary.Snapshot(nil), after)
}

// snapshot restores a snapshot in another machine and uses both on.
func (c check) snapshot(other nodes.StateMachine, ops *rapid.Generator[[]byte]) {
	snapshot := c.primary.Snapshot([]byte("x"))[1:]
	c.equal("the snapshot of a backup", c.backup.Snapshot(nil), snapshot)
	other.Apply(nil, other.Prepare(nil, ops.Draw(c.t, "op before Restore")))
	lent := slices.Clone(snapshot)
	other.Restore(lent)
	clear(lent)
	c.equal("the snapshot of what was restored", other.Snapshot(nil), snapshot)
	op := ops.Draw(c.t, "op after Restore")
	check{c.t, c.backup.Clone(), other}.op(op)
}

// cloneGoesOn uses a clone and demands that the original stays as it was.
func (c check) cloneGoesOn(ops *rapid.Generator[[]byte]) {
	before := c.primary.Snapshot(nil)
	clone := c.primary.Clone()
	for range 5 {
		clone.Apply(nil, clone.Prepare(nil, ops.Draw(c.t, "op of the clone")))
	}
	c.equal("an original whose clone went on", c.primary.Snapshot(nil), before)
}

// garbage demands that bytes which are no operation change nothing.
func (c check) garbage(op []byte) {
	c.primary.Query(nil, op)
	c.op(op)
}
