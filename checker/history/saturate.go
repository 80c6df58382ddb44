package history

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// constraints decides whether operations have an order where no value is
// written to a register twice, so that every read tells which write it read.
// What must come before what then follows step by step:
//
//   - an operation before what is after it in its session, or in real time;
//   - a write before those who read it;
//   - another write of the register, if it is before a read, before the write
//     that was read, and if it is behind that write, behind the read.
//
// Where that comes round in a circle there is no order. Where it does not, one is
// built, and every step of it is checked. It may come to neither (the problem is
// NP-complete, Gibbons and Korach, SIAM J. Comput. 1997); then others have to
// search. In histories of real clients real time leaves so little open that this
// does not happen, and it takes time that is little more than linear.
type constraints struct {
	rules
	h        *History
	sessions []group
	strict   func(*Op) bool // keeps to real time; the others only to their session, and before later writes

	ops     []*Op
	orphan  *Op     // it read what nobody can have written; nil: there is none
	source  []int   // by operation: the write that it read; -1: none, or it is not known
	readers [][]int // by write: who read it
	// beginners, by register, are those who read what was there in the beginning.
	beginners map[string][]int
	writes    []group        // by register
	next      [][]int        // edges; beyond the operations are the moments
	because   map[[2]int]int // for an edge between writes: the read it follows from
	number    map[*Op]int
	moments   int // in either of the two chains
}

// newConstraints returns nil if a value stands for more than one write, or zxids
// were recorded of some operations, which it does not look at.
func newConstraints(h *History, ops []*Op, sessions []group, strict func(*Op) bool) *constraints {
	c := &constraints{
		rules: rules{versions: h.versioned()}, h: h, sessions: sessions, strict: strict,
		because: map[[2]int]int{}, number: map[*Op]int{},
	}
	written := map[[2]string]*Op{}
	read := map[[2]string]bool{}
	for _, o := range ops {
		at := [2]string{o.Key, o.Value}
		switch {
		case o.Placed && o.Zxid != nodes.Position{}:
			return nil
		case o.Kind.Writes() && !o.Refused:
			if written[at] != nil || o.Value == h.Initial {
				return nil
			}
			written[at] = o
		case !o.Kind.Writes():
			read[at] = true
		}
		if o.Kind == CAS && o.Expect.ByValue && !o.Refused {
			read[[2]string{o.Key, o.Expect.Value}] = true
		}
	}
	for _, o := range ops {
		// What nobody read of unknown outcome may have been never.
		if o.Outcome != Unknown || read[[2]string{o.Key, o.Value}] {
			c.number[o] = len(c.ops)
			c.ops = append(c.ops, o)
		}
	}
	c.readFrom(written)
	c.order()
	return c
}

// readFrom finds out who read which write. The beginning is a write as well, of
// which only the readers are known.
func (c *constraints) readFrom(written map[[2]string]*Op) {
	c.source, c.readers, c.beginners = make([]int, len(c.ops)), make([][]int, len(c.ops)), map[string][]int{}
	for i, o := range c.ops {
		c.source[i] = unread
		value := o.Value
		switch {
		case o.Kind == CAS && o.Expect.ByValue && !o.Refused:
			value = o.Expect.Value
		case o.Kind.Writes():
			continue
		}
		if value == c.h.Initial {
			c.source[i] = beginning
			c.beginners[o.Key] = append(c.beginners[o.Key], i)
			continue
		}
		w := written[[2]string{o.Key, value}]
		if w == nil {
			c.orphan = cmp.Or(c.orphan, o)
			continue
		}
		c.source[i] = c.number[w]
		c.readers[c.number[w]] = append(c.readers[c.number[w]], i)
	}
	writes := slices.DeleteFunc(slices.Clone(c.ops), func(o *Op) bool { return !o.Kind.Writes() || o.Refused })
	c.writes = groups(writes, func(o *Op) string { return o.Key })
}

// What an operation can have read besides a write.
const (
	unread    = -1
	beginning = -2
)

