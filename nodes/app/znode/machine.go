package znode

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// Machine is the tree, and the sessions that ephemeral nodes belong to, as a
// [nodes.StateMachine].
type Machine struct {
	root     *node
	sessions []session // by id; shared with clones, so never changed in place
}

var (
	_ nodes.StateMachine  = (*Machine)(nil)
	_ nodes.Stamped       = (*Machine)(nil)
	_ nodes.SessionKeeper = (*Machine)(nil)
	_ nodes.Watchable     = (*Machine)(nil)
	_ nodes.Fuzzy         = (*Machine)(nil)
)

// New returns a tree that has only the root.
func New() *Machine { return &Machine{root: &node{}} }

// Query implements [nodes.StateMachine]: it answers gets, exists and children.
func (m *Machine) Query(dst, body []byte) []byte { return m.query(body).appendTo(dst) }

func (m *Machine) query(body []byte) Result {
	o, err := Parse(body)
	switch {
	case err != nil:
		return Result{Code: MarshallingError}
	case !o.Reads():
		return Result{Code: Unimplemented}
	case o.Kind == KindSetWatches:
		return Result{}
	case !valid(o.Path):
		return Result{Code: BadArguments}
	}
	n := m.root.at(o.Path)
	if n == nil {
		return Result{Code: NoNode}
	}
	r := Result{Stat: n.public()}
	switch o.Kind {
	case KindGet:
		r.Data = n.data
	case KindChildren:
		for _, c := range n.children {
			r.Children = append(r.Children, c.name)
		}
	}
	return r
}

// Snapshot implements [nodes.StateMachine]: the sessions by id, then the nodes
// with their stats, each before its children, children by name. Which nodes go
// with a session, the nodes say.
func (m *Machine) Snapshot(dst []byte) []byte {
	dst = wire.AppendUint(dst, uint64(len(m.sessions)))
	for i := range m.sessions {
		dst = m.sessions[i].Session.AppendTo(dst)
	}
	return m.root.appendTo(dst)
}

func (n *node) appendTo(b []byte) []byte {
	b = wire.AppendText(b, n.name)
	b = wire.AppendText(b, n.data)
	for _, p := range [...]nodes.Position{n.stat.created, n.stat.modified, n.stat.changed} {
		b = appendPosition(b, p)
	}
	b = wire.AppendInt(b, int64(n.stat.version))
	b = wire.AppendInt(b, int64(n.stat.births))
	b = wire.AppendUint(b, uint64(n.stat.owner))
	b = wire.AppendUint(b, uint64(len(n.children)))
	for _, c := range n.children {
		b = c.appendTo(b)
	}
	return b
}

// Restore implements [nodes.StateMachine]. It panics on what Snapshot did not
// write.
func (m *Machine) Restore(snapshot []byte) {
	r := wire.Read(snapshot)
	restored := Machine{}
	for range r.Count() {
		s, ok := nodes.ParseSession(r.Bytes(sessionSize))
		if !ok {
			r.Fail()
		}
		restored.sessions = append(restored.sessions, session{Session: s})
	}
	restored.root = readNode(&r)
	if r.End() != nil {
		panic(fmt.Sprintf("znode: %x is not a snapshot", snapshot))
	}
	restored.adopt("/", restored.root)
	*m = restored
}

// sessionSize is the length of a session in a snapshot.
const sessionSize = 16

func readNode(r *wire.Reader) *node {
	n := &node{name: string(r.Text()), data: string(r.Text())}
	n.stat = stat{
		created: readPosition(r), modified: readPosition(r), changed: readPosition(r),
		version: readVersion(r), births: readVersion(r), owner: nodes.SessionID(r.Uint()),
	}
	if k := r.Count(); k > 0 {
		n.children = make([]*node, k)
	}
	for i := range n.children {
		n.children[i] = readNode(r)
	}
	return n
}

func appendPosition(b []byte, p nodes.Position) []byte {
	return wire.AppendUint(wire.AppendUint(b, p.Epoch), p.Index)
}

func readPosition(r *wire.Reader) nodes.Position {
	return nodes.Position{Epoch: r.Uint(), Index: r.Uint()}
}

// Clone implements [nodes.StateMachine].
func (m *Machine) Clone() nodes.StateMachine {
	c := *m
	return &c
}
