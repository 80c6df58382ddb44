package checker

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// deliveryOf returns the event of a server that delivers the last transaction
// of a history.
func deliveryOf(id nodes.ID, h nodes.History, txn []byte) trace.Event {
	return trace.Event{Kind: trace.Commit, Server: id, Pos: h.Last, Op: txn, Len: h.Len, Digest: h.Digest}
}

// sequence is what a server delivered, in the reference: small numbers, each at
// most once.
type sequence []byte

func (s sequence) tip() (h nodes.History) {
	for _, x := range s {
		h = h.Append(nodes.Position{Epoch: 1, Index: uint64(x)}, nodes.Digest(0).Bytes([]byte{x}))
	}
	return h
}

func (s sequence) event(id nodes.ID, seq uint64) trace.Event {
	e := deliveryOf(id, s.tip(), []byte{s[len(s)-1]})
	e.Seq = seq
	return e
}

// The definitions of INV-9, INV-5 and INV-4, as they stand in the paper.

func prefixBroken(a, b sequence) bool {
	n := min(len(a), len(b))
	return !slices.Equal(a[:n], b[:n])
}

func agreementBroken(a, b sequence) bool {
	for _, x := range a {
		for _, y := range b {
			if !slices.Contains(b, x) && !slices.Contains(a, y) {
				return true
			}
		}
	}
	return false
}

func orderBroken(a, b sequence) bool {
	precedes := func(s sequence, x, y byte) bool {
		i, j := slices.Index(s, x), slices.Index(s, y)
		return i >= 0 && j >= 0 && i < j
	}
	for _, x := range a {
		for _, y := range a {
			if precedes(a, x, y) && slices.Contains(b, y) && !precedes(b, x, y) {
				return true
			}
		}
	}
	return false
}

// TestLedgerAgainstDefinitions delivers at random, with restarts and snapshots,
// and compares each verdict with the definitions, applied to all histories
// there are: the present ones, and the longest of those there have been.
func TestLedgerAgainstDefinitions(t *testing.T) {
	rules := []struct {
		property Property
		broken   func(a, b sequence) bool
	}{
		{prefixConsistency(), prefixBroken},
		{agreement(), agreementBroken},
		{totalOrder(), func(a, b sequence) bool { return orderBroken(a, b) || orderBroken(b, a) }},
	}
	h := storyHeader()
	rapid.Check(t, func(t *rapid.T) {
		monitors := make([]Monitor, len(rules))
		over := make([]bool, len(rules))
		for i := range rules {
			monitors[i] = rules[i].property.New(h)
		}
		now := make([]sequence, 4)
		var longest []sequence
		for step := range uint64(rapid.IntRange(1, 25).Draw(t, "steps")) {
			id := nodes.ID(rapid.IntRange(1, 3).Draw(t, "server"))
			next := draw(t, now, id)
			if next == nil {
				continue
			}
			now[id] = next
			longest = slices.DeleteFunc(longest, func(s sequence) bool { return len(s) <= len(next) && !prefixBroken(s, next) })
			if !slices.ContainsFunc(longest, func(s sequence) bool { return len(s) >= len(next) && !prefixBroken(s, next) }) {
				longest = append(longest, next)
			}
			e := next.event(id, step+1)
			for i := range rules {
				if over[i] {
					continue
				}
				if rapid.IntRange(0, 3).Draw(t, "clone") == 0 {
					monitors[i] = monitors[i].Clone()
				}
				want := false
				for _, other := range append(slices.Clone(now), longest...) {
					want = want || rules[i].broken(next, other)
				}
				v := monitors[i].Observe(&e)
				if over[i] = v != nil; over[i] != want {
					t.Fatalf("%s: %q, and by definition broken: %v\nservers %v\nlongest %v", rules[i].property.Name, said(v), want, now, longest)
				}
			}
		}
	})
}

// draw picks what a server has delivered after its next step: one more, after
// a restart perhaps, or what a snapshot of another server brought.
func draw(t *rapid.T, now []sequence, id nodes.ID) sequence {
	s := now[id]
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0: // restart, with a snapshot of so much
		s = s[:rapid.IntRange(0, len(s)).Draw(t, "keep")]
	case 1: // what another server has, from a snapshot
		other := now[rapid.IntRange(1, 3).Draw(t, "from")]
		if len(other) == 0 {
			return nil
		}
		return slices.Clone(other[:rapid.IntRange(1, len(other)).Draw(t, "of")])
	}
	x := byte(rapid.IntRange(1, 5).Draw(t, "txn"))
	if slices.Contains(s, x) {
		return nil
	}
	return append(slices.Clone(s), x)
}

// TestClonesGoTheirWays lets a record and its clone see different events.
func TestClonesGoTheirWays(t *testing.T) {
	h := storyHeader()
	const common = "s1 delivers 1.1 1.2 1.3 \n ann asks read alice \n ann gets s1 \n ann asks read bob \n ann gets s1 \n ann asks read carol \n ann gets s1 \n"
	one := tell(t, h, common+"s1 delivers 1.4 \n ann asks read alice \n ann gets s1")
	other := tell(t, h, common+"s1 delivers 2.1 \n ann asks read bob \n ann gets s1")
	shared := len(one) - 3
	r := newCallKeeper(h).record
	for i := range shared {
		r.look(&one[i])
	}
	c := r.clone()
	for i := shared; i < len(one); i++ {
		r.look(&one[i])
		c.look(&other[i])
	}
	if at := r.ledger.branches[0].entries[3].at; at != one[shared].Pos {
		t.Errorf("the record has %v in the fourth place, not %v", at, one[shared].Pos)
	}
	if op := r.calls.last().op; !slices.Equal(op, one[shared+1].Op) {
		t.Errorf("the record's last operation is %x, not %x", op, one[shared+1].Op)
	}
}

func TestLedgerFillsGaps(t *testing.T) {
	h := storyHeader()
	// s2 shows 4 first: what is before came in a snapshot.
	events := tell(t, h, "s1 delivers 1.1 1.2 1.3 \n s2 copies s1 \n s2 delivers 1.4 \n s1 delivers 1.4 \n s3 delivers 1.1 1.2=x")
	l := newLedger(h)
	for _, i := range []int{0, 3} {
		l.observe(&events[i])
	}
	if got := l.whole(0).len; got != 4 {
		t.Fatalf("the trunk has %d places, not 4", got)
	}
	before := l.clone()
	if string(before.appendTo(nil)) != string(l.appendTo(nil)) {
		t.Error("a clone has another encoding")
	}
	l.observe(&events[1])
	if l.branches[0].entries[1].gap() || !l.branches[0].entries[2].gap() {
		t.Error("the second place should be filled, the third not")
	}
	if !before.branches[0].entries[1].gap() {
		t.Error("filling a gap fills that of a clone")
	}
	if string(before.appendTo(nil)) == string(l.appendTo(nil)) {
		t.Error("a gap and what fills it have the same encoding")
	}
	l.observe(&events[2])
	l.observe(&events[4])
	l.observe(&events[5])
	if l.forked() {
		t.Error("what agrees starts no branch")
	}
	l.observe(&events[6])
	if !l.forked() {
		t.Error("what disagrees starts a branch")
	}
}
