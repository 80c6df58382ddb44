package sim_test

import (
	"slices"
	"testing"
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// writer is a protocol whose steps do several things one after the other, and
// whose servers have logs of different lengths: at each tick the leader, s1,
// tells the others a number; they write it, send it back, and deliver it.
var writer = nodes.Protocol{
	Name: "writer", Channels: toy.Channels, Files: []string{"log", "vote"}, Timers: toy.Timers, Epoch: "epoch",
	New: func(c nodes.Config) nodes.Node { return &writerNode{ID: c.ID, All: c.Voters} },
}

type writerNode struct {
	ID     nodes.ID
	All    nodes.Set
	Sent   uint64
	Logged uint64
}

func (n *writerNode) Clone() nodes.Node { c := *n; return &c }

func (n *writerNode) Status() nodes.Status {
	s := nodes.Status{Role: nodes.Following, Leader: 1, Serving: true, Logged: nodes.Position{Epoch: 1, Index: n.Logged}, Phase: "early"}
	if n.ID == 1 {
		s.Role = nodes.Leading
	}
	if n.Logged >= 3 {
		s.Phase = "late"
	}
	return s
}

func (n *writerNode) Step(in nodes.Input, out *nodes.Out) {
	tick := 20 * ms
	switch in := in.(type) {
	case *nodes.Start:
		if n.ID == 1 {
			out.SetTimer(nodes.Timer{}, tick, tick)
		}
	case *nodes.Expire:
		n.Sent++
		for peer := range n.All.Without(n.ID).All() {
			if peer != 2 || n.Sent%4 == 1 { // s2 lags
				out.Send(peer, grams, number(n.Sent))
			}
		}
		out.SetTimer(nodes.Timer{}, tick, tick)
	case *nodes.Deliver:
		if n.ID == 1 {
			return
		}
		n.Logged++
		out.Append(0, in.Msg.(number))
		out.Sync(0, 1)
		out.Replace(1, in.Msg.(number), 2)
		out.Note("written", "")
		out.Send(in.From, grams, in.Msg)
		out.Commit(nodes.Position{Epoch: 1, Index: n.Logged}, nil, nodes.History{Len: n.Logged})
	}
}

// pulled runs the writer with one fault and returns all events, the place of the
// event that shows the fault, and where it was caused.
func pulled(t *testing.T, when faults.Trigger, target faults.Selector) (all []trace.Event, fault, cause int) {
	t.Helper()
	_, all, _ = runPlan(t, time.Second, func(cfg *sim.Config) {
		cfg.Protocol = &writer
		cfg.Topology.Loss, cfg.Topology.Duplicate, cfg.Topology.Reorder = 0, 0, 0
	}, faults.Fault{At: 100 * ms, When: &when, Kind: faults.Crash, Target: target})
	fault = slices.IndexFunc(all, func(e trace.Event) bool { return e.Kind == trace.Crash })
	if fault < 0 {
		t.Fatal("it never struck")
	}
	return all, fault, int(all[fault].Cause) - 1
}

// A fault strikes right after the event it waits for: nothing but the rest of
// that step lies between, at the same time, and no event matched before.
func TestTriggersStrikeRightAfter(t *testing.T) {
	for _, test := range []struct {
		name   string
		when   faults.Trigger
		target faults.Selector
		fits   func(e *trace.Event) bool
		count  int
	}{
		{"the k-th fsync of s3", faults.Trigger{Event: "durable", Server: server(3), File: "log", Count: 4}, server(3), func(e *trace.Event) bool { return e.Kind == trace.Durable && e.Server == 3 && e.File == 0 }, 4},
		{"when s1 sends", faults.Trigger{Event: "send", Message: "NUMBER", Server: server(1)}, server(1), func(e *trace.Event) bool { return e.Kind == trace.Send && e.Server == 1 }, 1},
		{"when a number arrives at the leader", faults.Trigger{Event: "deliver", Message: "NUMBER", Server: having(faults.Leader), Count: 3}, having(faults.Leader), func(e *trace.Event) bool { return e.Kind == trace.Deliver && e.Server == 1 }, 3},
		{"the vote is written", faults.Trigger{Event: "replace", File: "vote"}, server(3), func(e *trace.Event) bool { return e.Kind == trace.Replace && e.File == 1 }, 1},
		{"a follower delivers", faults.Trigger{Event: "commit", Server: having(faults.Followers), Count: 2}, server(2), func(e *trace.Event) bool { return e.Kind == trace.Commit }, 2},
		{"a note", faults.Trigger{Event: "note", Text: "written", Server: server(2)}, server(2), func(e *trace.Event) bool { return e.Kind == trace.Note && e.Server == 2 }, 1},
		{"a timer fires", faults.Trigger{Event: "expire"}, server(1), func(e *trace.Event) bool { return e.Kind == trace.Expire }, 1},
		{"the follower with the longest log", faults.Trigger{Event: "commit", Server: having(faults.Longest)}, having(faults.Longest), func(e *trace.Event) bool { return e.Kind == trace.Commit && e.Server == 3 }, 1},
		{"the follower with the shortest log", faults.Trigger{Event: "commit", Server: having(faults.Shortest)}, having(faults.Shortest), func(e *trace.Event) bool { return e.Kind == trace.Commit && e.Server == 2 }, 1},
		{
			"everyone but the leader and s3",
			faults.Trigger{Event: "commit", Server: faults.Selector{Role: faults.Everyone, But: nodes.SetOf(3), ButRole: faults.Leader}},
			server(3), func(e *trace.Event) bool { return e.Kind == trace.Commit && e.Server == 2 }, 1,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			all, fault, cause := pulled(t, test.when, test.target)
			matched := 0
			for i := range all[:cause+1] {
				if e := &all[i]; e.Time >= 100*ms && test.fits(e) {
					matched++
				}
			}
			if !test.fits(&all[cause]) || matched != test.count {
				t.Errorf("pulled by %v at %v, match %d; want %d", all[cause].Kind, all[cause].Time, matched, test.count)
			}
			for _, e := range all[cause+1 : fault] {
				if e.Time != all[fault].Time || e.Server != all[cause].Server || e.Kind == trace.Deliver || e.Kind == trace.Expire || e.Kind == trace.Durable {
					t.Errorf("%v at %v came between", e.Kind, e.Server)
				}
			}
		})
	}
}

