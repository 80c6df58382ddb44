package checker

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker/internal/search"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/bank"
	"github.com/zabsim/zabsim/sim/trace"
)

// splitBrain violates several properties, one after the other.
const splitBrain = `ann asks transfer alice bob 80
	bob asks transfer alice carol 70
	s3 appends 1.1
	s3 fsyncs 1.1
	s2 appends 1.1
	s2 fsyncs 1.1
	s3 leads 1
	s3 commits 1.1 for ann
	ann gets s3
	s1 appends 2.1
	s1 fsyncs 2.1
	s1 commits 2.1 for bob
	s1 leads 2
	bob gets s1
	s1 panics
`

func TestWatchFindsEach(t *testing.T) {
	h := storyHeader()
	events := tell(t, h, splitBrain)
	w := NewWatch(h, always())
	for i := range events {
		if w.Wants().Has(events[i].Kind) {
			w.Observe(&events[i])
		}
	}
	var names []string
	for _, v := range w.Finish() {
		names = append(names, v.Property)
	}
	slices.Sort(names)
	want := []string{
		"agreement", "durable-before-commit", "leader-completeness", "leader-stays", "linearizable", "linearizable-writes",
		"no-lost-commit", "no-overdraft", "no-panic", "prefix-consistency",
	}
	if !slices.Equal(names, want) {
		t.Errorf("found %v,\nwant  %v", names, want)
	}
}

// TestWatchClones takes a clone after every event; each must come to the same
// end as the original, and have the same encoding on the way.
func TestWatchClones(t *testing.T) {
	h := storyHeader()
	events := tell(t, h, splitBrain)
	w := NewWatch(h, always())
	var clones []*Watch
	for i := range events {
		clones = append(clones, w.Clone())
		for _, c := range append(clones, w) {
			c.Observe(&events[i])
		}
		for _, c := range clones {
			if string(c.AppendTo(nil)) != string(w.AppendTo(nil)) {
				t.Fatalf("after event %d a clone has another encoding", i+1)
			}
		}
	}
	want := w.Finish()
	for i, c := range clones {
		got := c.Finish()
		if !slices.EqualFunc(got, want, func(a, b *Violation) bool { return a.Message == b.Message }) {
			t.Errorf("the clone taken after %d events found %d violations, the original %d", i, len(got), len(want))
		}
	}
}

// TestWatchTellsStatesApart wants the encoding to change with each event that
// matters for what is to come, and not to depend on times.
func TestWatchTellsStatesApart(t *testing.T) {
	encode := func(story string) string {
		w := NewWatch(storyHeader(), always())
		for _, e := range tell(t, storyHeader(), story) {
			w.Observe(&e)
		}
		return string(w.AppendTo(nil))
	}
	const common = "s3 appends 1.1 \n s3 fsyncs 1.1 \n s2 appends 1.1 \n s2 fsyncs 1.1 \n s3 delivers 1.1 \n s2 delivers 1.1 \n"
	seen := map[string]string{}
	for _, more := range []string{
		"", "s3 delivers 1.2", "s3 delivers 1.2=x", "s2 delivers 1.2", "s3 leads 1", "s3 leads 2", "s1 delivers 2.1", "s3 appends 1.2",
		"s1 fsyncs 1.1", "s3 saves acceptedEpoch 1", "ann asks read alice", "ann asks read bob", "ann asks read alice \n ann gets nothing",
		"ann asks read alice \n ann gets s1",
	} {
		e := encode(common + more)
		if other, twice := seen[e]; twice {
			t.Errorf("%q and %q have the same encoding", more, other)
		}
		seen[e] = more
	}
	if encode("1s \n s3 delivers 1.1") != encode("2s \n s3 delivers 1.1") {
		t.Error("the encoding depends on the time")
	}
	// Who was answered first does not matter when nobody asked in between.
	if encode("ann asks read alice \n bob asks read bob \n ann gets s1 \n bob gets s1") !=
		encode("bob asks read bob \n ann asks read alice \n bob gets s1 \n ann gets s1") {
		t.Error("the encoding depends on the order of operations that overlap")
	}
	if encode("ann asks read alice \n bob asks read bob \n ann gets s1 \n bob gets s1") ==
		encode("ann asks read alice \n ann gets s1 \n bob asks read bob \n bob gets s1") {
		t.Error("the encoding does not tell what came after from what overlaps")
	}
}

