package explore

import (
	"context"
	"slices"
)

// Deepen searches depth first with iterative deepening: all executions of at
// most step actions, then of twice as many, three times, and so on, until
// nothing lies deeper. It holds no frontier, only the visited set and one
// path. A state that is found again on a shorter path is expanded again, so
// nothing within the bound is missed. With a step of 1 counterexamples are
// shortest, at the price of searching what is shallow again and again.
//
// No round needs another one, so each worker makes a round of its own, those of the next
// bounds at the same time. What comes behind the round that decides is thrown away, and
// the result is the same at any number of workers. If each round takes g times as long
// as the one before, two workers gain a factor of 1 + 1/g. Each holds a visited set, so
// Limits.Memory is divided among them.
//
// Transitions and Taken count the work of all rounds; the other numbers are those of
// the last. Fingerprints have 64 bits.
func Deepen[S, A any](ctx context.Context, m Model[S, A], o Options, step int) (*Result[S, A], error) {
	o.Wide, o.Bitstate = false, 0
	d := &deepening[S, A]{book: newBook(m, o)}
	for range max(1, o.Workers) {
		d.models = append(d.models, fork(m))
	}
	step = max(1, step)
	for bound, more := 0, true; more; {
		var bounds []int
		for range d.models {
			if bound += step; o.Limits.Depth > 0 {
				bound = min(bound, o.Limits.Depth)
			}
			bounds = append(bounds, bound)
		}
		more = d.rounds(ctx, slices.Compact(bounds))
	}
	return d.result()
}

// deepening is a search that is made in rounds.
type deepening[S, A any] struct {
	book[S, A]
	models []Model[S, A] // one for each worker
}

// rounds makes the rounds up to some bounds, and reports whether more have to be made.
func (d *deepening[S, A]) rounds(ctx context.Context, bounds []int) (more bool) {
	made := make([]*dfs[S, A], len(bounds))
	contexts, stop := make([]context.Context, len(bounds)), make([]context.CancelFunc, len(bounds))
	for i := range bounds {
		contexts[i], stop[i] = context.WithCancel(ctx)
		defer stop[i]()
	}
	parallel(d.models, len(bounds), func(m Model[S, A], i int) {
		if made[i] = d.round(contexts[i], m, bounds[i], i == len(bounds)-1); made[i].last() {
			for _, cancel := range stop[i+1:] {
				cancel()
			}
		}
	})
	held := d.remembered()
	for _, r := range made {
		held += r.seen.bytes()
		defer r.seen.free()
	}
	d.stats.Memory = max(d.stats.Memory, held)
	for _, r := range made {
		if d.take(r); r.last() {
			return false
		}
	}
	return true
}

// round searches everything up to a bound. One of those at the same time reports how
// far it is.
func (d *deepening[S, A]) round(ctx context.Context, m Model[S, A], bound int, reports bool) *dfs[S, A] {
	o := d.o
	if limit := &o.Limits.Memory; *limit > 0 {
		*limit = max(1, *limit/uint64(len(d.models)))
	}
	if !reports {
		o.Progress = nil
	}
	r := newDFS[S, A](m, o, newDepths(1<<10))
	r.started = d.started
	r.round(ctx, bound)
	if r.verdict == Complete && r.cut && bound == o.Limits.Depth {
		r.verdict = DepthLimit
	}
	return r
}

// last reports whether no other round is needed behind this one.
func (d *dfs[S, A]) last() bool { return d.verdict != Complete || !d.cut }

// take adds a round to what is known.
func (d *deepening[S, A]) take(r *dfs[S, A]) {
	before := d.stats
	d.stats, d.verdict = r.stats, r.verdict
	d.stats.Levels = r.seen.(*depths).levels()
	d.stats.Transitions += before.Transitions
	for i := range d.stats.Taken {
		d.stats.Taken[i].Times += before.Taken[i].Times
	}
	d.stats.Memory = before.Memory
	for p, a := range r.answers {
		if a.decided && !d.answers[p].decided {
			d.answers[p] = a
		}
	}
}

// depths is a set of fingerprints, each with the least depth at which it was
// found.
type depths struct {
	table
	at []uint64 // by slot
}

func newDepths(slots int) *depths { return &depths{newTable(slots, false), newWords(slots)} }

func (d *depths) free() {
	d.table.free()
	freeWords(d.at)
}

func (d *depths) states() uint64 { return uint64(d.n) }
func (d *depths) bytes() uint64  { return d.table.bytes() + uint64(len(d.at))*8 }

// improve implements [seenSet]: what is new or nearer than it was has to be expanded.
func (d *depths) improve(f fingerprint, depth int) (fresh, nearer bool) {
	if d.n >= len(d.lo)/4*3 {
		d.double()
	}
	slot := d.find(f)
	fresh = d.lo[slot] == 0
	nearer = fresh || uint64(depth) < d.at[slot]
	if fresh {
		d.lo[slot] = f.lo
		d.n++
	}
	if nearer {
		d.at[slot] = uint64(depth)
	}
	return fresh, nearer
}

func (d *depths) double() {
	bigger := newDepths(2 * len(d.lo))
	for i, lo := range d.lo {
		if lo != 0 {
			slot := bigger.find(fingerprint{lo: lo})
			bigger.lo[slot], bigger.at[slot] = lo, d.at[i]
		}
	}
	bigger.n = d.n
	d.free()
	*d = *bigger
}

// levels counts the states by depth.
func (d *depths) levels() []uint64 {
	var levels []uint64
	for i, lo := range d.lo {
		if lo == 0 {
			continue
		}
		for uint64(len(levels)) <= d.at[i] {
			levels = append(levels, 0)
		}
		levels[d.at[i]]++
	}
	return levels
}