// A server reaches a phase: the view shows it, and the fault comes next.
func TestTriggerOnAPhase(t *testing.T) {
	_, all, _ := runPlan(t, time.Second, func(cfg *sim.Config) { cfg.Protocol = &writer },
		faults.Fault{When: &faults.Trigger{Event: "view", Phase: "late"}, Kind: faults.Crash, Target: server(3)})
	fault := slices.IndexFunc(all, func(e trace.Event) bool { return e.Kind == trace.Crash })
	cause := int(all[fault].Cause) - 1
	if e := all[cause]; fault != cause+1 || e.Kind != trace.View {
		t.Errorf("pulled by %v, %d events before the crash", e.Kind, fault-cause)
	}
}

// A fault that comes before an effect stops the step there: what the step did
// before shows, the effect and what follows it do not.
func TestTriggersStrikeBefore(t *testing.T) {
	step := []trace.Kind{trace.Deliver, trace.Append, trace.Replace, trace.Note, trace.Send, trace.Commit} // of writerNode
	for i, k := range step[1:] {
		t.Run(k.String(), func(t *testing.T) {
			all, fault, _ := pulled(t, faults.Trigger{Event: k.String(), Before: true, Server: server(3), Count: 2}, server(3))
			var done []trace.Kind
			for _, e := range all[:fault] {
				if e.Server != 3 || e.Kind == trace.Durable {
					continue
				}
				if e.Kind == trace.Deliver {
					done = nil
				}
				done = append(done, e.Kind)
			}
			if want := step[:i+1]; !slices.Equal(done, want) {
				t.Errorf("its last step did %v, want %v", done, want)
			}
			if after := all[fault+1:]; slices.ContainsFunc(after, func(e trace.Event) bool { return e.Server == 3 && e.Kind == k }) {
				t.Errorf("%v happened after all", k)
			}
		})
	}
}