// order draws the edges that are there from the start. Real time has an edge
// from everything to nearly everything; instead there are two chains of moments.
// Who returns leads to a moment, and a moment to those who call later: on the one
// chain among those that keep to real time, on the other from all to writes.
func (c *constraints) order() {
	last := 0
	for _, o := range c.ops {
		last = max(last, o.Call, o.Return)
	}
	c.moments = last + 1
	c.next = make([][]int, len(c.ops)+2*c.moments)
	first := len(c.ops)
	for m := range c.moments - 1 {
		c.edge(first+m, first+m+1)
		c.edge(first+c.moments+m, first+c.moments+m+1)
	}
	for i, o := range c.ops {
		strict := c.strict(o)
		if o.Return > 0 && o.Outcome != Unknown {
			if strict {
				c.edge(i, first+o.Return)
			}
			c.edge(i, first+c.moments+o.Return)
		}
		if strict {
			c.edge(first+o.Call-1, i)
		}
		if o.Kind.Writes() {
			c.edge(first+c.moments+o.Call-1, i)
		}
		if w := c.source[i]; w >= 0 {
			c.edge(w, i)
		}
	}
	for _, s := range c.sessions {
		for k := 1; k < len(s.ops); k++ {
			c.edge(c.number[s.ops[k-1]], c.number[s.ops[k]])
		}
	}
}

func (c *constraints) edge(from, to int) { c.next[from] = append(c.next[from], to) }

// mostGuesses bounds how often decide takes a write to be before another one.
const mostGuesses = 500

// decide comes to a verdict, or to Undecided.
func (c *constraints) decide() (Verdict, []Finding) {
	if c.orphan != nil {
		return Violated, []Finding{c.ofNobody()}
	}
	sorted, p, ok := c.settle()
	if !ok {
		return Violated, []Finding{c.circle(sorted)}
	}
	for range mostGuesses {
		stuck := c.build(sorted)
		if stuck == nil {
			return Holds, nil
		}
		// What was done first is in the way of what follows. Perhaps the other came
		// first; if that cannot be, then this did.
		i := slices.IndexFunc(stuck, func(s [2]int) bool { return !p.of[s[1]].has(p.number[s[0]]) && !p.of[s[0]].has(p.number[s[1]]) })
		if i < 0 {
			break
		}
		first, second := stuck[i][0], stuck[i][1]
		before := slices.Clone(c.next) // edges are only ever added
		c.edge(second, first)
		if sorted, p, ok = c.settle(); ok {
			continue
		}
		c.next = before
		c.edge(first, second)
		if sorted, p, ok = c.settle(); !ok {
			break // an earlier guess was wrong
		}
	}
	return Undecided, nil
}

// ofNobody says that a value came out of nowhere.
func (c *constraints) ofNobody() Finding {
	o := c.orphan
	value := o.Value
	if o.Kind == CAS {
		value = o.Expect.Value
	}
	f := Finding{o.Key, fmt.Sprintf("a %v found %s, which nobody wrote", o.Kind, value), []*Op{o}}
	for _, w := range c.h.those(func(w *Op) bool { return w.Kind.Writes() && w.Outcome == Failed && w.Key == o.Key && w.Value == value }) {
		f.Message = fmt.Sprintf("a %v found %s, which was written only by a %v that definitely failed", o.Kind, value, w.Kind)
		f.Ops = []*Op{w, o}
	}
	return f
}

// settle draws all edges that follow. It reports false if there is a circle.
func (c *constraints) settle() (sorted []int, p *past, ok bool) {
	for {
		if sorted = c.sort(); len(sorted) < len(c.next) {
			return sorted, nil, false
		}
		if p = c.before(sorted); !c.saturate(p) {
			return sorted, p, true
		}
	}
}

