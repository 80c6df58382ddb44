package checker

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker/internal/search"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/bank"
	"github.com/zabsim/zabsim/nodes/app/kv"
)

// staleRead is a history that only local reads make: ann's write is
// acknowledged, and bob reads the state before it.
const staleRead = `1s
	ann asks transfer alice bob 80
	s3 commits 1.1 for ann
	ann gets s3
	2s
	bob asks read alice
	bob gets s1
`

func TestLinearizableWrites(t *testing.T) {
	hold(t, "linearizable-writes", storyHeader(), []trial{
		{name: "a stale read is none of its business", story: staleRead},
		{
			name: "a synced read",
			story: `ann asks transfer alice bob 80
				s3 commits 1.1 for ann
				ann gets s3
				bob asks synced read alice
				bob gets s3`,
		},
		{
			name:  "a synced read that is stale",
			story: strings.Replace(staleRead, "read alice", "synced read alice", 1),
			want:  `"read alice: 100", which bob got from s1, fits into no order of the operations`,
			has:   []string{"asked at 2.000s, answered at 2.000s", "the longest order that does without it has 1 of 2 operations"},
		},
		{
			name: "an unknown outcome that happened later",
			story: `ann asks transfer alice bob 80
				ann gets nothing
				bob asks synced read alice
				bob gets s3
				s3 commits 1.1 for ann
				bob asks synced read alice
				bob gets s3`,
		},
		{
			name: "an unknown outcome, seen and gone again",
			story: `ann asks transfer alice bob 80
				ann gets nothing
				s3 commits 1.1 for ann
				bob asks synced read alice
				bob gets s3
				bob asks synced read alice
				bob gets s1`,
			want: `"read alice: 100", which bob got from s1, fits into no order of the operations`,
		},
		{
			name: "what failed has no effect",
			story: `ann asks transfer alice bob 80
				ann fails
				bob asks transfer alice bob 80
				s3 commits 1.1 for bob
				bob gets s3`,
		},
		{
			name: "what failed happens all the same",
			story: `ann asks transfer alice bob 80
				ann fails
				s3 commits 1.1 for ann
				bob asks synced read alice
				bob gets s3`,
			want: `"read alice: 20", which bob got from s3, fits into no order of the operations`,
		},
		{
			name: "both sides of a partition spend the same money",
			story: `ann asks transfer alice bob 80
				bob asks transfer alice carol 70
				s3 commits 1.1 for ann
				s1 commits 1.1 for bob
				ann gets s3
				bob gets s1`,
			want: `"transfer alice bob 80: ok", which ann got from s3, fits into no order of the operations`,
		},
		{
			name: "both sides of a partition spend money there is",
			story: `ann asks transfer alice bob 30
				bob asks transfer alice carol 30
				s3 commits 1.1 for ann
				s1 commits 1.1 for bob
				ann gets s3
				bob gets s1`,
		},
	})
}

func TestLinearizable(t *testing.T) {
	hold(t, "linearizable", storyHeader(), []trial{
		{
			name: "reads of the newest state",
			story: `ann asks transfer alice bob 80
				bob asks read alice
				bob gets s1
				s3 commits 1.1 for ann
				ann gets s3
				bob asks audit
				bob gets s3`,
		},
		{
			name: "a read at a position that is over, with an answer that still holds",
			story: `ann asks transfer alice bob 80
				s3 commits 1.1 for ann
				ann gets s3
				bob asks read carol
				bob gets s1`,
		},
		{
			name:  "a stale read",
			story: staleRead,
			want:  `"read alice: 100", which bob got from s1, fits into no order of the operations`,
		},
	})
	hold(t, "linearizable", kvHeader(), []trial{
		{
			name: "keys do not mind each other",
			story: `ann asks put x 1
				s3 commits 1.1 for ann
				ann gets s3
				bob asks get y
				bob gets s1`,
		},
		{
			name: "compare and set",
			story: `ann asks put x 1
				s3 commits 1.1 for ann
				ann gets s3
				bob asks cas x 2 3
				s3 commits 1.2 for bob
				bob gets s3
				bob asks cas x 1 3
				s3 commits 1.3 for bob
				bob gets s3
				ann asks get x
				ann gets s3`,
		},
		{
			name: "a stale key",
			story: `ann asks put x 1
				s3 commits 1.1 for ann
				ann gets s3
				bob asks get x
				bob gets s1`,
			want: `"get x: not found", which bob got from s1, fits into no order of the operations`,
		},
	})
}

