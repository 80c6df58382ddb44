package explore

import (
	"context"
	"fmt"
	"time"

	"github.com/zabsim/zabsim/checker"
)

// book is what every kind of search keeps: the properties with what is known
// of them, the numbers, and the limits.
type book[S, A any] struct {
	o          Options
	model      Model[S, A]
	properties []Property[S]
	answers    []answer // by property; the last one is for NoDeadlock
	started    time.Duration
	stats      Stats
	verdict    Verdict
	reduce     Reduction // of a search that does it
}

// answer is what is known of a property so far: how to get to the first state
// that decides it, if one does. A route is the place of the initial state
// among the initial ones, and then those of the actions.
type answer struct {
	decided bool
	route   []int
}

func newBook[S, A any](m Model[S, A], o Options) book[S, A] {
	b := book[S, A]{o: o, model: m, properties: m.Properties()}
	b.answers = make([]answer, len(b.properties)+1)
	switch {
	case o.Bitstate > 0:
	case o.Wide:
		b.stats.Bits = 128
	default:
		b.stats.Bits = 64
	}
	if o.Clock != nil {
		b.started = o.Clock()
	}
	if k, ok := m.(Sorter[A]); ok {
		for _, name := range k.Kinds() {
			b.stats.Taken = append(b.stats.Taken, Taken{Kind: name})
		}
	}
	return b
}

// decides reports whether a state decides property p, which nothing has
// decided before: it breaks what must always hold, or shows what must hold
// sometimes.
func (b *book[S, A]) decides(p int, s S) bool {
	return b.open(p) && b.properties[p].Holds(s) == (b.properties[p].Kind == checker.Sometimes)
}

// open reports whether some state may yet decide property p.
func (b *book[S, A]) open(p int) bool {
	return !b.answers[p].decided && b.properties[p].Kind != checker.Eventually
}

// decide notes that the state at the end of a route decides property p, and
// ends the search if p fails and that is what is wanted.
func (b *book[S, A]) decide(p int, route []int) {
	b.answers[p] = answer{true, route}
	fails := p == len(b.properties) || b.properties[p].Kind == checker.Always
	if fails && !b.o.KeepGoing {
		b.verdict = Violation
	}
}

// stuck reports whether a state is a deadlock. barren says that no action leaves it.
func stuck[S, A any](m Model[S, A], s S, barren bool) bool {
	if t, ok := m.(Staller[S]); ok {
		return t.Stalled(s)
	}
	return barren && !ended(m, s)
}

// ended reports whether it is all right that an execution ends in a state.
func ended[S, A any](m Model[S, A], s S) bool {
	e, ok := m.(Ender[S])
	return ok && e.Ended(s)
}

// tick measures time, reports progress and reports whether one of the limits
// is reached; depth is for the search itself to bound.
func (b *book[S, A]) tick(ctx context.Context) (Verdict, bool) {
	if b.o.Clock != nil {
		b.stats.Elapsed = b.o.Clock() - b.started
	}
	if b.o.Progress != nil {
		b.o.Progress(b.stats)
	}
	l := &b.o.Limits
	d, doubts := b.model.(Doubter)
	switch {
	case doubts && d.Err() != nil: // which result returns
		return Interrupted, true
	case l.States > 0 && b.stats.States >= l.States:
		return StateLimit, true
	case l.Memory > 0 && b.stats.Memory >= l.Memory:
		return MemoryLimit, true
	case l.Time > 0 && b.stats.Elapsed >= l.Time:
		return TimeLimit, true
	case ctx.Err() != nil:
		return Interrupted, true
	}
	return Complete, false
}

// result says what the search found.
func (b *book[S, A]) result() (*Result[S, A], error) {
	if d, ok := b.model.(Doubter); ok && d.Err() != nil {
		return nil, d.Err()
	}
	r := &Result[S, A]{Verdict: b.verdict, Stats: b.stats}
	for i, p := range b.properties {
		f, err := b.finding(p.Name, p.Kind, b.answers[i])
		if err != nil {
			return nil, err
		}
		if f.Path != nil && p.Holds(f.Path.Last()) != (p.Kind == checker.Sometimes) {
			return nil, fmt.Errorf("explore: %s is decided by a state the first time, not the second time: %w", p.Name, ErrHidden)
		}
		r.Findings = append(r.Findings, f)
	}
	if b.o.Deadlock {
		f, err := b.finding(NoDeadlock, checker.Always, b.answers[len(b.properties)])
		if err != nil {
			return nil, err
		}
		r.Findings = append(r.Findings, f)
	}
	return r, nil
}

// finding turns what is known of a property into what can be said of it: that
// nothing was found means something only if everything was seen.
func (b *book[S, A]) finding(name string, kind checker.Kind, known answer) (Finding[S, A], error) {
	f := Finding[S, A]{Property: name, Kind: kind}
	switch {
	case known.decided:
		path, err := retrace(b.model, known.route, b.reduce)
		if err != nil {
			return f, err
		}
		f.Path, f.Answer = path, Fails
		if kind == checker.Sometimes {
			f.Answer = Holds
		}
	case b.verdict == Complete && kind == checker.Always:
		f.Answer = Holds
	case b.verdict == Complete && kind == checker.Sometimes:
		f.Answer = Fails
	}
	return f, nil
}
