package checker

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

func integrity() Property {
	return Property{
		Name: "integrity", Source: dsn11 + "; INV-3", Kind: Always,
		Doc: "What a server delivers was proposed: some server had written it to its disk before. " +
			"Protocols that keep no files are exempt.",
		New: func(h *trace.Header) Monitor { return &proposed{exempt: len(h.Protocol.Files) == 0} },
	}
}

// proposed remembers which positions were ever written anywhere.
type proposed struct {
	exempt bool
	spans  []span
}

// span is a row of positions of one epoch, from first to last.
type span struct{ epoch, first, last uint64 }

func (s span) compare(p nodes.Position) int {
	switch {
	case s.epoch != p.Epoch:
		return cmp.Compare(s.epoch, p.Epoch)
	case s.last < p.Index:
		return -1
	case s.first > p.Index:
		return 1
	default:
		return 0
	}
}

func (m *proposed) Wants() trace.Set {
	if m.exempt {
		return 0
	}
	return trace.Of(trace.Append, trace.Commit)
}

func (m *proposed) Observe(e *trace.Event) *Violation {
	i, found := m.find(e.Pos)
	switch {
	case found:
	case e.Kind == trace.Append:
		m.add(i, e.Pos)
	default:
		v := &Violation{
			Property: "integrity", Server: e.Server,
			Message: fmt.Sprintf("%v delivered %v, which no server had written", e.Server, e.Pos),
		}
		return v.at(e)
	}
	return nil
}

// find returns the place of the span with a position, or the place where it
// would stand.
func (m *proposed) find(p nodes.Position) (int, bool) {
	if n := len(m.spans); n > 0 { // it is nearly always in the last one, or just after it
		if c := m.spans[n-1].compare(p); c == 0 {
			return n - 1, true
		} else if c < 0 {
			return n, false
		}
	}
	return slices.BinarySearchFunc(m.spans, p, span.compare)
}

// add adds a position that would stand at place i.
func (m *proposed) add(i int, p nodes.Position) {
	if i > 0 && m.spans[i-1].epoch == p.Epoch && m.spans[i-1].last+1 == p.Index {
		m.spans[i-1].last++
		return
	}
	m.spans = slices.Insert(m.spans, i, span{p.Epoch, p.Index, p.Index})
}

func (m *proposed) Finish() *Violation { return nil }

func (m *proposed) Clone() Monitor { return &proposed{m.exempt, slices.Clone(m.spans)} }

func (m *proposed) AppendTo(b []byte) []byte {
	b = appendWord(b, uint64(len(m.spans)))
	for _, s := range m.spans {
		b = appendWord(appendWord(appendWord(b, s.epoch), s.first), s.last)
	}
	return b
}
