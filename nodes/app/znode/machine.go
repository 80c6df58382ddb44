package znode

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// Machine is the tree as a [nodes.StateMachine].
type Machine struct{ root *node }

var (
	_ nodes.StateMachine = (*Machine)(nil)
	_ nodes.Stamped      = (*Machine)(nil)
)

// New returns a tree that has only the root.
func New() *Machine { return &Machine{&node{}} }

// Prepare implements [nodes.StateMachine].
func (m *Machine) Prepare(dst, body []byte) []byte {
	t, code := m.prepare(body)
	if code != OK {
		t = Txn{Kind: TxnError, Code: code}
	}
	return t.appendTo(dst)
}

func (m *Machine) prepare(body []byte) (Txn, Code) {
	o, err := Parse(body)
	switch {
	case err != nil:
		return Txn{}, MarshallingError
	case o.Reads():
		return Txn{}, Unimplemented
	case !valid(o.Path):
		return Txn{}, BadArguments
	case o.Kind == KindCreate:
		return m.prepareCreate(o)
	case o.Kind == KindDelete:
		return m.prepareDelete(o)
	default:
		return m.prepareSet(o)
	}
}

func (m *Machine) prepareCreate(o Op) (Txn, Code) {
	if o.Path == "/" {
		return Txn{}, NodeExists
	}
	path, name := split(o.Path)
	parent := m.root.at(path)
	if parent == nil {
		return Txn{}, NoNode
	}
	if _, found := parent.find(name); found {
		return Txn{}, NodeExists
	}
	return Txn{Kind: TxnCreate, Path: o.Path, Data: o.Data, Births: parent.stat.births + 1}, OK
}

func (m *Machine) prepareSet(o Op) (Txn, Code) {
	n := m.root.at(o.Path)
	switch {
	case n == nil:
		return Txn{}, NoNode
	case o.Version != AnyVersion && o.Version != n.stat.version:
		return Txn{}, BadVersion
	}
	return Txn{Kind: TxnSet, Path: o.Path, Data: o.Data, Version: n.stat.version + 1}, OK
}

func (m *Machine) prepareDelete(o Op) (Txn, Code) {
	n := m.root.at(o.Path)
	switch {
	case o.Path == "/":
		return Txn{}, BadArguments
	case n == nil:
		return Txn{}, NoNode
	case o.Version != AnyVersion && o.Version != n.stat.version:
		return Txn{}, BadVersion
	case len(n.children) > 0:
		return Txn{}, NotEmpty
	}
	return Txn{Kind: TxnDelete, Path: o.Path}, OK
}

// Apply implements [nodes.StateMachine] for those who do not care where in the
// history the transaction stands: all its stamps are zero.
func (m *Machine) Apply(dst, txn []byte) []byte { return m.ApplyAt(dst, nodes.Position{}, txn) }

// ApplyAt implements [nodes.Stamped]. It panics on what Prepare did not write.
// A transaction that does not fit the state (a protocol with holes in its
// history can cause that) has an error as its result and changes nothing, as
// in ZooKeeper's DataTree.
func (m *Machine) ApplyAt(dst []byte, at nodes.Position, txn []byte) []byte {
	t, err := ParseTxn(txn)
	if err != nil {
		panic(fmt.Sprintf("znode: %x is not a transaction", txn))
	}
	var r Result
	switch t.Kind {
	case TxnCreate:
		r = m.create(t, at)
	case TxnSet:
		r = m.set(t, at)
	case TxnDelete:
		r = m.remove(t, at)
	default:
		r.Code = t.Code
	}
	return r.appendTo(dst)
}

func (m *Machine) create(t Txn, at nodes.Position) Result {
	path, name := split(t.Path)
	parent := m.root.at(path)
	if parent == nil {
		return Result{Code: NoNode}
	}
	n := &node{name: name, data: t.Data, stat: stat{created: at, modified: at, changed: at}}
	grown := parent.with(n)
	grown.stat.births, grown.stat.changed = t.Births, at
	m.root = m.root.replaced(path, grown)
	return Result{Path: t.Path, Stat: n.public()}
}

func (m *Machine) set(t Txn, at nodes.Position) Result {
	old := m.root.at(t.Path)
	if old == nil {
		return Result{Code: NoNode}
	}
	n := *old
	n.data, n.stat.version, n.stat.modified = t.Data, t.Version, at
	m.root = m.root.replaced(t.Path, &n)
	return Result{Stat: n.public()}
}

func (m *Machine) remove(t Txn, at nodes.Position) Result {
	path, name := split(t.Path)
	parent := m.root.at(path)
	if parent == nil {
		return Result{Code: NoNode}
	}
	shrunk := parent.without(name)
	shrunk.stat.changed = at
	m.root = m.root.replaced(path, shrunk)
	return Result{}
}

// Query implements [nodes.StateMachine]: it answers gets and exists.
func (m *Machine) Query(dst, body []byte) []byte { return m.query(body).appendTo(dst) }

func (m *Machine) query(body []byte) Result {
	o, err := Parse(body)
	switch {
	case err != nil:
		return Result{Code: MarshallingError}
	case !o.Reads():
		return Result{Code: Unimplemented}
	case !valid(o.Path):
		return Result{Code: BadArguments}
	}
	n := m.root.at(o.Path)
	if n == nil {
		return Result{Code: NoNode}
	}
	r := Result{Stat: n.public()}
	if o.Kind == KindGet {
		r.Data = n.data
	}
	return r
}

// Snapshot implements [nodes.StateMachine]: the nodes with their stats, each
// before its children, children by name.
func (m *Machine) Snapshot(dst []byte) []byte { return m.root.appendTo(dst) }

func (n *node) appendTo(b []byte) []byte {
	b = wire.AppendText(b, n.name)
	b = wire.AppendText(b, n.data)
	for _, p := range [...]nodes.Position{n.stat.created, n.stat.modified, n.stat.changed} {
		b = appendPosition(b, p)
	}
	b = wire.AppendInt(b, int64(n.stat.version))
	b = wire.AppendInt(b, int64(n.stat.births))
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
	root := readNode(&r)
	if r.End() != nil {
		panic(fmt.Sprintf("znode: %x is not a snapshot", snapshot))
	}
	m.root = root
}

func readNode(r *wire.Reader) *node {
	n := &node{name: string(r.Text()), data: string(r.Text())}
	n.stat = stat{
		created: readPosition(r), modified: readPosition(r), changed: readPosition(r),
		version: readVersion(r), births: readVersion(r),
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
func (m *Machine) Clone() nodes.StateMachine { return &Machine{m.root} }
