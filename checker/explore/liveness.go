package explore

import (
	"context"
	"fmt"
	"slices"
	"unsafe"

	"github.com/zabsim/zabsim/checker"
)

// Fair is a [Model] that says which actions must not be put off for ever. An
// execution that never ends is fair if each class of actions is again and
// again taken, or again and again impossible: weak fairness. Without it every
// cycle counts, even one that something else is possible in all the time.
//
// An execution may end where nothing but what need never happen is possible. What
// Next refuses lies beyond the bounds of such a model: it counts as possible, and
// nothing is known of what comes of it.
type Fair[S, A any] interface {
	// Class returns the class of an action that is possible in a state, below
	// [Classes], or a negative number for one that need never happen, such as a
	// fault. In states that are equal but for what was spent it must be the same.
	Class(s S, a A) int
	// Strong reports whether actions of a class must not be put off for ever even if
	// they are impossible now and then: if one is possible again and again, one is
	// taken again and again. That is strong fairness.
	Strong(class int) bool
}

// Liveness answers the Eventually properties of a model: on every fair
// execution the property holds sooner or later, and again and again if
// [Property].Again says so. What refutes one is an execution on which it never
// holds from some moment on and that either ends, nothing that must happen being
// possible any more, or goes round for ever: a lasso.
//
// It keeps in memory where each state came from, and of one layer of a [Layered]
// model at a time the edges as well: what was spent only grows, so no cycle leaves
// its layer. Lassos with the fewest faults come first, and of those with as many a
// short one, not always the shortest. If limits or bounds cut the search short the
// answer is Unknown, unless a lasso was found. One worker does all of it.
func Liveness[S, A any](ctx context.Context, m Model[S, A], o Options) (*Result[S, A], error) {
	b := newBook(m, o)
	r := &Result[S, A]{}
	for i := range b.properties {
		p := &b.properties[i]
		if p.Kind != checker.Eventually {
			continue
		}
		f, verdict, err := refuteEventually(ctx, &b, p)
		if err != nil {
			return nil, err
		}
		if b.verdict == Complete || verdict == Violation {
			b.verdict = verdict
		}
		r.Findings = append(r.Findings, f)
	}
	if d, ok := m.(Doubter); ok && d.Err() != nil {
		return nil, d.Err()
	}
	r.Verdict, r.Stats = b.verdict, b.stats
	return r, nil
}

// refuteEventually answers one property.
func refuteEventually[S, A any](ctx context.Context, b *book[S, A], p *Property[S]) (f Finding[S, A], verdict Verdict, err error) {
	b.stats.States, b.stats.Transitions, b.stats.Levels, b.stats.Layers = 0, 0, nil, nil
	g := newGraph(b, p)
	f = Finding[S, A]{Property: p.Name, Kind: p.Kind}
	l, verdict := g.search(ctx)
	switch {
	case l != nil:
		if f.Path, err = g.retrace(l); err != nil {
			return f, verdict, err
		}
		f.Answer, verdict = Fails, Violation
	case verdict == Complete:
		f.Answer = Holds
	}
	return f, verdict, nil
}

// graph is the states that are reached without a property having held, or all
// states if it must hold again and again.
type graph[S, A any] struct {
	book     *book[S, A]
	property *Property[S]
	fair     Fair[S, A]    // nil: nothing must happen
	strong   classSet      // those met so far
	layered  Layered[S, A] // nil: all is one layer
	sorter   Sorter[A]     // nil: actions are not counted
	layers   []*layer[S]
	beyond   Verdict // Complete if nothing lies beyond the bounds
	actions  []A
	edges    []edge
	enc      []byte
}

// layer is the states for which as much was spent.
type layer[S any] struct {
	origins []origin
	// The rest is given up when the layer has been searched.
	index   map[fingerprint]int32
	waiting []S // the states that have not been expanded
	vertex  []vertex
}

// place is where a state is: the number of its layer, and its own in there.
type place struct{ layer, at int32 }

// origin is how a state was found.
type origin struct {
	from    place
	ordinal int32
	depth   int32 // 0: it is initial
	good    bool  // the property holds there
}

// vertex is what is possible in a state in which the property does not hold, and
// stays within the layer.
type vertex struct {
	edges []edge
	can   classSet // the classes of all actions possible here, wherever they lead
	end   bool     // nothing must happen any more, and that is not an end the model allows
}

// edge leads to another such state.
type edge struct {
	to, ordinal int32
	class       int16
}

func newGraph[S, A any](b *book[S, A], p *Property[S]) *graph[S, A] {
	g := &graph[S, A]{book: b, property: p}
	g.fair, _ = b.model.(Fair[S, A])
	g.layered, _ = b.model.(Layered[S, A])
	g.sorter, _ = b.model.(Sorter[A])
	return g
}

// search expands the graph layer by layer until it finds a lasso in one, and says
// why it found none.
func (g *graph[S, A]) search(ctx context.Context) (*lasso, Verdict) {
	for i, s := range g.book.model.Initial() {
		g.add(s, origin{ordinal: int32(i)})
	}
	for n := int32(0); int(n) < len(g.layers); n++ {
		limit, l := g.expand(ctx, n), g.layers[n]
		g.book.stats.Layers = append(g.book.stats.Layers, uint64(len(l.origins)))
		if found := l.refute(n, &g.strong); found != nil || limit != Complete {
			return found, limit
		}
		*l = layer[S]{origins: l.origins}
	}
	return nil, g.beyond
}

