package scenarios

import (
	"slices"
	"testing"

	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// booted is a schedule of servers that start, for discoveries to be made in.
func booted(t *testing.T, s *Scenario, servers int) sim.Schedule {
	t.Helper()
	x, err := s.Exploration(RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Prefix) < servers {
		t.Fatalf("a start of %d actions", len(x.Prefix))
	}
	return x.Prefix
}

// A replay of what the model checker found says what that said, with the events that
// prove it.
func TestDiscovery(t *testing.T) {
	s := parseAround(t, "explore: {from: established}\nexpect: {zab: {violates: agreement}}\nsites: {shanghai: [s1, s2, s3]}")
	s.Properties.Sometimes = []Claim{{Name: "leader-is:s3"}, {Name: "client-refused"}}
	schedule := booted(t, s, 3)
	perform := func(d *Discovery) (*Result, []uint64) {
		t.Helper()
		var shown []uint64
		leads := trace.Func{Kinds: trace.Of(trace.View), Do: func(e *trace.Event) {
			if e.Server == 3 && established(e.After) {
				shown = append(shown, e.Seq)
			}
		}}
		r, misfit, err := s.Replay(schedule, RunOptions{Untimed: true, Discovery: d, Observers: []trace.Observer{leads}}, nil)
		if err != nil || misfit != nil {
			t.Fatal(err, misfit)
		}
		return r, shown
	}

	r, leads := perform(&Discovery{Property: "leader-is:s3"})
	if r.Shown == nil || !slices.Equal(r.Shown.Evidence, leads[:1]) || len(r.Violations) > 0 || r.Verdict() != AsExpected {
		t.Errorf("a witness: shown %+v (s3 leads at %v), violations %v, %v", r.Shown, leads, r.Violations, r.Verdict())
	}
	if r, _ := perform(&Discovery{Property: "client-refused"}); r.Shown != nil {
		t.Errorf("no client asks for anything, and yet: %+v", r.Shown)
	}

	r, _ = perform(&Discovery{Property: "leader", Message: "it goes round", Cycle: len(schedule) / 2})
	if len(r.Violations) != 1 || r.Violations[0].Message != "it goes round" || len(r.Violations[0].Evidence) == 0 || r.Verdict() != Violated {
		t.Errorf("a lasso: %+v, %v", r.Violations, r.Verdict())
	}
	all := r.Violations[0].Evidence[0]
	r, _ = perform(&Discovery{Property: "leader", Message: "it goes round", Cycle: 3})
	if late := r.Violations[0].Evidence; len(late) > 0 && late[0] <= all {
		t.Errorf("evidence of a shorter cycle begins at event %d, that of a longer one at %d", late[0], all)
	}
	r, _ = perform(&Discovery{Property: "no-deadlock", Message: "it ends"})
	if len(r.Violations) != 1 || r.Violations[0].Evidence != nil {
		t.Errorf("an end: %+v", r.Violations)
	}
	if r, _ := perform(nil); len(r.Violations) > 0 || r.Shown != nil || r.Unmet != nil {
		t.Errorf("nothing was discovered, and yet: %+v", r)
	}
}
