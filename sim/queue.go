package sim

import "slices"

// queue orders actions by (due, sequence number), so that what is due at the
// same time happens in the order it was asked for. It is a 4-ary heap of
// 16-byte keys, four to a cache line, with the actions in a slab beside it:
// container/heap costs three to four times as much and allocates.
type queue struct {
	keys    []key
	seq     uint32
	actions []Action
	free    []uint32
}

type key struct {
	due  int64
	seq  uint32 // wraps after 4 billion actions, far beyond any run
	slot uint32
}

func (k key) before(o key) bool { return k.due < o.due || k.due == o.due && k.seq < o.seq }

func (q *queue) len() int { return len(q.keys) }

// first returns when the next action is due.
func (q *queue) first() int64 { return q.keys[0].due }

func (q *queue) push(due int64, a Action) {
	var slot uint32
	if n := len(q.free); n > 0 {
		slot = q.free[n-1]
		q.free = q.free[:n-1]
		q.actions[slot] = a
	} else {
		slot = uint32(len(q.actions))
		q.actions = append(q.actions, a)
	}
	q.seq++
	k := key{due, q.seq, slot}
	q.keys = append(q.keys, k)
	i := len(q.keys) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !k.before(q.keys[parent]) {
			break
		}
		q.keys[i] = q.keys[parent]
		i = parent
	}
	q.keys[i] = k
}

func (q *queue) pop() (due int64, a Action) {
	top := q.keys[0]
	q.free = append(q.free, top.slot)
	last := len(q.keys) - 1
	k := q.keys[last]
	q.keys = q.keys[:last]
	if last > 0 {
		q.sift(k, last)
	}
	return top.due, q.actions[top.slot]
}

// sift puts k, taken from the end, in its place below the root.
func (q *queue) sift(k key, n int) {
	keys := q.keys[:n]
	i := 0
	for {
		child := 4*i + 1
		if child >= n {
			break
		}
		best := child
		for c := child + 1; c < min(child+4, n); c++ {
			if keys[c].before(keys[best]) {
				best = c
			}
		}
		if !keys[best].before(k) {
			break
		}
		keys[i] = keys[best]
		i = best
	}
	keys[i] = k
}

func (q *queue) clone() queue {
	return queue{slices.Clone(q.keys), q.seq, slices.Clone(q.actions), slices.Clone(q.free)}
}
