package explore

// table is a set of fingerprints: open addressing with linear probing in a
// power of two of slots, at most three quarters of them taken. The upper
// halves of wide fingerprints lie in an array of their own, which is looked
// at only when the lower halves are equal.
type table struct {
	lo, hi  []uint64
	n       int
	touched uint64 // see addAll
}

func newTable(slots int, wide bool) table {
	t := table{lo: newWords(slots)}
	if wide {
		t.hi = newWords(slots)
	}
	return t
}

// add reports whether f was not in the set before.
func (t *table) add(f fingerprint) bool {
	if t.n >= len(t.lo)/4*3 {
		t.grow()
	}
	slot := t.find(f)
	if t.lo[slot] != 0 {
		return false
	}
	t.lo[slot] = f.lo
	if t.hi != nil {
		t.hi[slot] = f.hi
	}
	t.n++
	return true
}

// has reports whether f is in the set.
func (t *table) has(f fingerprint) bool { return t.lo[t.find(f)] != 0 }

// ahead is how many slots are looked at together.
const ahead = 16

// addAll reads the slots of several fingerprints before it needs the first of them, so
// that the processor fetches them at the same time: nearly each is in a cache line of
// its own.
func (t *table) addAll(prints []fingerprint, places []uint32, fresh []bool) {
	for len(places) > 0 {
		now := places[:min(ahead, len(places))]
		places = places[len(now):]
		touched, mask := uint64(0), uint64(len(t.lo)-1)
		for _, i := range now {
			touched ^= t.lo[prints[i].lo&mask]
		}
		t.touched = touched // so that the compiler leaves the loop alone
		for _, i := range now {
			fresh[i] = t.add(prints[i])
		}
	}
}

func (t *table) sum() uint64 {
	n := uint64(0)
	for slot, lo := range t.lo {
		n += lo
		if t.hi != nil {
			n += t.hi[slot]
		}
	}
	return n
}

func (t *table) bytes() uint64 { return uint64(len(t.lo)+len(t.hi)) * 8 }

// find returns the slot that holds f, or the free one where it belongs.
func (t *table) find(f fingerprint) int {
	mask := uint64(len(t.lo) - 1)
	for slot := f.lo & mask; ; slot = (slot + 1) & mask {
		switch t.lo[slot] {
		case 0:
			return int(slot)
		case f.lo:
			if t.hi == nil || t.hi[slot] == f.hi {
				return int(slot)
			}
		}
	}
}

func (t *table) grow() {
	bigger := newTable(2*len(t.lo), t.hi != nil)
	for i, lo := range t.lo {
		if lo == 0 {
			continue
		}
		f := fingerprint{lo: lo}
		if t.hi != nil {
			f.hi = t.hi[i]
		}
		slot := bigger.find(f)
		bigger.lo[slot] = lo
		if t.hi != nil {
			bigger.hi[slot] = f.hi
		}
	}
	bigger.n = t.n
	t.free()
	*t = bigger
}

func (t *table) free() {
	freeWords(t.lo)
	freeWords(t.hi)
	*t = table{}
}
