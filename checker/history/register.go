package history

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// register is what the operations on one key say of its versions. Versions
// count the writes, so each operation that succeeded has one place in the order
// of all, and there is nothing to search for.
type register struct {
	h        *History
	key      string
	versions []version // in order; not those that nobody has seen
}

// version is a state of a register.
type version struct {
	number int64
	zxid   nodes.Position
	value  string
	writer *Op // who was told it wrote it; nil: somebody who was told nothing
	shown  *Op // who saw or wrote it
}

// newRegister collects the versions of a register. The finding is what they
// contradict each other in, or nil.
func newRegister(h *History, key string, ops []*Op) (*register, *Finding) {
	r := &register{h: h, key: key}
	byNumber := map[int64]*version{}
	for _, writes := range []bool{true, false} {
		for _, o := range ops {
			if o.Outcome != Done || o.Kind.Writes() != writes {
				continue
			}
			if f := r.show(byNumber, o); f != nil {
				return nil, f
			}
		}
	}
	for _, v := range byNumber {
		r.versions = append(r.versions, *v)
	}
	slices.SortFunc(r.versions, func(a, b version) int { return cmp.Compare(a.number, b.number) })
	for i := 1; i < len(r.versions); i++ {
		a, b := &r.versions[i-1], &r.versions[i]
		if !a.zxid.Less(b.zxid) {
			return nil, r.finding([]*Op{a.shown, b.shown}, "version %d has zxid %v and version %d has zxid %v: the order of zxids is not that of versions",
				a.number, a.zxid, b.number, b.zxid)
		}
	}
	return r, nil
}

// show adds the version that an operation wrote or read.
func (r *register) show(known map[int64]*version, o *Op) *Finding {
	begins := r.h.InitialVersion
	switch {
	case o.Version < begins || o.Kind.Writes() && o.Version == begins:
		return r.finding([]*Op{o}, "version %d is before all that could be written: the register begins with version %d", o.Version, begins)
	case o.Kind == CAS && o.Version != o.Expect.Version+1:
		return r.finding([]*Op{o}, "a compare-and-set of version %d made version %d", o.Expect.Version, o.Version)
	case !o.Kind.Writes() && o.Version == begins && o.Value != r.h.Initial:
		return r.finding([]*Op{o}, "version %d is %s, and the register begins as %s", begins, o.Value, r.h.Initial)
	}
	v := known[o.Version]
	switch {
	case v == nil:
		v = &version{number: o.Version, zxid: o.Zxid, value: o.Value, shown: o}
		known[o.Version] = v
	case v.writer != nil && o.Kind.Writes():
		return r.finding([]*Op{v.shown, o}, "two writes were both told that they made version %d: one of them is lost", o.Version)
	case v.value != o.Value || v.zxid != o.Zxid:
		return r.finding([]*Op{v.shown, o}, "version %d is %s of zxid %v to one and %s of zxid %v to the other",
			o.Version, v.value, v.zxid, o.Value, o.Zxid)
	}
	if o.Kind.Writes() {
		v.writer = o
	}
	return nil
}

func (r *register) finding(ops []*Op, format string, args ...any) *Finding {
	return &Finding{r.key, fmt.Sprintf(format, args...), ops}
}

// find returns where a version is, or would be.
func (r *register) find(number int64) (int, bool) {
	return slices.BinarySearchFunc(r.versions, number, func(v version, n int64) int { return cmp.Compare(v.number, n) })
}

// last returns the number of the newest version that anybody saw.
func (r *register) last() int64 {
	if len(r.versions) == 0 {
		return r.h.InitialVersion
	}
	return r.versions[len(r.versions)-1].number
}

// place is a place in the order of all operations on a register: 2v for the
// write that makes version v, 2v+1 for what finds that version there.
type place int64

func written(v int64) place { return place(2 * v) }
func found(v int64) place   { return place(2*v + 1) }

func (p place) version() int64 { return int64(p >> 1) }

// sight is an operation, and where it must be.
type sight struct {
	op *Op // nil: the beginning
	at place
	// floor is the newest of what had returned when op was called: op cannot be
	// before it.
	floor *sight
}

// sweep finds the place of each operation. Only a refused compare-and-set has a
// choice; it takes the first place that will do, since every later one would
// leave less room for those that follow.
func (r *register) sweep(ops []*Op) []sight {
	sights := make([]sight, len(ops))
	var returned []*sight
	for i, o := range ops {
		sights[i].op = o
		if o.Return > 0 {
			returned = append(returned, &sights[i])
		}
	}
	slices.SortFunc(returned, func(a, b *sight) int { return cmp.Compare(a.op.Return, b.op.Return) })
	floor := &sight{at: found(r.h.InitialVersion)}
	for i := range sights {
		s := &sights[i]
		for ; len(returned) > 0 && returned[0].op.before(s.op); returned = returned[1:] {
			if returned[0].at > floor.at {
				floor = returned[0]
			}
		}
		s.floor = floor
		s.at = r.place(s.op, floor.at)
	}
	return sights
}

// place returns where an operation must be, or for an unknown outcome, where it
// can be at the earliest.
func (r *register) place(o *Op, floor place) place {
	switch {
	case o.Outcome == Unknown:
		return written(floor.version() + 1)
	case o.Refused && o.Expect.Version == floor.version():
		return found(o.Expect.Version + 1)
	case o.Refused:
		return found(floor.version())
	case o.Kind.Writes():
		return written(o.Version)
	default:
		return found(o.Version)
	}
}

// linearize looks for what has no place in an order that agrees with real time.
// Operations that are not strict may be before others that had returned.
func (r *register) linearize(ops []*Op, newest map[*Op]*Op, strict func(*Op) bool) []Finding {
	var findings []Finding
	sights := r.sweep(ops)
	for i := range sights {
		if s := &sights[i]; s.floor.at > s.at && strict(s.op) {
			findings = append(findings, *r.stale(s))
		}
	}
	if findings == nil {
		if f := r.fill(sights, newest); f != nil {
			findings = append(findings, *f)
		}
	}
	return findings
}

// stale says that an operation shows less than what had been shown before it.
func (r *register) stale(s *sight) *Finding {
	age := (s.op.At - s.floor.op.Until).Round(time.Microsecond)
	v := s.floor.at.version()
	if s.op.Kind.Writes() {
		return r.finding([]*Op{s.floor.op, s.op}, "a %v made version %d, and version %d had been there %v before it was asked for",
			s.op.Kind, s.op.Version, v, age)
	}
	return r.finding([]*Op{s.floor.op, s.op}, "a stale %v shows version %d, and version %d had been there %v before it was asked for",
		s.op.Kind, s.op.Version, v, age)
}
