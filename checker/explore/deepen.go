package explore

import "context"

// Deepen searches depth first with iterative deepening: all executions of at
// most step actions, then of twice as many, three times, and so on, until
// nothing lies deeper. It holds no frontier, only the visited set and one
// path. A state that is found again on a shorter path is expanded again, so
// nothing within the bound is missed. With a step of 1 counterexamples are
// shortest, at the price of searching what is shallow again and again.
//
// Transitions and Taken count the work of all rounds; the other numbers are those of
// the last. Fingerprints have 64 bits, and there is one worker.
func Deepen[S, A any](ctx context.Context, m Model[S, A], o Options, step int) (*Result[S, A], error) {
	o.Wide = false
	d := &dfs[S, A]{book: newBook(m, o), depths: newDepths(1 << 10)}
	d.sorter, _ = m.(Sorter[A])
	defer func() { d.depths.free() }()
	step = max(1, step)
	for bound := step; ; bound += step {
		if o.Limits.Depth > 0 {
			bound = min(bound, o.Limits.Depth)
		}
		d.round(ctx, bound)
		if d.verdict == Complete && d.cut && bound == o.Limits.Depth {
			d.verdict = DepthLimit
		}
		if d.verdict != Complete || !d.cut {
			return d.result()
		}
	}
}

// dfs is a depth-first search under way.
type dfs[S, A any] struct {
	book[S, A]
	depths depths
	path   []frame[S, A]
	enc    []byte
	bound  int
	cut    bool // a state at the bound was not expanded
	sorter Sorter[A]
}

// frame is a state on the path.
type frame[S, A any] struct {
	state   S
	ordinal int // its place among the successors of the one before
	actions []A
	next    int // the first of them not tried yet
	degree  int
	first   bool // it was never on a path before
}

// round searches everything up to the bound.
func (d *dfs[S, A]) round(ctx context.Context, bound int) {
	d.bound, d.cut = bound, false
	d.depths.free()
	d.depths = newDepths(1 << 10)
	d.stats.Terminal, d.stats.OutDegree = 0, OutDegree{}
	steps := 0
	for i, s := range d.model.Initial() {
		d.visit(s, i)
		for ; len(d.path) > 0 && d.verdict == Complete; steps++ {
			d.advance()
			if steps%waveStates == waveStates-1 {
				d.count(ctx)
			}
		}
	}
	d.count(ctx)
}

// count brings the numbers up to date and stops at limits.
func (d *dfs[S, A]) count(ctx context.Context) {
	d.stats.States = uint64(d.depths.n)
	d.stats.Levels = d.depths.levels()
	d.stats.Memory = max(d.stats.Memory, uint64(len(d.depths.lo))*16)
	if limit, reached := d.tick(ctx); reached && d.verdict == Complete {
		d.verdict = limit
	}
}

// advance tries the next action of the last state on the path.
func (d *dfs[S, A]) advance() {
	f := &d.path[len(d.path)-1]
	if f.next == len(f.actions) {
		d.leave(f)
		return
	}
	ordinal := f.next
	f.next++
	if next, ok := d.model.Next(f.state, f.actions[ordinal]); ok {
		f.degree++
		d.stats.Transitions++
		if d.sorter != nil {
			d.stats.Taken[d.sorter.Kind(f.actions[ordinal])].Times++
		}
		d.visit(next, ordinal)
	}
}

// leave takes the last state, of which every action was tried, off the path.
func (d *dfs[S, A]) leave(f *frame[S, A]) {
	if f.first {
		d.stats.OutDegree.add(f.degree)
		if f.degree == 0 {
			d.stats.Terminal++
			if p := len(d.properties); d.o.Deadlock && !d.answers[p].decided && stuck(d.model, f.state) {
				d.decide(p, d.route())
			}
		}
	}
	d.path = d.path[:len(d.path)-1]
}

// visit puts a state on the path, unless it was found as near before.
func (d *dfs[S, A]) visit(s S, ordinal int) {
	d.enc = d.model.AppendTo(d.enc[:0], s)
	fresh, nearer := d.depths.improve(fingerprintOf(d.enc, false), len(d.path))
	if !nearer {
		return
	}
	d.path = append(d.path, frame[S, A]{state: s, ordinal: ordinal, first: fresh})
	for p := range d.properties {
		if fresh && d.decides(p, s) {
			d.decide(p, d.route())
		}
	}
	if len(d.path) > d.bound {
		d.cut = true
		d.path = d.path[:len(d.path)-1]
		return
	}
	d.path[len(d.path)-1].actions = d.model.Actions(s, nil)
}

// route returns how to get to the last state on the path.
func (d *dfs[S, A]) route() []int {
	var route []int
	for i := range d.path {
		route = append(route, d.path[i].ordinal)
	}
	return route
}

// depths is a set of fingerprints, each with the least depth at which it was
// found.
type depths struct {
	table
	at []uint64 // by slot
}

func newDepths(slots int) depths { return depths{newTable(slots, false), newWords(slots)} }

func (d *depths) free() {
	d.table.free()
	freeWords(d.at)
}

// improve notes that a state was found at a depth. It reports whether it is
// new, and whether it is new or nearer than it was.
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
	*d = bigger
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
