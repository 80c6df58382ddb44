package explore

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
)

// WriteDOT writes the graph of a small model for Graphviz: a node for each
// state, and an edge for each action, labelled as fmt prints it. States beyond
// the first most, nearest first, are left out, and the label of the graph says
// so.
func WriteDOT[S, A any](ctx context.Context, out io.Writer, m Model[S, A], most int) error {
	w := bufio.NewWriter(out)
	fmt.Fprintln(w, "digraph {\n\tnode [shape=box]")
	whole, err := sketch(ctx, m, most, func(n int, s GraphState) {
		if s.Initial {
			fmt.Fprintf(w, "\t%d [penwidth=2]\n", n)
		}
		fmt.Fprintf(w, "\t%d [label=%s]\n", n, quoted(s.Label))
	}, func(e GraphEdge) {
		fmt.Fprintf(w, "\t%d -> %d [label=%s]\n", e.From, e.To, quoted(e.Action))
	})
	if err != nil {
		return err
	}
	if !whole {
		fmt.Fprintf(w, "\tlabel=\"the first %d states\"\n", most)
	}
	fmt.Fprintln(w, "}")
	return w.Flush()
}

// quoted returns a string of the DOT language, which knows no escapes but those
// of the quote and the backslash.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}
