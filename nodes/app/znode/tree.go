package znode

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
)

// node is one node of a tree. It never changes: whoever changes the tree makes
// new nodes for those on the way from the root, and shares all others. A clone
// of a machine is therefore a copy of one pointer.
type node struct {
	name     string // the last part of its path
	data     string
	stat     stat
	children []*node // by name
}

// stat is what a node remembers of its past. ZooKeeper's times are left out:
// they come from clocks.
type stat struct {
	created  nodes.Position // czxid
	modified nodes.Position // mzxid: the last change of the data
	changed  nodes.Position // pzxid: the last child created or removed
	version  int32
	// births counts the children ever created. Sequence numbers come from it;
	// ZooKeeper's cversion, which counts removals too, follows from it.
	births int32
	owner  nodes.SessionID // 0: the node is persistent
}

// childrenChanged notes that a child came or went. A node out of a fuzzy snapshot
// may know of later ones already.
func (s *stat) childrenChanged(births int32, at nodes.Position) {
	s.births = max(s.births, births)
	if s.changed.Less(at) {
		s.changed = at
	}
}

// find returns where among the children a name stands, or would.
func (n *node) find(name string) (int, bool) {
	return slices.BinarySearchFunc(n.children, name, func(c *node, name string) int {
		return cmp.Compare(c.name, name)
	})
}

// at returns the node at a valid path, or nil.
func (n *node) at(path string) *node {
	for name := range steps(path) {
		i, found := n.find(name)
		if !found {
			return nil
		}
		n = n.children[i]
	}
	return n
}

// replaced returns the tree with another node at path, which must exist.
func (n *node) replaced(path string, by *node) *node {
	name, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if name == "" {
		return by
	}
	i, _ := n.find(name)
	c := *n
	c.children = slices.Clone(n.children)
	c.children[i] = n.children[i].replaced(rest, by)
	return &c
}

// with returns a copy of n with a child put in, or in place of the one of that
// name.
func (n *node) with(child *node) *node {
	c := *n
	i, found := n.find(child.name)
	if found {
		c.children = slices.Clone(n.children)
		c.children[i] = child
	} else {
		c.children = slices.Insert(slices.Clip(n.children), i, child)
	}
	return &c
}

// without returns a copy of n that has no child of that name.
func (n *node) without(name string) *node {
	c := *n
	if i, found := n.find(name); found {
		c.children = slices.Delete(slices.Clone(n.children), i, i+1)
	}
	return &c
}
