package simtest

import (
	"fmt"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim/trace"
)

// Story runs a scenario, as [Run] does, and returns what happened, one line each,
// without times: who led, what went wrong, and what clients were told.
//
//	s5 leads epoch 1
//	  teller: transfer alice bob 10: ok
//	crash s5
func Story(t TB, s *scenarios.Scenario, opts ...Option) string {
	t.Helper()
	made := newTest(t, opts)
	s, err := made.complete(s)
	if err != nil {
		t.Fatalf("%v", err)
	}
	_, header, err := s.Configure(made.opts)
	if err != nil {
		t.Fatalf("%v", err)
	}
	told := &storyteller{header: header, asked: map[nodes.ClientID][]byte{}}
	Run(t, s, append(opts, observer(told))...)
	return told.String()
}

// storyteller writes down what a reader of a story wants to know.
type storyteller struct {
	strings.Builder
	header *trace.Header
	asked  map[nodes.ClientID][]byte // the operation under way
}

// settled is when servers that start are news: before that all of them do.
const settled = 1e9

// Wants implements [trace.Observer].
func (s *storyteller) Wants() trace.Set {
	return trace.Of(trace.View, trace.Crash, trace.MachineCrash, trace.Start, trace.Cut, trace.Heal, trace.Invoke, trace.Return)
}

// Observe implements [trace.Observer].
func (s *storyteller) Observe(e *trace.Event) {
	switch e.Kind {
	case trace.View:
		if leads(e.After) && !leads(e.Before) {
			fmt.Fprintf(s, "%v leads %s %d\n", e.Server, s.header.Protocol.Epoch, e.After.Epoch)
		}
	case trace.Start:
		if e.Restart || e.Time > settled {
			fmt.Fprintf(s, "start %v\n", e.Server)
		}
	case trace.Cut:
		fmt.Fprintf(s, "cut %v %v\n", e.A, e.B)
	case trace.Heal:
		fmt.Fprintln(s, "heal")
	case trace.Invoke:
		s.asked[e.Client] = e.Op
	case trace.Return:
		outcome := map[trace.Result]string{trace.Failed: " (turned away)", trace.Unknown: " (outcome unknown)"}[e.Result]
		fmt.Fprintf(s, "  %s: %s%s\n", s.header.ClientName(e.Client), s.header.Describe(s.asked[e.Client], e.Op), outcome)
	default:
		fmt.Fprintf(s, "%v %v\n", e.Kind, e.Server)
	}
}

func leads(s *nodes.Status) bool { return s.Role == nodes.Leading && s.Serving }
