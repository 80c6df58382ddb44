package zab

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
)

// Observers go through discovery and synchronization like followers and count
// in no quorum (R-OBS-1, R-OBS-2). In broadcast they get each transaction once,
// when it is committed.

// observe reads packets of an established leader at an observer. Proposals and
// commits are for followers and ignored (R-OBS-3).
func (n *Node) observe(m nodes.Message) {
	switch m := m.(type) {
	case Inform:
		n.commitInformed(m.Txn)
	case Revalidate:
		n.revalidated(m)
	case Sync:
		n.completeSync()
	default:
		n.note("unexpected-packet", "Ignoring "+m.Kind())
	}
}

// commitInformed logs a committed transaction, which nobody waits for, and
// delivers it.
func (n *Node) commitInformed(t *Txn) {
	n.logTxn(t)
	n.commit(t)
}

// deliverInformed delivers what an observer was sent before UPTODATE
// (R-SYNC-F-6, R-OBS-4).
func (n *Node) deliverInformed(txns []*Txn, committed []Zxid) {
	for _, t := range txns {
		if len(committed) == 0 || committed[0] != t.Zxid {
			n.note("commit-unmatched", fmt.Sprintf("%v was not committed", t.Zxid))
			continue
		}
		committed = committed[1:]
		n.commitInformed(t)
	}
}
