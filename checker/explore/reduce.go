package explore

import (
	"bytes"
	"errors"
	"fmt"
)

// Partial-order reduction, as far as faults leave any: where an action may as well
// happen at once, the orders in which it happens later need not be visited. A search
// with [Reduced] goes on from each state it finds by confluent actions, one after
// the other, and stores only where they end. It stores each state that it expands
// with all of its actions, so that no action is put off for ever, whatever circles
// there are.
//
// Confluence is that of Blom and van de Pol (State space reduction by proving
// confluence, CAV 2002). A confluent action by itself is an ample set, but that it is
// one can be checked state by state, which [Audited] does.

// Confluent is a [Model] that knows actions that may as well happen at once.
type Confluent[S, A any] interface {
	// Confluent returns an action of s that is confluent there, if it knows one, and what
	// it leads to. That is an action after which
	//
	//   - no property judges otherwise, and nothing of a budget is spent;
	//   - every other action of s is still possible, and leads to where the confluent
	//     one leads from what the other one leads to, with confluent actions done
	//     first everywhere; or it has become pointless: where it leads, confluent
	//     actions lead too.
	//
	// It must depend on s only.
	Confluent(s S) (a A, next S, ok bool)
}

// Reduction says what a search does about confluent actions.
type Reduction uint8

// The reductions.
const (
	Unreduced Reduction = iota // nothing
	// Reduced leaves out the states in which an action is confluent. The answers are the
	// same; but a counterexample need not be a shortest one, and depth, levels and
	// Limits.Depth count no confluent actions. A share of what is taken for confluent is
	// checked, and the error is [ErrNotConfluent] if it is not; but what is wrong may
	// show only in states that were left out.
	Reduced
	// Audited leaves out nothing, and checks for each state that what the model calls
	// confluent is. If the search is complete that is a proof, within the bounds, that
	// Reduced has the same answers.
	Audited
)

// ErrNotConfluent says that a model called an action confluent that is not.
var ErrNotConfluent = errors.New("the model takes an action for confluent that is not")

const (
	// hurryMost bounds how many confluent actions are done in a row: they may go in
	// circles.
	hurryMost = 1 << 8
	// A reduced search audits what it finds from its first auditFirst states, and of the
	// rest a share of one in auditEvery.
	auditFirst = 1 << 8
	auditEvery = 1 << 8
)

// hurry does confluent actions until there is none left, shows each with what it
// leads to, and returns the last state.
func hurry[S, A any](m Confluent[S, A], s S, show func(A, S)) S {
	for range hurryMost {
		a, next, ok := m.Confluent(s)
		if !ok {
			break
		}
		if show != nil {
			show(a, next)
		}
		s = next
	}
	return s
}

// auditor checks that what a model takes for confluent is.
type auditor[S, A any] struct {
	model      Model[S, A]
	confluent  Confluent[S, A]
	properties []Property[S]
}

func newAuditor[S, A any](m Model[S, A]) *auditor[S, A] {
	c, _ := m.(Confluent[S, A])
	return &auditor[S, A]{m, c, m.Properties()}
}

// end returns what is stored for a state.
func (u *auditor[S, A]) end(s S) string {
	return string(u.model.AppendTo(nil, hurry(u.confluent, s, nil)))
}

// ends returns what is stored for the states that follow a state, with the actions
// that lead there.
func (u *auditor[S, A]) ends(s S) map[string]A {
	ends := make(map[string]A)
	for _, b := range u.model.Actions(s, nil) {
		if t, ok := u.model.Next(s, b); ok {
			ends[u.end(t)] = b
		}
	}
	return ends
}

// audit checks that nothing is lost if a state gives way to the one behind its
// confluent action: whatever is stored for what follows the first is stored for
// something that follows the second, or for both of them. From there it follows for
// a whole row of confluent actions, one after the other.
func (u *auditor[S, A]) audit(s S) error {
	a, after, ok := u.confluent.Confluent(s)
	if !ok {
		return nil
	}
	next, ok := u.model.Next(s, a)
	if !ok || !bytes.Equal(u.model.AppendTo(nil, next), u.model.AppendTo(nil, after)) {
		return fmt.Errorf("explore: %v does not lead there: %w", a, ErrNotConfluent)
	}
	if l, ok := u.model.(Layered[S, A]); ok && l.Costs(s, a) {
		return fmt.Errorf("explore: %v costs something: %w", a, ErrNotConfluent)
	}
	for i := range u.properties {
		if p := &u.properties[i]; p.Holds(s) != p.Holds(after) {
			return fmt.Errorf("explore: %v decides %s: %w", a, p.Name, ErrNotConfluent)
		}
	}
	here, still := u.end(s), u.ends(after)
	for end, b := range u.ends(s) {
		if _, ok := still[end]; !ok && end != here {
			return fmt.Errorf("explore: where %v is possible, %v makes a difference: %w", a, b, ErrNotConfluent)
		}
	}
	return nil
}

// settled returns the state that is stored for one that was found.
func (w *worker[S, A]) settled(k *block[S], s S) S {
	if w.reduce != Reduced {
		return s
	}
	sorter, sorted := w.model.(Sorter[A])
	return hurry(w.auditor.confluent, s, func(a A, _ S) {
		if sorted && k != nil && k.taken != nil { // there is no count of what was done before the first wave, or before a resume
			k.taken[sorter.Kind(a)]++
		}
	})
}

// audit checks a state of the block.
func (w *worker[S, A]) audit(k *block[S], s S) {
	if k.wrong == nil {
		k.wrong = w.auditor.audit(s)
	}
}

// doubtful reports whether a state that was found in a reduced search is to be
// audited. It does not depend on who found it.
func (w *worker[S, A]) doubtful(f fingerprint, word uint64) bool {
	parent, _ := splitWord(word)
	return w.reduce == Reduced && (parent < auditFirst || f.lo%auditEvery == 0)
}

// wrong returns what audits found first in some blocks.
func wrong[S any](blocks []*block[S]) error {
	for _, k := range blocks {
		if k.wrong != nil {
			return k.wrong
		}
	}
	return nil
}
