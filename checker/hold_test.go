package checker

import (
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/sim/trace"
)

// judged returns the violation of a property in a story, or nil. It also sees
// to it that a clone taken on the way comes to the same verdict.
func judged(tb testing.TB, p Property, h *trace.Header, events []trace.Event) *Violation {
	tb.Helper()
	m := p.New(h)
	var clone Monitor
	for i := range events {
		if i == len(events)/2 {
			clone = m.Clone()
			if a, b := string(m.AppendTo(nil)), string(clone.AppendTo(nil)); a != b {
				tb.Errorf("a clone is encoded as %x, the original as %x", b, a)
			}
		}
		if v := observe(m, &events[i]); v != nil {
			if clone != nil {
				sameVerdict(tb, clone, events[len(events)/2:], v)
			}
			return v
		}
	}
	v := m.Finish()
	if clone != nil {
		sameVerdict(tb, clone, events[len(events)/2:], v)
	}
	return v
}

func sameVerdict(tb testing.TB, m Monitor, events []trace.Event, want *Violation) {
	tb.Helper()
	var v *Violation
	for i := 0; i < len(events) && v == nil; i++ {
		v = observe(m, &events[i])
	}
	if v == nil {
		v = m.Finish()
	}
	if got := said(v); got != said(want) {
		tb.Errorf("the clone says %q, the original %q", got, said(want))
	}
}

func observe(m Monitor, e *trace.Event) *Violation {
	if !m.Wants().Has(e.Kind) {
		return nil
	}
	reused := *e
	defer func() { reused = trace.Event{} }()
	return m.Observe(&reused)
}

func said(v *Violation) string {
	if v == nil {
		return ""
	}
	return v.Message
}

// trial is a story with the verdict it deserves.
type trial struct {
	name  string
	story string
	want  string   // the message; "": no violation
	has   []string // what the details must contain
}

// hold judges stories, with the monitor alone and within a Watch of all
// properties.
func hold(t *testing.T, property string, h *trace.Header, trials []trial) {
	t.Helper()
	p, err := ByName(property, Params{Within: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range trials {
		t.Run(tr.name, func(t *testing.T) {
			events := tell(t, h, tr.story)
			v := judged(t, p, h, events)
			check(t, v, tr, property, len(events))

			watch := NewWatch(h, []Property{p, agreement(), noOverdraft()})
			for i := range events {
				if watch.Wants().Has(events[i].Kind) {
					watch.Observe(&events[i])
				}
			}
			var found *Violation
			for _, f := range watch.Finish() {
				if f.Property == property {
					found = f
					break
				}
			}
			if said(found) != tr.want {
				t.Errorf("within a Watch it says\n %q, not\n %q", said(found), tr.want)
			}
		})
	}
}

func check(t *testing.T, v *Violation, tr trial, property string, events int) {
	t.Helper()
	if said(v) != tr.want {
		t.Fatalf("got  %q\nwant %q", said(v), tr.want)
	}
	if v == nil {
		return
	}
	if v.Property != property {
		t.Errorf("the violation is one of %q", v.Property)
	}
	details := strings.Join(v.Details, "\n")
	for _, part := range tr.has {
		if !strings.Contains(details, part) {
			t.Errorf("the details lack %q:\n%s", part, details)
		}
	}
	for _, seq := range v.Evidence {
		if seq == 0 || seq > uint64(events) {
			t.Errorf("event %d is evidence, and there are %d events", seq, events)
		}
	}
}
