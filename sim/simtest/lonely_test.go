package simtest_test

import "github.com/zabsim/zabsim/nodes"

// lonely is a protocol of one's own, and a bad one: every server does what its
// clients ask for and tells nobody.
var lonely = nodes.Protocol{
	Name: "lonely", Epoch: "epoch",
	New: func(c nodes.Config) nodes.Node {
		return &lonelyNode{id: c.ID, app: nodes.Replica{Machine: c.Machine()}}
	},
}

type lonelyNode struct {
	id  nodes.ID
	app nodes.Replica
}

func (n *lonelyNode) Step(in nodes.Input, out *nodes.Out) {
	r, ok := in.(*nodes.Request)
	if !ok {
		return
	}
	if r.Class != nodes.Write {
		out.Reply(r.Client, r.Seq, n.app.History.Last, n.app.Machine.Query(nil, r.Op))
		return
	}
	at := nodes.Position{Epoch: 1, Index: n.app.History.Len + 1}
	txn := n.app.Machine.Prepare(nil, r.Op)
	result := n.app.Apply(nil, at, txn, nodes.Digest(0).Text(string(txn)))
	out.Commit(at, txn, n.app.History)
	out.Reply(r.Client, r.Seq, at, result)
}

func (n *lonelyNode) Clone() nodes.Node { return &lonelyNode{n.id, n.app.Clone()} }

func (n *lonelyNode) Status() nodes.Status {
	return nodes.Status{
		Role: nodes.Leading, Serving: true, Leader: n.id, Epoch: uint64(n.id), Phase: "alone",
		Logged: n.app.History.Last, History: n.app.History,
	}
}
