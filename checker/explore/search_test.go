package explore_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/testdata/models"
)

var small = models.Zab{Servers: 3, Timeouts: 1, Transactions: 1, Epochs: 1, Restarts: 1}

// pessimist claims that nothing is ever committed.
type pessimist struct{ models.Zab }

func (p pessimist) Properties() []explore.Property[models.ZabState] {
	return append(p.Zab.Properties(), explore.Property[models.ZabState]{
		Name: "nothing is committed", Kind: checker.Always,
		Holds: func(s models.ZabState) bool { return s.Servers[2].Committed == 0 },
	})
}

// All that a search says, but for memory, is the same at any number of
// workers, also if a violation or a limit cuts it short.
func TestWorkersChangeNothing(t *testing.T) {
	large := small
	large.Epochs = 2 // levels of more than a wave
	for name, o := range map[string]explore.Options{
		"first violation": {},
		"all of it":       {KeepGoing: true, Deadlock: true},
		"states":          {KeepGoing: true, Limits: explore.Limits{States: 50_000}},
		"depth":           {KeepGoing: true, Limits: explore.Limits{Depth: 12}},
		"wide":            {KeepGoing: true, Wide: true},
		"layered":         {KeepGoing: true, Layered: true},
		"layered, first":  {Layered: true},
	} {
		t.Run(name, func(t *testing.T) {
			m := pessimist{small}
			if o.Limits.States > 0 {
				m = pessimist{large}
			}
			one := exploretest.Search(t, m, o)
			for workers := 2; workers <= 3; workers++ {
				o.Workers = workers
				many := exploretest.Search(t, m, o)
				many.Memory = one.Memory
				if !reflect.DeepEqual(one, many) {
					t.Errorf("%d workers:\n%s1 worker:\n%s", workers, many.Report(), one.Report())
				}
			}
		})
	}
}

// A search that was cut short does not say that anything holds, nor that
// something never happens.
func TestTruncatedSearchesDoNotKnow(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx     context.Context
		limits  explore.Limits
		verdict explore.Verdict
	}{
		{t.Context(), explore.Limits{}, explore.Complete},
		{t.Context(), explore.Limits{States: 100}, explore.StateLimit},
		{t.Context(), explore.Limits{Depth: 5}, explore.DepthLimit},
		{t.Context(), explore.Limits{Memory: 1}, explore.MemoryLimit},
		{t.Context(), explore.Limits{Time: 1}, explore.TimeLimit},
		{cancelled, explore.Limits{}, explore.Interrupted},
	} {
		r, err := explore.Search(c.ctx, models.TwoPhase(5), explore.Options{Limits: c.limits, Clock: exploretest.Clock()})
		if err != nil {
			t.Fatal(err)
		}
		answer := explore.Unknown
		if c.verdict == explore.Complete {
			answer = explore.Holds
		}
		if f := r.Finding("consistent"); r.Verdict != c.verdict || f.Answer != answer {
			t.Errorf("%+v: %v, consistency %v", c.limits, r.Verdict, f.Answer)
		}
		if r.Verdict == explore.DepthLimit && (r.Diameter() != 5 || r.Frontier == 0) {
			t.Errorf("a search of depth 5 went %d deep and left %d", r.Diameter(), r.Frontier)
		}
		if f := r.Finding("all commit"); f.Answer == explore.Fails {
			t.Errorf("%+v: it never happens, says a search that ended with %v", c.limits, r.Verdict)
		}
	}
}

// A complete search knows that something never happens.
func TestWhatNeverHappensFails(t *testing.T) {
	m := counter{steps: 3, properties: []explore.Property[int]{
		{Name: "gets to 4", Kind: checker.Sometimes, Holds: func(n int) bool { return n == 4 }},
	}}
	if f := exploretest.Search(t, m, explore.Options{}).Finding("gets to 4"); f.Answer != explore.Fails || f.Path != nil {
		t.Errorf("%+v", f)
	}
}

// counter counts up to a number.
type counter struct {
	steps      int
	properties []explore.Property[int]
	ended      bool              // the end is no deadlock
	next       func(n int) int   // nil: one more
	initial    []int             // nil: 0
	actions    func(n int) []int // nil: one, until steps
}

func (c counter) Initial() []int {
	if c.initial != nil {
		return c.initial
	}
	return []int{0}
}

func (c counter) Actions(n int, dst []int) []int {
	if c.actions != nil {
		return append(dst, c.actions(n)...)
	}
	if n < c.steps {
		dst = append(dst, n+1)
	}
	return dst
}

func (c counter) Next(n, to int) (int, bool) {
	if c.next != nil {
		to = c.next(n)
	}
	return to, true
}

func (c counter) AppendTo(b []byte, n int) []byte {
	return binary.LittleEndian.AppendUint64(b, uint64(n))
}

func (c counter) Properties() []explore.Property[int] { return c.properties }
func (c counter) Ended(n int) bool                    { return c.ended && n == c.steps }

