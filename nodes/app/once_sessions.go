package app

import (
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// keeping is a machine with sessions and watches under Once.
type keeping struct{ *once }

type sessioned interface {
	nodes.SessionKeeper
	nodes.Watchable
}

var _ sessioned = keeping{}

// m returns the machine, which [Once] has looked at.
func (k keeping) m() sessioned { return k.inner.(sessioned) }

// PrepareFor implements [nodes.SessionKeeper]. A client in a session does not
// ask again (R-CLI-9); what comes late is for m to refuse.
func (k keeping) PrepareFor(dst []byte, who nodes.Caller, op []byte) []byte {
	dst, body, repeated := k.identify(dst, op)
	if repeated && who.Session == 0 {
		return dst
	}
	return k.m().PrepareFor(dst, who, body)
}

// PrepareOpen implements [nodes.SessionKeeper]. No operation of a client stands
// behind it.
func (k keeping) PrepareOpen(dst []byte, s nodes.Session) []byte {
	return k.m().PrepareOpen(appendIdentity(dst, 0, 0), s)
}

// PrepareClose implements [nodes.SessionKeeper].
func (k keeping) PrepareClose(dst []byte, id nodes.SessionID) []byte {
	return k.m().PrepareClose(appendIdentity(dst, 0, 0), id)
}

// Sessions implements [nodes.SessionKeeper].
func (k keeping) Sessions() []nodes.Session { return k.m().Sessions() }

// Leaves implements [nodes.SessionKeeper].
func (k keeping) Leaves(op []byte) bool { return k.m().Leaves(inside(op)) }

// Ends implements [nodes.SessionKeeper].
func (k keeping) Ends(op []byte) (answer []byte, ends bool) { return k.m().Ends(inside(op)) }

// Closes implements [nodes.SessionKeeper].
func (k keeping) Closes(txn []byte) nodes.SessionID { return k.m().Closes(inside(txn)) }

// Reap implements [nodes.SessionKeeper].
func (k keeping) Reap(at nodes.Position) bool { return k.m().Reap(at) }

// Watch implements [nodes.Watchable].
func (k keeping) Watch(op, answer []byte) ([]string, [][]byte) {
	return k.m().Watch(inside(op), answer)
}

// Fire implements [nodes.Watchable]. A repeated operation changes nothing and
// has nothing to tell.
func (k keeping) Fire(txn, result []byte) []nodes.Firing { return k.m().Fire(inside(txn), result) }

// Clone implements [nodes.StateMachine].
func (k keeping) Clone() nodes.StateMachine {
	return once{k.inner.Clone(), k.cloneTable()}.asMachine()
}

// inside returns what the machine itself sees of an operation or transaction.
func inside(opOrTxn []byte) []byte {
	r := wire.Read(opOrTxn)
	readIdentity(&r)
	return r.Rest()
}
