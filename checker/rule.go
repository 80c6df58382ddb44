package checker

import (
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// rule is a property that follows from one event and from what the record
// knows: it remembers nothing of its own.
type rule struct {
	keeper
	name   string
	header *trace.Header
	kinds  trace.Set
	broken verdict
}

// verdict says what an event breaks, or nil. The event is evidence anyway.
type verdict func(*rule, *trace.Event) *Violation

// onDisks is a rule about what is on disks. Protocols that keep no files or have
// no epochs are exempt.
func onDisks(name, source, doc string, kinds trace.Set, broken verdict) Property {
	return Property{Name: name, Source: source, Doc: doc, Kind: Always, New: func(h *trace.Header) Monitor {
		if !promises(h.Protocol) {
			return &rule{keeper: newKeeper(h)}
		}
		return &rule{newDiskKeeper(h), name, h, kinds, broken}
	}}
}

// promises reports whether a protocol's servers keep files and have epochs.
func promises(p *nodes.Protocol) bool { return len(p.Files) > 0 && p.Epoch != "" }

func (m *rule) Wants() trace.Set {
	if m.kinds == 0 {
		return 0
	}
	return m.wants(m.kinds)
}

func (m *rule) Observe(e *trace.Event) *Violation {
	m.look(e)
	if !m.kinds.Has(e.Kind) {
		return nil
	}
	v := m.broken(m, e)
	if v == nil {
		return nil
	}
	v.Property, v.Server = m.name, e.Server
	return v.at(e)
}

func (m *rule) Finish() *Violation { return nil }

func (m *rule) Clone() Monitor {
	c := *m
	c.keeper = m.cloned()
	return &c
}

func (m *rule) AppendTo(b []byte) []byte { return m.appendRecord(b) }
