package scenarios

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/sim/trace"
)

// eventful returns a scenario in which everything happens that a trigger can wait
// for.
func eventful(t *testing.T, more ...Fault) *Scenario {
	t.Helper()
	s := mustLoad(t, "lost-proposal")
	s.Seed = 1
	s.Faults = slices.Concat(s.Faults, []Fault{{At: 24 * time.Second, DiskFail: Who{"s1"}}}, more)
	s.Properties = Properties{Always: []Claim{{Name: "agreement"}}}
	return s
}

// eventsOnly returns the events that everybody sees of a run.
func eventsOnly(t *testing.T, s *Scenario) []trace.Event {
	t.Helper()
	var all []trace.Event
	keep := trace.Func{Kinds: trace.Every, Do: func(e *trace.Event) { all = append(all, *e) }}
	if _, err := s.Run(RunOptions{Observers: []trace.Observer{keep}}); err != nil {
		t.Fatal(err)
	}
	return all
}

// ofKind returns the events of a kind since a time.
func ofKind(all []trace.Event, kind string, since time.Duration) []trace.Event {
	return slices.DeleteFunc(slices.Clone(all), func(e trace.Event) bool { return e.Kind.String() != kind || e.Time < since })
}

// same reports whether two runs have had the same events so far.
func same(a, b []trace.Event) bool {
	return slices.EqualFunc(a, b, func(x, y trace.Event) bool {
		return x.Seq == y.Seq && x.Kind == y.Kind && x.Time == y.Time && x.Server == y.Server && x.Peer == y.Peer && x.Pos == y.Pos
	})
}

// TestTriggersAfter: for each kind of event, the fault strikes after the n-th of
// them and before anything else: up to there the run is the one without the
// fault, and nothing but the rest of the same instant is in between.
func TestTriggersAfter(t *testing.T) {
	undisturbed := eventsOnly(t, eventful(t))
	const since = 4 * time.Second
	for _, event := range eventNames {
		moments := ofKind(undisturbed, event, since)
		if len(moments) == 0 {
			t.Errorf("%s never happens", event)
		}
		for count := 1; count <= min(3, len(moments)); count++ {
			all := eventsOnly(t, eventful(t, Fault{
				At: since, When: &When{After: Event(event), Count: count}, Jump: &Jump{Servers: Who{"s3"}, By: Shift(time.Millisecond)},
			}))
			strike := slices.IndexFunc(all, func(e trace.Event) bool { return e.Fault == faults.Jump.String() })
			if strike < 0 {
				t.Errorf("after %s, %d times: it never struck", event, count)
				continue
			}
			cause, want := all[strike].Cause, moments[count-1]
			if cause != want.Seq || all[strike].Time != want.Time || !same(all[:strike], undisturbed[:strike]) {
				t.Errorf("after %s, %d times: it struck at %v for event %d, not at %v for event %d",
					event, count, all[strike].Time, cause, want.Time, want.Seq)
			}
		}
	}
}

// TestTriggersBefore: for each kind of thing that a server does, a crash before
// the n-th of them leaves it undone: up to there the run is the one without the
// crash, which does it next.
func TestTriggersBefore(t *testing.T) {
	undisturbed := eventsOnly(t, eventful(t))
	const since = 4 * time.Second
	for _, event := range faults.Preventable {
		moments := ofKind(undisturbed, event, since)
		if len(moments) == 0 {
			t.Errorf("%s never happens", event)
		}
		for count := 1; count <= min(2, len(moments)); count++ {
			want := moments[count-1]
			all := eventsOnly(t, eventful(t, Fault{
				At: since, When: &When{Before: Event(event), Count: count}, Crash: Who{want.Server.String()},
			}))
			next := int(want.Seq) - 1
			if struck := all[next]; struck.Kind != trace.Crash || struck.Server != want.Server || struck.Time != want.Time || !same(all[:next], undisturbed[:next]) {
				t.Errorf("before %s, %d times: in its place there is %s", event, count, fmt.Sprint(struck.Kind, " of ", struck.Server, " at ", struck.Time))
			}
		}
	}
}
