package history

import (
	"cmp"
	"fmt"
	"slices"
)

// circle tells of operations that would each have to come before the next.
func (c *constraints) circle(sorted []int) Finding {
	out := make([]bool, len(c.next)) // not on a circle, nor behind one
	for _, n := range sorted {
		out[n] = true
	}
	path := c.shortestCircle(out)
	var ops []*Op
	for i, n := range path {
		if n < len(c.ops) {
			ops = append(ops, c.ops[n])
		}
		if r, derived := c.because[[2]int{n, path[(i+1)%len(path)]}]; derived {
			ops = append(ops, c.ops[r])
		}
	}
	slices.SortFunc(ops, func(x, y *Op) int { return cmp.Compare(x.Call, y.Call) })
	ops = slices.Compact(ops)
	culprit := slices.MaxFunc(ops, func(x, y *Op) int { return cmp.Compare(x.Return, y.Return) })
	ops = append(slices.DeleteFunc(ops, func(o *Op) bool { return o == culprit }), culprit)
	return Finding{culprit.Key, fmt.Sprintf("a %v fits into no order of the operations: these %d contradict each other", culprit.Kind, len(ops)), ops}
}

// shortestCircle looks for a circle among the nodes that are left, from a few of
// them.
func (c *constraints) shortestCircle(out []bool) []int {
	const tries = 50
	var best []int
	tried := 0
	for start := range c.ops {
		if out[start] {
			continue
		}
		if path := c.wayBack(start, out); path != nil && (best == nil || len(path) < len(best)) {
			best = path
		}
		if tried++; tried >= tries && best != nil {
			break
		}
	}
	return best
}

// wayBack returns a shortest way from a node to itself, or nil.
func (c *constraints) wayBack(start int, out []bool) []int {
	from := map[int]int{}
	for queue := []int{start}; len(queue) > 0; queue = queue[1:] {
		for _, n := range c.next[queue[0]] {
			if n == start {
				path := []int{queue[0]}
				for path[0] != start {
					path = slices.Insert(path, 0, from[path[0]])
				}
				return path
			}
			if _, seen := from[n]; !seen && !out[n] {
				from[n] = queue[0]
				queue = append(queue, n)
			}
		}
	}
	return nil
}
