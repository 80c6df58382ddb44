package app

import "github.com/zabsim/zabsim/nodes"

// CopyPiece implements [nodes.Fuzzy]. The table comes first, all of it: an
// operation that it says was carried out is in every piece that is copied after
// it. One that is not is applied again; the result that is remembered then is
// that of the second time, which for a machine whose results depend on more than
// the transaction, as those of znodes do, can be another one. Nobody asks for it:
// clients in sessions do not ask again (R-CLI-9).
func (o *once) CopyPiece(image nodes.StateMachine, todo []string) []string {
	into := wrapped(image)
	if todo == nil {
		into.table = o.cloneTable()
	}
	into.inner, todo = nodes.CopyPiece(o.inner, into.inner, todo)
	return todo
}

// wrapped returns what asMachine made a machine of.
func wrapped(m nodes.StateMachine) *once {
	if k, ok := m.(keeping); ok {
		return k.once
	}
	return m.(*once)
}
