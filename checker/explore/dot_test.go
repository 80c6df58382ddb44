package explore_test

import (
	"strings"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
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
