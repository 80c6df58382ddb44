package zab

import (
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// Broadcast, phase 3 of the paper: the leader proposes transactions, a quorum
// logs and acknowledges them, the leader commits them in order.

// proposal is a transaction that is not committed yet, and who has it on disk.
type proposal struct {
	txn  *Txn
	acks nodes.Set
}

// propose turns a request into a transaction and proposes it: to the followers
// first, then to the leader's own disk (R-BC-3, R-BC-4).
func (n *Node) propose(m Request, origin nodes.ID) {
	l := &n.leader
	z := l.lastProposed + 1
	switch {
	case z.Counter() < n.cfg.lastCounter():
	case n.cfg.has(rolloverUnguarded): // R-ZXID-5
		if z.Counter() > n.cfg.lastCounter() {
			z = MakeZxid(z.Epoch()+1, 0)
		}
	default:
		n.stepDown("zxid-rollover", "zxid lower 32 bits have rolled over, forcing re-election, and therefore new epoch start")
		return
	}
	t := n.prepare(z, m, origin)
	l.lastProposed = z
	l.outstanding = append(l.outstanding, proposal{txn: t})
	for i := range l.handlers {
		if h := &l.handlers[i]; h.forwarding && !h.observer {
			n.out.SendOn(h.conn, h.peer, Proposal{t})
			h.slow.sent(z)
		}
	}
	n.logTxn(t)
}

// prepare computes what the request changes, given the state that all earlier
// proposals lead to. One that fails becomes a transaction all the same
// (R-ZXID-3).
func (n *Node) prepare(z Zxid, m Request, origin nodes.ID) *Txn {
	var body []byte
	moved := false
	if m.Session == 0 {
		body = n.prepared().Prepare(nil, m.Op)
	} else {
		body, moved = n.prepareInSession(m, origin)
	}
	n.scratch = n.leader.ahead.Apply(n.scratch[:0], body)
	return &Txn{
		Zxid: z, Client: m.Client, Seq: m.Seq, Origin: origin, Moved: moved, Opens: m.Class == nodes.Connect,
		Body: body, Digest: nodes.Digest(0).Bytes(body),
	}
}

// prepared returns the state that requests are prepared against.
func (n *Node) prepared() nodes.StateMachine {
	if n.cfg.has(prepareFromCommitted) {
		return n.db.replica.Machine
	}
	return n.leader.ahead
}

// processAck counts an acknowledgement, the leader's own like any other's
// (R-BC-7).
func (n *Node) processAck(sid nodes.ID, z Zxid) {
	l := &n.leader
	if z.Marker() || z <= l.lastCommitted || len(l.outstanding) == 0 {
		return
	}
	first := l.outstanding[0].txn.Zxid
	if z < first || z > l.lastProposed {
		n.note("ack-unmatched", "Trying to commit future proposal")
		return
	}
	p := &l.outstanding[l.place(z)]
	p.acks = p.acks.With(sid)
	n.tryToCommit(z)
}

// place returns where among those outstanding a proposal stands. They have no
// holes, but where their counter has overflowed.
func (l *leader) place(z Zxid) int {
	if first := l.outstanding[0].txn.Zxid; first.Epoch() == z.Epoch() {
		return int(z - first)
	}
	return slices.IndexFunc(l.outstanding, func(p proposal) bool { return p.txn.Zxid == z })
}

// tryToCommit commits a proposal if all before it are committed and a quorum
// has it (R-BC-8). Acknowledgements are in order on each connection, so the one
// that completes a quorum for z finds the quorum for z-1 complete.
func (n *Node) tryToCommit(z Zxid) {
	l := &n.leader
	p := &l.outstanding[0]
	if p.txn.Zxid != z || !n.cfg.voters.decides(p.acks) && !n.cfg.has(commitOnMinority) {
		return
	}
	t := p.txn
	l.outstanding = slices.Delete(l.outstanding, 0, 1)
	l.lastCommitted = z
	n.broadcast(n.commits.make(Commit{z}), false)
	n.broadcast(Inform{t}, true)
	if !n.closing {
		n.commit(t)
	}
	n.releaseSyncs(z)
}

// readBroadcast reads packets of an established leader.
func (n *Node) readBroadcast(m nodes.Message) {
	if ping, ok := m.(Ping); ok {
		n.pong(ping)
		return
	}
	if n.observes() {
		n.observe(m)
		return
	}
	switch m := m.(type) {
	case Revalidate:
		n.revalidated(m)
	case Proposal:
		n.readProposal(m.Txn)
	case *Commit:
		n.commitProposal(m.Zxid)
	case Sync:
		n.completeSync()
	default:
		n.note("unexpected-packet", m.Kind())
	}
}

// readProposal takes a proposal up. A gap is only worth a warning, in every
// version (R-BC-6, S-24).
func (n *Node) readProposal(t *Txn) {
	l := &n.learner
	if z := t.Zxid; z != l.lastQueued+1 && l.lastQueued.Epoch() == z.Epoch() {
		n.note("proposal-gap", fmt.Sprintf("Got zxid %v expected %v", z, l.lastQueued+1))
	}
	l.lastQueued = t.Zxid
	n.logProposal(t)
}

// logProposal hands a proposal to the log thread, which acknowledges it, and
// waits for its COMMIT.
func (n *Node) logProposal(t *Txn) {
	n.learner.pending = append(n.learner.pending, t)
	n.logTxn(t)
}

// commitProposal delivers the oldest proposal, which must be the one that the
// leader commits (R-BC-10, S-23). It does not matter whether our own disk has it
// yet (R-BC-11, S-27).
func (n *Node) commitProposal(z Zxid) {
	l := &n.learner
	switch {
	case len(l.pending) == 0:
		n.note("commit-without-proposal", "Committing "+z.String()+" without seeing txn")
	case l.pending[0].Zxid != z:
		why := fmt.Sprintf("Committing zxid %v but next pending txn %v", z, l.pending[0].Zxid)
		n.note("commit-out-of-order", why)
		n.exit(why)
	default:
		t := l.pending[0]
		l.pending = slices.Delete(l.pending, 0, 1)
		n.commit(t)
	}
}
