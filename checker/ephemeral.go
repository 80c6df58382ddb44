package checker

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim/trace"
)

func ephemeralLife() Property {
	return Property{
		Name: "ephemeral-life", Source: "INV-28; R-CLI-6", Kind: Always,
		Doc: "An ephemeral node is created in a session that is open, and goes in the same transaction as the session.",
		New: func(h *trace.Header) Monitor { return &ephemerals{newTree(h), "ephemeral-life", lives} },
	}
}

func oneEphemeralOwner() Property {
	return Property{
		Name: "one-ephemeral-owner", Source: "INV-28", Kind: Always,
		Doc: "While an ephemeral node is there, no other session gets the same path: it is not created again before it was deleted.",
		New: func(h *trace.Header) Monitor { return &ephemerals{newTree(h), "one-ephemeral-owner", owned} },
	}
}

// ephemerals judges what happens to ephemeral nodes, transaction by
// transaction.
type ephemerals struct {
	tree
	name string
	// rule carries the transaction out and says what is wrong with it, or "".
	rule func(*tree, *change) string
}

func (m *ephemerals) Wants() trace.Set { return m.wants(trace.Commit) }

func (m *ephemerals) Observe(e *trace.Event) *Violation {
	c, ok := m.next(e)
	if !ok {
		return nil
	}
	if wrong := m.rule(&m.tree, &c); wrong != "" {
		v := &Violation{Property: m.name, Server: e.Server, Message: fmt.Sprintf("%v %s", c.at, wrong), Details: []string{c.txn.String()}}
		return v.at(e)
	}
	return nil
}

func lives(t *tree, c *change) string {
	before := t.nodesOf(c.txn.Session.ID)
	for _, part := range c.parts() {
		if part.Kind == znode.TxnCreate && part.Owner != 0 && !t.open(part.Owner) {
			return fmt.Sprintf("creates %s in session %x, which is not open", part.Path, uint64(part.Owner))
		}
	}
	t.apply(c)
	if c.txn.Kind != znode.TxnClose {
		return ""
	}
	for _, path := range before {
		if owner, there := t.owner(path); there && owner == c.txn.Session.ID {
			return fmt.Sprintf("closes session %x and leaves its node %s", uint64(owner), path)
		}
	}
	return ""
}

func owned(t *tree, c *change) string {
	gone := map[string]bool{} // by this multi
	for _, part := range c.parts() {
		switch owner, there := t.owner(part.Path); {
		case part.Kind == znode.TxnDelete:
			gone[part.Path] = true
		case part.Kind == znode.TxnCreate && there && !gone[part.Path] && owner != 0 && part.Owner != owner:
			return fmt.Sprintf("gives %s to session %x while it is that of session %x", part.Path, uint64(part.Owner), uint64(owner))
		}
	}
	t.apply(c)
	return ""
}

func (m *ephemerals) Finish() *Violation { return nil }

func (m *ephemerals) Clone() Monitor { return &ephemerals{m.tree.clone(), m.name, m.rule} }

func (m *ephemerals) AppendTo(b []byte) []byte { return m.tree.appendTo(b) }
