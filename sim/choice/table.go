package choice

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strconv"
)

// Table is a Source of recorded choices: the k-th one on a stream is the one
// that was, in whatever order streams are asked. What it does not have is 0.
type Table struct{ values map[place]int64 }

type place struct {
	stream string
	index  uint64
}

// NewTable returns a Table of recorded choices.
func NewTable(choices []Choice) *Table {
	t := &Table{values: make(map[place]int64, len(choices))}
	for _, c := range choices {
		t.values[place{c.Stream, c.Index}] = c.Value
	}
	return t
}

// Intn implements [Source].
func (t *Table) Intn(n int64, s *Stream) int64 {
	v := t.values[place{s.Name, s.next}]
	s.next++
	return min(v, n-1)
}

// Write writes choices as text, one a line.
func Write(w io.Writer, choices []Choice) error {
	b := bufio.NewWriter(w)
	for _, c := range choices {
		fmt.Fprintln(b, c)
	}
	return b.Flush()
}

var line = regexp.MustCompile(`^(.+) #(\d+): (\d+) of (\d+)$`)

// Read reads what Write wrote. The error names the line that it cannot read.
func Read(r io.Reader) ([]Choice, error) {
	var choices []Choice
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		m := line.FindStringSubmatch(lines.Text())
		if m == nil {
			return nil, fmt.Errorf("line %d is not a choice: %q", len(choices)+1, lines.Text())
		}
		c := Choice{Stream: m[1]}
		var errs [3]error
		c.Index, errs[0] = strconv.ParseUint(m[2], 10, 64)
		c.Value, errs[1] = strconv.ParseInt(m[3], 10, 64)
		c.N, errs[2] = strconv.ParseInt(m[4], 10, 64)
		for _, err := range errs {
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", len(choices)+1, err)
			}
		}
		choices = append(choices, c)
	}
	return choices, lines.Err()
}
