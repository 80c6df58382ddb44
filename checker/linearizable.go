package checker

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/zabsim/zabsim/checker/internal/search"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

const herlihyWing = "Herlihy, Wing: Linearizability (TOPLAS 1990)"

func linearizableWrites(budget time.Duration) Property {
	return Property{
		Name: "linearizable-writes", Source: herlihyWing + "; Hunt et al., ZooKeeper (ATC 2010), section 2.3", Kind: Always,
		Doc: "Writes and synced reads have one order that agrees with their results and with real time. " +
			"ZooKeeper promises it for writes; a sync asks no quorum (R-BC-15), so a synced read can still be stale.",
		New: newLinearity("linearizable-writes", budget, func(c nodes.Class) bool { return c == nodes.Write || c == nodes.SyncedRead }),
	}
}

func linearizable(budget time.Duration) Property {
	return Property{
		Name: "linearizable", Source: herlihyWing, Kind: Always,
		Doc: "All operations have one order that agrees with their results and with real time. ZooKeeper does not promise that: " +
			"it answers reads from the local state of one server.",
		New: newLinearity("linearizable", budget, func(c nodes.Class) bool { return c != nodes.Sync }),
	}
}

func newLinearity(name string, budget time.Duration, takes func(nodes.Class) bool) func(*trace.Header) Monitor {
	if budget == 0 {
		budget = DefaultBudget
	}
	return func(h *trace.Header) Monitor {
		return &linearity{newCallKeeper(h), name, h, budget, takes}
	}
}

// linearity judges in the end, in one of two ways.
//
// The servers' own order comes first: if every operation falls, between its
// invocation and its return, on a moment when the delivered history gave the
// answer it got, then these moments are a linearization. That takes linear
// time and settles nearly all correct executions.
//
// Whatever that cannot show, porcupine decides: it knows nothing of servers
// and searches all orders, within the budget. Only it can say no.
//
// An operation of unknown outcome stays open for ever: it may take effect at
// any moment, or after all others, which is as good as never.
type linearity struct {
	keeper
	name   string
	header *trace.Header
	budget time.Duration
	takes  func(nodes.Class) bool
}

func (m *linearity) Wants() trace.Set { return ledgerWants | callWants }

func (m *linearity) Observe(e *trace.Event) *Violation {
	m.look(e)
	return nil
}

// history returns the operations that are judged.
func (m *linearity) history() []call {
	var h []call
	for _, c := range m.calls.all() {
		if m.takes(c.class) {
			h = append(h, c)
		}
	}
	return h
}

func (m *linearity) Finish() *Violation {
	h := m.history()
	if m.inDeliveredOrder(h) {
		return nil
	}
	s := m.searcher(h)
	if s == nil {
		return &Violation{Property: m.name, Inconclusive: true, Message: "no model of this state machine says what its operations should return"}
	}
	switch s.Check(m.budget) {
	case search.None:
		return m.illegal(h, s)
	case search.Unknown:
		return &Violation{
			Property: m.name, Inconclusive: true,
			Message: fmt.Sprintf("no order of %s found within %v, and none ruled out", count(len(h), "operation"), m.budget),
		}
	case search.Found:
	}
	return nil
}

// inDeliveredOrder reports whether the order in which servers delivered is a
// linearization.
// The trunk of the ledger is one such order, whatever else servers delivered.
// Writes that failed must not be in it.
func (m *linearity) inDeliveredOrder(h []call) bool {
	all := slices.Clip(h)
	for _, c := range m.calls.ended {
		if c.ended == failed && c.class == nodes.Write {
			all = append(all, c)
		}
	}
	t := m.ledger.answers(0, m.header.Machine(), all)
	if !slices.IsSortedFunc(t.entries, func(a, b entry) int { return cmp.Compare(a.seq, b.seq) }) {
		return false // a snapshot showed a later one before an earlier one
	}
	// delivered returns how many transactions had been delivered before an event.
	delivered := func(seq uint64) int {
		return sort.Search(len(t.entries), func(i int) bool { return t.entries[i].seq > seq })
	}
	for i := range all {
		c, a := &all[i], &t.answers[i]
		if c.ended != done {
			if a.known && (c.ended == failed || a.at <= delivered(c.invoked)) {
				return false // it must not happen, or it happened too early
			}
			continue
		}
		first, last := delivered(c.invoked), delivered(c.returned)
		if c.class == nodes.Write {
			first++ // its own delivery comes after its invocation
		}
		if !a.known || a.at < first || a.at > last || !bytes.Equal(a.result, c.result) {
			return false
		}
	}
	return t.complete
}

// illegal says which operation spoils every order.
func (m *linearity) illegal(h []call, s *searcher) *Violation {
	v := &Violation{Property: m.name, Message: "no order of the operations agrees with their results and with real time"}
	c, placed := s.culprit(m.budget)
	if c == nil {
		return v
	}
	v.Server = c.server
	v.Evidence = []uint64{c.invoked, c.returned}
	v.Message = fmt.Sprintf("%q, which %s got from %v, fits into no order of the operations",
		words(m.header, c), m.header.ClientName(c.client), c.server)
	v.Details = append(v.Details, fmt.Sprintf("asked at %s, answered at %s", clock(c.invokedAt), clock(c.returnedAt)))
	if entry := m.ledger.lookup(c.client, c.seq); entry != nil {
		v.Details = append(v.Details, fmt.Sprintf("delivered first by %v at %s, as %v", entry.server, clock(entry.time), entry.at))
	}
	v.Details = append(v.Details, fmt.Sprintf("the longest order that does without it has %d of %s", placed, count(len(h), "operation")))
	return v
}

// Visualize implements [Visualizer]. It searches again, since the page shows
// the orders that were tried.
func (m *linearity) Visualize(path string) error {
	s := m.searcher(m.history())
	if s == nil {
		return fmt.Errorf("%s: no model of this state machine", m.name)
	}
	return s.Visualize(path, m.budget)
}

func (m *linearity) Clone() Monitor {
	c := *m
	c.keeper = m.cloned()
	return &c
}

func (m *linearity) AppendTo(b []byte) []byte { return m.appendRecord(b) }
