package scenarios

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes/zab"
)

// start checks what servers bring along.
func (c *inspector) start() {
	n, s := c.root.value("start"), c.s.Start
	if n.kind != mapping || s == nil || c.r.within(n) {
		return
	}
	switch {
	case c.s.Protocol != zab.Protocol.Name:
		c.report(c.root.key("start"), "servers of ZooKeeper left this behind: it is for protocol %s", zab.Protocol.Name)
	case c.s.App.Znode == nil:
		c.report(c.root.key("start"), "servers of ZooKeeper left this behind: write app: {znode: {}}")
	}
	c.startServers(n.value("servers"))
	packed := n.value("packed")
	for i := range s.Txns {
		if packed.kind == scalar {
			c.packedTxn(packed, &s.Txns[i])
		} else {
			c.txnLine(n.at("transactions", i), &s.Txns[i])
		}
	}
	for i := range s.Trees {
		if packed.kind == scalar {
			c.startTree(packed, &s.Trees[i])
		} else {
			c.startTree(n.at("trees", i), &s.Trees[i])
		}
	}
	if !c.r.within(n) {
		c.startContents(n, s)
	}
}

func (c *inspector) startServers(n *node) {
	for i, r := range c.s.Start.Servers {
		c.known(n.keys[i], r.Server)
		at := n.items[i]
		if r.Snapshot == nil && len(r.Logs) > 0 {
			c.report(at, "%s has logs but no snapshot, not even snapshot.0; add \"snapshot: {zxid: 0.0}\"", r.Server)
		}
		last := Zxid{}
		for k, piece := range r.Logs {
			for j, span := range piece.Holds {
				if !last.less(span.From) {
					c.report(at.at("logs", k, "holds", j), "%v does not come after %v, which stands before it", span.From, last)
				}
				last = span.To
			}
		}
	}
}

// txnParts are what a transaction does, by their keys in files.
var (
	txnParts = []string{"create", "set", "delete", "check", "error"}
	txnKinds = slices.Concat(txnParts, []string{"open", "close", "multi"})
)

// packedTxn checks a transaction that has no place of its own in the file.
func (c *inspector) packedTxn(n *node, t *TxnLine) {
	for _, p := range append([]TxnPart{t.TxnPart}, t.Multi...) {
		if path := cmp.Or(p.Create, p.Set, p.Delete, p.Check); path != "" && !strings.HasPrefix(path, "/") {
			c.report(n, "in what is packed here %v is about %q, which is no path", t.Zxid, path)
		}
	}
}

// txnLine checks a transaction.
func (c *inspector) txnLine(n *node, t *TxnLine) {
	if n.kind != mapping || n.value("zxid").kind == absent {
		return
	}
	if t.Zxid.Index == 0 {
		c.report(n.value("zxid"), "%v is no transaction; counters begin with 1", t.Zxid)
	}
	c.startNames(n, t.On)
	does, ok := c.oneOf(n, "a transaction", "does", txnKinds)
	if !ok {
		return
	}
	c.startPath(n.value(does), does)
	for i := range n.value("multi").items {
		part := n.at("multi", i)
		if does, ok := c.oneOf(part, "a part", "does", txnParts); ok {
			c.startPath(part.value(does), does)
		}
	}
}

func (c *inspector) startPath(n *node, does string) {
	if slices.Contains(txnParts, does) && does != "error" && !strings.HasPrefix(n.text, "/") {
		c.report(n, "%q is no path; write /%s", n.text, n.text)
	}
}

func (c *inspector) startNames(n *node, names []string) {
	for i, name := range names {
		c.known(n.at("on", i), name)
	}
}

func (c *inspector) startTree(n *node, t *Tree) {
	if n.kind == mapping && n.value("zxid").kind == absent {
		return
	}
	c.startNames(n, t.On)
	there := map[string]bool{"/": true}
	for i, node := range t.Nodes {
		at := n.at("nodes", i, "path")
		parent := node.Path[:max(strings.LastIndexByte(node.Path, '/'), 0)]
		switch {
		case !strings.HasPrefix(node.Path, "/"):
			c.report(at, "%q is no path; write /%s", node.Path, node.Path)
		case parent != "" && !there[parent]:
			c.report(at, "%s has no parent above it; write down %s first", node.Path, parent)
		}
		there[node.Path] = true
	}
}

// startContents reports what nobody says what it holds.
func (c *inspector) startContents(n *node, s *Start) {
	l := &library{start: s, txns: map[Zxid][]*TxnLine{}}
	for i := range s.Txns {
		l.txns[s.Txns[i].Zxid] = append(l.txns[s.Txns[i].Zxid], &s.Txns[i])
	}
	for i, r := range s.Servers {
		at := n.at("servers", i)
		if value := n.value("servers"); value.kind == mapping {
			at = value.items[i]
		}
		c.startLogs(at, l, &r)
		c.startImage(at.value("snapshot"), s, &r)
	}
	last := s.root().Zxid
	for i, span := range s.History {
		if !last.less(span.From) {
			c.report(n.at("history", i), "%v does not come after %v, where the history is by then", span.From, last)
			return
		}
		last = span.To
	}
	eachIn(s.History, func(z Zxid) bool {
		switch {
		case len(l.txns[z]) == 0:
			c.report(n.value("history"), "%v is part of the history, but not among the transactions", z)
		case !s.Decided.less(z) && l.holder(z) == 0:
			c.report(n.value("decided"), "a quorum cannot have %v: no server has it, and all up to %v are decided", z, s.Decided)
		default:
			return true
		}
		return false
	})
	if s.Decided != (Zxid{}) && !s.survived(s.Decided) {
		c.report(n.value("decided"), "%v is no part of the history", s.Decided)
	}
}

func (c *inspector) startLogs(n *node, l *library, r *Remnant) {
	for k, piece := range r.Logs {
		for j, span := range piece.Holds {
			eachIn([]Span{span}, func(z Zxid) bool {
				if l.of(z, r.Server) != nil {
					return true
				}
				c.report(n.at("logs", k, "holds", j), "%s has %v in its log, but it is not among the transactions", r.Server, z)
				return false
			})
		}
	}
}

// startImage: what a snapshot holds is written down, or follows from the
// history.
func (c *inspector) startImage(n *node, s *Start, r *Remnant) {
	if r.Snapshot == nil || s.tree(r.Snapshot.Zxid, r.Server) != nil {
		return
	}
	z := r.Snapshot.Zxid
	switch {
	case z.less(s.root().Zxid):
		c.report(n, "nothing says what the snapshot of %v holds; add a tree of that zxid", z)
	case !s.survived(z):
		c.report(n, "the snapshot of %v was not taken on the history; add a tree of that zxid", z)
	}
}
