package zab

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// clients is what a server owes its own clients, oldest first. Operations of
// one client are answered in the order it issued them (R-BC-12).
type clients struct {
	waiting []ask
	// The rest is about clients in sessions: see sessions.go.
	attached []attachment      // in the order in which they came
	touched  []nodes.SessionID // heard of since the last PING, ascending
	local    []localSession    // in the order in which they were opened
}

// ask is an operation that is not answered yet.
type ask struct {
	client nodes.ClientID
	seq    uint32
	class  nodes.Class
	op     []byte // of what is answered without a leader
	// session is the one to be opened or taken up again, of a Connect.
	session nodes.Session
}

// parkedSync is a learner's sync at the leader that waits for a commit
// (R-BC-15).
type parkedSync struct {
	after Zxid
	conn  nodes.Conn
}

// request takes an operation of a client.
func (n *Node) request(r *nodes.Request) {
	switch {
	case !n.serving():
		n.out.Turn(r.Client, r.Seq, nodes.RefusedHere) // R-CLI-1
	case n.db.lastProcessed.Position().Less(r.Seen) && !n.cfg.has(clientZxidUnchecked):
		n.note("client-ahead", "Refusing session request as the client has seen a later zxid, it must try another server")
		n.out.Turn(r.Client, r.Seq, nodes.RefusedHere) // R-CLI-2
	case (r.Session != 0 || r.Class == nodes.Connect) && n.requestInSession(r):
	case r.Class == nodes.Read, r.Class == nodes.Sync && n.role == nodes.Leading, n.endsLocalSession(r): // S-32
		n.requestLocal(r)
	default:
		n.upgrade(r)
		n.clients.waiting = append(n.clients.waiting, ask{client: r.Client, seq: r.Seq, class: r.Class})
		n.order(Request{Client: r.Client, Seq: r.Seq, Class: r.Class, Op: r.Op, Session: r.Session})
	}
}

// requestLocal answers from the local state, now or after what the client has
// asked for before.
func (n *Node) requestLocal(r *nodes.Request) {
	a := ask{client: r.Client, seq: r.Seq, class: r.Class, op: r.Op}
	if n.oldest(r.Client) >= 0 {
		n.clients.waiting = append(n.clients.waiting, a)
		return
	}
	n.answer(a)
}

// answer carries out a read, a sync that needs no leader, or the end of a local
// session.
func (n *Node) answer(a ask) {
	var result []byte
	switch a.class {
	case nodes.Read:
		result = n.db.replica.Machine.Query(nil, a.op)
		if len(n.clients.attached) > 0 {
			n.watch(a.client, a.op, result)
		}
	case nodes.Write:
		result = n.endLocalSession(a)
	}
	n.out.Reply(a.client, a.seq, n.db.lastProcessed.Position(), result)
	if a.class == nodes.Write {
		n.dropClient(a.client)
	}
}

// order puts a write or sync into the total order: the leader proposes it,
// learners forward it (R-BC-2).
func (n *Node) order(m Request) {
	if n.role == nodes.Leading {
		n.propose(m, n.cfg.id)
		return
	}
	if m.Class == nodes.Sync {
		n.learner.syncs = append(n.learner.syncs, ask{client: m.Client, seq: m.Seq})
	}
	n.sendLeader(m)
}

// learnerRequest takes a request that a learner forwarded.
func (n *Node) learnerRequest(h *handler, m Request) {
	if m.Class == nodes.Sync {
		n.syncRequested(h)
		return
	}
	n.propose(m, h.peer)
}

// syncRequested lets a learner catch up with what the leader has committed: at
// once if nothing is outstanding, else after what is. No quorum is asked, so a
// leader that has been replaced unawares answers too (R-BC-15, ZOOKEEPER-1675).
func (n *Node) syncRequested(h *handler) {
	if len(n.leader.outstanding) == 0 {
		n.out.SendOn(h.conn, h.peer, Sync{})
		return
	}
	n.leader.parked = append(n.leader.parked, parkedSync{n.leader.lastProposed, h.conn})
}

// releaseSyncs answers the syncs that waited for z.
func (n *Node) releaseSyncs(z Zxid) {
	l := &n.leader
	for len(l.parked) > 0 && l.parked[0].after <= z {
		c := l.parked[0].conn
		n.out.SendOn(c, c.Dialer(), Sync{})
		l.parked = slices.Delete(l.parked, 0, 1)
	}
}

// completeSync answers the oldest sync that this server forwarded.
func (n *Node) completeSync() {
	l := &n.learner
	if len(l.syncs) == 0 {
		n.note("sync-unexpected", "Not expecting a sync.")
		return
	}
	a := l.syncs[0]
	l.syncs = slices.Delete(l.syncs, 0, 1)
	n.complete(a.client, a.seq, nil)
}

// completeWrite answers the client whose write was just applied. One whose
// session has moved to another server is cut off instead (R-CLI-8).
func (n *Node) completeWrite(t *Txn, result []byte) {
	switch {
	case t.Moved:
		n.dropClient(t.Client)
	case t.Opens:
		n.completeConnect(t)
	default:
		n.complete(t.Client, t.Seq, slices.Clone(result))
	}
}

// complete answers an operation and the reads of the same client that waited
// behind it.
func (n *Node) complete(c nodes.ClientID, seq uint32, result []byte) {
	w := &n.clients.waiting
	i := slices.IndexFunc(*w, func(a ask) bool { return a.client == c && a.seq == seq })
	if i < 0 {
		return // asked of this server before it lost its role
	}
	*w = slices.Delete(*w, i, i+1)
	n.out.Reply(c, seq, n.db.lastProcessed.Position(), result)
	for {
		i := n.oldest(c)
		if i < 0 || !n.local(&(*w)[i]) {
			return
		}
		a := (*w)[i]
		*w = slices.Delete(*w, i, i+1)
		n.answer(a)
	}
}

// local reports whether an operation is answered without a leader.
func (n *Node) local(a *ask) bool {
	return a.class == nodes.Read || a.class == nodes.Write && a.op != nil || a.class == nodes.Sync && n.role == nodes.Leading
}

// oldest returns the place of a client's oldest unanswered operation, or -1.
func (n *Node) oldest(c nodes.ClientID) int {
	return slices.IndexFunc(n.clients.waiting, func(a ask) bool { return a.client == c })
}

// dropClients closes all client connections. Whether what they asked for will
// ever happen, nobody knows (R-CLI-9).
func (n *Node) dropClients() {
	for _, a := range n.clients.waiting {
		n.out.Turn(a.client, a.seq, nodes.Lost)
	}
	for _, a := range n.clients.attached {
		n.out.HangUp(a.client)
	}
	n.clients = clients{}
}

// serving reports whether the server is open to clients.
func (n *Node) serving() bool { return n.phase == broadcasting && !n.closing }
