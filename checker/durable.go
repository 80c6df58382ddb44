package checker

import (
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

func durableBeforeCommit() Property {
	return Property{
		Name: "durable-before-commit", Source: "INV-24; R-DUR-6", Kind: Always,
		Doc: "When a transaction is delivered for the first time, it is on the disks of a quorum: in a log " +
			"or in a snapshot. A server that restarts counts with all it had written before, whether or not it was fsynced. " +
			"Protocols that keep no files are exempt.",
		New: func(h *trace.Header) Monitor {
			m := &durable{keeper: newKeeper(h), header: h, files: len(h.Protocol.Files), skip: epochFiles(h.Protocol)}
			m.cells = make([]diskCell, (int((h.Voters|h.Observers).Max())+1)*m.files)
			return m
		},
	}
}

// durable follows how far the disk of each server reaches. Where it cannot
// know it errs on the side of the protocol: a log that reaches beyond a
// transaction is taken to have it.
type durable struct {
	keeper
	header *trace.Header
	files  int
	skip   uint64     // files that hold no history, one bit each
	cells  []diskCell // by server and file
}

// diskCell is how far one file reaches.
type diskCell struct{ durable, written nodes.Position }

func (m *durable) Wants() trace.Set {
	if m.files == 0 {
		return 0
	}
	return ledgerWants | trace.Of(trace.Append, trace.Replace, trace.Truncate, trace.Durable, trace.Start)
}

func (m *durable) Observe(e *trace.Event) *Violation {
	switch e.Kind {
	case trace.Commit:
		m.look(e)
		if m.ledger.now.fresh {
			return m.judge(e)
		}
	case trace.View:
		m.look(e)
	case trace.Start:
		row := m.row(e.Server)
		for i := range row {
			row[i].durable = row[i].written
		}
	default:
		if m.skip>>e.File&1 == 0 {
			m.write(e, &m.row(e.Server)[e.File])
		}
	}
	return nil
}

// write follows a file.
func (m *durable) write(e *trace.Event, c *diskCell) {
	switch e.Kind {
	case trace.Append, trace.Replace:
		if c.written.Less(e.Pos) {
			c.written = e.Pos
		}
	case trace.Truncate:
		if e.Pos.Less(c.durable) {
			c.durable = e.Pos
		}
		c.written = e.Pos
	case trace.Durable:
		switch {
		case c.durable.Less(e.Pos):
			c.durable = e.Pos
		case e.Pos == nodes.Position{}: // the last record has no position: anything before it may be meant
			c.durable = c.written
		}
	}
}

func (m *durable) row(s nodes.ID) []diskCell { return m.cells[int(s)*m.files:][:m.files] }

// reaches reports whether the disk of a server reaches a position.
func (m *durable) reaches(s nodes.ID, p nodes.Position) bool {
	for _, c := range m.row(s) {
		if !c.durable.Less(p) {
			return true
		}
	}
	return false
}

func (m *durable) judge(e *trace.Event) *Violation {
	var have nodes.Set
	for s := range m.header.Voters.All() {
		if m.reaches(s, e.Pos) {
			have = have.With(s)
		}
	}
	if m.header.IsQuorum(have) {
		return nil
	}
	v := &Violation{
		Property: "durable-before-commit", Server: e.Server,
		Message: fmt.Sprintf("%v delivered %v, which is on the disks of %v only, no quorum of %v",
			e.Server, e.Pos, have, m.header.Voters),
	}
	if have == 0 {
		v.Message = fmt.Sprintf("%v delivered %v, which is on no disk", e.Server, e.Pos)
	}
	return v.at(e)
}

func (m *durable) Finish() *Violation { return nil }

func (m *durable) Clone() Monitor {
	c := *m
	c.keeper = m.cloned()
	c.cells = slices.Clone(m.cells)
	return &c
}

func (m *durable) AppendTo(b []byte) []byte {
	b = m.appendRecord(b)
	for i := range m.cells {
		b = appendPosition(appendPosition(b, m.cells[i].durable), m.cells[i].written)
	}
	return b
}