// sort returns nodes such that edges lead forward: all of them, unless there is
// a circle.
func (c *constraints) sort() []int {
	waits := make([]int, len(c.next))
	for _, to := range c.next {
		for _, n := range to {
			waits[n]++
		}
	}
	sorted := make([]int, 0, len(c.next))
	for n := range waits {
		if waits[n] == 0 {
			sorted = append(sorted, n)
		}
	}
	for i := 0; i < len(sorted); i++ {
		for _, n := range c.next[sorted[i]] {
			if waits[n]--; waits[n] == 0 {
				sorted = append(sorted, n)
			}
		}
	}
	return sorted
}

// bits is a set of writes, by their number among all writes.
type bits []uint64

func (b bits) has(i int) bool { return b[i>>6]>>(i&63)&1 != 0 }

func (b bits) add(i int) { b[i>>6] |= 1 << (i & 63) }

// past says which writes come before each node. Writes are numbered register by
// register.
type past struct {
	of     []bits
	number []int // of an operation among the writes
	writes []int // the writes by number
	place  []int // of a node among those that are sorted
}

// before follows the edges.
func (c *constraints) before(sorted []int) *past {
	p := &past{of: make([]bits, len(c.next)), number: make([]int, len(c.ops)), place: make([]int, len(c.next))}
	for _, key := range c.writes {
		for _, o := range key.ops {
			n := c.number[o]
			p.number[n] = len(p.writes)
			p.writes = append(p.writes, n)
		}
	}
	words := (len(p.writes) + 63) / 64
	all := make(bits, words*len(c.next))
	for n := range p.of {
		p.of[n] = all[n*words : (n+1)*words : (n+1)*words]
	}
	for i, n := range sorted {
		p.place[n] = i
		writes := n < len(c.ops) && c.ops[n].Kind.Writes() && !c.ops[n].Refused
		for _, to := range c.next[n] {
			for i, word := range p.of[n] {
				p.of[to][i] |= word
			}
			if writes {
				p.of[to].add(p.number[n])
			}
		}
	}
	return p
}

// saturate draws the edges that follow from those there are, and reports whether
// there were any.
func (c *constraints) saturate(p *past) bool {
	drawn, first := false, 0
	for _, key := range c.writes {
		after := first + len(key.ops)
		sorted := slices.Clone(p.writes[first:after])
		slices.SortFunc(sorted, func(x, y int) int { return cmp.Compare(p.place[x], p.place[y]) })
		for i := range sorted {
			w := sorted[i]
			if len(c.readers[w]) > 0 {
				next := p.nearest(sorted[i+1:], func(x int) bool { return p.of[x].has(p.number[w]) })
				drawn = c.drawReaders(p, c.readers[w], w, next, first, after) || drawn
			}
		}
		next := p.nearest(sorted, func(int) bool { return true })
		drawn = c.drawReaders(p, c.beginners[key.name], beginning, next, first, after) || drawn
		first = after
	}
	return drawn
}

// nearest returns the writes that are meant, without those that come after
// another one of them.
func (p *past) nearest(sorted []int, meant func(int) bool) []int {
	var found []int
	for _, x := range sorted {
		if meant(x) && !slices.ContainsFunc(found, func(y int) bool { return p.of[x].has(p.number[y]) }) {
			found = append(found, x)
		}
	}
	return found
}

// drawReaders draws what follows for those who read a write of the register
// whose writes have the numbers from first to after: they come before the next
// writes, and what is before them is before the write.
func (c *constraints) drawReaders(p *past, readers []int, w int, next []int, first, after int) bool {
	drawn := false
	for _, r := range readers {
		for _, x := range next {
			if x != r && !slices.Contains(c.next[r], x) {
				c.edge(r, x)
				drawn = true
			}
		}
		if w == beginning {
			continue
		}
		for i := first; i < after; i++ {
			if p.of[r][i>>6] == 0 {
				i |= 63
				continue
			}
			if x := p.writes[i]; p.of[r].has(i) && x != w && x != r && !p.of[w].has(i) {
				c.edge(x, w)
				c.because[[2]int{x, w}] = r
				drawn = true
			}
		}
	}
	return drawn
}
