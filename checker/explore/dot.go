package explore

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
)

// WriteDOT writes the graph of a small model for Graphviz: a node for each
// state, labelled as fmt prints it, and an edge for each action. States beyond
// the first most, nearest first, are left out, and the label of the graph says
// so.
func WriteDOT[S, A any](ctx context.Context, out io.Writer, m Model[S, A], most int) error {
	w := bufio.NewWriter(out)
	fmt.Fprintln(w, "digraph {\n\tnode [shape=box]")
	known := make(map[string]int)
	var states []S
	number := func(s S) int {
		key := string(m.AppendTo(nil, s))
		n, seen := known[key]
		if !seen {
			if len(states) == most {
				return -1
			}
			n = len(states)
			known[key] = n
			states = append(states, s)
		}
		return n
	}
	for _, s := range m.Initial() {
		if n := number(s); n >= 0 {
			fmt.Fprintf(w, "\t%d [penwidth=2]\n", n)
		}
	}
	whole := true
	for n := 0; n < len(states) && ctx.Err() == nil; n++ {
		fmt.Fprintf(w, "\t%d [label=%s]\n", n, quoted(states[n]))
		for _, a := range m.Actions(states[n], nil) {
			next, ok := m.Next(states[n], a)
			if !ok {
				continue
			}
			to := number(next)
			if whole = whole && to >= 0; to >= 0 {
				fmt.Fprintf(w, "\t%d -> %d [label=%s]\n", n, to, quoted(a))
			}
		}
	}
	if !whole {
		fmt.Fprintf(w, "\tlabel=\"the first %d states\"\n", most)
	}
	fmt.Fprintln(w, "}")
	if err := ctx.Err(); err != nil {
		return err
	}
	return w.Flush()
}

// quoted returns what fmt prints as a string of the DOT language, which knows
// no escapes but that of the quote and the backslash.
func quoted(v any) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(fmt.Sprint(v)) + `"`
}
