package history

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// SyntaxError says what is wrong with a file, where, and what was expected.
type SyntaxError struct {
	File         string
	Line, Column int // from 1; columns count characters
	Message      string
}

// Error returns "file:line:column: message".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// source is a file that is being read. Its first error is kept, and what comes
// after it means nothing.
type source struct {
	name  string
	text  []byte
	lines []int // where each line begins
	err   error
}

func newSource(name string, text []byte) *source {
	s := &source{name: name, text: text, lines: []int{0}}
	for i, c := range text {
		if c == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

// line returns the number of the line of an offset.
func (s *source) line(offset int) int {
	return sort.SearchInts(s.lines, offset+1)
}

// fail keeps the first error.
func (s *source) fail(offset int, format string, args ...any) {
	if s.err != nil {
		return
	}
	line := s.line(offset)
	column := utf8.RuneCount(s.text[s.lines[line-1]:offset]) + 1
	s.err = &SyntaxError{s.name, line, column, fmt.Sprintf(format, args...)}
}

// form is what kind of value a node is.
type form uint8

const (
	null form = iota
	boolean
	number
	text // a string
	word // an EDN keyword or symbol
	list // of any kind: vectors and sets as well
	dict
)

var formNames = [...]string{"null", "a boolean", "a number", "a string", "a word", "a list", "a map"}

func (f form) String() string { return formNames[f] }

// node is a value of a JSON or EDN file.
type node struct {
	form  form
	at    int    // offset
	text  string // of a scalar; a string without its quotes, a keyword without its colon
	items []node // of a list; of a dict: keys and values in turn
}

// get returns a value of a dict, or nil.
func (n *node) get(key string) *node {
	if n.form != dict {
		return nil
	}
	for i := 0; i < len(n.items); i += 2 {
		if k := &n.items[i]; k.text == key && (k.form == text || k.form == word) {
			return &n.items[i+1]
		}
	}
	return nil
}

// has reports whether there is a value that is not null.
func (n *node) has(key string) bool {
	v := n.get(key)
	return v != nil && v.form != null
}

// scalar returns a scalar as operations have it as a value: strings in quotes,
// so that "3" and 3 differ.
func (n *node) scalar() string {
	switch n.form {
	case null:
		return Nil
	case text:
		return fmt.Sprintf("%q", n.text)
	default:
		return n.text
	}
}

// want returns a value that a dict must have, in one of some forms.
func (s *source) want(n *node, key string, forms ...form) *node {
	v := n.get(key)
	if v == nil {
		s.fail(n.at, "no %q here; expected %s", key, either(forms))
		return &node{at: n.at}
	}
	if !slices.Contains(forms, v.form) {
		s.fail(v.at, "%q is %v; expected %s", key, v.form, either(forms))
	}
	return v
}

// either returns "a string, a number or null".
func either(forms []form) string {
	names := make([]string, len(forms))
	for i, f := range forms {
		names[i] = f.String()
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// maxDepth bounds how deep values are nested, since they are read recursively.
const maxDepth = 64
