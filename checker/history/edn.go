package history

import (
	"bytes"
	"strings"
)

// ednReader turns EDN values, one after the other, into nodes. Tags are left
// out: #jepsen.history.Op{...} is a map.
type ednReader struct {
	*source
	pos int
}

func (s *source) readEDN() []node {
	r := &ednReader{source: s}
	var values []node
	for r.skip(0); s.err == nil && r.pos < len(s.text); r.skip(0) {
		values = append(values, r.value(0))
	}
	return values
}

const (
	ednBlank = " \t\r\n\f,"
	ednEnd   = ednBlank + `()[]{}";`
)

// skip goes to the next value or closing bracket.
func (r *ednReader) skip(depth int) {
	for r.err == nil && r.pos < len(r.text) {
		switch rest := r.text[r.pos:]; {
		case strings.IndexByte(ednBlank, rest[0]) >= 0:
			r.pos++
		case rest[0] == ';':
			r.pos += len(rest)
			if i := bytes.IndexByte(rest, '\n'); i >= 0 {
				r.pos += i - len(rest)
			}
		case bytes.HasPrefix(rest, []byte("#_")):
			if depth > maxDepth {
				r.fail(r.pos, "nested too deep")
				return
			}
			r.pos += 2
			r.skip(depth + 1)
			r.value(depth + 1) // a value that is to be ignored
		default:
			return
		}
	}
}

func (r *ednReader) value(depth int) node {
	n := node{at: r.pos}
	switch {
	case r.err != nil:
		return n
	case r.pos == len(r.text):
		r.fail(r.pos, "the file ends in the middle of an EDN value")
		return n
	case depth > maxDepth:
		r.fail(r.pos, "nested too deep")
		return n
	}
	switch c := r.text[r.pos]; c {
	case '{':
		r.inside(&n, '}', dict, depth)
	case '[':
		r.inside(&n, ']', list, depth)
	case '(':
		r.inside(&n, ')', list, depth)
	case '"':
		r.string(&n)
	case '#':
		return r.tagged(depth)
	case '}', ']', ')':
		r.fail(r.pos, "%q closes nothing; expected a value", c)
	default:
		r.atom(&n)
	}
	return n
}

// inside reads what is between brackets.
func (r *ednReader) inside(n *node, end byte, form form, depth int) {
	n.form = form
	r.pos++
	for {
		r.skip(depth)
		switch {
		case r.err != nil:
			return
		case r.pos == len(r.text):
			r.fail(n.at, "this bracket is never closed; expected %q", end)
			return
		case r.text[r.pos] != end:
			n.items = append(n.items, r.value(depth+1))
			continue
		}
		r.pos++
		if form == dict && len(n.items)%2 != 0 {
			r.fail(n.at, "a map with a key that has no value")
		}
		return
	}
}

// tagged reads a set, or a value with a tag, which is left out.
func (r *ednReader) tagged(depth int) node {
	n := node{at: r.pos}
	r.pos++
	if r.pos < len(r.text) && r.text[r.pos] == '{' {
		r.inside(&n, '}', list, depth)
		return n
	}
	if r.token() == "" {
		r.fail(n.at, `"#" without a tag`)
	}
	r.skip(depth)
	return r.value(depth + 1)
}

// token reads up to the next blank or bracket.
func (r *ednReader) token() string {
	end := bytes.IndexAny(r.text[r.pos:], ednEnd)
	if end < 0 {
		end = len(r.text) - r.pos
	}
	t := string(r.text[r.pos : r.pos+end])
	r.pos += end
	return t
}

func (r *ednReader) atom(n *node) {
	t := r.token()
	digits := strings.TrimLeft(t, "+-")
	switch {
	case t == "nil":
		n.form = null
	case t == "true" || t == "false":
		n.form, n.text = boolean, t
	case digits != "" && '0' <= digits[0] && digits[0] <= '9':
		n.form, n.text = number, strings.TrimSuffix(t, "N")
	case t == ":":
		r.fail(n.at, `":" without a name; is this JSON with a mistake?`)
	default:
		n.form, n.text = word, strings.TrimPrefix(t, ":")
	}
}

func (r *ednReader) string(n *node) {
	n.form = text
	var b strings.Builder
	for r.pos++; r.pos < len(r.text); r.pos++ {
		c := r.text[r.pos]
		switch c {
		case '"':
			r.pos++
			n.text = b.String()
			return
		case '\\':
			r.pos++
			if r.pos < len(r.text) {
				b.WriteByte(unescape(r.text[r.pos]))
			}
		default:
			b.WriteByte(c)
		}
	}
	r.fail(n.at, "this string is never closed")
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	default:
		return c
	}
}
