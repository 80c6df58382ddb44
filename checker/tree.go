package checker

import (
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim/trace"
)

// tree follows the history of a tree of znodes: the transactions in the order in
// which some server delivered them first, each once. Where servers disagree
// about the history it follows the first; other properties see to that.
type tree struct {
	state treeState // nil where something else is replicated
	len   uint64
}

// treeState is what the tree is replicated as: the state machine of the servers.
type treeState interface {
	nodes.SessionKeeper
	nodes.Stamped
	nodes.Watchable
}

// change is the next transaction of a tree.
type change struct {
	at     nodes.Position
	client nodes.ClientID // 0: of nobody
	seq    uint32
	op     []byte
	txn    znode.Txn
}

func newTree(h *trace.Header) tree {
	state, ok := h.Machine().(treeState)
	if !ok {
		return tree{}
	}
	t := tree{state: state, len: uint64(len(h.Past))}
	for _, p := range h.Past {
		t.state.ApplyAt(nil, p.At, p.Op)
	}
	return t
}

// wants returns the kinds if there is a tree to follow.
func (t *tree) wants(kinds ...trace.Kind) trace.Set {
	if t.state == nil {
		return 0
	}
	return trace.Of(kinds...)
}

// next reads a delivery. It reports false for one that is known.
func (t *tree) next(e *trace.Event) (c change, ok bool) {
	if e.Len != t.len+1 {
		return change{}, false
	}
	client, seq, body, err := app.Body(e.Op)
	if err != nil {
		return change{}, false
	}
	t.len++
	txn, err := znode.ParseTxn(body)
	return change{e.Pos, client, seq, e.Op, txn}, err == nil
}

// apply carries a change out and returns its result.
func (t *tree) apply(c *change) []byte { return t.state.ApplyAt(nil, c.at, c.op) }

// owner returns the session that the node at a path goes with, 0 if it is
// persistent, and whether there is a node.
func (t *tree) owner(path string) (nodes.SessionID, bool) {
	r, err := znode.ParseResult(t.state.Query(nil, app.Identify(0, 0, znode.Exists(path))))
	return r.Stat.Owner, err == nil && r.Code == znode.OK
}

// open reports whether a session is open.
func (t *tree) open(id nodes.SessionID) bool {
	for _, s := range t.state.Sessions() {
		if s.ID == id {
			return true
		}
	}
	return false
}

// nodesOf returns the ephemeral nodes of a session.
func (t *tree) nodesOf(id nodes.SessionID) []string {
	_, _, body, err := app.Body(t.state.PrepareClose(nil, id))
	closing, malformed := znode.ParseTxn(body)
	if err != nil || malformed != nil {
		panic("checker: a transaction that closes a session cannot be read") // the machine wrote it just now
	}
	return closing.Paths
}

func (t tree) clone() tree {
	if t.state != nil {
		t.state = t.state.Clone().(treeState)
	}
	return t
}

func (t *tree) appendTo(b []byte) []byte {
	b = appendWord(b, t.len)
	if t.state != nil {
		b = t.state.Snapshot(b)
	}
	return b
}

// parts returns a transaction, or the parts of a multi that was carried out.
func (c *change) parts() []znode.Txn {
	if c.txn.Kind != znode.TxnMulti {
		return []znode.Txn{c.txn}
	}
	for i := range c.txn.Txns {
		if c.txn.Txns[i].Kind == znode.TxnError {
			return nil
		}
	}
	return c.txn.Txns
}
