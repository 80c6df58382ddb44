package checker

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

func uniqueTransactions() Property {
	return Property{
		Name: "unique-transactions", Source: "UNIQ; INV-3; R-ZXID-1", Kind: Always,
		Doc: "A position names one transaction, whoever wrote it to whichever log, and for ever. " +
			"Protocols without epochs or without files are exempt.",
		New: func(h *trace.Header) Monitor {
			if len(h.Protocol.Files) == 0 || h.Protocol.Epoch == "" {
				return &unique{log: -1}
			}
			return &unique{log: newDisks(h).log}
		},
	}
}

// unique remembers what was written where, epoch by epoch.
type unique struct {
	log    int // the file with the log, -1: exempt
	epochs []chapter
}

// chapter is what was written in one epoch, by index; nil where nothing was.
type chapter struct {
	epoch, first uint64
	records      []authored
}

// authored is a transaction with its first author.
type authored struct {
	record nodes.Record
	server nodes.ID
	seq    uint64
}

func (m *unique) Wants() trace.Set {
	if m.log < 0 {
		return 0
	}
	return trace.Of(trace.Append)
}

func (m *unique) Observe(e *trace.Event) *Violation {
	if int(e.File) != m.log {
		return nil
	}
	known := m.place(e.Pos)
	switch {
	case known.record == nil:
		*known = authored{e.Record, e.Server, e.Seq}
		return nil
	case known.record == e.Record || bytes.Equal(known.record.AppendTo(nil), e.Record.AppendTo(nil)):
		return nil
	}
	v := &Violation{
		Property: "unique-transactions", Server: e.Server, Evidence: []uint64{known.seq},
		Message: fmt.Sprintf("%v writes another transaction than %v under the same number, %v", e.Server, known.server, e.Pos),
	}
	return v.at(e)
}

// place returns the place for a position.
func (m *unique) place(p nodes.Position) *authored {
	i := len(m.epochs) - 1
	for i >= 0 && m.epochs[i].epoch != p.Epoch {
		i--
	}
	if i < 0 {
		i = len(m.epochs)
		m.epochs = append(m.epochs, chapter{epoch: p.Epoch, first: p.Index})
	}
	c := &m.epochs[i]
	if p.Index < c.first {
		c.records = append(make([]authored, c.first-p.Index), c.records...)
		c.first = p.Index
	}
	for uint64(len(c.records)) <= p.Index-c.first {
		c.records = append(c.records, authored{})
	}
	return &c.records[p.Index-c.first]
}

func (m *unique) Finish() *Violation { return nil }

func (m *unique) Clone() Monitor {
	c := &unique{log: m.log, epochs: slices.Clone(m.epochs)}
	for i := range c.epochs {
		c.epochs[i].records = slices.Clone(c.epochs[i].records)
	}
	return c
}

func (m *unique) AppendTo(b []byte) []byte {
	for _, c := range m.epochs {
		b = appendWord(appendWord(appendWord(b, c.epoch), c.first), uint64(len(c.records)))
		for _, r := range c.records {
			if r.record != nil {
				b = r.record.AppendTo(b)
			}
		}
	}
	return b
}
