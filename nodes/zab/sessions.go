package zab

import (
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// Sessions at the server that clients are connected to. The table of sessions is
// part of the replicated state (see [nodes.SessionKeeper]); who is connected
// where is not, and neither is when somebody was last heard of: the leader
// keeps that (sessions_leader.go), and learners tell it with their PINGs.
//
// A client without a session is known by its id only, and nothing here concerns
// it.

// attachment is the connection of a client that is in a session.
type attachment struct {
	client  nodes.ClientID
	session nodes.SessionID
	watches []string // keys, sorted; see watches.go
}

// localSession is a session that only this server knows of.
type localSession struct {
	session nodes.Session
	left    int // half ticks until it ends, unless the client is heard
}

// attachment returns the connection of a client, or nil.
func (c *clients) attachment(client nodes.ClientID) *attachment {
	i := slices.IndexFunc(c.attached, func(a attachment) bool { return a.client == client })
	if i < 0 {
		return nil
	}
	return &c.attached[i]
}

// requestInSession takes a request that has to do with sessions, and reports
// whether that was all there is to do about it.
func (n *Node) requestInSession(r *nodes.Request) (done bool) {
	switch r.Class {
	case nodes.Connect:
		n.connect(r)
		return true
	case nodes.HangUp:
		n.clients.detach(r.Client)
		n.out.Reply(r.Client, r.Seq, n.db.lastProcessed.Position(), nil)
		return true
	}
	if a := n.clients.attachment(r.Client); a == nil || a.session != r.Session {
		n.out.Turn(r.Client, r.Seq, nodes.Lost) // the connection was closed meanwhile
		return true
	}
	n.touch(r.Session)
	if r.Class == nodes.Ping {
		n.out.Reply(r.Client, r.Seq, n.db.lastProcessed.Position(), nil)
		return true
	}
	return false
}

// connect opens a session or takes one up again (R-CLI-3, R-CLI-4).
func (n *Node) connect(r *nodes.Request) {
	n.clients.detach(r.Client)
	if _, ok := n.db.replica.Machine.(nodes.SessionKeeper); !ok {
		n.out.Turn(r.Client, r.Seq, nodes.RefusedHere)
		return
	}
	a := ask{client: r.Client, seq: r.Seq, class: nodes.Connect, session: nodes.Session{ID: r.Session}}
	switch {
	case r.Session != 0 && r.Password != passwordOf(r.Session):
		n.note("wrong-password", "Incorrect password")
		n.connected(a, nodes.Session{})
	case n.localSession(r.Session).ID != 0:
		n.connected(a, n.localSession(r.Session))
	case r.Session == 0:
		n.openSession(a, r.Timeout)
	case n.role == nodes.Leading:
		n.connected(a, n.revalidate(r.Session, n.cfg.id))
	default:
		n.clients.waiting = append(n.clients.waiting, a)
		n.sendLeader(Revalidate{Client: r.Client, Seq: r.Seq, Session: nodes.Session{ID: r.Session}})
	}
}

// openSession opens a session: a local one at once, a global one by a
// transaction, whose delivery answers the client.
func (n *Node) openSession(a ask, wanted time.Duration) {
	local := n.cfg.LocalSessions
	a.session = nodes.Session{
		ID: nodes.MakeSessionID(n.cfg.id, a.client, a.seq, local),
		// Within 2 and 20 ticks it is up to the client.
		Timeout: min(max(wanted, 2*n.cfg.TickTime), 20*n.cfg.TickTime),
	}
	if local {
		n.clients.local = append(n.clients.local, localSession{session: a.session})
		n.connected(a, a.session)
		return
	}
	n.clients.waiting = append(n.clients.waiting, a)
	n.order(Request{
		Client: a.client, Seq: a.seq, Class: nodes.Connect, Session: a.session.ID, Timeout: a.session.Timeout,
	})
}

// connected tells a client that it is attached, or with the zero Session that
// its session has ended.
func (n *Node) connected(a ask, s nodes.Session) {
	told := nodes.Admission{Session: s}
	if s.ID != 0 {
		told.Password = passwordOf(s.ID)
		n.clients.attached = append(n.clients.attached, attachment{client: a.client, session: s.ID})
		n.touch(s.ID)
	}
	n.out.Reply(a.client, a.seq, n.db.lastProcessed.Position(), told.AppendTo(nil))
}

// secret is what only servers know.
const secret = nodes.Digest(0x7a_61_62)

// passwordOf returns the password of a session. As in ZooKeeper it follows from
// the id, so that every server knows it (R-CLI-4).
func passwordOf(id nodes.SessionID) nodes.Password { return nodes.Password(secret.Word(uint64(id))) }

// connecting takes the client's question to connect, if it still waits for that
// answer.
func (c *clients) connecting(client nodes.ClientID, seq uint32) (ask, bool) {
	i := slices.IndexFunc(c.waiting, func(a ask) bool {
		return a.class == nodes.Connect && a.client == client && a.seq == seq
	})
	if i < 0 {
		return ask{}, false
	}
	a := c.waiting[i]
	c.waiting = slices.Delete(c.waiting, i, i+1)
	return a, true
}

// revalidated is the leader's answer to a REVALIDATE (R-BC-16). ZooKeeper tells
// answers apart by the session only: a client that tries again at the same
// server can be let in by the answer to its first attempt. The second then moves
// the session here at a time when the client may have left for another server,
// and what it asked for here is carried out after what it asked for there.
func (n *Node) revalidated(m Revalidate) {
	a, found := n.clients.connecting(m.Client, m.Seq)
	switch {
	case !found:
	case m.Valid:
		n.connected(a, m.Session)
	default:
		n.connected(a, nodes.Session{})
	}
}

// completeConnect answers the client whose session was just opened.
func (n *Node) completeConnect(t *Txn) {
	if a, found := n.clients.connecting(t.Client, t.Seq); found {
		n.connected(a, a.session)
	}
}

// touch notes that the client of a session was heard of (R-CLI-5).
func (n *Node) touch(id nodes.SessionID) {
	switch i, known := slices.BinarySearch(n.clients.touched, id); {
	case n.touchLocal(id):
	case n.role == nodes.Leading:
		n.leader.sessions.touch(id, n.cfg.TickTime)
	case !known:
		n.clients.touched = slices.Insert(n.clients.touched, i, id)
	}
}

// pong answers the leader's PING, with the sessions heard of since the last one.
func (n *Node) pong(p Ping) {
	if len(n.clients.touched) > 0 {
		p.Touched, n.clients.touched = n.clients.touched, nil
	}
	n.sendLeader(p)
	n.localHalfTick()
}

// localSession returns a local session of this server, or the zero Session.
func (n *Node) localSession(id nodes.SessionID) nodes.Session {
	for i := range n.clients.local {
		if s := &n.clients.local[i]; s.session.ID == id {
			return s.session
		}
	}
	return nodes.Session{}
}

// touchLocal notes that the client of a local session was heard of, and reports
// whether the session is one.
func (n *Node) touchLocal(id nodes.SessionID) bool {
	for i := range n.clients.local {
		if s := &n.clients.local[i]; s.session.ID == id {
			s.left = 2*int(s.session.Timeout/n.cfg.TickTime) + 2
			return true
		}
	}
	return false
}

// upgrade makes a local session known to all before a request that takes that.
// The transaction that opens it goes ahead of the request; nobody asked for it,
// so nobody is answered.
func (n *Node) upgrade(r *nodes.Request) {
	s := n.localSession(r.Session)
	if s.ID == 0 || !n.cfg.LocalSessionsUpgrading || !n.db.replica.Machine.(nodes.SessionKeeper).Leaves(r.Op) {
		return
	}
	n.note("session-upgraded", "Upgrading session")
	n.clients.local = slices.DeleteFunc(n.clients.local, func(l localSession) bool { return l.session.ID == s.ID })
	n.order(Request{Class: nodes.Connect, Session: s.ID, Timeout: s.Timeout})
}

// endsLocalSession reports whether a request closes a session that nobody else
// knows of. No transaction says so then.
func (n *Node) endsLocalSession(r *nodes.Request) bool {
	if n.localSession(r.Session).ID == 0 {
		return false
	}
	_, ends := n.db.replica.Machine.(nodes.SessionKeeper).Ends(r.Op)
	return ends
}

// endLocalSession forgets a local session at the wish of its client, and returns
// the answer.
func (n *Node) endLocalSession(a ask) (answer []byte) {
	if c := n.clients.attachment(a.client); c != nil {
		n.clients.local = slices.DeleteFunc(n.clients.local, func(l localSession) bool { return l.session.ID == c.session })
	}
	answer, _ = n.db.replica.Machine.(nodes.SessionKeeper).Ends(a.op)
	return answer
}

// localHalfTick lets the server's own sessions expire. Its clock is the leader's
// PING; a server that gets none will soon drop all its clients.
func (n *Node) localHalfTick() {
	for i := range n.clients.local {
		n.clients.local[i].left--
	}
	n.clients.local = slices.DeleteFunc(n.clients.local, func(s localSession) bool {
		if s.left <= 0 {
			n.dropSession(s.session.ID)
		}
		return s.left <= 0
	})
}

// dropSession closes the connections of a session that has ended.
func (n *Node) dropSession(id nodes.SessionID) {
	for i := len(n.clients.attached) - 1; i >= 0; i-- {
		if a := &n.clients.attached[i]; a.session == id {
			n.dropClient(a.client)
		}
	}
}

// dropClient closes the connection of a client. Whether what it asked for will
// ever happen, nobody knows (R-CLI-9).
func (n *Node) dropClient(c nodes.ClientID) {
	for _, a := range n.clients.waiting {
		if a.client == c {
			n.out.Turn(c, a.seq, nodes.Lost)
		}
	}
	n.clients.detach(c)
	n.out.HangUp(c)
}

// detach forgets a client's connection, with its watches and its questions: also
// whether it may connect, if that is not answered yet.
func (c *clients) detach(client nodes.ClientID) {
	c.attached = slices.DeleteFunc(c.attached, func(a attachment) bool { return a.client == client })
	c.waiting = slices.DeleteFunc(c.waiting, func(a ask) bool { return a.client == client })
}

// endSession notices a transaction that closes a session: its clients are let
// go, after the answer to the one who asked for it.
func (n *Node) endSession(t *Txn) {
	if m, ok := n.db.replica.Machine.(nodes.SessionKeeper); ok {
		if id := m.Closes(t.Body); id != 0 {
			n.dropSession(id)
		}
	}
}

func (c clients) clone() clients {
	c.waiting = slices.Clone(c.waiting)
	c.attached = slices.Clone(c.attached)
	for i := range c.attached {
		c.attached[i].watches = slices.Clone(c.attached[i].watches)
	}
	c.touched = slices.Clone(c.touched)
	c.local = slices.Clone(c.local)
	return c
}
