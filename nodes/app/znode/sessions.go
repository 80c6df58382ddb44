package znode

import (
	"cmp"
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// session is an open session and the ephemeral nodes that go with it.
type session struct {
	nodes.Session
	paths []string `zabsim:"-"` // sorted; the nodes say it too
}

// find returns where a session stands in the table, or would.
func (m *Machine) find(id nodes.SessionID) (int, bool) {
	return slices.BinarySearchFunc(m.sessions, id, func(s session, id nodes.SessionID) int { return cmp.Compare(s.ID, id) })
}

// adopt notes which nodes below a path go with a session.
func (m *Machine) adopt(path string, n *node) {
	m.own(n.stat.owner, path, true)
	for _, c := range n.children {
		m.adopt(join(path, c.name), c)
	}
}

// own notes that an ephemeral node goes with a session, or does not any more.
func (m *Machine) own(owner nodes.SessionID, path string, yes bool) {
	i, open := m.find(owner)
	if !open {
		return
	}
	s := &m.sessions[i]
	at, known := slices.BinarySearch(s.paths, path)
	if known == yes {
		return
	}
	m.sessions = slices.Clone(m.sessions)
	s = &m.sessions[i]
	if yes {
		s.paths = slices.Insert(slices.Clip(s.paths), at, path)
	} else {
		s.paths = slices.Delete(slices.Clone(s.paths), at, at+1)
	}
}

// Sessions implements [nodes.SessionKeeper].
func (m *Machine) Sessions() []nodes.Session {
	open := make([]nodes.Session, len(m.sessions))
	for i := range m.sessions {
		open[i] = m.sessions[i].Session
	}
	return open
}

// PrepareOpen implements [nodes.SessionKeeper].
func (m *Machine) PrepareOpen(dst []byte, s nodes.Session) []byte {
	return Txn{Kind: TxnOpen, Session: s}.appendTo(dst)
}

// PrepareClose implements [nodes.SessionKeeper]. Which nodes go is fixed here,
// with what the requests before this one will create and delete; no server has
// to find out by itself (R-CLI-6).
func (m *Machine) PrepareClose(dst []byte, id nodes.SessionID) []byte {
	return m.prepareClose(id).appendTo(dst)
}

func (m *Machine) prepareClose(id nodes.SessionID) Txn {
	t := Txn{Kind: TxnClose, Session: nodes.Session{ID: id}}
	if i, open := m.find(id); open {
		t.Paths = m.sessions[i].paths
	}
	return t
}

// Leaves implements [nodes.SessionKeeper].
func (m *Machine) Leaves(op []byte) bool {
	o, err := Parse(op)
	return err == nil && (o.Ephemeral || slices.ContainsFunc(o.Ops, func(part Op) bool { return part.Ephemeral }))
}

// Ends implements [nodes.SessionKeeper].
func (m *Machine) Ends(op []byte) (answer []byte, ends bool) {
	if o, err := Parse(op); err != nil || o.Kind != KindCloseSession {
		return nil, false
	}
	return Result{}.appendTo(nil), true
}

// Closes implements [nodes.SessionKeeper].
func (m *Machine) Closes(txn []byte) nodes.SessionID {
	if len(txn) == 0 || TxnKind(txn[0]) != TxnClose {
		return 0
	}
	t, err := ParseTxn(txn)
	if err != nil {
		return 0
	}
	return t.Session.ID
}

func (m *Machine) open(s nodes.Session) Result {
	i, known := m.find(s.ID)
	m.sessions = slices.Clone(m.sessions)
	if !known {
		m.sessions = slices.Insert(m.sessions, i, session{})
	}
	m.sessions[i].Session = s
	return Result{}
}

// close ends a session. Nodes that another session has made since in place of
// its own stay; those that are gone already count all the same for their parents
// (ZOOKEEPER-3145).
func (m *Machine) close(t Txn, at nodes.Position) Result {
	for _, path := range t.Paths {
		if n := m.root.at(path); n == nil || n.stat.owner == t.Session.ID {
			m.remove(path, at)
		}
	}
	if i, known := m.find(t.Session.ID); known {
		m.sessions = slices.Delete(slices.Clone(m.sessions), i, i+1)
	}
	return Result{}
}

// Reap implements [nodes.SessionKeeper].
func (m *Machine) Reap(at nodes.Position) bool {
	orphans := m.orphans(nil, "/", m.root)
	for _, path := range orphans {
		m.remove(path, at)
	}
	return len(orphans) > 0
}

// orphans appends the paths of ephemeral nodes without a session.
func (m *Machine) orphans(dst []string, path string, n *node) []string {
	if _, open := m.find(n.stat.owner); n.stat.owner != 0 && !open {
		dst = append(dst, path)
	}
	for _, c := range n.children {
		dst = m.orphans(dst, join(path, c.name), c)
	}
	return dst
}
