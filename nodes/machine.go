package nodes

// StateMachine is what a protocol replicates. ZAB is primary-backup: the
// leader turns a request into an idempotent transaction against its own latest
// state (Prepare), the others only Apply. Raft and Paxos replicate the request
// and call Prepare when they apply.
//
// Machines are deterministic. They never keep or change the slices they are
// given, and the slices they return are the caller's.
type StateMachine interface {
	// Prepare appends to dst the transaction that carries out op in the
	// current state. It does not change the machine. An op that cannot be
	// carried out becomes a transaction that changes nothing but is
	// replicated all the same (R-ZXID-3).
	Prepare(dst, op []byte) []byte
	// Apply carries out a transaction and appends its result to dst.
	Apply(dst, txn []byte) []byte
	// Query appends the answer to a reading op to dst.
	Query(dst, op []byte) []byte
	// Snapshot appends the whole state, in a canonical form, to dst.
	Snapshot(dst []byte) []byte
	// Restore replaces the state by what Snapshot wrote.
	Restore(snapshot []byte)
	Clone() StateMachine
}

// Stamped is what a machine implements whose state says where in the history
// its parts were written, as znodes do with their zxids.
type Stamped interface {
	// ApplyAt is Apply for the transaction at that position.
	ApplyAt(dst []byte, at Position, txn []byte) []byte
}

// History identifies a sequence of transactions by its length, the position of
// the last one and a digest of all. Two servers hold the same history if and
// only if (up to a collision, 2^-64) their Histories are equal, which makes
// prefix consistency a comparison of two words.
type History struct {
	Len    uint64
	Last   Position
	Digest Digest
}

// Append returns h with one transaction added; digest is that of its content.
func (h History) Append(at Position, digest Digest) History {
	return History{h.Len + 1, at, h.Digest.Word(at.Epoch).Word(at.Index).Word(uint64(digest))}
}

// Replica is a state machine together with the history that led to its state,
// so that the two cannot drift apart.
type Replica struct {
	Machine StateMachine
	History History
}

// Apply applies a transaction and appends its result to dst.
func (r *Replica) Apply(dst []byte, at Position, txn []byte, digest Digest) []byte {
	r.History = r.History.Append(at, digest)
	if m, ok := r.Machine.(Stamped); ok {
		return m.ApplyAt(dst, at, txn)
	}
	return r.Machine.Apply(dst, txn)
}

// Clone returns an independent copy.
func (r Replica) Clone() Replica { return Replica{r.Machine.Clone(), r.History} }
