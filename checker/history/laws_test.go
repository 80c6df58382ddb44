package history

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
)

// enough is more time than a search of the small histories here takes.
const enough = time.Minute

func picker(t *rapid.T) func(int) int {
	return func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }
}

// A history that a correct service makes has all properties, however it is
// judged.
func TestCorrectHistoriesPass(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		pick := picker(rt)
		h := parse(t, record(pick, 1+pick(4), 1+pick(3), 30))
		z, s := newByZxid(h), &bySearch{h, enough}
		a := &bySearch{anonymous(h), enough}
		for _, c := range []struct {
			name  string
			judge func() (Verdict, []Finding)
		}{
			{"writes by zxid", z.linearizableWrites},
			{"reads by zxid", z.sequential},
			{"writes by search", s.linearizableWrites},
			{"reads by search", s.sequential},
			{"writes by values alone", a.linearizableWrites},
			{"reads by values alone", a.sequential},
		} {
			if v, findings := c.judge(); v != Holds {
				rt.Fatalf("%s: %v: %v", c.name, v, describe(findings, h))
			}
		}
	})
}

// On one register, whose zxids say no more than its versions, both ways to judge
// must agree, whatever the history.
func TestBothWaysAgree(t *testing.T) {
	verdicts := map[Verdict]int{}
	rapid.Check(t, func(rt *rapid.T) {
		pick := picker(rt)
		h := parse(t, record(pick, 1+pick(4), 1, 30))
		for range 1 + pick(2) {
			damage(h, pick)
		}
		z, s := newByZxid(h), &bySearch{h, enough}
		exact, findings := z.linearizableWrites()
		if found, _ := s.linearizableWrites(); found != exact {
			rt.Fatalf("linearizable writes: %v by search, %v by zxid: %v", found, exact, describe(findings, h))
		}
		verdicts[exact]++
		if exact != Holds {
			return
		}
		exact, findings = z.sequential()
		if found, _ := s.sequential(); found != exact {
			rt.Fatalf("sequential: %v by search, %v by zxid: %v", found, exact, describe(findings, h))
		}
		exact, findings = z.linearizable()
		if found, _ := s.linearizable(); len(z.keys) > 0 && found != exact {
			rt.Fatalf("linearizable: %v by search, %v by zxid: %v", found, exact, describe(findings, h))
		}
	})
	if verdicts[Holds] == 0 || verdicts[Violated] == 0 {
		t.Errorf("only one side was tried: %v", verdicts)
	}
}

// damage changes something in a history of one register.
func damage(h *History, pick func(int) int) {
	o := &h.Ops[pick(len(h.Ops))]
	other := &h.Ops[pick(len(h.Ops))]
	switch pick(5) {
	case 0: // it shows what another operation shows
		if o.Outcome == Done && other.Outcome == Done && !o.Kind.Writes() {
			o.Value, o.Version, o.Zxid = other.Value, other.Version, other.Zxid
		}
	case 1: // it is said to have failed
		if o.Kind.Writes() && o.Outcome != Failed {
			o.Outcome, o.Refused = Failed, false
		}
	case 2: // it is said to have been refused
		if o.Kind == CAS {
			o.Outcome, o.Refused = Failed, true
			o.Return = max(o.Return, o.Call)
		}
	case 3: // nobody knows what became of it
		o.Outcome, o.Refused, o.Return = Unknown, false, 0
	case 4: // it shows another version
		if o.Outcome == Done {
			o.Version += int64(pick(3)) - 1
			o.Zxid = nodes.Position{Index: uint64(o.Version) + 1}
		}
	}
}

// describe returns findings and the history in words.
func describe(findings []Finding, h *History) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s: %s\n", f.Key, f.Message)
	}
	for i := range h.Ops {
		o := &h.Ops[i]
		fmt.Fprintf(&b, "%3d to %3d  session %s  id %d  %v\n", o.Call, o.Return, o.Session, o.ID, o)
	}
	return b.String()
}

func random(seed uint64) func(int) int { return rand.New(rand.NewPCG(seed, 0)).IntN }

// 10,000 operations on 10 registers take less than 10 s.
func TestManyOperations(t *testing.T) {
	events := record(random(1), 40, 10, 10_000)
	start := time.Now()
	r := Judge(parse(t, events), Options{})
	took := time.Since(start)
	if r.Verdict() != Holds || len(r.Checks) != 3 {
		t.Errorf("%v", r.Verdict())
	}
	if took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	t.Logf("read and judged in %v", took)
}

// With 20 clients on one register, a search has too many orders to try before
// it can say that there is none.
func TestManyClientsOnOneRegister(t *testing.T) {
	h := parse(t, record(random(2), 20, 1, 2_000))
	start := time.Now()
	right, _ := newByZxid(h).linearizableWrites()

	stale := slices.IndexFunc(h.Ops, func(o Op) bool { return o.Kind == SyncedRead && o.Outcome == Done && o.Call > 3500 })
	o := &h.Ops[stale]
	old := slices.IndexFunc(h.Ops, func(p Op) bool { return p.Kind == SyncedRead && p.Outcome == Done && p.Version == o.Version-10 })
	o.Value, o.Version, o.Zxid = h.Ops[old].Value, h.Ops[old].Version, h.Ops[old].Zxid
	wrong, findings := newByZxid(h).linearizableWrites()
	took := time.Since(start)
	if right != Holds || wrong != Violated || took > time.Second {
		t.Errorf("by zxid: %v and %v in %v", right, wrong, took)
	}
	if len(findings) != 1 || findings[0].Ops[1] != o {
		t.Errorf("by zxid: %v", describe(findings, &History{}))
	}
	t.Logf("judged twice by zxid in %v", took)
	if v, _ := (&bySearch{h, 500 * time.Millisecond}).linearizableWrites(); v != Undecided {
		t.Errorf("by search: %v", v)
	}
}