// TestDeliveredOrder pins which histories the servers' own order settles, so
// that porcupine need not search.
func TestDeliveredOrder(t *testing.T) {
	for _, c := range []struct {
		name, story string
		settled     bool
	}{
		{"a write in time", "ann asks transfer alice bob 80 \n s3 commits 1.1 for ann \n ann gets s3", true},
		{"a write that stays open", "ann asks transfer alice bob 80 \n s3 commits 1.1 for ann", true},
		{"a write that never happened", "ann asks transfer alice bob 80 \n ann gets nothing", true},
		{"a stale read", staleRead, false},
		{"a read of what was delivered meanwhile", `bob asks read alice
			ann asks transfer alice bob 80
			s3 commits 1.1 for ann
			bob gets s3`, true},
	} {
		m := newLinearity("linearizable", 0, func(nodes.Class) bool { return true })(storyHeader()).(*linearity)
		for _, e := range tell(t, storyHeader(), c.story) {
			observe(m, &e)
		}
		if got := m.inDeliveredOrder(m.history()); got != c.settled {
			t.Errorf("%s: settled %v, want %v", c.name, got, c.settled)
		}
	}
}

// TestDeliveredBeforeItWasAsked swaps invocation and delivery.
func TestDeliveredBeforeItWasAsked(t *testing.T) {
	h := storyHeader()
	events := tell(t, h, "ann asks transfer alice bob 80 \n s3 commits 1.1 for ann \n ann gets s3")
	events[0], events[1] = events[1], events[0]
	m := newLinearity("linearizable", 0, func(nodes.Class) bool { return true })(h).(*linearity)
	for i := range events {
		events[i].Seq = uint64(i + 1)
		observe(m, &events[i])
	}
	if m.inDeliveredOrder(m.history()) {
		t.Error("an operation that takes effect before it begins is in order")
	}
}

// handmade is a history written by hand, each call by another client. A call
// that returns at 0 stays open.
type handmade []call

func (h handmade) with(invoked, returned uint64, body, result []byte) handmade {
	c := call{
		client: nodes.ClientID(len(h) + 1), seq: 1, op: app.Identify(nodes.ClientID(len(h)+1), 1, body),
		invoked: invoked, returned: returned, result: result,
	}
	if returned > 0 {
		c.ended = done
	}
	return append(h, c)
}

