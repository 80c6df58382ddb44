package checker

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// What a protocol's own code asserts. A server that finds one of its assertions
// broken says so by a note ([nodes.Note].Breaks), and often carries on.

func proposalConsistent() Property {
	return assertion("proposal-consistent", "INV-16; R-SYNC-F-3, R-BC-6",
		"Proposals reach a learner in order and without gaps, and it is never told to cut its log at what it does not have.")
}

func commitConsistent() Property {
	return assertion("commit-consistent", "INV-17; R-BC-10; ZOOKEEPER-4394",
		"Each commit that a learner hears of is for the oldest proposal that waits for one.")
}

func ackConsistent() Property {
	return assertion("ack-consistent", "INV-18; R-BC-7, S-26; ZOOKEEPER-4685",
		"Each acknowledgement that a leader hears of is for something that it has proposed, the initial history first.")
}

func messageLegal() Property {
	return assertion("message-legal", "INV-15, INV-19",
		"No message comes that does not belong there, given what the two servers are to each other and how far they have come.")
}

func assertion(name, source, doc string) Property {
	return Property{
		Name: name, Source: source, Kind: Always,
		Doc: doc + " As far as the protocol's own code notices: protocols without such notes are exempt.",
		New: func(h *trace.Header) Monitor {
			m := &asserted{name: name, breaches: map[string]nodes.Note{}}
			for _, n := range h.Protocol.Notes {
				if n.Breaks == name {
					m.breaches[n.Name] = n
				}
			}
			return m
		},
	}
}

// asserted waits for the notes that are a breach of one property.
type asserted struct {
	name     string
	breaches map[string]nodes.Note // nobody changes it
}

func (m *asserted) Wants() trace.Set {
	if len(m.breaches) == 0 {
		return 0
	}
	return trace.Of(trace.Note)
}

func (m *asserted) Observe(e *trace.Event) *Violation {
	note, is := m.breaches[e.Text]
	if !is {
		return nil
	}
	v := &Violation{Property: m.name, Server: e.Server, Message: fmt.Sprintf("%v notices a breach: %s", e.Server, e.Text)}
	if e.Detail != "" {
		v.Message += ", " + e.Detail
	}
	v.Details = []string{note.Doc}
	return v.at(e)
}

func (m *asserted) Finish() *Violation { return nil }

func (m *asserted) Clone() Monitor { return m }

func (m *asserted) AppendTo(b []byte) []byte { return b }
