package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// jsonReader turns JSON values, one after the other, into nodes.
type jsonReader struct {
	*source
	dec *json.Decoder
}

func (s *source) readJSON() []node {
	r := &jsonReader{s, json.NewDecoder(bytes.NewReader(s.text))}
	r.dec.UseNumber()
	var values []node
	for s.err == nil && r.next() < len(s.text) {
		values = append(values, r.value(0))
	}
	return values
}

// next returns where the next token begins.
func (r *jsonReader) next() int {
	offset := int(r.dec.InputOffset())
	for offset < len(r.text) && strings.IndexByte(" \t\r\n,:", r.text[offset]) >= 0 {
		offset++
	}
	return offset
}

func (r *jsonReader) value(depth int) node {
	n := node{at: r.next()}
	if depth > maxDepth {
		r.fail(n.at, "nested too deep")
		return n
	}
	token, err := r.dec.Token()
	if err != nil {
		r.broken(n.at, err)
		return n
	}
	switch token := token.(type) {
	case nil:
	case bool:
		n.form, n.text = boolean, "false"
		if token {
			n.text = "true"
		}
	case json.Number:
		n.form, n.text = number, token.String()
	case string:
		n.form, n.text = text, token
	case json.Delim:
		n.form = list
		if token == '{' {
			n.form = dict
		}
		n.items = r.inside(depth + 1)
	}
	return n
}

// inside reads what is between brackets, and the closing one.
func (r *jsonReader) inside(depth int) []node {
	var items []node
	for r.err == nil && r.dec.More() {
		items = append(items, r.value(depth))
	}
	if r.err == nil {
		at := r.next()
		if _, err := r.dec.Token(); err != nil {
			r.broken(at, err)
		}
	}
	return items
}

func (r *jsonReader) broken(at int, err error) {
	at = min(at, len(r.text))
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		r.fail(at, "the file ends in the middle of a JSON value")
		return
	}
	r.fail(at, "this is no JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
}
