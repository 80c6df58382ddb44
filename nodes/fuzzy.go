package nodes

// Fuzzy is what a machine implements whose snapshot can be taken while it goes
// on applying transactions, as ZooKeeper does it (R-DUR-9): piece by piece, each
// as it is when its turn comes. The image that results need not be the state of
// any moment. It becomes one when all transactions that were applied since the
// first piece was copied are applied to it again.
type Fuzzy interface {
	StateMachine
	// CopyPiece copies a piece of the state into image, which is in its initial
	// state to begin with. Todo says which: nil the first time, then what the call
	// before returned; nil means that this was the last piece. The caller does not
	// change todo, nor does the machine.
	CopyPiece(image StateMachine, todo []string) []string
}

// CopyPiece is [Fuzzy.CopyPiece] for any machine: one that is not Fuzzy is copied
// whole. It returns the image, which may be another one than was given.
func CopyPiece(m, image StateMachine, todo []string) (StateMachine, []string) {
	if f, ok := m.(Fuzzy); ok {
		return image, f.CopyPiece(image, todo)
	}
	return m.Clone(), nil
}
