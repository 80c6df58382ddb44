package scenarios

import (
	"slices"
	"testing"

	"github.com/zabsim/zabsim/sim/trace"
)

// TestMessagesAndPhasesAreListed: what zab says of its messages and phases is what
// is sent, and where servers are, in the library; no more and no less.
func TestMessagesAndPhasesAreListed(t *testing.T) {
	p := builtin().protocol("zab")
	messages, phases := map[string]bool{}, map[string]bool{}
	observer := trace.Func{Kinds: trace.Of(trace.Send, trace.View), Do: func(e *trace.Event) {
		if e.Kind == trace.Send {
			messages[e.Msg.Kind()] = true
		} else if e.After.Phase != "" { // it is up
			phases[e.After.Phase] = true
		}
	}}
	for _, name := range libraryNames() {
		if _, err := mustLoad(t, name).Run(RunOptions{Observers: []trace.Observer{observer}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		what   string
		listed []string
		seen   map[string]bool
	}{{"message", p.Messages, messages}, {"phase", p.Phases, phases}} {
		for _, name := range test.listed {
			if !test.seen[name] {
				t.Errorf("no %s %s in the library", test.what, name)
			}
		}
		for name := range test.seen {
			if !slices.Contains(test.listed, name) {
				t.Errorf("%s %s is not listed", test.what, name)
			}
		}
	}
}
