package explore

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/zabsim/zabsim/checker"
)

// Result is what a search found.
type Result[S, A any] struct {
	Verdict Verdict
	Stats
	Findings []Finding[S, A] // one for each property, in order
}

// Finding is the answer for one property.
type Finding[S, A any] struct {
	Property string
	Kind     checker.Kind
	Answer   Answer
	// Path is a counterexample if the property fails, a witness if it is one
	// that must hold sometimes, nil otherwise. A breadth-first search returns a
	// shortest one.
	Path *Path[S, A]
}

// Path is an execution.
type Path[S, A any] struct {
	Initial S
	Steps   []Step[S, A]
	// Cycle is how many steps at the end repeat for ever. Only counterexamples
	// to Eventually have one; without one nothing happens after the last step.
	Cycle int
}

// Step is one action and the state it leads to.
type Step[S, A any] struct {
	Action A
	State  S
}

// Last returns the state in which the execution ends.
func (p *Path[S, A]) Last() S {
	if len(p.Steps) == 0 {
		return p.Initial
	}
	return p.Steps[len(p.Steps)-1].State
}

// String returns the actions, one a line, numbered from 1.
func (p *Path[S, A]) String() string {
	var b strings.Builder
	for i, s := range p.Steps {
		if p.Cycle > 0 && i == len(p.Steps)-p.Cycle {
			b.WriteString("for ever:\n")
		}
		fmt.Fprintf(&b, "%3d %v\n", i+1, s.Action)
	}
	return b.String()
}

// Stats are the numbers of a search.
type Stats struct {
	States      uint64 // distinct
	Transitions uint64 // successors generated, distinct or not
	Terminal    uint64 // states that no action leaves
	// Levels are the states found after 0, 1, 2, … actions, and no fewer; in a
	// layered search, by no fewer without spending more.
	Levels []uint64
	// Layers are the states that were found by spending 0, 1, 2, … in a layered
	// search.
	Layers    []uint64
	Frontier  uint64 // states found but not expanded
	OutDegree OutDegree
	// Taken says how often actions of each kind were taken, if the model is a
	// [Sorter].
	Taken   []Taken
	Memory  uint64 // the most bytes that were held at the end of a wave
	Spilled uint64 // the most bytes of the frontier that were on the disk
	Elapsed time.Duration
	// Bits is the width of the fingerprints that tell states apart; 0: it is no
	// search that does, or one that keeps a few bits for each state.
	Bits int
	// Missed is how many states a search with Options.Bitstate has probably taken for
	// visited. What only they lead to was missed as well, and is not counted.
	Missed float64
	// Jobs is how many searches a [Swarm] made, and Distinct how many different states
	// they visited, within some 2 percent.
	Jobs     int
	Distinct uint64
	// Features is how many different ones a [Guided] search met.
	Features int
}

// Taken is how often actions of a kind were taken.
type Taken struct {
	Kind  string
	Times uint64
}

// Depth returns the number of levels: a search that finds nothing but initial
// states has depth 1, as TLC counts.
func (s *Stats) Depth() int { return len(s.Levels) }

// Diameter returns the number of actions to the farthest state.
func (s *Stats) Diameter() int { return max(0, len(s.Levels)-1) }

// Rate returns distinct states per second, 0 if no time was measured.
func (s *Stats) Rate() float64 {
	if s.Elapsed <= 0 {
		return 0
	}
	return float64(s.States) / s.Elapsed.Seconds()
}

// MeanOutDegree returns how many actions lead out of a state that was expanded, on
// average.
func (s *Stats) MeanOutDegree() float64 {
	return float64(s.Transitions) / float64(max(1, s.States-s.Frontier))
}

// Collision returns the odds that two different states had the same
// fingerprint, so that one of them was taken for visited: about n²/2 pairs,
// each with odds of 2 to the minus bits.
func (s *Stats) Collision() float64 {
	if s.Bits == 0 {
		return 0
	}
	pairs := float64(s.States) / 2 * float64(s.States-min(1, s.States))
	return -math.Expm1(-math.Ldexp(pairs, -s.Bits))
}

// MissedShare returns which part of the states that were found was probably taken
// for visited in a search with Options.Bitstate.
func (s *Stats) MissedShare() float64 {
	return s.Missed / max(1, s.Missed+float64(s.States))
}

// Doubt says in words what the search may have missed because it took states for
// others.
func (s *Stats) Doubt() string {
	if s.Bits > 0 {
		return fmt.Sprintf("odds that a state was missed, taken for one with the same fingerprint: %.0e", s.Collision())
	}
	return fmt.Sprintf("%d bits a state: about %.0f states were probably missed, %.2g%%, and what only they lead to",
		BitsPerState, math.Ceil(s.Missed), min(99, 100*s.MissedShare()))
}

// OutDegree is a histogram of how many actions lead out of a state. States
// with more than its last index are counted there.
type OutDegree [128]uint64

// Min returns the smallest out-degree. It and the next two look at the states that
// were expanded.
func (d *OutDegree) Min() int { return d.Quantile(0) }

// Max returns the largest out-degree.
func (d *OutDegree) Max() int { return d.Quantile(1) }

// Quantile returns the smallest out-degree such that at least the part q of
// the states have no larger one.
func (d *OutDegree) Quantile(q float64) int {
	var all, seen uint64
	for _, n := range d {
		all += n
	}
	need := max(1, uint64(math.Ceil(q*float64(all))))
	for i, n := range d {
		if seen += n; seen >= need {
			return i
		}
	}
	return 0
}

func (d *OutDegree) add(degree int) { d[min(degree, len(d)-1)]++ }

// Finding returns the finding for a property, or nil if there is none of that
// name.
func (r *Result[S, A]) Finding(property string) *Finding[S, A] {
	for i := range r.Findings {
		if r.Findings[i].Property == property {
			return &r.Findings[i]
		}
	}
	return nil
}

// Report returns verdict, numbers and answers, a line each.
func (r *Result[S, A]) Report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v: %d states, %d transitions, depth %d, diameter %d, %d to expand\n",
		r.Verdict, r.States, r.Transitions, r.Depth(), r.Diameter(), r.Frontier)
	fmt.Fprintf(&b, "out-degree %d to %d, mean %.2f, 95%% at most %d; %d states without a successor\n",
		r.OutDegree.Min(), r.OutDegree.Max(), r.MeanOutDegree(), r.OutDegree.Quantile(0.95), r.Terminal)
	if r.Elapsed > 0 {
		fmt.Fprintf(&b, "%v, %.0f states/s; ", r.Elapsed.Round(time.Millisecond), r.Rate())
	}
	fmt.Fprintf(&b, "%d bytes, %.1f a state; %s\n", r.Memory, float64(r.Memory)/float64(max(1, r.States)), r.Doubt())
	if r.Spilled > 0 {
		fmt.Fprintf(&b, "%d bytes of the frontier were on the disk\n", r.Spilled)
	}
	if r.Jobs > 0 {
		fmt.Fprintf(&b, "%d searches, which visited about %d different states\n", r.Jobs, r.Distinct)
	}
	if r.Features > 0 {
		fmt.Fprintf(&b, "%d different features\n", r.Features)
	}
	var never []string
	for _, k := range r.Taken {
		if k.Times == 0 {
			never = append(never, k.Kind)
		}
	}
	if never != nil {
		fmt.Fprintf(&b, "actions that never happened: %s\n", strings.Join(never, ", "))
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		fmt.Fprintf(&b, "%v %s: %v\n", f.Kind, f.Property, f.Answer)
	}
	return b.String()
}
