package history

import (
	"bytes"
	"fmt"
	"io"
)

// Parse reads a history in one of the formats that the package documentation
// describes; it finds out in which. The error is a *SyntaxError, which has the
// name, unless reading itself failed.
func Parse(name string, r io.Reader) (*History, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	s := newSource(name, content)
	var values []node
	if s.looksLikeJSON() {
		values = s.readJSON()
	} else {
		values = s.readEDN()
	}
	if s.err != nil {
		return nil, s.err
	}
	if len(values) == 1 && values[0].form == list {
		values = values[0].items
	}
	var h *History
	if isJepsen(values) {
		h = s.jepsen(values)
	} else {
		h = s.native(values)
	}
	if s.err == nil && len(h.Ops) == 0 {
		s.fail(len(s.text), "no operation in this file; expected the history of a register")
	}
	if s.err != nil {
		return nil, s.err
	}
	return h, nil
}

// looksLikeJSON looks at the first thing in the first map: JSON has a string
// there, EDN a keyword.
func (s *source) looksLikeJSON() bool {
	rest := bytes.TrimLeft(s.text, " \t\r\n[")
	if !bytes.HasPrefix(rest, []byte("{")) {
		return bytes.HasPrefix(bytes.TrimLeft(s.text, " \t\r\n"), []byte("[]")) || len(rest) == 0
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n")
	return len(rest) == 0 || rest[0] == '"' || rest[0] == '}'
}

// isJepsen reports whether events say what they do under "f", not "op".
func isJepsen(events []node) bool {
	for i := range events {
		switch e := &events[i]; {
		case e.get("f") != nil:
			return true
		case e.get("op") != nil:
			return false
		}
	}
	return false
}

// pairing puts completions together with their invocations.
type pairing struct {
	*source
	h    *History
	open map[string]int // operations that were invoked and not completed, by what pairs them
}

func (s *source) newPairing() *pairing {
	return &pairing{s, &History{Initial: Nil}, map[string]int{}}
}

// invoke adds an operation.
func (p *pairing) invoke(at *node, key string, o Op) {
	if i, open := p.open[key]; open {
		p.fail(at.at, "%s is invoked again; it was invoked in line %d and has not completed", key, p.h.Ops[i].Line)
		return
	}
	p.open[key] = len(p.h.Ops)
	p.h.Ops = append(p.h.Ops, o)
}

// complete returns the operation that ends.
func (p *pairing) complete(at *node, key string) *Op {
	i, open := p.open[key]
	if !open {
		p.fail(at.at, "%s completes; expected an invocation of it before", key)
		return &Op{}
	}
	delete(p.open, key)
	o := &p.h.Ops[i]
	o.EndLine = p.line(at.at)
	return o
}
