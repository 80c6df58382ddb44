package reports

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

func TestWhatTheTimelineShows(t *testing.T) {
	golden(t, "split.txt", elements(overview(stageSplit(0))))
	golden(t, "rough.txt", elements(overview(stageRough(30*time.Second))))
}

// elements lists what is in an overview; of messages only how many.
func elements(t *timeline) string {
	var b strings.Builder
	slices.SortStableFunc(t.bars, func(x, y bar) int { return int(y.server) - int(x.server) })
	for _, x := range t.bars {
		fmt.Fprintf(&b, "%v %9s %9s  %s", x.server, seconds(x.from), seconds(x.to), barTexts(&x, "epoch")[0])
		if x.role != nodes.Down && !x.serving {
			b.WriteString(" (not serving)")
		}
		b.WriteByte('\n')
	}
	for _, x := range t.bands {
		fmt.Fprintf(&b, "-- %9s %9s  %s\n", seconds(x.from), seconds(x.to), x.text)
	}
	for _, x := range t.commits {
		fmt.Fprintf(&b, "%v %9s            commit %v\n", x.server, seconds(x.at), x.pos)
	}
	for _, x := range t.calls {
		fmt.Fprintf(&b, "c%d %9s %9s  %s", x.client, seconds(x.from), seconds(x.to), x.text)
		if x.open {
			b.WriteString(" (open)")
		}
		b.WriteByte('\n')
	}
	var answers, lost int
	for _, x := range t.arrows {
		if x.answer {
			answers++
		}
		if x.lost {
			lost++
		}
	}
	fmt.Fprintf(&b, "%d messages, %d of them answers, %d lost; %d heartbeats\n", len(t.arrows), answers, lost, t.heartbeats)
	return b.String()
}

func TestCutsAndHeals(t *testing.T) {
	one, two, three := nodes.SetOf(1), nodes.SetOf(2), nodes.SetOf(3, 4)
	type step struct {
		at   int
		kind trace.Kind
		sides
	}
	all := nodes.FirstN(4)
	for _, c := range []struct {
		name  string
		steps []step
		want  string
	}{
		{"two sides", []step{{1, trace.Cut, sides{one, three, true}}, {2, trace.Heal, sides{all, all, true}}}, "1-2 partition {s1 | s3 s4}"},
		{"three sides are one band", []step{
			{1, trace.Cut, sides{one, two, true}},
			{1, trace.Cut, sides{one, three, true}},
			{1, trace.Cut, sides{two, three, true}},
			{2, trace.Heal, sides{all, all, true}},
		}, "1-2 partition {s1 | s2 | s3 s4}"},
		{"two of three sides still reach each other", []step{
			{1, trace.Cut, sides{one, two, true}}, {1, trace.Cut, sides{one, three, true}},
		}, "1-9 cut s1 | s2, cut s1 | s3 s4"},
		{"one way", []step{{1, trace.Cut, sides{one, two, false}}}, "1-9 cut s1 > s2"},
		{"healed one way only", []step{{1, trace.Cut, sides{one, two, true}}, {2, trace.Heal, sides{one, two, false}}}, "1-9 partition {s1 | s2}"},
		{"healed the wrong way", []step{{1, trace.Cut, sides{one, two, false}}, {2, trace.Heal, sides{two, one, false}}}, "1-9 cut s1 > s2"},
		{"healed in two steps", []step{
			{1, trace.Cut, sides{one, two, true}}, {2, trace.Heal, sides{one, two, false}}, {3, trace.Heal, sides{two, one, false}},
		}, "1-3 partition {s1 | s2}"},
		{"cut again", []step{
			{1, trace.Cut, sides{one, two, true}}, {2, trace.Heal, sides{all, all, true}}, {3, trace.Cut, sides{one, two, true}},
		}, "1-2 partition {s1 | s2}; 3-9 partition {s1 | s2}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLinks(all)
			for _, s := range c.steps {
				if s.kind == trace.Cut {
					l.cut(time.Duration(s.at), &s.sides)
				} else {
					l.heal(time.Duration(s.at), &s.sides)
				}
			}
			var got []string
			for _, b := range l.bands(9) {
				got = append(got, fmt.Sprintf("%d-%d %s", b.from, b.to, b.text))
			}
			if s := strings.Join(got, "; "); s != c.want {
				t.Errorf("got  %s\nwant %s", s, c.want)
			}
		})
	}
}

func TestLanesAreGroupedBySite(t *testing.T) {
	h := &trace.Header{Voters: nodes.FirstN(6), Observers: nodes.SetOf(7), Sites: []trace.Site{
		{Name: "a", Servers: nodes.SetOf(1, 6)}, {Name: "b", Servers: nodes.SetOf(2, 5, 7)},
	}}
	want := []lane{{7, "b"}, {5, "b"}, {2, "b"}, {6, "a"}, {1, "a"}, {4, ""}, {3, ""}}
	if got := lanes(h); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestTicks(t *testing.T) {
	for span, want := range map[time.Duration]time.Duration{
		30 * time.Second: 5 * time.Second, 10 * time.Second: time.Second, 11 * time.Second: 2 * time.Second,
		450 * time.Millisecond: 50 * time.Millisecond, time.Millisecond: time.Millisecond, 600 * time.Second: 100 * time.Second,
	} {
		if got := tickStep(span); got != want {
			t.Errorf("%v: %v, want %v", span, got, want)
		}
	}
}
