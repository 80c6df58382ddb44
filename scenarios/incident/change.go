package incident

import (
	"fmt"
	"math"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/nodes/zab/zkdata"
	"github.com/zabsim/zabsim/scenarios"
)

func zxid(z zab.Zxid) scenarios.Zxid { return scenarios.Zxid(z.Position()) }

// line turns a transaction into what a scenario says of it.
func line(t *zkdata.Txn) (scenarios.TxnLine, error) {
	l := scenarios.TxnLine{Zxid: zxid(t.Zxid)}
	var err error
	switch t.Type {
	case zkdata.CreateSession:
		l.Open, l.Timeout = scenarios.SessionName(t.Session), t.Timeout
	case zkdata.CloseSession:
		l.Close, l.Deletes = scenarios.SessionName(t.Session), t.Paths
	case zkdata.Multi:
		for i := range t.Parts {
			part, failure := change(t.Session, &t.Parts[i])
			if failure != nil {
				err = failure
			}
			l.Multi = append(l.Multi, part)
		}
		if len(l.Multi) == 0 {
			l.Check = "/" // a multi of nothing
		}
	default:
		l.TxnPart, err = change(t.Session, &t.Change)
	}
	if err != nil {
		return scenarios.TxnLine{}, fmt.Errorf("%v: %w", t.Zxid, err)
	}
	return l, nil
}

// change turns a change that a session asked for into what a scenario says of
// it.
func change(session int64, c *zkdata.Change) (scenarios.TxnPart, error) {
	switch c.Type {
	case zkdata.Create, zkdata.Create2, zkdata.CreateContainer, zkdata.CreateTTL:
		if c.ParentVersion < 0 {
			return scenarios.TxnPart{}, fmt.Errorf("ZooKeeper before 3.3 did not log how many children %s had brought its parent to", c.Path)
		}
		p := scenarios.TxnPart{Create: c.Path, Data: scenarios.Data(c.Data), Births: c.ParentVersion}
		if c.Ephemeral {
			p.Owner = scenarios.SessionName(session)
		}
		return p, nil
	case zkdata.Delete, zkdata.DeleteContainer:
		return scenarios.TxnPart{Delete: c.Path}, nil
	case zkdata.SetData, zkdata.Reconfig:
		return scenarios.TxnPart{Set: c.Path, Data: scenarios.Data(c.Data), Version: c.Version}, nil
	case zkdata.SetACL, zkdata.Check:
		return scenarios.TxnPart{Check: c.Path}, nil
	case zkdata.Error:
		return scenarios.TxnPart{Error: scenarios.ErrorName(c.Code)}, nil
	default:
		return scenarios.TxnPart{}, fmt.Errorf("%v has no place in a scenario", c.Type)
	}
}

// treeOf turns a snapshot into what a scenario says of it.
func treeOf(f *zkdata.SnapshotFile, found []zkdata.Znode) scenarios.Tree {
	tree := scenarios.Tree{Zxid: zxid(f.Zxid)}
	for _, s := range f.Sessions {
		tree.Sessions = append(tree.Sessions, scenarios.OpenSession{Session: scenarios.SessionName(s.ID), Timeout: s.Timeout})
	}
	for _, z := range found {
		n := scenarios.TreeNode{
			Path: z.Path, Data: scenarios.Data(z.Data), Created: zxid(z.Created), Version: z.Version, Births: z.ChildrenVersion,
		}
		if z.Modified != z.Created {
			n.Modified = zxid(z.Modified)
		}
		if z.ChildrenModified != z.Created {
			n.Changed = zxid(z.ChildrenModified)
		}
		if endsWithSession(z.Owner) {
			n.Owner = scenarios.SessionName(z.Owner)
		}
		tree.Nodes = append(tree.Nodes, n)
	}
	return tree
}

// endsWithSession tells the owner of an ephemeral node from the marks of
// containers and of nodes with a time to live (ZooKeeper's EphemeralType).
func endsWithSession(owner int64) bool {
	const ttl = 0xff
	return owner != 0 && owner != math.MinInt64 && uint64(owner)>>56 != ttl
}

// spans writes transactions, in order, as runs.
func spans(zxids []zab.Zxid) []scenarios.Span {
	var made []scenarios.Span
	for _, z := range zxids {
		if k := len(made); k > 0 && nodes.Position(made[k-1].To) == (nodes.Position{Epoch: z.Epoch(), Index: z.Counter() - 1}) {
			made[k-1].To = zxid(z)
			continue
		}
		made = append(made, scenarios.Span{From: zxid(z), To: zxid(z)})
	}
	return made
}
