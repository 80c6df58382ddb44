package explore

import (
	"context"
	"fmt"
)

// Graph is the graph of a small model, for programs that read JSON.
type Graph struct {
	Whole  bool         `json:"whole"` // no state was left out
	States []GraphState `json:"states"`
	Edges  []GraphEdge  `json:"edges"`
}

// GraphState is a state of a [Graph]. Edges name it by its place among them.
type GraphState struct {
	Label   string `json:"label"`
	Initial bool   `json:"initial,omitempty"`
}

// GraphEdge is an action of a [Graph].
type GraphEdge struct {
	From   int    `json:"from"`
	To     int    `json:"to"`
	Action string `json:"action"`
}

// Labeller is a [Model] that has words for its states. Graphs of others show
// states as fmt prints them.
type Labeller[S any] interface {
	Label(s S) string
}

// NewGraph returns the graph of the first most states of a model, nearest first,
// with the edges between those.
func NewGraph[S, A any](ctx context.Context, m Model[S, A], most int) (*Graph, error) {
	g := &Graph{States: []GraphState{}, Edges: []GraphEdge{}}
	var err error
	g.Whole, err = sketch(ctx, m, most,
		func(_ int, s GraphState) { g.States = append(g.States, s) },
		func(e GraphEdge) { g.Edges = append(g.Edges, e) })
	return g, err
}

// sketch shows the first most states of a model in order, each with the edges to
// those among them behind it, and reports whether these are all there are.
func sketch[S, A any](ctx context.Context, m Model[S, A], most int, state func(int, GraphState), edge func(GraphEdge)) (whole bool, err error) {
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
	whole = true
	for _, s := range m.Initial() {
		whole = number(s) >= 0 && whole
	}
	initial := len(states)
	for n := 0; n < len(states); n++ { //nolint:intrange // the loop finds more of them
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		state(n, GraphState{label(m, states[n]), n < initial})
		for _, a := range m.Actions(states[n], nil) {
			next, ok := m.Next(states[n], a)
			if !ok {
				continue
			}
			if to := number(next); to >= 0 {
				edge(GraphEdge{n, to, fmt.Sprint(a)})
			} else {
				whole = false
			}
		}
	}
	return whole, nil
}

func label[S, A any](m Model[S, A], s S) string {
	if l, ok := m.(Labeller[S]); ok {
		return l.Label(s)
	}
	return fmt.Sprint(s)
}
