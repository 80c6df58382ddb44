package history

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestConstraintsAgreeWithSearch: what constraints decide, the search of all
// orders decides alike; and they leave next to nothing undecided.
func TestConstraintsAgreeWithSearch(t *testing.T) {
	verdicts := map[Verdict]int{}
	rapid.Check(t, func(rt *rapid.T) {
		pick := picker(rt)
		h := anonymous(parse(t, record(pick, 1+pick(5), 1+pick(3), 25)))
		for range pick(3) {
			distort(h, pick)
		}
		s := &bySearch{h, enough}
		all := s.h.those((*Op).counts)
		for _, c := range []struct {
			name   string
			quick  *constraints
			search func() (Verdict, []Finding)
		}{
			{"writes", newConstraints(h, ordered(all), nil, always), func() (Verdict, []Finding) { return s.searchLinearization(ordered(all)) }},
			{"all", newConstraints(h, all, nil, always), func() (Verdict, []Finding) { return s.searchLinearization(all) }},
			{"sessions", newConstraints(h, all, h.sessions(), notRead), s.searchSequential},
		} {
			if c.quick == nil {
				rt.Fatalf("%s: not tried", c.name)
			}
			v, findings := c.quick.decide()
			verdicts[v]++
			if want, _ := c.search(); v != Undecided && v != want {
				rt.Fatalf("%s: %v by constraints, %v by search: %v", c.name, v, want, describe(findings, h))
			}
		}
	})
	if verdicts[Holds] == 0 || verdicts[Violated] == 0 || verdicts[Undecided] > verdicts[Holds]/20 {
		t.Errorf("verdicts %v", verdicts)
	}
}

func notRead(o *Op) bool { return o.Kind != Read }

// distort changes something in a history that has values only.
func distort(h *History, pick func(int) int) {
	o, other := &h.Ops[pick(len(h.Ops))], &h.Ops[pick(len(h.Ops))]
	switch {
	case o.Kind.Writes() && o.Outcome == Done:
		o.Outcome = []Outcome{Failed, Unknown}[pick(2)]
	case !o.Kind.Writes() && o.Outcome == Done && other.Key == o.Key && other.Value != "":
		o.Value = other.Value
	}
}

// TestManyOperationsWithoutZxids: 10,000 operations on 10 registers take less
// than 10 s by search too, however many clients there are.
func TestManyOperationsWithoutZxids(t *testing.T) {
	for _, c := range []struct{ clients, keys int }{{5, 1}, {20, 10}, {40, 10}} {
		h := anonymous(parse(t, record(random(1), c.clients, c.keys, 10_000)))
		start := time.Now()
		r := Judge(h, Options{Budget: 10 * time.Second})
		took := time.Since(start)
		for i, want := range []Verdict{Holds, Holds, Violated} {
			if check := r.Checks[i]; check.Verdict != want || check.ByZxid {
				t.Errorf("%d clients, %d keys: %s %v", c.clients, c.keys, check.Property, check.Verdict)
			}
		}
		if took > 10*time.Second {
			t.Errorf("%d clients, %d keys: took %v", c.clients, c.keys, took)
		}
		t.Logf("%d clients, %d keys: judged in %v", c.clients, c.keys, took)
	}
}

// TestPlantedViolationsWithoutZxids: what is wrong is found where values are all
// that was recorded.
func TestPlantedViolationsWithoutZxids(t *testing.T) {
	for _, c := range []struct {
		name, history string
		property      int
		message       string
		plant         func(c *copyOf, h *History) *Op // returns the culprit
	}{
		{"a lost write", h1, 0, "fits into no order", loseValue},
		{"a stale synced read", h1, 0, "fits into no order", func(c *copyOf, h *History) *Op {
			o := c.first(func(o *Op) bool {
				return o.Kind == SyncedRead && o.Outcome == Done && c.seenBefore(o, func(p *Op) bool { return p.Kind != Read }) && c.shows(o.Key, o.Version-1) != nil
			})
			return h.shows(o, c.shows(o.Key, o.Version-1).Value)
		}},
		{"a session that goes back in time", h2, 1, "fits into no order", func(c *copyOf, h *History) *Op {
			o := c.first(func(o *Op) bool {
				return o.Kind == Read && o.Outcome == Done && c.shows(o.Key, o.Version-1) != nil && c.seenBefore(o, func(p *Op) bool { return p.Session == o.Session })
			})
			return h.shows(o, c.shows(o.Key, o.Version-1).Value)
		}},
		{"a write that takes effect after a definite failure", h1, 0, "only by a write that definitely failed", func(c *copyOf, h *History) *Op {
			o := h.same(c.first(func(o *Op) bool { return o.Outcome == Done && c.seen(o, SyncedRead) }))
			o.Outcome = Failed
			return o
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines, original := recorded(t, c.history)
			h := anonymous(original)
			culprit := c.plant(&copyOf{t, lines, map[int]event{}, original}, h)
			r := Judge(h, Options{Budget: time.Second})
			check := r.Checks[c.property]
			if check.Verdict != Violated || check.ByZxid || !strings.Contains(check.Findings[0].Message, c.message) {
				t.Fatalf("%s %v: %v", check.Property, check.Verdict, describe(check.Findings, &History{}))
			}
			if !slices.Contains(check.Findings[0].Ops, culprit) {
				t.Errorf("%v is not among those that are named: %v", culprit, check.Findings[0].Ops)
			}
		})
	}
}

// same returns the operation of another copy of the history.
func (h *History) same(o *Op) *Op {
	i := slices.IndexFunc(h.Ops, func(p Op) bool { return p.Line == o.Line && p.Kind != FinalRead })
	return &h.Ops[i]
}

// shows makes an operation show a value.
func (h *History) shows(o *Op, value string) *Op {
	shown := h.same(o)
	shown.Value = value
	return shown
}

// loseValue lets everybody who read a write read the one before it.
func loseValue(c *copyOf, h *History) *Op {
	lost := c.first(func(o *Op) bool {
		before := c.shows(o.Key, o.Version-1)
		return o.Kind.Writes() && o.Outcome == Done && before != nil && before.Kind.Writes() && before.before(o) &&
			slices.ContainsFunc(c.h.Ops, func(p Op) bool { return p.Kind == SyncedRead && p.Key == o.Key && p.Value == o.Value && o.before(&p) })
	})
	for i := range h.Ops {
		if o := &h.Ops[i]; !o.Kind.Writes() && o.Key == lost.Key && o.Value == lost.Value {
			o.Value = c.shows(lost.Key, lost.Version-1).Value
		}
	}
	return h.same(lost)
}
