package zab

import "github.com/zabsim/zabsim/nodes"

// quorum says who votes and which sets of voters decide. Every decision of
// the protocol asks it, so that weights and groups (R-QV-2) would change this
// file only.
type quorum struct{ voters nodes.Set }

// votes reports whether id is a voter.
func (q quorum) votes(id nodes.ID) bool { return q.voters.Has(id) }

// decides reports whether the voters among acks are enough (R-QV-1).
func (q quorum) decides(acks nodes.Set) bool { return acks.Majority(q.voters) }
