package checker

import (
	"fmt"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

func leaderStays() Property {
	return Property{
		Name: "leader-stays", Kind: Always,
		Source: "Hunt et al., ZooKeeper (ATC 2010), section 4: a leader leads as long as it has a quorum",
		Doc:    "The first leader that is established stays the only one: whatever goes wrong meanwhile, nobody needs another.",
		New:    func(*trace.Header) Monitor { return &stays{} },
	}
}

// stays remembers the first established leader.
type stays struct {
	server nodes.ID
	seq    uint64
	time   time.Duration
}

func (m *stays) Wants() trace.Set { return trace.Of(trace.View) }

func (m *stays) Observe(e *trace.Event) *Violation {
	switch {
	case !begins(e):
		return nil
	case m.server == 0:
		m.server, m.seq, m.time = e.Server, e.Seq, e.Time
		return nil
	}
	v := &Violation{
		Property: "leader-stays", Server: e.Server, Evidence: []uint64{m.seq},
		Message: fmt.Sprintf("%v is established as a leader at %s; %v was at %s", e.Server, clock(e.Time), m.server, clock(m.time)),
	}
	return v.at(e)
}

func (m *stays) Finish() *Violation { return nil }
func (m *stays) Clone() Monitor     { c := *m; return &c }

func (m *stays) AppendTo(b []byte) []byte { return append(b, byte(m.server)) }

func writeGap(within time.Duration) Property {
	return gapWithin("write-gap", "writes", nodes.Write, within)
}

func readGap(within time.Duration) Property {
	return gapWithin("read-gap", "reads", nodes.Read, within)
}

// gapWithin bounds the time without service.
func gapWithin(name, what string, class nodes.Class, within time.Duration) Property {
	return Property{
		Name: name, Kind: Eventually,
		Source: "Junqueira, Reed, Serafini, Zab (DSN 2011), section 6: throughput around a change of leaders",
		Doc: "While clients ask for " + what + ", no more time than the bound passes without an answer to any: no election and no fault " +
			"leaves them without service for longer. Time in which nobody asks does not count. Without a bound, or without an answer, there is no verdict.",
		New: func(h *trace.Header) Monitor {
			return &gap{name: name, what: what, class: class, within: within, open: make([]bool, len(h.Clients)+1)}
		},
	}
}

// gap measures the longest time in which clients asked and none was answered.
type gap struct {
	name, what string
	class      nodes.Class
	within     time.Duration
	open       []bool // by client: an operation waits
	answered   bool   // some operation was
	asked      bool   // some operation was asked for since the last answer
	since      moment // when, or the last answer if one waited even then
	from, to   moment // the longest time without an answer
}

// moment is when an event was.
type moment struct {
	seq uint64
	at  time.Duration
}

func (m *gap) Wants() trace.Set { return callWants }

func (m *gap) Observe(e *trace.Event) *Violation {
	if e.Class != m.class {
		return nil
	}
	for int(e.Client) >= len(m.open) {
		m.open = append(m.open, false)
	}
	m.open[e.Client] = e.Kind == trace.Invoke
	now := moment{e.Seq, e.Time}
	if e.Kind == trace.Invoke {
		if !m.asked {
			m.asked, m.since = true, now
		}
		return nil
	}
	if now.at-m.since.at > m.to.at-m.from.at {
		m.from, m.to = m.since, now
	}
	if e.Result == trace.OK {
		m.answered, m.asked, m.since = true, slices.Contains(m.open, true), now
	}
	return nil
}

func (m *gap) Finish() *Violation {
	length := m.to.at - m.from.at
	switch {
	case m.within == 0 || !m.answered:
		return &Violation{Property: m.name, Inconclusive: true, Message: m.unjudged()}
	case length <= m.within:
		return nil
	}
	return &Violation{
		Property: m.name, Evidence: []uint64{m.from.seq, m.to.seq},
		Message: fmt.Sprintf("clients asked for %s and none was answered from %s to %s, for %v; the bound is %v",
			m.what, clock(m.from.at), clock(m.to.at), length.Round(time.Millisecond), m.within),
	}
}

func (m *gap) unjudged() string {
	if m.answered {
		return "nothing bounds the time without service"
	}
	return "no " + m.what + " were answered"
}

func (m *gap) Clone() Monitor {
	c := *m
	c.open = slices.Clone(m.open)
	return &c
}

// AppendTo leaves times out, as the model checker does: it does not judge
// bounds.
func (m *gap) AppendTo(b []byte) []byte {
	b = append(b, flags(m.answered, m.asked))
	for _, on := range m.open {
		b = append(b, flags(on))
	}
	return b
}
