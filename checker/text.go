package checker

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// clock returns a virtual time as reports print it: "10.031s".
func clock(t time.Duration) string {
	ms := t.Milliseconds()
	return fmt.Sprintf("%d.%03ds", ms/1000, ms%1000)
}

// count returns "1 transfer", "2 transfers".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func appendWord(b []byte, w uint64) []byte { return binary.AppendUvarint(b, w) }

func appendPosition(b []byte, p nodes.Position) []byte {
	return appendWord(appendWord(b, p.Epoch), p.Index)
}

// flags packs bits into a byte.
func flags(bits ...bool) (b byte) {
	for i, on := range bits {
		if on {
			b |= 1 << i
		}
	}
	return b
}

// cite adds a transaction to the evidence, and who delivered it first to the
// details.
func (v *Violation) cite(e *entry) {
	if e.gap() {
		return
	}
	if e.seq == 0 {
		v.Details = append(v.Details, fmt.Sprintf("%v is from before the run; %v has it, and so has a quorum", e.at, e.server))
		return
	}
	v.Details = append(v.Details, fmt.Sprintf("%v was first delivered by %v at %s", e.at, e.server, clock(e.time)))
	v.Evidence = append(v.Evidence, e.seq)
}

// at makes an event the last of the evidence and puts the evidence in order.
func (v *Violation) at(e *trace.Event) *Violation {
	v.Evidence = append(v.Evidence, e.Seq)
	slices.Sort(v.Evidence)
	v.Evidence = slices.Compact(v.Evidence)
	return v
}

// columns aligns the cells of a table of words.
func columns(rows [][]string) []string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	lines := make([]string, len(rows))
	for r, row := range rows {
		for i, cell := range row {
			if i+1 < len(row) {
				cell += strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+3)
			}
			lines[r] += cell
		}
	}
	return lines
}
