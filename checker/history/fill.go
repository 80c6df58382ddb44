package history

import "cmp"

// slot is a version whose writer was told nothing.
type slot struct {
	number int64
	seen   bool     // and known is the version
	known  *version // the first that is known from there on; nil: none is
	needed *Op      // shows that there was such a version
}

// filling assigns writes of unknown outcome to the versions that lack a writer:
// a maximum matching, by augmenting paths.
type filling struct {
	*register
	writes []sight // of unknown outcome, each with the first version that it can have made
	newest map[*Op]*Op
	takes  []*slot // by write; nil: it has not taken effect so far
}

// fill looks for a version that nobody can have written.
func (r *register) fill(sights []sight, newest map[*Op]*Op) *Finding {
	f := &filling{register: r, newest: newest}
	for _, s := range sights {
		if s.op.Outcome == Unknown {
			f.writes = append(f.writes, s)
		}
	}
	f.takes = make([]*slot, len(f.writes))
	for i := range r.versions {
		v := &r.versions[i]
		if v.writer != nil || v.number == r.h.InitialVersion {
			continue
		}
		if s := (&slot{v.number, true, v, v.shown}); !f.assign(s) {
			return r.unwritten(s)
		}
	}
	return f.gaps(sights)
}

// gaps assigns writes to the versions that nobody saw. There may be very many
// such versions, but no more than there are writes can be assigned.
func (f *filling) gaps(sights []sight) *Finding {
	end, last := f.last(), (*Op)(nil)
	for _, s := range sights {
		if s.op.Refused && s.at.version() > end {
			end, last = s.at.version(), s.op
		}
	}
	next := f.h.InitialVersion + 1
	for i := 0; i <= len(f.versions); i++ {
		stop := end + 1
		s := slot{needed: last}
		if i < len(f.versions) {
			s.known = &f.versions[i]
			stop, s.needed = s.known.number, s.known.shown
		}
		for ; next < stop; next++ {
			gap := s
			gap.number = next
			if !f.assign(&gap) {
				return f.unwritten(&gap)
			}
		}
		next = max(next, stop+1)
	}
	return nil
}

// assign finds a write for a slot, and other slots for writes that it takes
// away from them.
func (f *filling) assign(s *slot) bool {
	return f.augment(s, make([]bool, len(f.writes)))
}

func (f *filling) augment(s *slot, tried []bool) bool {
	for i := range f.writes {
		if tried[i] || !f.fits(&f.writes[i], s) {
			continue
		}
		tried[i] = true
		if f.takes[i] == nil || f.augment(f.takes[i], tried) {
			f.takes[i] = s
			return true
		}
	}
	return false
}

// fits reports whether a write of unknown outcome can have made a version.
func (f *filling) fits(w *sight, s *slot) bool {
	switch newest := f.newest[w.op]; {
	case w.at > written(s.number):
		return false
	case w.op.Kind == CAS && w.op.Expect.Version+1 != s.number:
		return false
	case s.known != nil && newest != nil && !newest.Zxid.Less(s.known.zxid):
		return false
	}
	return !s.seen || w.op.Value == s.known.value
}

// unwritten says that nobody can have written a version.
func (r *register) unwritten(s *slot) *Finding {
	if !s.seen {
		if s.needed.Refused && s.number > r.last() {
			return r.finding([]*Op{s.needed}, "a compare-and-set was refused, though version %d was there all the time", s.needed.Expect.Version)
		}
		return r.finding([]*Op{s.needed}, "nobody can have written version %d, which must have been there before version %d",
			s.number, cmp.Or(s.needed.Version, s.number+1))
	}
	writers := r.h.those(func(o *Op) bool { return o.Key == r.key && o.Kind.Writes() && o.Value == s.known.value })
	ops := append(writers, s.needed)
	switch {
	case len(writers) == 0:
		return r.finding(ops, "version %d is %s, which nobody wrote", s.number, s.known.value)
	case len(writers) == 1 && writers[0].Outcome == Failed:
		return r.finding(ops, "version %d is %s, by a write that definitely failed", s.number, s.known.value)
	default:
		return r.finding(ops, "version %d is %s, and no write of that value can have made it", s.number, s.known.value)
	}
}
