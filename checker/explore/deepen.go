package explore

import "context"

// Deepen searches depth first with iterative deepening: all executions of at
// most step actions, then of twice as many, three times, and so on, until
// nothing lies deeper. It holds no frontier, only the visited set and one
// path. A state that is found again on a shorter path is expanded again, so
// nothing within the bound is missed. With a step of 1 counterexamples are
// shortest, at the price of searching what is shallow again and again.
//
// Transitions and Taken count the work of all rounds; the other numbers are those of
// the last. Fingerprints have 64 bits, and there is one worker.
func Deepen[S, A any](ctx context.Context, m Model[S, A], o Options, step int) (*Result[S, A], error) {
	o.Wide, o.Bitstate = false, 0
	seen := newDepths(1 << 10)
	defer seen.free()
	d := newDFS(m, o, seen)
	step = max(1, step)
	for bound := step; ; bound += step {
		if o.Limits.Depth > 0 {
			bound = min(bound, o.Limits.Depth)
		}
		seen.reset()
		d.round(ctx, bound)
		d.stats.Levels = seen.levels()
		if d.verdict == Complete && d.cut && bound == o.Limits.Depth {
			d.verdict = DepthLimit
		}
		if d.verdict != Complete || !d.cut {
			return d.result()
		}
	}
}

// depths is a set of fingerprints, each with the least depth at which it was
// found.
type depths struct {
	table
	at []uint64 // by slot
}

func newDepths(slots int) *depths { return &depths{newTable(slots, false), newWords(slots)} }

// reset forgets all states.
func (d *depths) reset() {
	d.free()
	*d = *newDepths(1 << 10)
}

func (d *depths) free() {
	d.table.free()
	freeWords(d.at)
}

func (d *depths) states() uint64 { return uint64(d.n) }
func (d *depths) bytes() uint64  { return d.table.bytes() + uint64(len(d.at))*8 }

// improve implements [seenSet]: what is new or nearer than it was has to be expanded.
func (d *depths) improve(f fingerprint, depth int) (fresh, nearer bool) {
	if d.n >= len(d.lo)/4*3 {
		d.double()
	}
	slot := d.find(f)
	fresh = d.lo[slot] == 0
	nearer = fresh || uint64(depth) < d.at[slot]
	if fresh {
		d.lo[slot] = f.lo
		d.n++
	}
	if nearer {
		d.at[slot] = uint64(depth)
	}
	return fresh, nearer
}

func (d *depths) double() {
	bigger := newDepths(2 * len(d.lo))
	for i, lo := range d.lo {
		if lo != 0 {
			slot := bigger.find(fingerprint{lo: lo})
			bigger.lo[slot], bigger.at[slot] = lo, d.at[i]
		}
	}
	bigger.n = d.n
	d.free()
	*d = *bigger
}

// levels counts the states by depth.
func (d *depths) levels() []uint64 {
	var levels []uint64
	for i, lo := range d.lo {
		if lo == 0 {
			continue
		}
		for uint64(len(levels)) <= d.at[i] {
			levels = append(levels, 0)
		}
		levels[d.at[i]]++
	}
	return levels
}
