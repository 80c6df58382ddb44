package checker

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

func epochsMonotonic() Property {
	return Property{
		Name: "epochs-monotonic", Source: "INV-21; R-DISC-8", Kind: Always,
		Doc: "The epoch that a server writes to one of its epoch files never falls below what is durable there, nor below " +
			"what it wrote last. Epoch files are those with the protocol's word for an epoch in their name.",
		New: func(h *trace.Header) Monitor {
			m := &epochs{files: epochFiles(h.Protocol), names: h.Protocol.Files, word: h.Protocol.Epoch}
			m.cells = make([]epochCell, (int((h.Voters|h.Observers).Max())+1)*len(m.names))
			return m
		},
	}
}

// epochFiles returns the files, one bit each, that hold an epoch and no
// history.
func epochFiles(p *nodes.Protocol) (set uint64) {
	if p.Epoch == "" {
		return 0
	}
	for i, name := range p.Files {
		if strings.Contains(strings.ToLower(name), p.Epoch) {
			set |= 1 << i
		}
	}
	return set
}

// epochs watches the epoch files of all servers.
type epochs struct {
	files uint64 // those watched, one bit each
	names []string
	word  string
	cells []epochCell // by server and file
}

// epochCell is what is known of one file.
type epochCell struct {
	durable nodes.Position
	// written is what was asked for last. A crash may undo it as long as it is
	// not durable.
	written nodes.Position
}

func (m *epochs) Wants() trace.Set {
	if m.files == 0 {
		return 0
	}
	return trace.Of(trace.Replace, trace.Durable, trace.Start)
}

func (m *epochs) Observe(e *trace.Event) *Violation {
	row := m.cells[int(e.Server)*len(m.names):][:len(m.names)]
	if e.Kind == trace.Start {
		for i := range row {
			row[i].written = row[i].durable
		}
		return nil
	}
	if m.files>>e.File&1 == 0 {
		return nil
	}
	c := &row[e.File]
	if e.Kind == trace.Durable {
		c.durable = e.Pos
		return nil
	}
	if e.Pos.Less(c.written) {
		v := &Violation{
			Property: "epochs-monotonic", Server: e.Server,
			Message: fmt.Sprintf("%v went back from %s %d to %d in its file %s",
				e.Server, m.word, c.written.Epoch, e.Pos.Epoch, m.names[e.File]),
		}
		return v.at(e)
	}
	c.written = e.Pos
	return nil
}

func (m *epochs) Finish() *Violation { return nil }

func (m *epochs) Clone() Monitor {
	c := *m
	c.cells = slices.Clone(m.cells)
	return &c
}

func (m *epochs) AppendTo(b []byte) []byte {
	for i := range m.cells {
		b = appendPosition(appendPosition(b, m.cells[i].durable), m.cells[i].written)
	}
	return b
}