func TestSearch(t *testing.T) {
	ok := kv.New().Apply(nil, kv.New().Prepare(nil, kv.Put("x", "1"))) // what any put returns
	got := func(value string) []byte {
		m := kv.New()
		m.Apply(nil, m.Prepare(nil, kv.Put("x", value)))
		return m.Query(nil, kv.Get("x"))
	}
	nothing := kv.New().Query(nil, kv.Get("x"))

	for _, c := range []struct {
		name    string
		history handmade
		want    search.Verdict
	}{
		{"overlapping", handmade{}.
			with(1, 4, kv.Put("x", "1"), ok).with(2, 3, kv.Get("x"), nothing), search.Found},
		{"one after the other", handmade{}.
			with(1, 2, kv.Put("x", "1"), ok).with(3, 4, kv.Get("x"), nothing), search.None},
		{"new, then old", handmade{}.
			with(1, 9, kv.Put("x", "1"), ok).with(2, 3, kv.Get("x"), got("1")).with(4, 5, kv.Get("x"), nothing), search.None},
		{"open, and seen", handmade{}.
			with(1, 0, kv.Put("x", "1"), nil).with(2, 3, kv.Get("x"), nothing).with(4, 5, kv.Get("x"), got("1")), search.Found},
		{"open, and never seen", handmade{}.
			with(1, 0, kv.Put("x", "1"), nil).with(2, 3, kv.Get("x"), nothing), search.Found},
		{"never asked for", handmade{}.
			with(1, 0, kv.Put("x", "1"), nil).with(2, 3, kv.Get("x"), got("2")), search.None},
		{"written over", handmade{}.
			with(1, 2, kv.Put("x", "1"), ok).with(3, 4, kv.Put("x", "2"), ok).with(5, 6, kv.Get("x"), got("2")), search.Found},
		{"other keys", handmade{}.
			with(1, 2, kv.Put("x", "1"), ok).with(3, 4, kv.Get("y"), nothing), search.Found},
	} {
		s := newSearch(kvModel(), c.history, func(*call) string { return "" })
		if got := s.Check(time.Second); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestBankModel asks the model and the bank the same things: the model accepts
// the bank's answers, and no others.
func TestBankModel(t *testing.T) {
	h := storyHeader()
	machine := h.Machine()
	m := bankModel(newBooks(h).initial)
	other := bank.New(bank.Account{Name: "alice", Balance: 7}, bank.Account{Name: "bob", Balance: 8}, bank.Account{Name: "carol", Balance: 9})
	state := m.Initial
	for i, body := range [][]byte{
		bank.Transfer("alice", "bob", 60), bank.Transfer("alice", "bob", 60), bank.Transfer("bob", "bob", 1),
		bank.Transfer("bob", "carol", 0), bank.Transfer("bob", "dave", 1), bank.Transfer("dave", "bob", 1),
		bank.Transfer("bob", "carol", 60), bank.Read("alice"), bank.Read("dave"), bank.Audit(),
	} {
		op := app.Identify(1, uint32(i+1), body)
		result := machine.Apply(nil, machine.Prepare(nil, op))
		right, _ := m.read(body, &call{ended: done, result: result})
		next, ok := m.Step(state, right)
		if !ok {
			t.Errorf("%s: the model refuses it", bank.Describe(body, result))
		}
		if unknown, _ := m.read(body, &call{}); !slices.Equal(stateOf(m.Step(state, unknown)), next) {
			t.Errorf("%s: another effect when the result is unknown", bank.Describe(body, nil))
		}
		lie := right
		lie.result.OK = !lie.result.OK
		if _, ok := m.Step(state, lie); ok && lie.kind != bank.KindAudit {
			t.Errorf("%s: the model accepts the contrary", bank.Describe(body, result))
		}
		if wrong, _ := m.read(body, &call{ended: done, result: other.Query(nil, body)}); wrong.result.OK {
			if _, ok := m.Step(state, wrong); ok {
				t.Errorf("%s: the model accepts the answer of another bank", bank.Describe(body, result))
			}
		}
		state = next
	}
	if want := "alice 40, bob 0, carol 60"; m.Show(state) != want {
		t.Errorf("the model ends with %s, not %s", m.Show(state), want)
	}
}

// stateOf drops the verdict of a step.
func stateOf(state []int64, _ bool) []int64 { return state }

func TestVisualize(t *testing.T) {
	w := NewWatch(storyHeader(), []Property{agreement(), linearizable(0)})
	for _, e := range tell(t, storyHeader(), staleRead) {
		w.Observe(&e)
	}
	path := filepath.Join(t.TempDir(), "history.html")
	if err := w.Visualizer().Visualize(path); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"transfer alice bob 80: ok", "read alice: 100", "2.000s to 2.000s, by s1"} {
		if !strings.Contains(string(page), part) {
			t.Errorf("the page lacks %q", part)
		}
	}
}

func TestBudget(t *testing.T) {
	// Many open transfers, and a read that none of their sums explains: a
	// search would have to try them all.
	var lines strings.Builder
	h := storyHeader()
	h.Clients = nil
	for i := range 24 {
		name := fmt.Sprintf("c%d", i)
		h.Clients = append(h.Clients, name)
		fmt.Fprintf(&lines, "%s asks transfer alice bob %d \n", name, 2*i+2)
	}
	h.Clients = append(h.Clients, "bob")
	lines.WriteString("bob asks read alice \n bob gets s1 \n s1 delivers 1.1")
	events := tell(t, h, lines.String())
	odd := app.Once(bank.New(bank.Account{Name: "alice", Balance: 1}))
	events[25].Op = odd.Query(nil, events[24].Op)
	v := judged(t, linearizable(20*time.Millisecond), h, events)
	if v == nil || !v.Inconclusive || !strings.Contains(v.Message, "no order of 25 operations found within 20ms") {
		t.Errorf("%+v, not inconclusive", v)
	}
}