func always() []Property {
	return slices.DeleteFunc(slices.Clone(All), func(p Property) bool { return p.Kind != Always })
}

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range All {
		if seen[p.Name] {
			t.Errorf("%s is there twice", p.Name)
		}
		seen[p.Name] = true
		found, err := ByName(p.Name, Params{})
		if err != nil || found.Name != p.Name || found.Kind != p.Kind {
			t.Errorf("ByName(%q) returns %q, %v", p.Name, found.Name, err)
		}
		if p.Doc == "" || p.Source == "" {
			t.Errorf("%s does not say what it means, or where it comes from", p.Name)
		}
	}
	for name, complaint := range map[string]string{
		"no-lost-comit": `unknown property "no-lost-comit"; there are one-leader-per-epoch, agreement, `,
		"note":          "property note needs the name of a note: note:NAME",
		"leader-is:x":   "property leader-is needs a server, such as leader-is:s3",
		"leader-is":     "property leader-is needs a server, such as leader-is:s3",
	} {
		if _, err := ByName(name, Params{}); err == nil || !strings.HasPrefix(err.Error(), complaint) {
			t.Errorf("ByName(%q): %v", name, err)
		}
	}
	if p, err := ByName("leader-is", Params{Server: 2}); err != nil || p.Name != "leader-is:s2" {
		t.Errorf("leader-is s2: %q, %v", p.Name, err)
	}
	if p, err := ByName("note", Params{Name: "kept"}); err != nil || p.Name != "note:kept" {
		t.Errorf("note kept: %q, %v", p.Name, err)
	}
}

// traffic returns the events of a quiet execution: five servers deliver n
// transfers, with the events around each that always-monitors want.
func traffic(n int) (*trace.Header, []trace.Event) {
	h := storyHeader()
	h.Voters = nodes.FirstN(5)
	m := h.Machine()
	var events []trace.Event
	var history nodes.History
	add := func(e trace.Event) {
		e.Seq, e.Time = uint64(len(events)+1), time.Duration(len(events))*time.Microsecond
		events = append(events, e)
	}
	for i := range n {
		at := nodes.Position{Epoch: 1, Index: uint64(i + 1)}
		names := [...]string{"alice", "bob", "carol"}
		client, seq := nodes.ClientID(i%2+1), uint32(i/2+1)
		op := app.Identify(client, seq, bank.Transfer(names[i%3], names[(i+1)%3], int64(i%9)))
		txn := m.Prepare(nil, op)
		result := m.Apply(nil, txn)
		history = history.Append(at, nodes.Digest(0).Bytes(txn))
		add(trace.Event{Kind: trace.Invoke, Client: client, ClientSeq: seq, Op: op})
		for id := range h.Voters.All() {
			add(trace.Event{Kind: trace.Append, Server: id, Record: written{at: at}, Pos: at})
			add(trace.Event{Kind: trace.Durable, Server: id, Pos: at})
		}
		for id := range h.Voters.All() {
			add(deliveryOf(id, history, txn))
		}
		add(trace.Event{Kind: trace.Return, Client: client, ClientSeq: seq, Server: 5, Pos: at, Op: result})
	}
	return h, events
}

// BenchmarkWatch measures all always-monitors together, for each event that
// they want.
func BenchmarkWatch(b *testing.B) {
	h, events := traffic(500)
	b.ResetTimer()
	for n := 0; n < b.N; {
		w := NewWatch(h, always())
		for i := 0; i < len(events) && n < b.N; i++ {
			w.Observe(&events[i])
			n++
		}
		if found := w.Violations(); len(found) != 0 {
			b.Fatal(found[0].Message)
		}
	}
}

// BenchmarkCommit measures a Commit event alone, through all always-monitors:
// the first delivery by one server, and then four by others.
func BenchmarkCommit(b *testing.B) {
	h, events := traffic(500)
	events = slices.DeleteFunc(events, func(e trace.Event) bool { return e.Kind != trace.Commit })
	properties := slices.DeleteFunc(always(), func(p Property) bool { return p.Name == "integrity" || p.Name == "durable-before-commit" })
	b.ResetTimer()
	for n := 0; n < b.N; {
		w := NewWatch(h, properties)
		for i := 0; i < len(events) && n < b.N; i++ {
			w.Observe(&events[i])
			n++
		}
	}
}

// BenchmarkPorcupine searches an order of 1,000 operations, half of them stale
// reads, which the delivered order does not settle.
func BenchmarkPorcupine(b *testing.B) {
	h, events := traffic(1000)
	m := newLinearity("linearizable", 0, func(nodes.Class) bool { return true })(h).(*linearity)
	for i := range events {
		observe(m, &events[i])
	}
	s := m.searcher(m.history())
	for b.Loop() {
		if got := s.Check(DefaultBudget); got != search.Found {
			b.Fatal(got)
		}
	}
}

// BenchmarkDeliveredOrder settles the same history by the servers' own order.
func BenchmarkDeliveredOrder(b *testing.B) {
	h, events := traffic(1000)
	m := newLinearity("linearizable", 0, func(nodes.Class) bool { return true })(h).(*linearity)
	for i := range events {
		observe(m, &events[i])
	}
	history := m.history()
	for b.Loop() {
		if !m.inDeliveredOrder(history) {
			b.Fatal("not settled")
		}
	}
}
