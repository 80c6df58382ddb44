// Package znode is a replicated state machine with ZooKeeper's data model: a
// tree of nodes, named by paths, each with data, a version that counts its
// changes, and the positions (zxids) at which it was created and last changed.
//
// As in ZooKeeper the leader decides what an operation does ([Machine.Prepare])
// and broadcasts a transaction that says so in new values: the new version, not
// "one more". An operation that fails becomes a transaction too, one that only
// carries the error code; it uses up a zxid like any other (R-ZXID-3, S-30).
//
//	op.go       what clients ask for
//	txn.go      what servers replicate
//	tree.go     the tree: immutable, a change makes a new one
//	machine.go  Prepare, Apply, Query, Snapshot, Restore
//	result.go   what clients are told
package znode
