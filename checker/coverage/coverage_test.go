package coverage

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

type word string

func (w word) Kind() string             { return string(w) }
func (w word) AppendTo(b []byte) []byte { return append(b, w...) }

var protocol = &nodes.Protocol{Notes: []nodes.Note{
	{Name: "elected"}, {Name: "sync-snap", Sync: true}, {Name: "sync-trunc", Sync: true}, {Name: "elected-by-all", Only: "profile P0"},
}}

var header = &trace.Header{Protocol: protocol, Voters: nodes.FirstN(3)}

func boot(id nodes.ID, again bool) trace.Event {
	return trace.Event{Kind: trace.Start, Server: id, Restart: again}
}

func enters(id nodes.ID, role nodes.Role, phase string) trace.Event {
	return trace.Event{Kind: trace.View, Server: id, Before: &nodes.Status{}, After: &nodes.Status{Role: role, Phase: phase, Epoch: 1}}
}

func gets(id nodes.ID, kind string) trace.Event {
	return trace.Event{Kind: trace.Deliver, Server: id, Msg: word(kind)}
}

func notes(id nodes.ID, name string) trace.Event {
	return trace.Event{Kind: trace.Note, Server: id, Text: name}
}

func crash(id nodes.ID) trace.Event {
	return trace.Event{Kind: trace.Crash, Server: id, Fault: "crash"}
}

func cut(at time.Duration, kind string, a, b nodes.Set) trace.Event {
	return trace.Event{Kind: trace.Cut, Time: at, A: a, B: b, Fault: kind}
}

// watched returns what a run of these events hits.
func watched(events ...trace.Event) *Counts {
	r := NewRun(header)
	for i := range events {
		if e := &events[i]; r.Wants().Has(e.Kind) {
			r.Observe(e)
		}
	}
	var c Counts
	c.Add(r)
	return &c
}

// One server leads and two follow; one of those dies in synchronization, with a
// SNAP the last thing it got, and comes back.
func story() []trace.Event {
	return []trace.Event{
		boot(1, false), boot(2, false), boot(3, false),
		enters(3, nodes.Looking, "election"), gets(3, "VOTE"), notes(3, "elected"),
		enters(3, nodes.Leading, "discovery"),
		enters(1, nodes.Following, "synchronization"), gets(1, "SNAP"), notes(3, "sync-snap"),
		enters(2, nodes.Following, "synchronization"), gets(2, "SNAP"), notes(3, "sync-snap"),
		crash(2), enters(2, nodes.Down, ""), boot(2, true),
	}
}

func TestWhatARunHits(t *testing.T) {
	got := watched(story()...)
	want := map[Point]Hits{
		{Group: Fault, Name: "crash"}:                                                      {1, 1},
		{Group: Note, Name: "elected"}:                                                     {1, 1},
		{Group: Note, Name: "sync-snap"}:                                                   {1, 2},
		{Group: Stage, Stage: "looking, election"}:                                         {1, 1},
		{Group: Stage, Stage: "leading, discovery"}:                                        {1, 1},
		{Group: Stage, Stage: "following, synchronization"}:                                {1, 1},
		{Group: Crash, Stage: "following, synchronization"}:                                {1, 1},
		{Group: Restart, Stage: "leading, discovery"}:                                      {1, 1},
		{Group: Moment, Stage: "looking, election", Message: "VOTE"}:                       {1, 1},
		{Group: Moment, Stage: "leading, discovery", Message: "VOTE"}:                      {1, 1}, // still the last
		{Group: Moment, Stage: "following, synchronization", Message: "SNAP"}:              {1, 1},
		{Group: Cell, Stage: "following, synchronization", Message: "SNAP", Name: "crash"}: {1, 1},
	}
	if got.Runs != 1 || !reflect.DeepEqual(got.Hits, want) {
		t.Errorf("hit %v\nwant %v", got.Hits, want)
	}
}

// A message that came before a crash is forgotten: the next fault strikes a
// server that has received nothing yet.
func TestNothingReceivedSinceBoot(t *testing.T) {
	got := watched(append(story(), enters(2, nodes.Looking, "election"), crash(2))...)
	if h := got.Hits[Point{Group: Crash, Stage: "looking, election"}]; h.Times != 1 {
		t.Errorf("the second crash: %v", got.Hits)
	}
	if n := len(got.Of(Cell)); n != 1 {
		t.Errorf("it hit a cell: %v", got.Of(Cell))
	}
}

