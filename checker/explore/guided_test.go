package explore_test

import (
	"fmt"
	"hash/fnv"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/testdata/models"
)

// staged is ZAB whose states are told apart by roles, phases and epochs.
type staged struct{ pessimist }

func (staged) Feature(s models.ZabState) uint64 {
	h := fnv.New64a()
	for i := range s.Servers {
		p := &s.Servers[i]
		fmt.Fprint(h, p.Role, p.Phase, p.Accepted, p.Current, p.Committed)
	}
	return h.Sum64()
}

func guided[S, A any](t *testing.T, m explore.Model[S, A], o explore.Options) *explore.Result[S, A] {
	t.Helper()
	r, err := explore.Guided(t.Context(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A guided search that comes to its end has seen what any other has.
func TestGuidedSearchMissesNothing(t *testing.T) {
	o := explore.Options{KeepGoing: true, Deadlock: true}
	wide, rare := exploretest.Search(t, pessimist{small}, o), guided(t, staged{pessimist{small}}, o)
	if rare.Verdict != explore.Complete || rare.States != wide.States || rare.Transitions != wide.Transitions ||
		rare.Terminal != wide.Terminal || rare.OutDegree != wide.OutDegree || rare.Frontier != 0 {
		t.Errorf("guided:\n%sbreadth first:\n%s", rare.Report(), wide.Report())
	}
	for i, f := range wide.Findings {
		if f.Answer != rare.Findings[i].Answer {
			t.Errorf("%s: %v and %v", f.Property, f.Answer, rare.Findings[i].Answer)
		}
	}
	o.Workers = 3
	if many := guided(t, staged{pessimist{small}}, o); !same(many, rare) {
		t.Errorf("3 workers:\n%s1 worker:\n%s", many.Report(), rare.Report())
	}
}

// It comes to what is rare sooner: among 10^4 states of ordinary counting there is
// one way to a state in which something else counts too.
func TestGuidedSearchFindsWhatIsRareFirst(t *testing.T) {
	m := crowd{}
	wide, rare := exploretest.Search(t, m, explore.Options{}), guided(t, m, explore.Options{})
	for name, r := range map[string]*explore.Result[[2]int, int]{"breadth first": wide, "guided": rare} {
		if f := r.Finding("never 9"); f.Answer != explore.Fails || f.Path.Last()[0] != 9 {
			t.Errorf("%s: %v", name, f.Answer)
		}
	}
	if rare.States*4 > wide.States {
		t.Errorf("guided %d states, breadth first %d", rare.States, wide.States)
	}
}

// crowd is a stage, which takes nine steps to the end, and a number, of which there
// are very many in each stage.
type crowd struct{}

func (crowd) Initial() [][2]int { return [][2]int{{}} }

func (crowd) Actions(s [2]int, dst []int) []int {
	if s[1] < 1<<14 {
		dst = append(dst, 0, 1)
	}
	if s[1]%8 == 7 {
		dst = append(dst, 2)
	}
	return dst
}

func (crowd) Next(s [2]int, a int) ([2]int, bool) {
	if a == 2 {
		return [2]int{s[0] + 1, 0}, s[0] < 9
	}
	return [2]int{s[0], 2*s[1] + a}, true
}

func (crowd) AppendTo(b []byte, s [2]int) []byte { return fmt.Append(b, s) }
func (crowd) Feature(s [2]int) uint64            { return uint64(s[0]) }

func (crowd) Properties() []explore.Property[[2]int] {
	return []explore.Property[[2]int]{{Name: "never 9", Kind: checker.Always, Holds: func(s [2]int) bool { return s[0] != 9 }}}
}

// Limits stop it as they stop others, and nothing is proved then.
func TestGuidedSearchStopsAtLimits(t *testing.T) {
	for limits, want := range map[explore.Limits]explore.Verdict{
		{Depth: 7}:      explore.DepthLimit,
		{States: 1000}:  explore.StateLimit,
		{Memory: 1}:     explore.MemoryLimit,
		{Depth: 100000}: explore.Complete,
	} {
		r := guided(t, staged{pessimist{small}}, explore.Options{KeepGoing: true, Limits: limits})
		if f := r.Finding("Agreement"); r.Verdict != want || (f.Answer == explore.Holds) != (want == explore.Complete) {
			t.Errorf("%+v: %v, %v", limits, r.Verdict, f.Answer)
		}
	}
	if _, err := explore.Guided(t.Context(), small, explore.Options{}); err == nil || !strings.Contains(err.Error(), "remarkable") {
		t.Errorf("a model without features: %v", err)
	}
}
