package explore

// tarjan finds strongly connected components by Tarjan's algorithm ("Depth-first
// search and linear graph algorithms", 1972), without recursion: paths can be
// millions of edges long.
type tarjan struct {
	graph []vertex
	// region is the part of the graph that a vertex belongs to: edges between regions
	// do not count. A component that was found is a region of its own.
	region      []int32
	regions     int32
	number, low []int32 // from 1, in the order of the search; 0: not met yet
	next        int32
	stack       []int32
	calls       []call
	found       [][]int32
}

// call is a vertex under search and which of its edges comes next.
type call struct {
	at   int32
	edge int
}

func newTarjan(graph []vertex) *tarjan {
	n := len(graph)
	return &tarjan{graph: graph, region: make([]int32, n), number: make([]int32, n), low: make([]int32, n)}
}

// all returns the components of the graph, the members of each in the order of
// discovery.
func (t *tarjan) all() [][]int32 {
	t.found = nil
	for i := range t.graph {
		if t.number[i] == 0 {
			t.search(int32(i))
		}
	}
	return t.found
}

// within returns the components of what is left of a component without some of
// its members.
func (t *tarjan) within(members []int32, without func(int32) bool) [][]int32 {
	t.found = nil
	t.regions++
	left := t.regions
	for _, m := range members {
		if !without(m) {
			t.region[m], t.number[m] = left, 0
		}
	}
	for _, m := range members {
		if t.region[m] == left && t.number[m] == 0 {
			t.search(m)
		}
	}
	return t.found
}

func (t *tarjan) search(root int32) {
	t.enter(root)
	for len(t.calls) > 0 {
		c := &t.calls[len(t.calls)-1]
		edges := t.graph[c.at].edges
		if c.edge == len(edges) {
			t.leave(c.at)
			continue
		}
		to := edges[c.edge].to
		c.edge++
		switch {
		case t.region[to] != t.region[c.at]: // among others that of a component found before
		case t.number[to] == 0:
			t.enter(to)
		default:
			t.low[c.at] = min(t.low[c.at], t.number[to])
		}
	}
}

func (t *tarjan) enter(at int32) {
	t.next++
	t.number[at], t.low[at] = t.next, t.next
	t.stack = append(t.stack, at)
	t.calls = append(t.calls, call{at: at})
}

func (t *tarjan) leave(at int32) {
	t.calls = t.calls[:len(t.calls)-1]
	if n := len(t.calls); n > 0 {
		above := t.calls[n-1].at
		t.low[above] = min(t.low[above], t.low[at])
	}
	if t.low[at] != t.number[at] {
		return
	}
	i := len(t.stack) - 1
	for t.stack[i] != at {
		i--
	}
	members := append([]int32(nil), t.stack[i:]...)
	t.stack = t.stack[:i]
	t.regions++
	for _, m := range members {
		t.region[m] = t.regions
	}
	t.found = append(t.found, members)
}
