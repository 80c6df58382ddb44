package zab

import (
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// database is what a server holds in memory: ZooKeeper's ZKDatabase. Like it,
// it may be ahead of what is committed: recovery and step-down apply every
// record of the log (R-DUR-11, R-DUR-16), which only a later TRUNC or SNAP takes
// back. That is why nobody may read it before the server serves (S-2).
type database struct {
	replica nodes.Replica
	// lastProcessed is the last transaction applied, or the marker of the epoch
	// whose initial history this is. It is also what votes and ACKEPOCH call the
	// last logged zxid (R-DUR-13).
	lastProcessed Zxid
	// committedLog holds the newest transactions applied, for DIFF. It never has
	// a hole within an epoch (R-BC-14).
	committedLog []*Txn
	// unannounced are the transactions applied since the state was loaded and
	// not yet delivered in the sense of the paper.
	unannounced []delivery
	// announced is the length of the history this process has announced.
	announced uint64
}

// forgetAnnounced takes note that the history may have become shorter than what
// was announced, so that what replaces the rest is announced in turn.
func (d *database) forgetAnnounced() { d.announced = min(d.announced, d.replica.History.Len) }

// delivery is a transaction with the history that it completes.
type delivery struct {
	txn     *Txn
	history nodes.History
}

// load replaces the state by an image.
func (d *database) load(s *Snapshot, machine nodes.StateMachine) {
	machine.Restore(s.State)
	d.replica = nodes.Replica{Machine: machine, History: s.History}
	d.lastProcessed = s.Zxid
	d.committedLog, d.unannounced = nil, nil
}

// apply carries out a transaction and appends the result to dst (R-BC-13).
func (d *database) apply(dst []byte, t *Txn) []byte {
	dst = d.replica.Apply(dst, t.Position(), t.Body, t.Digest)
	d.lastProcessed = t.Zxid
	return dst
}

// remember adds an applied transaction to committedLog, which may hold so many
// and no gap (R-BC-14).
func (d *database) remember(t *Txn, keep int) {
	if k := len(d.committedLog); k > 0 {
		last := d.committedLog[k-1].Zxid
		switch {
		case t.Zxid <= last:
			return
		case t.Zxid.Epoch() == last.Epoch() && t.Zxid != last+1:
			panic(fmt.Sprintf("committedLog ends with %v, cannot add %v", last, t.Zxid))
		}
	}
	d.push(t, keep)
}

// push adds it without looking.
func (d *database) push(t *Txn, keep int) {
	d.committedLog = append(d.committedLog, t)
	if len(d.committedLog) > keep {
		d.committedLog = d.committedLog[1:]
	}
}

// bounds returns the first and the last zxid of committedLog, or
// lastProcessed for both if it is empty (R-SYNC-L-2).
func (d *database) bounds() (lowest, highest Zxid) {
	if len(d.committedLog) == 0 {
		return d.lastProcessed, d.lastProcessed
	}
	return d.committedLog[0].Zxid, d.committedLog[len(d.committedLog)-1].Zxid
}

// apply carries out a transaction; n.scratch holds the result.
func (n *Node) apply(t *Txn) {
	n.scratch = n.db.apply(n.scratch[:0], t)
	if n.cfg.has(gapsAccepted) {
		n.db.push(t, n.cfg.CommitLogCount)
		return
	}
	n.db.remember(t, n.cfg.CommitLogCount)
}

// applyQuietly applies a transaction that the server may not show to anybody
// yet.
func (n *Node) applyQuietly(t *Txn) {
	n.apply(t)
	n.db.unannounced = append(n.db.unannounced, delivery{t, n.db.replica.History})
}

// applySynced does so with one of the initial history. Defects forget one thing or
// another about it.
func (n *Node) applySynced(t *Txn) {
	known := n.db.committedLog
	var before nodes.StateMachine
	if t.Opens && n.cfg.has(syncedSessionsForgotten) {
		before = n.db.replica.Machine.Clone()
	}
	n.applyQuietly(t)
	if n.cfg.has(syncedNotRemembered) {
		n.db.committedLog = known
	}
	if before != nil {
		n.db.replica.Machine = before
	}
}

// commit delivers a transaction to a serving server and answers the client
// whose request it was, if that client is ours (R-BC-12).
func (n *Node) commit(t *Txn) {
	n.apply(t)
	n.db.announced = n.db.replica.History.Len
	n.out.Commit(t.Position(), t.Body, n.db.replica.History)
	inSession := len(n.clients.attached) > 0
	if inSession {
		n.fire(t, n.scratch)
	}
	if t.Origin == n.cfg.id {
		n.completeWrite(t, n.scratch)
	}
	if inSession {
		n.endSession(t)
	}
}

// announce says what the server delivers now that it begins to serve: all of
// the initial history that this process has not delivered before.
func (n *Node) announce() {
	for _, d := range n.db.unannounced {
		if d.history.Len > n.db.announced {
			n.out.Commit(d.txn.Position(), d.txn.Body, d.history)
		}
	}
	n.db.unannounced = nil
	n.db.announced = n.db.replica.History.Len
}

// image returns a snapshot of the state in memory, fit to be written to this
// server's disk.
func (n *Node) image() *Snapshot { return n.header().of(n.db.replica.Machine) }

// header returns what such a snapshot says besides the state.
func (n *Node) header() *Snapshot {
	return &Snapshot{
		Zxid:    n.db.lastProcessed,
		History: n.db.replica.History,
		LogFrom: n.files.logFrom,
		LogBase: n.files.logBase,
	}
}

// of returns the snapshot with a machine's state.
func (s Snapshot) of(m nodes.StateMachine) *Snapshot {
	s.State = slices.Clip(m.Snapshot(nil))
	return &s
}
