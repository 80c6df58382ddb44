package explore

import "slices"

// lasso is an execution that ends in some state, or goes round for ever from
// there.
type lasso struct {
	at    place
	cycle []int // the actions of the cycle; none: the execution ends
}

// refute returns an execution through a layer on which the property never holds
// again, or nil: one that ends if there is any, or the lasso of the fewest actions
// among one for each component. States that were not expanded are in none.
func (l *layer[S]) refute(n int32, strong *classSet) *lasso {
	l.vertex = append(l.vertex, make([]vertex, len(l.origins)-len(l.vertex))...)
	for i := range l.vertex {
		if l.vertex[i].end {
			return &lasso{at: place{n, int32(i)}}
		}
	}
	var best *lasso
	var least int
	t := newTarjan(l.vertex)
	for left := t.all(); len(left) > 0; {
		members := left[len(left)-1]
		cycle, smaller := t.fairCycle(members, *strong)
		left = append(left[:len(left)-1], smaller...)
		length := int(l.origins[members[0]].depth) + len(cycle)
		if cycle != nil && (best == nil || length < least) {
			best, least = &lasso{place{n, members[0]}, cycle}, length
		}
	}
	return best
}

// fairCycle returns the actions of a fair cycle that begins and ends in the
// first member of a strongly connected component, nil if it has none. One cycle
// can visit all of a component. So there is a fair one if each class is taken
// inside, or impossible: somewhere, and everywhere if it is a strong one. If a
// strong class is possible somewhere and not taken, the cycle must keep away from
// there: fairCycle returns the components of what is left.
func (t *tarjan) fairCycle(members []int32, strong classSet) (cycle []int, smaller [][]int32) {
	region := t.region[members[0]]
	everywhere := t.graph[members[0]].can
	var somewhere, taken classSet
	edges := 0
	for _, m := range members {
		v := &t.graph[m]
		everywhere, somewhere = everywhere.and(v.can), somewhere.or(v.can)
		for _, e := range v.edges {
			if t.region[e.to] == region {
				edges++
				if e.class >= 0 {
					taken.add(int(e.class))
				}
			}
		}
	}
	if edges == 0 || !everywhere.without(taken).empty() {
		return nil, nil
	}
	missed := somewhere.and(strong).without(taken)
	if !missed.empty() {
		return nil, t.within(members, func(m int32) bool { return !t.graph[m].can.and(missed).empty() })
	}
	w := tour{graph: t.graph, region: t.region, at: members[0]}
	return w.round(everywhere.or(somewhere.and(strong))), nil
}

// tour is a walk round a strongly connected component.
type tour struct {
	graph   []vertex
	region  []int32
	at      int32
	actions []int
	taken   classSet // on the way
	idle    classSet // those that were impossible somewhere there
}

// round walks through an edge of each class that must be taken, past a member for
// each other class where it is impossible, and back.
func (t *tour) round(must classSet) []int {
	home := t.at
	t.pass(edge{to: home, class: -1})
	for class := range Classes {
		switch {
		case must.has(class) && !t.taken.has(class):
			t.walk(func(e edge) bool { return int(e.class) == class })
		case !must.has(class) && !t.idle.has(class):
			t.walk(func(e edge) bool { return !t.graph[e.to].can.has(class) })
		}
	}
	if t.at != home || len(t.actions) == 0 {
		t.walk(func(e edge) bool { return e.to == home })
	}
	return t.actions
}

// pass notes what taking an edge does for fairness.
func (t *tour) pass(e edge) {
	var all classSet
	for i := range all {
		all[i] = 1<<64 - 1
	}
	t.idle = t.idle.or(all.without(t.graph[e.to].can))
	if e.class >= 0 {
		t.taken.add(int(e.class))
	}
}

// walk takes a shortest way inside the component whose last edge is the one
// wanted.
func (t *tour) walk(wanted func(edge) bool) {
	type visit struct {
		before int32 // in the queue
		by     edge
	}
	queue := []visit{{-1, edge{to: t.at}}}
	seen := map[int32]bool{t.at: true}
	for i := int32(0); int(i) < len(queue); i++ {
		for _, e := range t.graph[queue[i].by.to].edges {
			switch {
			case t.region[e.to] != t.region[t.at]:
			case wanted(e):
				way := []edge{e}
				for at := i; queue[at].before >= 0; at = queue[at].before {
					way = append(way, queue[at].by)
				}
				for _, e := range slices.Backward(way) {
					t.actions = append(t.actions, int(e.ordinal))
					t.pass(e)
				}
				t.at = way[0].to
				return
			case !seen[e.to]:
				seen[e.to] = true
				queue = append(queue, visit{i, e})
			}
		}
	}
	panic("explore: a component that is not connected")
}
