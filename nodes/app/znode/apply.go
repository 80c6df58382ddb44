package znode

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
)

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
	return m.carryOut(t, at).appendTo(dst)
}

func (m *Machine) carryOut(t Txn, at nodes.Position) Result {
	switch t.Kind {
	case TxnCreate:
		return m.create(t, at)
	case TxnSet:
		return m.set(t, at)
	case TxnDelete:
		return m.remove(t.Path, at)
	case TxnMulti:
		return m.multi(t, at)
	case TxnOpen:
		return m.open(t.Session)
	case TxnClose:
		return m.close(t, at)
	default: // TxnCheck has nothing left to do
		return Result{Code: t.Code}
	}
}

func (m *Machine) create(t Txn, at nodes.Position) Result {
	path, name := split(t.Path)
	parent := m.root.at(path)
	if parent == nil {
		return Result{Code: NoNode}
	}
	n := &node{name: name, data: t.Data, stat: stat{created: at, modified: at, changed: at, owner: t.Owner}}
	grown := parent.with(n)
	grown.stat.childrenChanged(t.Births, at)
	m.root = m.root.replaced(path, grown)
	m.own(t.Owner, t.Path, true)
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

func (m *Machine) remove(nodePath string, at nodes.Position) Result {
	path, name := split(nodePath)
	parent := m.root.at(path)
	if parent == nil {
		return Result{Code: NoNode}
	}
	if i, found := parent.find(name); found {
		m.own(parent.children[i].stat.owner, nodePath, false)
	}
	shrunk := parent.without(name)
	shrunk.stat.childrenChanged(0, at)
	m.root = m.root.replaced(path, shrunk)
	return Result{}
}

// multi carries out all parts, or none if one of them is an error.
func (m *Machine) multi(t Txn, at nodes.Position) Result {
	r := Result{Results: make([]Result, len(t.Txns))}
	failed := t.failed()
	if failed >= 0 {
		r.Code = t.Txns[failed].Code
	}
	for i := range t.Txns {
		switch {
		case failed < 0:
			r.Results[i] = m.carryOut(t.Txns[i], at)
		case i >= failed:
			r.Results[i].Code = t.Txns[i].Code
		}
	}
	return r
}
