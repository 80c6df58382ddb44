package explore

// components returns the strongly connected components of a graph, by Tarjan's
// algorithm ("Depth-first search and linear graph algorithms", 1972), without
// recursion: paths can be millions of edges long. The members of each are in
// the order of discovery.
func components(graph []vertex) [][]int32 {
	t := tarjan{graph: graph, number: make([]int32, len(graph)), low: make([]int32, len(graph)), onStack: make([]bool, len(graph))}
	for i := range graph {
		if t.number[i] == 0 {
			t.search(int32(i))
		}
	}
	return t.found
}

type tarjan struct {
	graph       []vertex
	number, low []int32 // from 1, in the order of the search
	onStack     []bool
	stack       []int32
	calls       []call
	next        int32
	found       [][]int32
}

// call is a vertex under search and which of its edges comes next.
type call struct {
	at   int32
	edge int
}

func (t *tarjan) search(root int32) {
	t.enter(root)
	for len(t.calls) > 0 {
		c := &t.calls[len(t.calls)-1]
		if edges := t.graph[c.at].edges; c.edge < len(edges) {
			to := edges[c.edge].to
			c.edge++
			if t.number[to] == 0 {
				t.enter(to)
			} else if t.onStack[to] {
				t.low[c.at] = min(t.low[c.at], t.number[to])
			}
			continue
		}
		t.leave(c.at)
	}
}

func (t *tarjan) enter(at int32) {
	t.next++
	t.number[at], t.low[at] = t.next, t.next
	t.stack = append(t.stack, at)
	t.onStack[at] = true
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
	for _, m := range members {
		t.onStack[m] = false
	}
	t.stack = t.stack[:i]
	t.found = append(t.found, members)
}
