package explore

import (
	"context"
	"slices"

	"github.com/zabsim/zabsim/checker"
)

// Fair is a [Model] that says which actions must not be put off for ever. An
// execution that never ends is fair if each class of actions is again and
// again taken, or again and again impossible: weak fairness. Without it every
// cycle counts, even one that something else is possible in all the time.
type Fair[A any] interface {
	// Class returns the class of an action, below 64, or a negative number for
	// one that need never happen, such as a fault.
	Class(a A) int
}

// Liveness answers the Eventually properties of a model: on every fair
// execution the property holds sooner or later. What refutes one is an
// execution on which it never holds and that either ends, nothing being
// possible any more, or goes round for ever: a lasso.
//
// It keeps in memory all states that can be reached without the property
// having held, with their edges, so it is for models small enough for that. If
// limits cut it short the answer is Unknown, unless a lasso was found.
func Liveness[S, A any](ctx context.Context, m Model[S, A], o Options) (*Result[S, A], error) {
	b := newBook(m, o)
	r := &Result[S, A]{}
	for i := range b.properties {
		p := &b.properties[i]
		if p.Kind != checker.Eventually {
			continue
		}
		g := &graph[S, A]{model: m, holds: p.Holds, index: make(map[fingerprint]int32), wide: o.Wide}
		g.fair, _ = m.(Fair[A])
		limit := g.grow(ctx, &b)
		f := Finding[S, A]{Property: p.Name, Kind: p.Kind}
		if route, cycle := g.refute(); route != nil {
			path, err := retrace(m, route)
			if err != nil {
				return nil, err
			}
			path.Cycle = cycle
			f.Answer, f.Path = Fails, path
			b.verdict = Violation
		} else if limit == Complete {
			f.Answer = Holds
		} else if b.verdict == Complete {
			b.verdict = limit
		}
		r.Findings = append(r.Findings, f)
	}
	r.Verdict, r.Stats = b.verdict, b.stats
	return r, nil
}

// graph is the states that are reached without a property having held.
type graph[S, A any] struct {
	model Model[S, A]
	holds func(S) bool
	fair  Fair[A]
	wide  bool

	index  map[fingerprint]int32
	vertex []vertex
	states []S // of the vertices not expanded yet
}

// vertex is a state with what is possible there.
type vertex struct {
	parent  int32 // -1: initial
	ordinal int32 // how it was found from there
	edges   []edge
	can     uint64 // the classes of all actions possible here
	end     bool   // nothing is possible, and that is not an end the model allows
}

// edge leads to another state in which the property does not hold.
type edge struct {
	to, ordinal int32
	class       int8
}

// grow expands the graph, nearest states first.
func (g *graph[S, A]) grow(ctx context.Context, b *book[S, A]) Verdict {
	for i, s := range g.model.Initial() {
		g.add(s, -1, i)
	}
	var actions []A
	for at := 0; at < len(g.vertex); at++ {
		if at%waveStates == waveStates-1 {
			b.stats.States = uint64(len(g.vertex))
			if limit, reached := b.tick(ctx); reached {
				return limit
			}
		}
		s := g.states[at]
		actions = g.model.Actions(s, actions[:0])
		v := vertex{parent: g.vertex[at].parent, ordinal: g.vertex[at].ordinal}
		possible := false
		for ordinal, a := range actions {
			next, ok := g.model.Next(s, a)
			if !ok {
				continue
			}
			possible = true
			b.stats.Transitions++
			class := g.class(a)
			if class >= 0 {
				v.can |= 1 << class
			}
			if to := g.add(next, int32(at), ordinal); to >= 0 {
				v.edges = append(v.edges, edge{to, int32(ordinal), class})
			}
		}
		v.end = !possible && stuck(g.model, s)
		g.vertex[at] = v
	}
	b.stats.States = max(b.stats.States, uint64(len(g.vertex)))
	return Complete
}

func (g *graph[S, A]) class(a A) int8 {
	if g.fair == nil {
		return -1
	}
	return int8(g.fair.Class(a))
}

