package models

import (
	"encoding/binary"
	"fmt"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
)

// TwoPhase is two-phase commit without failures: a transaction manager and so
// many resource managers, at most 15, that prepare or abort on their own.
type TwoPhase int

// RM is what a resource manager, or the transaction manager, has done.
type RM uint8

// The states of a manager. The transaction manager is never Prepared.
const (
	Working RM = iota
	Prepared
	Committed
	Aborted
)

// TwoPhaseState is the state of all managers. Sets of resource managers have a
// bit each, resource manager states two bits each.
type TwoPhaseState struct {
	RMs      uint32
	TM       RM
	Prepared uint16 // whose Prepared message the transaction manager received
	Sent     uint16 // who sent one
	Commit   bool   // the message was sent
	Abort    bool
}

// Decision is a step of two-phase commit: what happens, and to which resource
// manager, if to one.
type Decision struct {
	Kind DecisionKind
	RM   int
}

// DecisionKind is a kind of step.
type DecisionKind uint8

// The kinds of steps.
const (
	TMCommit DecisionKind = iota
	TMAbort
	TMRcvPrepared
	RMPrepare
	RMChooseToAbort
	RMRcvCommit
	RMRcvAbort
)

// String returns "TMRcvPrepared 2" and the like.
func (d Decision) String() string {
	name := [...]string{"TMCommit", "TMAbort", "TMRcvPrepared", "RMPrepare", "RMChooseToAbort", "RMRcvCommit", "RMRcvAbort"}[d.Kind]
	if d.Kind <= TMAbort {
		return name
	}
	return fmt.Sprintf("%s %d", name, d.RM)
}

func (s *TwoPhaseState) rm(i int) RM { return RM(s.RMs >> (2 * i) & 3) }

func (s *TwoPhaseState) set(i int, rm RM) { s.RMs = s.RMs&^(3<<(2*i)) | uint32(rm)<<(2*i) }

// Initial implements [explore.Model].
func (n TwoPhase) Initial() []TwoPhaseState { return []TwoPhaseState{{}} }

// Actions implements [explore.Model].
func (n TwoPhase) Actions(s TwoPhaseState, dst []Decision) []Decision {
	if s.TM == Working {
		if s.Prepared == 1<<n-1 {
			dst = append(dst, Decision{Kind: TMCommit})
		}
		dst = append(dst, Decision{Kind: TMAbort})
	}
	for i := range int(n) {
		if s.TM == Working && s.Sent>>i&1 == 1 {
			dst = append(dst, Decision{TMRcvPrepared, i})
		}
		if s.rm(i) == Working {
			dst = append(dst, Decision{RMPrepare, i}, Decision{RMChooseToAbort, i})
		}
		if s.Commit {
			dst = append(dst, Decision{RMRcvCommit, i})
		}
		if s.Abort {
			dst = append(dst, Decision{RMRcvAbort, i})
		}
	}
	return dst
}

// Next implements [explore.Model].
func (n TwoPhase) Next(s TwoPhaseState, d Decision) (TwoPhaseState, bool) {
	switch d.Kind {
	case TMCommit:
		s.TM, s.Commit = Committed, true
	case TMAbort:
		s.TM, s.Abort = Aborted, true
	case TMRcvPrepared:
		s.Prepared |= 1 << d.RM
	case RMPrepare:
		s.set(d.RM, Prepared)
		s.Sent |= 1 << d.RM
	case RMChooseToAbort, RMRcvAbort:
		s.set(d.RM, Aborted)
	case RMRcvCommit:
		s.set(d.RM, Committed)
	}
	return s, true
}

// AppendTo implements [explore.Model]. That Commit and Abort were sent follows
// from the state of the transaction manager.
func (n TwoPhase) AppendTo(b []byte, s TwoPhaseState) []byte {
	b = binary.LittleEndian.AppendUint32(b, s.RMs)
	b = binary.LittleEndian.AppendUint16(b, s.Prepared)
	b = binary.LittleEndian.AppendUint16(b, s.Sent)
	return append(b, byte(s.TM))
}

// Properties implements [explore.Model].
func (n TwoPhase) Properties() []explore.Property[TwoPhaseState] {
	count := func(s *TwoPhaseState, of RM) int {
		c := 0
		for i := range int(n) {
			if s.rm(i) == of {
				c++
			}
		}
		return c
	}
	return []explore.Property[TwoPhaseState]{
		{Name: "consistent", Kind: checker.Always, Holds: func(s TwoPhaseState) bool {
			return count(&s, Aborted) == 0 || count(&s, Committed) == 0
		}},
		{Name: "all abort", Kind: checker.Sometimes, Holds: func(s TwoPhaseState) bool { return count(&s, Aborted) == int(n) }},
		{Name: "all commit", Kind: checker.Sometimes, Holds: func(s TwoPhaseState) bool { return count(&s, Committed) == int(n) }},
	}
}
