// Package search looks for an order of concurrent operations in which a
// sequential specification could have carried them out one by one. It is where
// untyped porcupine ends and typed models begin.
package search

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// Model is a sequential specification: what one machine, asked one thing after
// the other, would do. Its functions must be pure.
type Model[S, O any] struct {
	Initial S
	// Step returns the state after an operation, and whether the operation can
	// have returned what it did in the state before.
	Step  func(S, O) (S, bool)
	Equal func(S, S) bool
	Hash  func(S) uint64 // of equal states: equal
	Show  func(S) string
	// Key names the part of the state that an operation looks at or changes.
	// Parts are judged one by one (linearizability is local).
	Key func(O) string
}

// Operation is an operation and when it was: the order must not place it
// before one that had returned when it was called. Operations that touch, one
// called when the other returned, are concurrent.
type Operation[O any] struct {
	Op     O
	Client int // from 0, for pictures
	Call   int64
	Return int64 // or Never
	// Describe returns the operation in words, and when it was.
	Describe func() (what, when string)
}

// Never is the Return of an operation of unknown outcome: it may take effect at
// any moment after its call, or after all others, which is as good as never.
const Never = math.MaxInt64

// Verdict says whether there is an order.
type Verdict uint8

// The verdicts.
const (
	Unknown Verdict = iota // the time was up first
	Found
	None
)

// Search is a model together with a history.
type Search struct {
	model   porcupine.Model
	history []porcupine.Operation
}

// item is what porcupine is given as the input of an operation. The result is
// in it as well, so that there is no output.
type item[O any] struct {
	Operation[O]
	index int
}

// indexed is an item of any model.
type indexed interface{ at() int }

func (i item[O]) at() int { return i.index }

// New returns the search for an order of a history.
func New[S, O any](m *Model[S, O], history []Operation[O]) *Search {
	s := &Search{model: porcupine.Model{
		Init: func() any { return m.Initial },
		StepContext: func(_ context.Context, state, input, _ any) (bool, any) {
			next, ok := m.Step(state.(S), input.(item[O]).Op)
			return ok, next
		},
		Equal: func(a, b any) bool { return m.Equal(a.(S), b.(S)) },
		Hash:  func(state any) uint64 { return m.Hash(state.(S)) },
		Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
			return partition(all, func(o porcupine.Operation) string { return m.Key(o.Input.(item[O]).Op) })
		},
		DescribeOperation: func(input, _ any) string {
			what, _ := input.(item[O]).Describe()
			return what
		},
		DescribeState: func(state any) string { return m.Show(state.(S)) },
		DescribeOperationMetadata: func(input any) string {
			_, when := input.(item[O]).Describe()
			return when
		},
	}}
	for i, o := range history {
		in := item[O]{o, i}
		s.history = append(s.history, porcupine.Operation{ClientId: o.Client, Input: in, Call: o.Call, Return: o.Return, Metadata: in})
	}
	return s
}

// partition groups operations by key, in the order in which keys come up.
func partition(all []porcupine.Operation, key func(porcupine.Operation) string) [][]porcupine.Operation {
	var parts [][]porcupine.Operation
	place := make(map[string]int)
	for _, o := range all {
		k := key(o)
		i, known := place[k]
		if !known {
			i = len(parts)
			place[k] = i
			parts = append(parts, nil)
		}
		parts[i] = append(parts[i], o)
	}
	return parts
}

// Check searches, for no longer than the budget.
func (s *Search) Check(budget time.Duration) Verdict {
	switch porcupine.CheckOperationsTimeout(s.model, s.history, budget) {
	case porcupine.Ok:
		return Found
	case porcupine.Illegal:
		return None
	default:
		return Unknown
	}
}

// Culprit is an operation that the longest orders have no room for.
type Culprit struct {
	Index int   // in the history; -1: none was found
	Order []int // a longest order without it, of operations with the same key
}

// Culprit searches again. Among all that a longest order leaves out, it returns
// the operation that returned first.
func (s *Search) Culprit(budget time.Duration) Culprit {
	_, found := porcupine.CheckOperationsVerbose(s.model, s.history, budget)
	parts := s.model.Partition(s.history)
	for p, orders := range found.PartialLinearizations() {
		orders = append(orders, nil) // not even one operation may fit
		longest := 0
		for _, ids := range orders {
			longest = max(longest, len(ids))
		}
		if longest == len(parts[p]) {
			continue
		}
		culprit, returned := Culprit{Index: -1}, int64(Never)
		for _, ids := range orders {
			if len(ids) < longest {
				continue
			}
			for id, o := range parts[p] {
				if o.Return < returned && !slices.Contains(ids, id) {
					culprit, returned = Culprit{index(&o), ids}, o.Return
				}
			}
		}
		if culprit.Index >= 0 {
			for i, id := range culprit.Order {
				culprit.Order[i] = index(&parts[p][id])
			}
			return culprit
		}
	}
	return Culprit{Index: -1}
}

func index(o *porcupine.Operation) int { return o.Input.(indexed).at() }

// Visualize searches again and writes a page with the orders that were tried.
func (s *Search) Visualize(path string, budget time.Duration) error {
	_, found := porcupine.CheckOperationsVerbose(s.model, s.history, budget)
	return porcupine.VisualizePath(s.model, found, path)
}
