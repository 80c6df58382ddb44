package explore

import (
	"errors"
	"fmt"
)

// ErrHidden says that a model did not do the same twice: it depends on more
// than its state. Searches find that out when they execute a counterexample a
// second time.
var ErrHidden = errors.New("the model depends on more than its states encode")

// retrace executes a route again. One of a search that was [Reduced] has confluent
// actions behind each of its own.
func retrace[S, A any](m Model[S, A], route []int, reduce Reduction) (*Path[S, A], error) {
	initial := m.Initial()
	if route[0] >= len(initial) {
		return nil, fmt.Errorf("explore: fewer initial states the second time: %w", ErrHidden)
	}
	p := &Path[S, A]{Initial: initial[route[0]]}
	add := func(a A, s S) { p.Steps = append(p.Steps, Step[S, A]{a, s}) }
	hasten := func() {
		if c, ok := m.(Confluent[S, A]); ok && reduce == Reduced {
			hurry(c, p.Last(), add)
		}
	}
	hasten()
	for i, ordinal := range route[1:] {
		s := p.Last()
		actions := m.Actions(s, nil)
		if ordinal >= len(actions) {
			return nil, fmt.Errorf("explore: after step %d only %d actions are possible the second time: %w", i, len(actions), ErrHidden)
		}
		next, ok := m.Next(s, actions[ordinal])
		if !ok {
			return nil, fmt.Errorf("explore: step %d, %v, is not possible the second time: %w", i+1, actions[ordinal], ErrHidden)
		}
		add(actions[ordinal], next)
		hasten()
	}
	return p, nil
}