func TestDeadlock(t *testing.T) {
	for _, ended := range []bool{false, true} {
		r := exploretest.Search(t, counter{steps: 3, ended: ended}, explore.Options{Deadlock: true})
		f := r.Finding(explore.NoDeadlock)
		if ended && (f.Answer != explore.Holds || r.Verdict != explore.Complete) {
			t.Errorf("an end is no deadlock: %+v, %v", f, r.Verdict)
		}
		if !ended && (f.Answer != explore.Fails || len(f.Path.Steps) != 3 || r.Verdict != explore.Violation) {
			t.Errorf("deadlock after 3 steps: %+v, %v", f, r.Verdict)
		}
	}
}

// A counterexample is executed again before it is reported, and a model that
// does not do the same twice is found out.
func TestModelWithHiddenStateIsFoundOut(t *testing.T) {
	calls := 0
	m := counter{steps: 5, next: func(n int) int {
		if calls++; calls > 5 {
			return n
		}
		return n + 1
	}}
	m.properties = []explore.Property[int]{{Name: "below 5", Kind: checker.Always, Holds: func(n int) bool { return n < 5 }}}
	if _, err := explore.Search(t.Context(), m, explore.Options{}); !errors.Is(err, explore.ErrHidden) {
		t.Errorf("error %v", err)
	}
}

// packed is two-phase commit with a packed frontier.
type packed struct{ models.TwoPhase }

func (p packed) Pack(b []byte, s models.TwoPhaseState) []byte { return p.AppendTo(b, s) }

func (packed) Unpack(b []byte) models.TwoPhaseState {
	return models.TwoPhaseState{
		RMs:      binary.LittleEndian.Uint32(b),
		Prepared: binary.LittleEndian.Uint16(b[4:]),
		Sent:     binary.LittleEndian.Uint16(b[6:]),
		TM:       models.RM(b[8]),
		Commit:   models.RM(b[8]) == models.Committed,
		Abort:    models.RM(b[8]) == models.Aborted,
	}
}

// A packed frontier holds what one that is not packed holds.
func TestPackedFrontier(t *testing.T) {
	plain := exploretest.Search(t, models.TwoPhase(6), explore.Options{Workers: 2})
	tight := exploretest.Search(t, packed{6}, explore.Options{Workers: 2})
	if !reflect.DeepEqual(plain.Levels, tight.Levels) || plain.Transitions != tight.Transitions {
		t.Errorf("packed:\n%snot packed:\n%s", tight.Report(), plain.Report())
	}
}

// Initial states that are equal are one, and each can begin a counterexample.
func TestSeveralInitialStates(t *testing.T) {
	m := counter{steps: 10, initial: []int{7, 3, 7}}
	m.properties = []explore.Property[int]{{Name: "not 4", Kind: checker.Always, Holds: func(n int) bool { return n != 4 }}}
	r := exploretest.Search(t, m, explore.Options{KeepGoing: true})
	f := r.Finding("not 4")
	if r.States != 8 || r.Levels[0] != 2 || f.Path.Initial != 3 || len(f.Path.Steps) != 1 {
		t.Errorf("%d states, %v, %+v", r.States, r.Levels, f.Path)
	}
}

func TestCollisionOdds(t *testing.T) {
	for _, c := range []struct {
		states uint64
		bits   int
		want   string
	}{{0, 64, "0.0e+00"}, {2_893_370, 64, "2.3e-07"}, {100_000_000, 64, "2.7e-04"}, {100_000_000, 128, "1.5e-23"}, {1 << 33, 64, "8.6e-01"}} {
		s := explore.Stats{States: c.states, Bits: c.bits}
		if got := fmt.Sprintf("%.1e", s.Collision()); got != c.want {
			t.Errorf("%d states, %d bits: %s, want %s", c.states, c.bits, got, c.want)
		}
	}
}

// doubter goes on for ever, and finds out after a while that something is wrong.
type doubter struct {
	endless
	met *int
}

// endless counts, and never comes to an end.
type endless struct{}

func (endless) Initial() []int                     { return []int{0} }
func (endless) Actions(int, []struct{}) []struct{} { return []struct{}{{}} }
func (endless) Next(s int, _ struct{}) (int, bool) { return s + 1, true }
func (endless) AppendTo(b []byte, s int) []byte {
	return binary.LittleEndian.AppendUint64(b, uint64(s))
}
func (endless) Properties() []explore.Property[int]  { return nil }
func (d doubter) Next(s int, a struct{}) (int, bool) { *d.met++; return d.endless.Next(s, a) }
func (d doubter) Err() error {
	if *d.met > 1000 {
		return errDoubt
	}
	return nil
}

var errDoubt = errors.New("something is wrong")

// A search whose model doubts itself ends with what it says, though there is no end to
// its states.
func TestDoubtEndsSearches(t *testing.T) {
	for name, search := range map[string]func(doubter) error{
		"breadth": func(d doubter) error {
			_, err := explore.Search(t.Context(), d, explore.Options{})
			return err
		},
		"deepen": func(d doubter) error {
			_, err := explore.Deepen(t.Context(), d, explore.Options{}, 100)
			return err
		},
	} {
		if err := search(doubter{met: new(int)}); !errors.Is(err, errDoubt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