// A partition of three sides is three cuts at a time and one fault; the cuts of
// a flapping link are as many as there are.
func TestAPartitionIsOneFault(t *testing.T) {
	one, two, three := nodes.SetOf(1), nodes.SetOf(2), nodes.SetOf(3)
	got := watched(append(story(),
		cut(time.Second, "partition", one, two), cut(time.Second, "partition", one, three), cut(time.Second, "partition", two, three),
		cut(2*time.Second, "cut", one, two), cut(3*time.Second, "cut", one, two),
		trace.Event{Kind: trace.Fault, Server: 1}, // something ends
	)...)
	for name, times := range map[string]uint64{"partition": 1, "cut": 2, "crash": 1} {
		if h := got.Hits[Point{Group: Fault, Name: name}]; h.Times != times {
			t.Errorf("%s struck %d times, want %d", name, h.Times, times)
		}
	}
	cell := Point{Group: Cell, Stage: "leading, discovery", Message: "VOTE", Name: "partition"}
	if got.Hits[cell].Times != 2 { // of the three cuts two are about s3
		t.Errorf("the leader was cut off %d times", got.Hits[cell].Times)
	}
}

func TestNever(t *testing.T) {
	c := watched(story()...)
	var got []string
	for _, p := range c.Never(protocol, []faults.Kind{faults.Crash, faults.Pause}) {
		text, _ := p.MarshalText()
		got = append(got, string(text))
	}
	want := []string{"fault: pause", "note: sync-trunc", "crash: leading, discovery", "crash: looking, election"}
	if !slices.Equal(got, want) {
		t.Errorf("never: %q, want %q", got, want)
	}
	if never := watched().Never(&nodes.Protocol{}, nil); never != nil {
		t.Errorf("of nothing, this was never hit: %v", never)
	}
}

func TestUntried(t *testing.T) {
	c := watched(story()...)
	cells, rows := c.Untried()
	want := []Point{
		{Cell, "leading, discovery", "VOTE", "crash"},
		{Cell, "looking, election", "VOTE", "crash"},
	}
	if !slices.Equal(cells, want) {
		t.Errorf("untried %v, want %v", cells, want)
	}
	if want := []Row{
		{"following, synchronization", "crash", 1, 1}, {"leading, discovery", "crash", 0, 1}, {"looking, election", "crash", 0, 1},
	}; !slices.Equal(rows, want) {
		t.Errorf("rows %v, want %v", rows, want)
	}
}

func TestAddingUp(t *testing.T) {
	var c Counts
	r := NewRun(header)
	if fresh := c.Add(r); fresh != nil || c.Runs != 1 {
		t.Errorf("a run of nothing was new in %v", fresh)
	}
	c.Merge(watched(story()...))
	fresh := c.Merge(watched(append(story(), notes(1, "sync-trunc"), notes(1, "sync-snap"))...))
	if !slices.Equal(fresh, []Point{{Group: Note, Name: "sync-trunc"}}) {
		t.Errorf("new were %v", fresh)
	}
	if h := c.Hits[Point{Group: Note, Name: "sync-snap"}]; c.Runs != 3 || h != (Hits{2, 5}) {
		t.Errorf("sync-snap in %v of %d runs", h, c.Runs)
	}
}

// Counts outlive a process as JSON.
func TestCountsAsJSON(t *testing.T) {
	c := watched(append(story(), cut(1, "cut", nodes.FirstN(2), nodes.SetOf(3)))...)
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var again Counts
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(*c, again) {
		t.Errorf("read back %v\nwrote %v", again, *c)
	}
	for _, bad := range []string{"", "party: at five", "cell: leading", "fault: a; b"} {
		if err := new(Point).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestFailureBound(t *testing.T) {
	for clean, want := range map[uint64]float64{0: 1, 2: 1, 3: 1, 100: 0.03, 5000: 0.0006} {
		if got := FailureBound(clean); got != want {
			t.Errorf("after %d clean runs %v, want %v", clean, got, want)
		}
	}
}
