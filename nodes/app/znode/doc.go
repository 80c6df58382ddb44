// Package znode is a replicated state machine with ZooKeeper's data model: a
// tree of nodes, named by paths, each with data, a version that counts its
// changes, and the positions (zxids) at which it was created and last changed.
// Nodes are persistent, or ephemeral: those go with the session that made them.
//
// As in ZooKeeper the leader decides what an operation does ([Machine.Prepare])
// and broadcasts a transaction that says so in new values: the new version, not
// "one more"; the name of a sequential node, the nodes that go with a session.
// An operation that fails becomes a transaction too, one that only carries the
// error code; it uses up a zxid like any other (R-ZXID-3, S-30).
//
// Transactions may be applied again, to a state that holds some of what follows
// them already: snapshots can be fuzzy ([nodes.Fuzzy]). What a node says of its
// children therefore only grows, and goes by what the transactions say even where
// the child is gone or the node is there (ZOOKEEPER-1046, ZOOKEEPER-3125,
// ZOOKEEPER-3145, ZOOKEEPER-3249).
//
//	op.go, path.go   what clients ask for
//	txn.go           what servers replicate
//	tree.go          the tree: immutable, a change makes a new one
//	sessions.go      who is connected, and which nodes go with them
//	prepare.go       from operations to transactions: the leader's checks
//	apply.go         from transactions to new trees
//	watch.go         which transactions clients have asked to be told of
//	machine.go       Query, Snapshot, Restore
//	fuzzy.go         snapshots while transactions are applied
//	result.go        what clients are told; code.go: how it went
//	words.go         all of that in print
//
// A position of zero is what a machine stamps whose protocol does not say where
// a transaction stands.
package znode
