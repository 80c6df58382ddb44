package explore

import "context"

// dfs is a depth-first search under way.
type dfs[S, A any] struct {
	book[S, A]
	seen   seenSet
	lot    *lot[S, A] // nil: all actions, in order
	path   []frame[S, A]
	enc    []byte
	bound  int
	cut    bool // a state at the bound was not expanded
	sorter Sorter[A]
}

// seenSet is what a depth-first search knows of where it was.
type seenSet interface {
	// improve notes that a state was found behind so many others. It reports whether
	// it is new, and whether it has to be expanded.
	improve(f fingerprint, depth int) (fresh, expand bool)
	states() uint64
	bytes() uint64
	free()
}

// frame is a state on the path.
type frame[S, A any] struct {
	state      S
	ordinal    int // its place among the successors of the one before
	actions    []A
	turn       turn // the order in which they are tried
	next       int  // how many of them were
	degree     int
	first      bool // it was never on a path before
	passedOver bool // an action that is possible is not to be taken
}

func newDFS[S, A any](m Model[S, A], o Options, seen seenSet) *dfs[S, A] {
	d := &dfs[S, A]{book: newBook(m, o), seen: seen}
	d.sorter, _ = m.(Sorter[A])
	return d
}

// round searches everything up to the bound.
func (d *dfs[S, A]) round(ctx context.Context, bound int) {
	d.bound, d.cut = bound, false
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
	d.stats.States = d.seen.states()
	d.stats.Memory = max(d.stats.Memory, d.seen.bytes()+d.remembered())
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
	ordinal := f.turn.place(f.next, len(f.actions))
	f.next++
	if d.lot != nil && !d.lot.allows(f.state, f.actions[ordinal]) {
		f.passedOver = true
		return
	}
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
		barren := f.degree == 0 && !f.passedOver
		if barren {
			d.stats.Terminal++
		}
		if p := len(d.properties); d.o.Deadlock && !d.answers[p].decided && stuck(d.model, f.state, barren) {
			d.decide(p, d.route())
		}
	}
	d.path = d.path[:len(d.path)-1]
}

// visit puts a state on the path, unless that was done before to the same end.
func (d *dfs[S, A]) visit(s S, ordinal int) {
	d.enc = d.model.AppendTo(d.enc[:0], s)
	mark := fingerprintOf(d.enc, false)
	fresh, expand := d.seen.improve(mark, len(d.path))
	if !expand {
		return
	}
	var actions []A
	if n := len(d.path); n < cap(d.path) {
		actions = d.path[:n+1][n].actions[:0] // of the last one at this depth
	}
	d.path = append(d.path, frame[S, A]{state: s, ordinal: ordinal, actions: actions, first: fresh})
	for p := range d.properties {
		if fresh && d.decides(p, s) {
			d.decide(p, d.route())
		}
	}
	f := &d.path[len(d.path)-1]
	if len(d.path) > d.bound {
		d.cut = true
		d.path = d.path[:len(d.path)-1]
		return
	}
	f.actions = d.model.Actions(s, f.actions)
	if d.lot != nil {
		f.turn = d.lot.turn(mark)
	}
}

// route returns how to get to the last state on the path.
func (d *dfs[S, A]) route() []int {
	var route []int
	for i := range d.path {
		route = append(route, d.path[i].ordinal)
	}
	return route
}
