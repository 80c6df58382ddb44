package zab

import (
	"cmp"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// Sessions at the leader: which server each of them is connected to, and when
// its time is up. Only the leader lets sessions expire, by a transaction like any
// other, so that all servers see the end of a session in the same place of the
// history (R-CLI-5). None of this is replicated: a new leader starts every
// session's clock anew (S-33), and the first server to speak for a session owns
// it.

// tracker is ZooKeeper's SessionTracker. Its clock counts half ticks since the
// leader was established.
type tracker struct {
	halfTicks int
	sessions  []tracked // by id
}

// tracked is an open session.
type tracked struct {
	session nodes.Session
	owner   nodes.ID // the server the client is connected to; 0: not known yet
	// expires is the tick at which the session ends: buckets of whole ticks, so
	// that many sessions are put off cheaply and expire together.
	expires int
}

// trackSessions begins to watch over the sessions of the initial history.
func (n *Node) trackSessions() {
	if m, ok := n.leader.ahead.(nodes.SessionKeeper); ok {
		for _, s := range m.Sessions() {
			n.leader.sessions.track(s, 0, n.cfg.TickTime)
		}
	}
}

func (t *tracker) find(id nodes.SessionID) (int, bool) {
	return slices.BinarySearchFunc(t.sessions, id, func(s tracked, id nodes.SessionID) int { return cmp.Compare(s.session.ID, id) })
}

func (t *tracker) track(s nodes.Session, owner nodes.ID, tick time.Duration) {
	i, known := t.find(s.ID)
	if !known {
		t.sessions = slices.Insert(t.sessions, i, tracked{session: s})
	}
	t.sessions[i].owner = owner
	t.touch(s.ID, tick)
}

func (t *tracker) forget(id nodes.SessionID) {
	if i, known := t.find(id); known {
		t.sessions = slices.Delete(t.sessions, i, i+1)
	}
}

// touch puts the end of a session off.
func (t *tracker) touch(id nodes.SessionID, tick time.Duration) {
	if i, known := t.find(id); known {
		s := &t.sessions[i]
		now := time.Duration(t.halfTicks) * tick / 2
		s.expires = int((now+s.session.Timeout)/tick) + 1
	}
}

// revalidate says whether a session is open. If so it is that server's from now
// on (R-CLI-4, R-BC-16); otherwise the zero Session is returned.
func (n *Node) revalidate(id nodes.SessionID, server nodes.ID) nodes.Session {
	t := &n.leader.sessions
	i, known := t.find(id)
	if !known {
		return nodes.Session{}
	}
	t.sessions[i].owner = server
	t.touch(id, n.cfg.TickTime)
	return t.sessions[i].session
}

// answerRevalidate answers a learner's REVALIDATE.
func (n *Node) answerRevalidate(h *handler, m Revalidate) {
	s := n.revalidate(m.Session.ID, h.peer)
	m.Valid = s.ID != 0
	if m.Valid {
		m.Session = s
	}
	n.out.SendOn(h.conn, h.peer, m)
}

// heard notes which sessions a learner has heard of.
func (n *Node) heard(p Ping) {
	for _, id := range p.Touched {
		n.leader.sessions.touch(id, n.cfg.TickTime)
	}
}

// expireSessions lets half a tick pass and closes the sessions whose time is up.
func (n *Node) expireSessions() {
	if _, keeps := n.leader.ahead.(nodes.SessionKeeper); !keeps {
		return
	}
	t := &n.leader.sessions
	t.halfTicks++
	n.localHalfTick()
	var over []nodes.SessionID
	for i := range t.sessions {
		if t.halfTicks >= 2*t.sessions[i].expires {
			over = append(over, t.sessions[i].session.ID)
		}
	}
	for _, id := range over {
		if n.closing {
			return // the counter overflowed; the next leader sees to the rest
		}
		n.note("session-expired", "")
		n.propose(Request{Class: nodes.HangUp, Session: id}, n.cfg.id)
	}
}

// prepareInSession computes what a request of a session changes. After a request
// to close a session the state ahead does not have it any more, so whatever
// comes after that fails (R-CLI-6).
func (n *Node) prepareInSession(m Request, origin nodes.ID) (body []byte, moved bool) {
	keeper, t := n.prepared().(nodes.SessionKeeper), &n.leader.sessions
	switch m.Class {
	case nodes.Connect:
		s := nodes.Session{ID: m.Session, Timeout: m.Timeout}
		t.track(s, origin, n.cfg.TickTime)
		return keeper.PrepareOpen(nil, s), false
	case nodes.HangUp:
		t.forget(m.Session)
		if n.cfg.has(closeWithoutNodes) {
			keeper = n.cfg.machine().(nodes.SessionKeeper)
		}
		return keeper.PrepareClose(nil, m.Session), false
	}
	if i, known := t.find(m.Session); known {
		s := &t.sessions[i]
		if s.owner == 0 {
			s.owner = origin
		}
		moved = s.owner != origin && !n.cfg.has(sessionOwnerUnchecked)
	}
	if committed := n.db.replica.Machine.(nodes.SessionKeeper); n.cfg.has(closingUnmarked) && isOpen(committed, m.Session) && !isOpen(keeper, m.Session) {
		keeper = committed
	}
	body = keeper.PrepareFor(nil, nodes.Caller{Session: m.Session, Moved: moved}, m.Op)
	if id := keeper.Closes(body); id != 0 {
		t.forget(id)
	}
	return body, moved
}

func isOpen(m nodes.SessionKeeper, id nodes.SessionID) bool {
	return slices.ContainsFunc(m.Sessions(), func(s nodes.Session) bool { return s.ID == id })
}

func (t tracker) clone() tracker {
	t.sessions = slices.Clone(t.sessions)
	return t
}
