package checker

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/sim/trace"
)

func sequential() Property {
	return Property{
		Name: "sequential", Kind: Always,
		Source: "INV-28; Hunt et al., ZooKeeper (ATC 2010), section 2.3; ordered sequential consistency, Lev-Ari et al. 2017",
		Doc: "Each client sees one history go forward: positions never go back, a read shows the state at the position that came " +
			"with it and the client's own acknowledged writes, and what was acknowledged was delivered, with that result, in the order " +
			"in which the client asked. A read may be behind what other clients have seen.",
		New: func(h *trace.Header) Monitor {
			return &session{keeper: newCallKeeper(h), header: h, seen: make([]sight, len(h.Clients)+1)}
		},
	}
}

// session judges positions as they come, and answers in the end.
type session struct {
	keeper
	header *trace.Header
	seen   []sight // by client
}

// sight is the newest position that a client was shown, and when.
type sight struct {
	pos    nodes.Position
	seq    uint64
	server nodes.ID
}

func (m *session) Wants() trace.Set { return ledgerWants | callWants }

func (m *session) Observe(e *trace.Event) *Violation {
	m.look(e)
	if e.Kind == trace.Return && e.Result == trace.OK {
		return m.forward(m.calls.last(), e)
	}
	return nil
}

// forward demands that a client is never shown an older state.
func (m *session) forward(c *call, e *trace.Event) *Violation {
	for int(c.client) >= len(m.seen) {
		m.seen = append(m.seen, sight{})
	}
	s := &m.seen[c.client]
	if c.pos.Less(s.pos) {
		v := &Violation{
			Property: "sequential", Server: c.server, Evidence: []uint64{s.seq},
			Message: fmt.Sprintf("%s went back in time: %v answered it from %v, and now %v from %v",
				m.header.ClientName(c.client), s.server, s.pos, c.server, c.pos),
			Details: []string{words(m.header, c)},
		}
		return v.at(e)
	}
	*s = sight{c.pos, e.Seq, c.server}
	return nil
}

// Finish compares every answer with the history that was delivered. Where
// servers disagree about that, any of their histories may justify it.
func (m *session) Finish() *Violation {
	calls := m.calls.all()
	var suspects []*Violation // by call
	for b := range m.ledger.branches {
		found := m.judge(calls, m.ledger.answers(b, m.header.Machine(), calls))
		if suspects == nil {
			suspects = found
		}
		for i := range suspects {
			if found[i] == nil {
				suspects[i] = nil
			}
		}
	}
	if i := slices.IndexFunc(suspects, func(v *Violation) bool { return v != nil }); i >= 0 {
		return suspects[i]
	}
	return nil
}

// judge says what is wrong with each call, if anything.
func (m *session) judge(calls []call, t *timeline) []*Violation {
	found := make([]*Violation, len(calls))
	for i := range calls {
		c, a := &calls[i], &t.answers[i]
		if c.ended != done || c.class == nodes.Sync || app.IsStale(c.result) {
			continue
		}
		if wrong := m.wrong(c, a, t); wrong != "" {
			found[i] = &Violation{
				Property: "sequential", Server: c.server, Evidence: []uint64{c.invoked, c.returned},
				Message: m.header.ClientName(c.client) + ": " + wrong,
				Details: []string{fmt.Sprintf("%s, answered by %v at %s from %v", words(m.header, c), c.server, clock(c.returnedAt), c.pos)},
			}
		}
	}
	return found
}

// wrong says what is wrong with an answer, or "". Two more things follow from
// the rest. A client reads its own writes: a write's answer is not older than
// the write, and no later answer is older than that. And its writes stand in
// the order in which it asked: the machine answers one that comes too late as
// stale.
func (m *session) wrong(c *call, a *answer, t *timeline) string {
	write := c.class == nodes.Write
	switch {
	case !a.known && write && t.complete:
		return words(m.header, c) + " was acknowledged, and no server delivered it"
	case !a.known:
		return ""
	case write && c.pos.Less(t.entries[a.at-1].at):
		return fmt.Sprintf("%s was answered from %v, before its own place %v", words(m.header, c), c.pos, t.entries[a.at-1].at)
	case !bytes.Equal(c.result, a.result):
		right := *c
		right.result = a.result
		return fmt.Sprintf("got %q at %v, where the right answer is %q", words(m.header, c), c.pos, words(m.header, &right))
	}
	return ""
}

// words returns an operation and its result in words.
func words(h *trace.Header, c *call) string {
	if h.Describe == nil {
		return fmt.Sprintf("operation %d", c.seq)
	}
	return h.Describe(c.op, c.result)
}

func (m *session) Clone() Monitor {
	return &session{m.cloned(), m.header, slices.Clone(m.seen)}
}

func (m *session) AppendTo(b []byte) []byte {
	b = m.appendRecord(b)
	for i := range m.seen {
		b = appendPosition(b, m.seen[i].pos)
	}
	return b
}
