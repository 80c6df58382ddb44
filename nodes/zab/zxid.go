package zab

import "github.com/zabsim/zabsim/nodes"

// Zxid names a transaction: the epoch in the high 32 bits, the counter within
// the epoch in the low 32. Zxids are ordered as integers, which is to say by
// epoch and then by counter (R-ZXID-1).
//
// Counter 0 belongs to no transaction: e.0 stands for the NEWLEADER proposal
// of epoch e, that is, for everything the leader of e started from (R-ZXID-2).
type Zxid uint64

// MakeZxid returns the zxid of the given epoch and counter, both below 2^32.
func MakeZxid(epoch, counter uint64) Zxid { return Zxid(epoch<<32 | counter) }

// Epoch returns the epoch in which the transaction was proposed.
func (z Zxid) Epoch() uint64 { return uint64(z >> 32) }

// Counter returns the place of the transaction within its epoch, from 1.
func (z Zxid) Counter() uint64 { return uint64(z & (1<<32 - 1)) }

// Marker reports whether z stands for the beginning of an epoch and not for a
// transaction. ZooKeeper calls it a new-epoch zxid.
func (z Zxid) Marker() bool { return z.Counter() == 0 }

// Position returns z in the terms common to all protocols.
func (z Zxid) Position() nodes.Position {
	return nodes.Position{Epoch: z.Epoch(), Index: z.Counter()}
}

// String returns the short form "1.3".
func (z Zxid) String() string { return z.Position().String() }