// add returns the vertex of a state, or -1 if the property holds there.
func (g *graph[S, A]) add(s S, parent int32, ordinal int) int32 {
	if g.holds(s) {
		return -1
	}
	f := fingerprintOf(g.model.AppendTo(nil, s), g.wide)
	if at, known := g.index[f]; known {
		return at
	}
	at := int32(len(g.vertex))
	g.index[f] = at
	g.vertex = append(g.vertex, vertex{parent: parent, ordinal: int32(ordinal)})
	g.states = append(g.states, s)
	return at
}

// refute returns the route of an execution on which the property never holds,
// and how many steps at its end are the cycle; no route if there is none.
func (g *graph[S, A]) refute() (route []int, cycle int) {
	for i := range g.vertex {
		if g.vertex[i].end {
			return g.routeTo(int32(i)), 0
		}
	}
	for _, members := range components(g.vertex) {
		if round := g.fairCycle(members); round != nil {
			return append(g.routeTo(members[0]), round...), len(round)
		}
	}
	return nil, 0
}

func (g *graph[S, A]) routeTo(i int32) []int {
	var route []int
	for ; i >= 0; i = g.vertex[i].parent {
		route = append(route, int(g.vertex[i].ordinal))
	}
	slices.Reverse(route)
	return route
}

// fairCycle returns the actions of a fair cycle that begins and ends in the
// first member of a strongly connected component, nil if it has none. Since
// one cycle can visit all of a component, there is a fair one exactly if each
// class is taken inside, or impossible in some member.
func (g *graph[S, A]) fairCycle(members []int32) []int {
	inside := make(map[int32]bool, len(members))
	for _, m := range members {
		inside[m] = true
	}
	var taken, everywhere uint64 = 0, 1<<64 - 1
	edges := 0
	for _, m := range members {
		everywhere &= g.vertex[m].can
		for _, e := range g.vertex[m].edges {
			if inside[e.to] {
				edges++
				if e.class >= 0 {
					taken |= 1 << e.class
				}
			}
		}
	}
	if edges == 0 || everywhere&^taken != 0 {
		return nil
	}
	return g.tour(members[0], inside, everywhere)
}

// tour walks round a component: through an edge of each class that is possible
// everywhere, past a member for each other class where it is impossible, and
// back.
func (g *graph[S, A]) tour(home int32, inside map[int32]bool, everywhere uint64) []int {
	var round []int
	at := home
	walk := func(wanted func(edge) bool) {
		hops, end := g.hop(at, inside, wanted)
		round, at = append(round, hops...), end
	}
	for class := range int8(64) {
		bit := uint64(1) << class
		if everywhere&bit != 0 {
			walk(func(e edge) bool { return e.class == class })
		} else if g.vertex[at].can&bit != 0 {
			walk(func(e edge) bool { return g.vertex[e.to].can&bit == 0 })
		}
	}
	if at != home || len(round) == 0 {
		walk(func(e edge) bool { return e.to == home })
	}
	return round
}

// hop returns the actions of a shortest way inside a component whose last edge
// is the one wanted, and where it ends.
func (g *graph[S, A]) hop(from int32, inside map[int32]bool, wanted func(edge) bool) (actions []int, end int32) {
	type visit struct {
		at, before int32
		ordinal    int32
	}
	queue := []visit{{from, -1, 0}}
	seen := map[int32]bool{from: true}
	back := func(i int32, last int32) []int {
		route := []int{int(last)}
		for ; queue[i].before >= 0; i = queue[i].before {
			route = append(route, int(queue[i].ordinal))
		}
		slices.Reverse(route)
		return route
	}
	for i := int32(0); int(i) < len(queue); i++ {
		at := queue[i].at
		for _, e := range g.vertex[at].edges {
			if !inside[e.to] {
				continue
			}
			if wanted(e) {
				return back(i, e.ordinal), e.to
			}
			if !seen[e.to] {
				seen[e.to] = true
				queue = append(queue, visit{e.to, i, e.ordinal})
			}
		}
	}
	panic("explore: a component that is not connected")
}
