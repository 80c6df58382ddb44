package checker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim/trace"
)

func sequenceNumbers() Property {
	return Property{
		Name: "sequence-numbers", Source: "INV-28; R-CLI-12, R-CLI-13", Kind: Always,
		Doc: "The numbers of sequential nodes below one parent grow, whatever was deleted and whoever leads.",
		New: func(h *trace.Header) Monitor { return &sequences{tree: newTree(h)} },
	}
}

// sequences remembers the last number given out below each parent.
type sequences struct {
	tree
	asked []numbering // requests that are not carried out yet, oldest first
	last  []numbered  // by parent
}

// numbering is a request to make a sequential node.
type numbering struct {
	client nodes.ClientID
	seq    uint32
}

type numbered struct {
	parent string
	number uint64
}

func (m *sequences) Wants() trace.Set { return m.wants(trace.Commit, trace.Invoke) }

func (m *sequences) Observe(e *trace.Event) *Violation {
	if e.Kind == trace.Invoke {
		_, _, body, err := app.Body(e.Op)
		if err != nil {
			return nil
		}
		if op, err := znode.Parse(body); err == nil && op.Sequential {
			m.asked = append(slices.Clip(m.asked), numbering{e.Client, e.ClientSeq})
		}
		return nil
	}
	c, ok := m.next(e)
	if !ok {
		return nil
	}
	for _, part := range c.parts() { // a parent that is made anew begins anew
		if part.Kind == znode.TxnDelete {
			m.last = slices.DeleteFunc(slices.Clone(m.last), func(n numbered) bool { return n.parent == part.Path })
		}
	}
	i := slices.Index(m.asked, numbering{c.client, c.seq})
	if i < 0 || c.txn.Kind != znode.TxnCreate {
		return nil
	}
	m.asked = slices.Delete(slices.Clone(m.asked), i, i+1)
	return m.give(e, c.txn.Path)
}

// give takes note of a number that was given out.
func (m *sequences) give(e *trace.Event, path string) *Violation {
	const digits = 10
	number, err := strconv.ParseUint(path[max(0, len(path)-digits):], 10, 64)
	parent := path[:strings.LastIndexByte(path, '/')]
	i := slices.IndexFunc(m.last, func(n numbered) bool { return n.parent == parent })
	switch {
	case err != nil:
		return m.violation(e, path+" has no number")
	case i < 0:
		m.last = append(slices.Clip(m.last), numbered{parent, number})
		slices.SortFunc(m.last, func(a, b numbered) int { return strings.Compare(a.parent, b.parent) })
		return nil
	case number <= m.last[i].number:
		return m.violation(e, fmt.Sprintf("%s comes after number %d", path, m.last[i].number))
	}
	m.last = slices.Clone(m.last)
	m.last[i].number = number
	return nil
}

func (m *sequences) violation(e *trace.Event, wrong string) *Violation {
	v := &Violation{Property: "sequence-numbers", Server: e.Server, Message: fmt.Sprintf("%v: %s", e.Pos, wrong)}
	return v.at(e)
}

func (m *sequences) Finish() *Violation { return nil }

func (m *sequences) Clone() Monitor { return &sequences{m.tree.clone(), m.asked, m.last} }

func (m *sequences) AppendTo(b []byte) []byte {
	b = m.tree.appendTo(b)
	for _, a := range m.asked {
		b = appendWord(b, uint64(a.client)<<32|uint64(a.seq))
	}
	for _, n := range m.last {
		b = appendWord(append(b, n.parent...), n.number)
	}
	return b
}