// A server that is paused in mid-step does the rest when it goes on; one that
// something else was done to goes on at once.
func TestStepsThatWereStoppedGoOn(t *testing.T) {
	when := faults.Trigger{Event: "send", Before: true, Server: server(3)}
	for _, test := range []struct {
		fault faults.Fault
		after time.Duration
	}{
		{faults.Fault{Kind: faults.Pause, Target: server(3), For: 70 * ms}, 70 * ms},
		{faults.Fault{Kind: faults.Cut, Target: server(3), Other: server(1)}, 0},
	} {
		t.Run(test.fault.Kind.String(), func(t *testing.T) {
			test.fault.At, test.fault.When = 100*ms, &when
			schedule, all, _ := runPlan(t, time.Second, func(cfg *sim.Config) { cfg.Protocol = &writer }, test.fault)
			stopped := slices.IndexFunc(schedule, func(s sim.Scheduled) bool { return s.Action.Stop > 0 })
			if stopped < 0 || schedule[stopped].Action.Kind != sim.Deliver || schedule[stopped].Action.Stop != 5 {
				t.Fatalf("the schedule does not say where the step stopped: %+v", schedule[max(0, stopped)])
			}
			at := schedule[stopped].At
			sent := events(all, trace.Send, 3, at, time.Second)
			if len(sent) == 0 || sent[0].Time != at+test.after {
				t.Fatalf("it went on at %+v, want %v", sent, at+test.after)
			}
			if delivered := events(all, trace.Commit, 3, at, time.Second); delivered[0].Time != sent[0].Time {
				t.Errorf("the rest of the step came at %v", delivered[0].Time)
			}
		})
	}
}

// A trigger that has not been pulled by its end never strikes.
func TestTriggersEnd(t *testing.T) {
	cfg := toyConfig(3)
	cfg.Protocol = &writer
	cfg.Plan.Faults = []faults.Fault{{
		At: 100 * ms, Until: 200 * ms, Kind: faults.Crash, Target: server(3),
		When: &faults.Trigger{Event: "commit", Server: server(3), Count: 9},
	}}
	w := sim.New(cfg, choice.Seed(1), nil)
	sim.Run(w, time.Second, nil)
	if !w.Up(3) || len(w.Missed()) != 1 {
		t.Errorf("s3 is up: %v, faults missed: %v", w.Up(3), w.Missed())
	}
}

// A world with a step that was stopped can be cloned: both do the rest.
func TestCloneInMidStep(t *testing.T) {
	cfg := toyConfig(3)
	cfg.Protocol = &writer
	cfg.Plan.Faults = []faults.Fault{{
		At: 100 * ms, When: &faults.Trigger{Event: "append", Before: true, Server: server(3)},
		Kind: faults.Pause, Target: server(3), For: 300 * ms,
	}}
	w := sim.New(cfg, choice.Seed(1), nil)
	sim.Run(w, 300*ms, nil)
	c := w.Clone(nil)
	before := len(w.Image(3).Records(0))
	sim.Run(c, time.Second, nil)
	if now := len(w.Image(3).Records(0)); now != before {
		t.Errorf("the clone wrote to the disk of the original: %d records became %d", before, now)
	}
	sim.Run(w, time.Second, nil)
	if w.Hash() != c.Hash() || len(w.Image(3).Records(0)) <= before {
		t.Errorf("the clone ended with %x, the original with %x", c.Hash(), w.Hash())
	}
}
