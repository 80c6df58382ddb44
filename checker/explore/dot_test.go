package explore_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/testdata/models"
)

func TestWriteDOT(t *testing.T) {
	var b strings.Builder
	if err := explore.WriteDOT(t.Context(), &b, counter{steps: 2}, 10); err != nil {
		t.Fatal(err)
	}
	want := `digraph {
	node [shape=box]
	0 [penwidth=2]
	0 [label="0"]
	0 -> 1 [label="1"]
	1 [label="1"]
	1 -> 2 [label="2"]
	2 [label="2"]
}
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	b.Reset()
	if err := explore.WriteDOT(t.Context(), &b, models.TwoPhase(3), 5); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); strings.Count(text, "[label=\"{") != 5 || !strings.Contains(text, `label="the first 5 states"`) {
		t.Errorf("a graph cut down to 5 states:\n%s", text)
	}
}

// A graph for programs has the same states and edges.
func TestGraph(t *testing.T) {
	g, err := explore.NewGraph(t.Context(), models.TwoPhase(3), 1000)
	if err != nil {
		t.Fatal(err)
	}
	if r := exploretest.Search(t, models.TwoPhase(3), explore.Options{}); !g.Whole || len(g.States) != 288 || uint64(len(g.Edges)) != r.Transitions {
		t.Errorf("whole: %v, with %d states and %d edges, want 288 and %d", g.Whole, len(g.States), len(g.Edges), r.Transitions)
	}
	g, err = explore.NewGraph(t.Context(), counter{steps: 9, initial: []int{7, 3}}, 3)
	want := &explore.Graph{
		States: []explore.GraphState{{Label: "7", Initial: true}, {Label: "3", Initial: true}, {Label: "8"}},
		Edges:  []explore.GraphEdge{{From: 0, To: 2, Action: "8"}},
	}
	if err != nil || !reflect.DeepEqual(g, want) {
		t.Errorf("%+v, %v, want %+v", g, err, want)
	}
}
