package checker

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/zabsim/zabsim/nodes/app"
)

// This file is where untyped porcupine ends and typed models begin.

// model is a sequential specification: what one machine, asked one thing after
// the other, would do. Its functions must be pure.
type model[S, O any] struct {
	initial S
	// step returns the state after an operation, and whether the operation can
	// have returned what it did in the state before.
	step  func(S, O) (S, bool)
	equal func(S, S) bool
	hash  func(S) uint64
	show  func(S) string
	// read returns an operation as the model has it; false: it has no effect.
	read func(body []byte, c *call) (O, bool)
	// key names the part of the state that an operation looks at or changes.
	// Parts are judged one by one (linearizability is local).
	key func(O) string
}

// searcher looks for a linearization of one history.
type searcher interface {
	check(budget time.Duration) porcupine.CheckResult
	// culprit returns an operation that no order found has room for, and how
	// many operations the longest order has.
	culprit(budget time.Duration) (*call, int)
	visualize(path string, budget time.Duration) error
}

// search is a model together with a history.
type search[S, O any] struct {
	model   porcupine.Model
	history []porcupine.Operation
}

// item is what porcupine is given as the input of an operation. The result is
// in it as well, so that there is no output.
type item[O any] struct {
	op   O
	call *call
}

func newSearch[S, O any](m *model[S, O], history []call, describe func(*call) string) *search[S, O] {
	s := &search[S, O]{model: porcupine.Model{
		Init: func() any { return m.initial },
		StepContext: func(_ context.Context, state, input, _ any) (bool, any) {
			next, ok := m.step(state.(S), input.(item[O]).op)
			return ok, next
		},
		Equal: func(a, b any) bool { return m.equal(a.(S), b.(S)) },
		Hash:  func(state any) uint64 { return m.hash(state.(S)) },
		Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
			return partition(all, func(o porcupine.Operation) string { return m.key(o.Input.(item[O]).op) })
		},
		DescribeOperation:         func(input, _ any) string { return describe(input.(item[O]).call) },
		DescribeState:             func(state any) string { return m.show(state.(S)) },
		DescribeOperationMetadata: func(when any) string { return when.(string) },
	}}
	for i := range history {
		c := &history[i]
		_, _, body, err := app.Body(c.op)
		if err != nil {
			continue
		}
		op, effect := m.read(body, c)
		if !effect {
			continue
		}
		o := porcupine.Operation{
			ClientId: int(c.client) - 1, Input: item[O]{op, c}, Call: int64(c.invoked), Return: math.MaxInt64,
			Metadata: "asked at " + clock(c.invokedAt) + ", never answered",
		}
		if c.ended == done && !app.IsStale(c.result) {
			o.Return = int64(c.returned)
			o.Metadata = clock(c.invokedAt) + " to " + clock(c.returnedAt) + ", by " + c.server.String()
		}
		s.history = append(s.history, o)
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

func (s *search[S, O]) check(budget time.Duration) porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(s.model, s.history, budget)
}

func (s *search[S, O]) culprit(budget time.Duration) (*call, int) {
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
		// Several orders may be longest; take the operation that was answered
		// first among all that one of them leaves out.
		var first *call
		for _, ids := range orders {
			if len(ids) < longest {
				continue
			}
			for id := range parts[p] {
				c := parts[p][id].Input.(item[O]).call
				if c.ended == done && !slices.Contains(ids, id) && (first == nil || c.returned < first.returned) {
					first = c
				}
			}
		}
		if first != nil {
			return first, longest
		}
	}
	return nil, 0
}

func (s *search[S, O]) visualize(path string, budget time.Duration) error {
	_, found := porcupine.CheckOperationsVerbose(s.model, s.history, budget)
	return porcupine.VisualizePath(s.model, found, path)
}
