package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Problem is one thing that is wrong with a scenario file.
type Problem struct {
	File         string
	Line, Column int    // from 1; columns count characters
	Width        int    // how many characters are meant
	Message      string // what is wrong, and what to write instead
	Source       string // the line as it stands in the file
}

// String returns "file:line:column: message".
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Excerpt returns the line with what is meant underlined:
//
//	2 | protocol: zba
//	  |           ^^^
func (p Problem) Excerpt() string {
	before := []rune(p.Source)
	rest := max(1, len(before)-(p.Column-1))
	before = before[:min(len(before), p.Column-1)]
	for i, r := range before {
		before[i] = blank(r)
	}
	under := string(before) + strings.Repeat("^", max(1, min(p.Width, rest)))
	return fmt.Sprintf("%5d | %s\n      | %s", p.Line, p.Source, under)
}

// blank returns white space as wide as r, so that carets line up also after
// a tab and after names like 上海.
func blank(r rune) rune {
	switch {
	case r == '\t':
		return r
	case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana):
		return '\u3000'
	default:
		return ' '
	}
}

// Problems are all the things wrong with a scenario file, in the order of the
// file.
type Problems []Problem

// Error prints each problem with its line, and how many there are.
func (ps Problems) Error() string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(p.String() + "\n")
		if p.Source != "" {
			b.WriteString(p.Excerpt() + "\n")
		}
	}
	noun := "problems"
	if len(ps) == 1 {
		noun = "problem"
	}
	fmt.Fprintf(&b, "%d %s. zabsim explain scenarios", len(ps), noun)
	return b.String()
}

// reporter collects problems.
type reporter struct {
	file     string
	lines    []string
	problems Problems
	bad      map[*node]bool // the nodes that have one
	told     map[string]bool
	variant  string // the variant that is being read, or ""
}

func newReporter(file, source string) *reporter {
	return &reporter{file: file, lines: strings.Split(source, "\n"), bad: map[*node]bool{}, told: map[string]bool{}}
}

// report notes a problem with a node. A word has one problem: passes run from
// the most specific to the most general, and what the first says of it is
// better than what later ones would.
func (r *reporter) report(n *node, format string, args ...any) {
	if r.bad[n] && n.kind == scalar {
		return
	}
	r.bad[n] = true
	r.reportAt(n.line, n.column, n.width, format, args...)
}

// longestShown is how long a line may be to be shown with its problem.
const longestShown = 1000

// reportAt notes a problem with a place. What all variants share is read again
// with each of them, and its problems are told once.
func (r *reporter) reportAt(line, column, width int, format string, args ...any) {
	line = min(max(line, 1), len(r.lines))
	message := fmt.Sprintf(format, args...)
	key := fmt.Sprint(line, column, message)
	if r.told[key] {
		return
	}
	r.told[key] = true
	if r.variant != "" {
		message = fmt.Sprintf("in variant %s: %s", r.variant, message)
	}
	source := r.lines[line-1]
	if len(source) > longestShown {
		source = "" // nobody would find the carets
	}
	r.problems = append(r.problems, Problem{
		File: r.file, Line: line, Column: max(column, 1), Width: width,
		Message: message, Source: source,
	})
}

// within reports whether there is a problem with a node or anything below it.
func (r *reporter) within(n *node) bool {
	return r.bad[n] || slices.ContainsFunc(n.items, r.within) || slices.ContainsFunc(n.keys, r.within)
}

// err returns the problems in the order of the file, or nil.
func (r *reporter) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.problems
}
