package znode

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
)

// Prepare implements [nodes.StateMachine]: a request without a session.
func (m *Machine) Prepare(dst, body []byte) []byte { return m.PrepareFor(dst, nodes.Caller{}, body) }

// PrepareFor implements [nodes.SessionKeeper]. What cannot be carried out
// becomes an error transaction: it is replicated like any other, has its place
// in the order and changes nothing (R-CLI-7).
func (m *Machine) PrepareFor(dst []byte, who nodes.Caller, body []byte) []byte {
	t, code := m.prepareRequest(who, body)
	if code != OK {
		t = Txn{Kind: TxnError, Code: code}
	}
	return t.appendTo(dst)
}

// prepareRequest makes ZooKeeper's checks in its order: session, path, tree.
func (m *Machine) prepareRequest(who nodes.Caller, body []byte) (Txn, Code) {
	o, err := Parse(body)
	_, open := m.find(who.Session)
	switch {
	case err != nil:
		return Txn{}, MarshallingError
	case who.Moved:
		return Txn{}, SessionMoved
	case who.Session != 0 && !who.Session.Local() && !open:
		return Txn{}, SessionExpired
	case o.Reads(), o.Kind == KindCheck:
		return Txn{}, Unimplemented
	case o.Kind == KindMulti:
		return m.prepareMulti(who, o), OK
	case o.Kind == KindCloseSession && !open:
		return Txn{}, Unimplemented
	case o.Kind == KindCloseSession:
		return m.prepareClose(who.Session), OK
	default:
		return m.prepare(who, o)
	}
}

// prepareMulti validates the parts one by one, each against what the ones
// before it lead to. The first that fails makes all of it fail.
func (m *Machine) prepareMulti(who nodes.Caller, o Op) Txn {
	overlay := *m
	multi := Txn{Kind: TxnMulti}
	for _, sub := range o.Ops {
		t, code := Txn{}, RuntimeInconsistency
		if multi.failed() < 0 {
			t, code = overlay.prepare(who, sub)
		}
		if code != OK {
			t = Txn{Kind: TxnError, Code: code}
		}
		overlay.carryOut(t, nodes.Position{})
		multi.Txns = append(multi.Txns, t)
	}
	return multi
}

func (m *Machine) prepare(who nodes.Caller, o Op) (Txn, Code) {
	switch o.Kind {
	case KindCreate:
		return m.prepareCreate(who, o)
	case KindDelete:
		return m.prepareDelete(o)
	case KindCheck:
		_, code := m.demand(o)
		return Txn{Kind: TxnCheck, Path: o.Path}, code
	default:
		n, code := m.demand(o)
		if code != OK {
			return Txn{}, code
		}
		return Txn{Kind: TxnSet, Path: o.Path, Data: o.Data, Version: n.stat.version + 1}, OK
	}
}

// demand returns the node an operation is about if it is there and has the
// version the operation asks for.
func (m *Machine) demand(o Op) (*node, Code) {
	if !valid(o.Path) {
		return nil, BadArguments
	}
	n := m.root.at(o.Path)
	switch {
	case n == nil:
		return nil, NoNode
	case o.Version != AnyVersion && o.Version != n.stat.version:
		return nil, BadVersion
	}
	return n, OK
}

func (m *Machine) prepareCreate(who nodes.Caller, o Op) (Txn, Code) {
	_, open := m.find(who.Session)
	named := o.Path
	if o.Sequential {
		named += sequence(0) // whatever the number will be
	}
	switch {
	case !valid(named):
		return Txn{}, BadArguments
	case named == "/":
		return Txn{}, NodeExists
	case o.Ephemeral && who.Session == 0:
		return Txn{}, SessionExpired
	case o.Ephemeral && who.Session.Local() && !open:
		return Txn{}, EphemeralOnLocalSession
	}
	path, name := split(named)
	parent := m.root.at(path)
	if parent == nil {
		return Txn{}, NoNode
	}
	if o.Sequential {
		named = o.Path + sequence(parent.stat.births)
		_, name = split(named)
	}
	if _, found := parent.find(name); found {
		return Txn{}, NodeExists
	}
	if parent.stat.owner != 0 {
		return Txn{}, NoChildrenForEphemerals
	}
	t := Txn{Kind: TxnCreate, Path: named, Data: o.Data, Births: parent.stat.births + 1}
	if o.Ephemeral {
		t.Owner = who.Session
	}
	return t, OK
}

// sequence prints what is put behind the name of a sequential node: the number
// of children its parent has ever had, which never goes back, and a create that fails does not count (R-CLI-12, R-CLI-13).
func sequence(births int32) string { return fmt.Sprintf("%010d", births) }

func (m *Machine) prepareDelete(o Op) (Txn, Code) {
	if o.Path == "/" {
		return Txn{}, BadArguments
	}
	n, code := m.demand(o)
	switch {
	case code != OK:
		return Txn{}, code
	case len(n.children) > 0:
		return Txn{}, NotEmpty
	}
	return Txn{Kind: TxnDelete, Path: o.Path}, OK
}
