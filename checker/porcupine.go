package checker

import (
	"time"

	"github.com/zabsim/zabsim/checker/internal/search"
	"github.com/zabsim/zabsim/nodes/app"
)

// model is a sequential specification of a replicated state machine.
type model[S, O any] struct {
	search.Model[S, O]
	// read returns an operation as the model has it; false: it has no effect.
	read func(body []byte, c *call) (O, bool)
}

// searcher looks for a linearization of calls.
type searcher struct {
	*search.Search
	calls []*call // as the search numbers them
}

func newSearch[S, O any](m *model[S, O], history []call, describe func(*call) string) *searcher {
	s := &searcher{}
	var operations []search.Operation[O]
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
		o := search.Operation[O]{
			Op: op, Client: int(c.client) - 1, Call: int64(c.invoked), Return: search.Never,
			Describe: func() (what, when string) { return describe(c), c.when() },
		}
		if c.answered() {
			o.Return = int64(c.returned)
		}
		operations = append(operations, o)
		s.calls = append(s.calls, c)
	}
	s.Search = search.New(&m.Model, operations)
	return s
}

// answered reports whether the client knows the result.
func (c *call) answered() bool { return c.ended == done && !app.IsStale(c.result) }

// when says when a call was, and who answered it.
func (c *call) when() string {
	if !c.answered() {
		return "asked at " + clock(c.invokedAt) + ", never answered"
	}
	return clock(c.invokedAt) + " to " + clock(c.returnedAt) + ", by " + c.server.String()
}

// culprit returns an operation that no order found has room for, or nil, and
// how many operations the longest order has.
func (s *searcher) culprit(budget time.Duration) (*call, int) {
	found := s.Culprit(budget)
	if found.Index < 0 {
		return nil, 0
	}
	return s.calls[found.Index], len(found.Order)
}
