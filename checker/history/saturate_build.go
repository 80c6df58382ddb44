package history

import (
	"cmp"
	"math"
	"slices"
)

// build looks for an order, without ever going back: it does what changes
// nothing as soon as it can be done; of the writes that nobody stands in the way
// of, that which is due first. If it does not come to the end it returns pairs of
// writes to one register, of which the first was done and the second has to wait
// for those who have yet to read it.
func (c *constraints) build(sorted []int) (stuck [][2]int) {
	b := &building{
		constraints: c, contents: map[string]content{}, unreadBy: map[string]int{}, last: map[string]int{},
		due: c.due(sorted), waits: make([]int, len(c.next)),
	}
	for _, to := range c.next {
		for _, n := range to {
			b.waits[n]++
		}
	}
	for _, o := range c.ops {
		b.contents[o.Key] = content{version: c.h.InitialVersion, value: c.h.Initial}
		b.unreadBy[o.Key], b.last[o.Key] = len(c.beginners[o.Key]), beginning
	}
	for n, waits := range slices.Clone(b.waits) {
		if waits == 0 {
			b.free(n)
		}
	}
	for b.step() {
	}
	if b.done == len(c.ops) {
		return nil
	}
	stuck = [][2]int{}
	for _, n := range b.ready {
		if w := b.last[c.ops[n].Key]; c.ops[n].Kind.Writes() && !c.ops[n].Refused && w >= 0 {
			stuck = append(stuck, [2]int{w, n})
		}
	}
	return stuck
}

// due says for each node when the first has returned of those that must come
// after it, or itself.
func (c *constraints) due(sorted []int) []int {
	due := make([]int, len(c.next))
	for _, n := range slices.Backward(sorted) {
		due[n] = math.MaxInt
		if n < len(c.ops) && c.ops[n].Return > 0 && c.ops[n].Outcome != Unknown {
			due[n] = c.ops[n].Return
		}
		for _, to := range c.next[n] {
			due[n] = min(due[n], due[to])
		}
	}
	return due
}

// building is an order as far as it has come.
type building struct {
	*constraints
	contents map[string]content
	unreadBy map[string]int // by key: how many have yet to read what is there
	last     map[string]int // by key: the write that made it
	due      []int          // when what follows a node has returned
	waits    []int
	ready    []int
	done     int
}

// free takes note that nothing has to come before a node any more.
func (b *building) free(n int) {
	if n < len(b.ops) {
		b.ready = append(b.ready, n)
		return
	}
	b.release(n)
}

func (b *building) release(n int) {
	for _, to := range b.next[n] {
		if b.waits[to]--; b.waits[to] == 0 {
			b.free(to)
		}
	}
}

// step does one operation, if one can be done.
func (b *building) step() bool {
	best := -1
	for i, n := range b.ready {
		o := b.ops[n]
		if _, ok := b.rules.step(b.contents[o.Key], o); !ok || !b.harmless(n) {
			continue
		}
		if !o.Kind.Writes() || o.Refused {
			best = i
			break
		}
		if best < 0 || b.sooner(n, b.ready[best]) {
			best = i
		}
	}
	if best < 0 {
		return false
	}
	n := b.ready[best]
	b.ready = slices.Delete(b.ready, best, best+1)
	b.do(n)
	return true
}

// harmless reports whether nobody else has yet to read what an operation
// replaces.
func (b *building) harmless(n int) bool {
	o := b.ops[n]
	if !o.Kind.Writes() || o.Refused {
		return true
	}
	others := b.unreadBy[o.Key]
	if b.source[n] != unread {
		others--
	}
	return others == 0
}

func (b *building) sooner(x, y int) bool {
	return cmp.Or(cmp.Compare(b.due[x], b.due[y]), cmp.Compare(b.ops[x].Call, b.ops[y].Call)) < 0
}

func (b *building) do(n int) {
	o := b.ops[n]
	b.contents[o.Key], _ = b.rules.step(b.contents[o.Key], o)
	if b.source[n] != unread {
		b.unreadBy[o.Key]--
	}
	if o.Kind.Writes() && !o.Refused {
		b.unreadBy[o.Key], b.last[o.Key] = len(b.readers[n]), n
	}
	b.done++
	b.release(n)
}