// expand finds all states of a layer, nearest first, and what is possible there.
func (g *graph[S, A]) expand(ctx context.Context, n int32) Verdict {
	l := g.layers[n]
	for len(l.waiting) > 0 {
		level := l.waiting
		l.waiting = nil
		for _, s := range level {
			if len(l.vertex)%waveStates == waveStates-1 {
				g.weigh(l)
				if limit, reached := g.book.tick(ctx); reached {
					return limit
				}
			}
			at := len(l.vertex)
			if most := g.book.o.Limits.Depth; most > 0 && int(l.origins[at].depth) == most {
				g.beyond = DepthLimit
				l.vertex = append(l.vertex, vertex{})
				continue
			}
			l.vertex = append(l.vertex, g.look(place{n, int32(at)}, s))
		}
	}
	g.weigh(l)
	g.book.tick(ctx)
	return Complete
}

// weigh estimates how much memory is held when a layer is as it is now: all layers
// count as if they had their edges, the index as if it were half full.
func (g *graph[S, A]) weigh(l *layer[S]) {
	stats := &g.book.stats
	var s S
	state := unsafe.Sizeof(origin{}) + unsafe.Sizeof(vertex{}) + 2*(unsafe.Sizeof(fingerprint{})+4)
	stats.Memory = max(stats.Memory, stats.States*uint64(state)+
		stats.Transitions*uint64(unsafe.Sizeof(edge{}))+uint64(len(l.waiting))*uint64(unsafe.Sizeof(s)))
}

// look finds out what is possible in a state.
func (g *graph[S, A]) look(at place, s S) (v vertex) {
	m, here := g.book.model, &g.layers[at.layer].origins[at.at]
	good, depth := here.good, here.depth
	g.actions, g.edges = m.Actions(s, g.actions[:0]), g.edges[:0]
	must, before := false, g.book.stats.Transitions
	for ordinal, a := range g.actions {
		next, ok := m.Next(s, a)
		if !ok && g.fair == nil {
			continue
		}
		class := g.class(s, a)
		if must = must || class >= 0 || g.fair == nil; class >= 0 {
			v.can.add(class)
		}
		if !ok {
			g.beyond = max(g.beyond, Partial)
			continue
		}
		g.count(a)
		to, bad := g.add(next, origin{from: at, ordinal: int32(ordinal), depth: depth + 1})
		if bad && !good && to.layer == at.layer {
			g.edges = append(g.edges, edge{to.at, int32(ordinal), int16(class)})
		}
	}
	degree := int(g.book.stats.Transitions - before)
	if g.book.stats.OutDegree.add(degree); degree == 0 {
		g.book.stats.Terminal++
	}
	v.end = !good && !must && !ended(m, s)
	v.edges = append(v.edges, g.edges...)
	return v
}

func (g *graph[S, A]) class(s S, a A) int {
	if g.fair == nil {
		return -1
	}
	class := g.fair.Class(s, a)
	if class >= Classes {
		panic(fmt.Sprintf("explore: %v is of class %d; they end at %d", a, class, Classes-1))
	}
	if class >= 0 && g.fair.Strong(class) {
		g.strong.add(class)
	}
	return class
}

// add returns where a state is, and whether the property does not hold there. What
// comes behind one where it does is of no interest unless it must hold again.
func (g *graph[S, A]) add(s S, o origin) (at place, bad bool) {
	if g.layered != nil {
		at.layer = int32(g.layered.Spent(s).total())
	}
	for int(at.layer) >= len(g.layers) {
		g.layers = append(g.layers, &layer[S]{index: make(map[fingerprint]int32)})
	}
	l := g.layers[at.layer]
	g.enc = g.book.model.AppendTo(g.enc[:0], s)
	f := fingerprintOf(g.enc, g.book.o.Wide)
	known := false
	if at.at, known = l.index[f]; known {
		return at, !l.origins[at.at].good
	}
	o.good = g.property.Holds(s)
	if o.good && !g.property.Again {
		return at, false
	}
	at.at = int32(len(l.origins))
	l.index[f] = at.at
	l.origins = append(l.origins, o)
	l.waiting = append(l.waiting, s)
	stats := &g.book.stats
	stats.States++
	if int(o.depth) == len(stats.Levels) {
		stats.Levels = append(stats.Levels, 0)
	}
	stats.Levels[o.depth]++
	return at, !o.good
}

// count counts an action that was taken.
func (g *graph[S, A]) count(a A) {
	g.book.stats.Transitions++
	if g.sorter != nil {
		g.book.stats.Taken[g.sorter.Kind(a)].Times++
	}
}

// retrace executes a lasso again.
func (g *graph[S, A]) retrace(l *lasso) (*Path[S, A], error) {
	var stem []int
	for at := l.at; ; {
		o := &g.layers[at.layer].origins[at.at]
		stem = append(stem, int(o.ordinal))
		if o.depth == 0 {
			break
		}
		at = o.from
	}
	slices.Reverse(stem)
	path, err := retrace(g.book.model, append(stem, l.cycle...), Unreduced)
	if err != nil {
		return nil, err
	}
	path.Cycle = len(l.cycle)
	return path, nil
}
