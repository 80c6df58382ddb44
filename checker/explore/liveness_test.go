package explore_test

import (
	"encoding/binary"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
)

// roads is a model of places and one-way roads between them. Each road has a
// class for fairness: negative for roads that need never be taken.
type roads struct {
	roads [][]road // by place
	goal  int
	ends  []bool // places where it is all right to stay
}

type road struct{ to, class int }

func (r roads) Initial() []int                    { return []int{0} }
func (r roads) Actions(at int, dst []road) []road { return append(dst, r.roads[at]...) }
func (r roads) Next(_ int, take road) (int, bool) { return take.to, true }
func (r roads) AppendTo(b []byte, at int) []byte  { return binary.AppendUvarint(b, uint64(at)) }
func (r roads) Class(_ int, take road) int        { return take.class }
func (r roads) Strong(class int) bool             { return class >= 10 }
func (r roads) Ended(at int) bool                 { return r.ends != nil && r.ends[at] }
func (r roads) Properties() []explore.Property[int] {
	return []explore.Property[int]{{Name: "arrives", Kind: checker.Eventually, Holds: func(at int) bool { return at == r.goal }}}
}

func TestLiveness(t *testing.T) {
	const never = -1
	for _, c := range []struct {
		name   string
		roads  [][]road
		answer explore.Answer
		steps  int // of the counterexample
		cycle  int
	}{
		{"straight on", [][]road{{{1, 0}}, {{2, 0}}, {}}, explore.Holds, 0, 0},
		{"dead end", [][]road{{{1, 0}, {2, 1}}, {}, {}}, explore.Fails, 1, 0},
		{"round and round", [][]road{{{1, 0}}, {{0, 0}}, {}}, explore.Fails, 2, 2},
		// The way out is open all the time: not to take it is unfair.
		{"open all the time", [][]road{{{0, 0}, {2, 1}}, {}, {}}, explore.Holds, 0, 0},
		{"open but a fault", [][]road{{{0, 0}, {2, never}}, {}, {}}, explore.Fails, 1, 1},
		// It is open now and then only: weak fairness does not force it.
		{"open now and then", [][]road{{{1, 0}, {2, 1}}, {{0, 0}}, {}}, explore.Fails, 2, 2},
		// Strong fairness does.
		{"open again and again", [][]road{{{1, 0}, {2, 10}}, {{0, 0}}, {}}, explore.Holds, 0, 0},
		// A smaller circle keeps away from where it is open.
		{"never where it is open", [][]road{{{1, 0}, {2, 10}}, {{0, 1}, {3, 2}}, {}, {{1, 3}}}, explore.Fails, 3, 2},
		// Both are open all the time, so both must be taken.
		{"two loops", [][]road{{{0, 0}, {0, 1}}, {}, {}}, explore.Fails, 2, 2},
		{"behind a stem", [][]road{{{1, 0}}, {{3, 0}}, {}, {{3, 0}}}, explore.Fails, 3, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := roads{roads: c.roads, goal: 2}
			r, err := explore.Liveness(t.Context(), m, explore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			f := r.Finding("arrives")
			if f.Answer != c.answer {
				t.Fatalf("%v, want %v\n%v", f.Answer, c.answer, f.Path)
			}
			if f.Path == nil {
				return
			}
			if len(f.Path.Steps) != c.steps || f.Path.Cycle != c.cycle {
				t.Errorf("%d steps, cycle %d; want %d and %d\n%v", len(f.Path.Steps), f.Path.Cycle, c.steps, c.cycle, f.Path)
			}
			if n := len(f.Path.Steps) - f.Path.Cycle; c.cycle > 0 {
				before := f.Path.Initial
				if n > 0 {
					before = f.Path.Steps[n-1].State
				}
				if before != f.Path.Last() {
					t.Errorf("the cycle begins in %d and ends in %d", before, f.Path.Last())
				}
			}
		})
	}
}

// An end that the model allows is no reason for complaint.
func TestLivenessAllowsEnds(t *testing.T) {
	m := roads{roads: [][]road{{{1, 0}, {2, 1}}, {}, {}}, goal: 2, ends: []bool{false, true, false}}
	r, err := explore.Liveness(t.Context(), m, explore.Options{})
	if err != nil || r.Finding("arrives").Answer != explore.Holds {
		t.Errorf("%+v, %v", r, err)
	}
}
