package nodes

// Forgetful is a [Node] that can let go of what it will never look at again: who
// has voted where the vote is over, what was agreed for a phase that is behind it.
//
// The simulator does not care. To a model checker two states are one if nothing
// that can happen tells them apart, so it has nodes forget after each step what
// only makes states look different.
//
// Forget must change nothing that anybody can see: whatever the node is given
// afterwards, it does and says the same as if it had not forgotten. Package
// nodestest holds every protocol to that.
type Forgetful interface {
	Node
	Forget()
}
