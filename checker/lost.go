package checker

import (
	"fmt"

	"github.com/zabsim/zabsim/sim/trace"
)

func noLostCommit() Property {
	return Property{
		Name: "no-lost-commit", Source: "INV-10 (CommittedLogMonotonicity); ZOOKEEPER-3911", Kind: Always,
		Doc: "What any server has delivered is in the history of every leader established later, at the same place. " +
			"A leader of an epoch that is over by then need not have what later epochs added.",
		New: func(h *trace.Header) Monitor {
			return &noLost{newKeeper(h), h.Protocol.Epoch}
		},
	}
}

// noLost compares the initial history of each leader with what was delivered.
type noLost struct {
	keeper
	epochs string // what the protocol calls an epoch; "": it has none
}

func (m *noLost) Wants() trace.Set { return ledgerWants }

func (m *noLost) Observe(e *trace.Event) *Violation {
	m.look(e)
	if e.Kind != trace.View || !begins(e) {
		return nil
	}
	own := m.ledger.at[e.Server]
	for i := range m.ledger.branches {
		must := m.ledger.due(i, e.After.Epoch, m.epochs)
		if has := m.ledger.common(own, must); has < must.len {
			return m.violation(e, m.ledger.history(must)[has:])
		}
	}
	return nil
}

func (m *noLost) violation(e *trace.Event, lost []entry) *Violation {
	known := lost[:0:0]
	for i := range lost {
		if !lost[i].gap() {
			known = append(known, lost[i])
		}
	}
	v := &Violation{Property: "no-lost-commit", Server: e.Server}
	first := known[0]
	v.Message = fmt.Sprintf("%v leads%s without %v, which %v had delivered", e.Server, ofEpoch(m.epochs, e), first.at, first.server)
	v.cite(&first)
	if n := len(known) - 1; n > 0 {
		v.Details = append(v.Details, fmt.Sprintf("%s after it: lost as well, up to %v", count(n, "transaction"), known[n].at))
	}
	v.Details = append(v.Details, fmt.Sprintf("%v leads from %s on, with %s, the last %v",
		e.Server, clock(e.Time), count(int(e.After.History.Len), "transaction"), e.After.History.Last))
	return v.at(e)
}

// ofEpoch returns " epoch 3", or nothing where there are no epochs.
func ofEpoch(epochs string, e *trace.Event) string {
	if epochs == "" {
		return ""
	}
	return fmt.Sprintf(" %s %d", epochs, e.After.Epoch)
}

func (m *noLost) Finish() *Violation { return nil }

func (m *noLost) Clone() Monitor { return &noLost{m.cloned(), m.epochs} }

func (m *noLost) AppendTo(b []byte) []byte { return m.appendRecord(b) }

func noResurrection() Property {
	return Property{
		Name: "no-resurrection", Source: "INV-8 (PrimaryIntegrity), as seen from outside", Kind: Always,
		Doc: "Once a leader is established, no transaction of an older epoch that is not in its initial history is delivered. " +
			"Protocols without epochs are exempt.",
		New: func(h *trace.Header) Monitor {
			return &resurrection{keeper: newKeeper(h), epochs: h.Protocol.Epoch}
		},
	}
}

// resurrection remembers the initial history of the newest epoch.
type resurrection struct {
	keeper
	epochs  string // what the protocol calls an epoch; "": it has none
	epoch   uint64 // the newest with an established leader
	initial cursor // its initial history
	reign   reign
}

func (m *resurrection) Wants() trace.Set {
	if m.epochs == "" {
		return 0
	}
	return ledgerWants
}

func (m *resurrection) Observe(e *trace.Event) *Violation {
	m.look(e)
	switch {
	case e.Kind == trace.View:
		if begins(e) && e.After.Epoch > m.epoch {
			m.epoch, m.initial = e.After.Epoch, m.ledger.at[e.Server]
			m.reign = reign{e.After.Epoch, e.Server, e.Seq, e.Time}
		}
	case e.Pos.Epoch < m.epoch && !m.ledger.contains(m.initial, m.ledger.at[e.Server]):
		v := &Violation{
			Property: "no-resurrection", Server: e.Server, Evidence: []uint64{m.reign.seq},
			Message: fmt.Sprintf("%v delivered %v, which was not in the history with which %v began to lead %s %d",
				e.Server, e.Pos, m.reign.server, m.epochs, m.epoch),
			Details: []string{fmt.Sprintf("%v led from %s on, with %s", m.reign.server, clock(m.reign.time),
				count(int(m.initial.len), "transaction"))},
		}
		return v.at(e)
	}
	return nil
}

func (m *resurrection) Finish() *Violation { return nil }

func (m *resurrection) Clone() Monitor {
	c := *m
	c.keeper = m.cloned()
	return &c
}

func (m *resurrection) AppendTo(b []byte) []byte {
	b = appendWord(appendWord(m.appendRecord(b), m.epoch), m.initial.len)
	return append(b, byte(m.initial.branch))
}
