package measure

import (
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

var header = &trace.Header{Voters: nodes.FirstN(3), Observers: nodes.SetOf(4), Clients: []string{"a"}}

const ms = time.Millisecond

// tape is an execution that is being made up.
type tape struct {
	run *Run
	was [5]nodes.Status
}

func (t *tape) at(now time.Duration, e trace.Event) {
	e.Time = now
	if t.run.Wants().Has(e.Kind) {
		t.run.Observe(&e)
	}
}

func (t *tape) becomes(now time.Duration, id nodes.ID, role nodes.Role, leader nodes.ID) {
	before := t.was[id]
	t.was[id] = nodes.Status{Role: role, Leader: leader, Serving: role > nodes.Looking}
	t.at(now, trace.Event{Kind: trace.View, Server: id, Before: &before, After: &t.was[id]})
}

func (t *tape) happens(now time.Duration, kind trace.Kind, id nodes.ID) {
	t.at(now, trace.Event{Kind: kind, Server: id})
}

// figures returns what was measured by the end.
func (t *tape) figures(end time.Duration) map[string]float64 {
	var s Sample
	s.Add(t.run, end)
	got := map[string]float64{}
	for _, m := range All {
		if f, ok := m.Of(&s); ok {
			got[m.Name] = f
		}
	}
	return got
}

func begin() *tape {
	t := &tape{run: NewRun(header)}
	t.becomes(100*ms, 3, nodes.Leading, 3)
	t.becomes(110*ms, 1, nodes.Following, 3)
	t.becomes(110*ms, 2, nodes.Following, 3)
	return t
}

func want(t *testing.T, got map[string]float64, figures map[string]float64) {
	t.Helper()
	for name, f := range figures {
		if g, ok := got[name]; !ok || g-f > 1e-9 || f-g > 1e-9 {
			t.Errorf("%s is %v, want %v", name, g, f)
		}
	}
}

// A leader dies at 1s, is missed at 1.2s and replaced at 1.5s.
func TestDeadLeader(t *testing.T) {
	r := begin()
	r.happens(time.Second, trace.Crash, 3)
	r.becomes(time.Second, 3, nodes.Down, 0)
	r.becomes(1200*ms, 1, nodes.Looking, 0)
	r.becomes(1300*ms, 2, nodes.Looking, 0)
	r.becomes(1500*ms, 2, nodes.Leading, 2)
	want(t, r.figures(2*time.Second), map[string]float64{
		"unserved": 0.5, "detection": 0.2, "failover": 0.5, "elections": 2, "false-elections": 0,
	})
}

// A leader that stands still does not serve, whatever it says of itself; that it
// steps down when it goes on is no false election.
func TestPausedLeader(t *testing.T) {
	r := begin()
	r.happens(time.Second, trace.Pause, 3)
	r.becomes(1400*ms, 1, nodes.Looking, 0)
	r.becomes(1600*ms, 1, nodes.Leading, 1)
	r.happens(3*time.Second, trace.Resume, 3)
	r.becomes(3100*ms, 3, nodes.Looking, 0)
	want(t, r.figures(4*time.Second), map[string]float64{
		"unserved": 0.6, "detection": 0.4, "failover": 0.6, "elections": 2, "false-elections": 0,
	})
}

func TestPausedLeaderThatGoesOn(t *testing.T) {
	r := begin()
	r.happens(time.Second, trace.Pause, 3)
	r.happens(1250*ms, trace.Resume, 3)
	want(t, r.figures(2*time.Second), map[string]float64{"unserved": 0.25, "elections": 1})
	if _, ok := begin().figures(time.Second)["detection"]; ok {
		t.Error("something was detected where nothing failed")
	}
}

// Cut off, a leader gives up with a reason; afterwards, without.
func TestFalseElection(t *testing.T) {
	r := begin()
	cut := trace.Event{Kind: trace.Cut, A: nodes.SetOf(3), B: nodes.FirstN(2), Both: true}
	r.at(time.Second, cut)
	r.becomes(1100*ms, 3, nodes.Looking, 0)
	cut.Kind = trace.Heal
	r.at(2*time.Second, cut)
	r.becomes(2100*ms, 3, nodes.Leading, 3)
	r.becomes(3*time.Second, 3, nodes.Looking, 0)
	want(t, r.figures(4*time.Second), map[string]float64{"false-elections": 1, "elections": 2, "unserved": 2})
}

func TestTransactions(t *testing.T) {
	r := begin()
	write := func(i uint64, logged, first, observed time.Duration) {
		pos := nodes.Position{Epoch: 1, Index: i}
		r.at(logged, trace.Event{Kind: trace.Append, Server: 3, Pos: pos})
		r.at(logged+ms, trace.Event{Kind: trace.Append, Server: 1, Pos: pos}) // does not count
		r.at(first, trace.Event{Kind: trace.Commit, Server: 3, Pos: pos, Len: i})
		r.at(first+ms, trace.Event{Kind: trace.Commit, Server: 1, Pos: pos, Len: i})
		r.at(observed, trace.Event{Kind: trace.Commit, Server: 4, Pos: pos, Len: i})
	}
	write(1, 1000*ms, 1010*ms, 1040*ms)
	write(2, 1100*ms, 1130*ms, 1140*ms)
	r.happens(1200*ms, trace.MachineCrash, 2)
	r.becomes(1200*ms, 2, nodes.Down, 0)
	write(3, 1300*ms, 1320*ms, 1340*ms)
	ask := func(at, answer time.Duration, result trace.Result) {
		r.at(at, trace.Event{Kind: trace.Invoke, Client: 1})
		r.at(answer, trace.Event{Kind: trace.Return, Client: 1, Result: result})
	}
	ask(1000*ms, 1015*ms, trace.OK)
	ask(1100*ms, 1900*ms, trace.Unknown)
	ask(1900*ms, 1950*ms, trace.Failed)
	want(t, r.figures(2*time.Second), map[string]float64{
		"commit-p50": 0.02, "commit-p99": 0.03, "observer-lag-p50": 0.02, "observer-lag-p99": 0.03, "committed": 3,
		"losses-survived": 1, "answer-p50": 0.015, "answer-p99": 0.015, "unknown": 1, "refused": 1,
	})
}

// Times of all runs are one heap, numbers are averages.
func TestManyRuns(t *testing.T) {
	var s Sample
	s.Add(begin().run, time.Second)
	r := begin()
	r.happens(time.Second, trace.Crash, 3)
	r.becomes(time.Second, 3, nodes.Down, 0)
	r.becomes(2*time.Second, 1, nodes.Looking, 0)
	s.Add(r.run, 3*time.Second)
	for name, wanted := range map[string]float64{"unserved": 1, "detection": 1, "elections": 1} {
		m, ok := ByName(name)
		if got, measured := m.Of(&s); !ok || !measured || got != wanted {
			t.Errorf("%s is %v, want %v", name, got, wanted)
		}
	}
	if _, ok := ByName("luck"); ok {
		t.Error("luck can be measured")
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		time   bool
		figure float64
		want   string
	}{
		{true, 0.0123456, "12.3ms"},
		{true, 0.00123456, "1.23ms"},
		{true, 1.23456, "1.23s"},
		{true, 12.3456, "12.3s"},
		{false, 3, "3"},
		{false, 0.15, "0.15"},
		{false, 1234.6, "1235"},
		{false, 2.6666, "2.67"},
	} {
		if got := (Measure{Time: c.time}).Format(c.figure); got != c.want {
			t.Errorf("%v is written %s, want %s", c.figure, got, c.want)
		}
	}
}
