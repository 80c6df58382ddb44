package znode

import "github.com/zabsim/zabsim/nodes"

// CopyPiece implements [nodes.Fuzzy] in ZooKeeper's order: all sessions, then one
// node after the other, each before its children. The names of the children are
// copied with their parent: one that is created later is left out, and so is one
// that is gone when its turn comes.
func (m *Machine) CopyPiece(image nodes.StateMachine, todo []string) []string {
	into := image.(*Machine)
	if todo == nil {
		into.sessions = m.sessions
		return []string{"/"}
	}
	path := todo[0]
	var rest []string
	if n := m.root.at(path); n != nil {
		into.graft(path, n)
		for _, c := range n.children {
			rest = append(rest, join(path, c.name))
		}
	}
	return append(rest, todo[1:]...)
}

// graft puts a copy of a node without its children at a path whose parent is
// there.
func (m *Machine) graft(path string, n *node) {
	bare := *n
	bare.children = nil
	if path == "/" {
		m.root = &bare
		return
	}
	parent, _ := split(path)
	m.root = m.root.replaced(parent, m.root.at(parent).with(&bare))
}
