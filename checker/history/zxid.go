package history

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// byZxid judges a history whose operations have versions and zxids. The order
// of all writes is that of zxids; what remains to be judged is whether it
// agrees with results, with real time and with the order in each session.
type byZxid struct {
	h    *History
	keys []group // those without findings so far
	// writesHold is what linearizableWrites came to.
	writesHold bool
	// registers are what all operations show, plain reads included.
	registers map[string]*register
}

func newByZxid(h *History) *byZxid {
	return &byZxid{h: h, keys: h.keys(), registers: map[string]*register{}}
}

func verdict(findings []Finding) (Verdict, []Finding) {
	if len(findings) > 0 {
		return Violated, findings
	}
	return Holds, nil
}

// each judges register by register, and drops those with findings.
func (z *byZxid) each(one func(group) []Finding) []Finding {
	var findings []Finding
	z.keys = slices.DeleteFunc(z.keys, func(g group) bool {
		f := one(g)
		findings = append(findings, f...)
		return len(f) > 0
	})
	return findings
}

func always(*Op) bool { return true }

// linearizableWrites judges all but plain reads, and by what these show only.
func (z *byZxid) linearizableWrites() (Verdict, []Finding) {
	newest := z.h.newest(func(o *Op) bool { return o.Kind != Read })
	findings := z.each(func(g group) []Finding {
		ops := ordered(g.ops)
		r, f := newRegister(z.h, g.name, ops)
		if f != nil {
			return []Finding{*f}
		}
		return r.linearize(ops, newest, always)
	})
	if findings == nil {
		findings = z.h.realTime(newest)
	}
	z.writesHold = findings == nil
	return verdict(findings)
}

// sequential judges plain reads: they show versions that were there, none that
// was written only later, and in each session never go back.
func (z *byZxid) sequential() (Verdict, []Finding) {
	newest := z.h.newest(always)
	findings := z.each(func(g group) []Finding {
		r, f := newRegister(z.h, g.name, g.ops)
		if f != nil {
			return []Finding{*f}
		}
		z.registers[g.name] = r
		return r.linearize(g.ops, newest, func(o *Op) bool { return o.Kind.Writes() })
	})
	if z.writesHold && findings == nil {
		findings = z.h.realTime(newest)
	}
	for _, session := range z.h.sessions() {
		findings = append(findings, z.forward(session)...)
	}
	return verdict(findings)
}

// linearizable finds all operations that are stale if plain reads count.
func (z *byZxid) linearizable() (Verdict, []Finding) {
	newest := z.h.newest(always)
	return verdict(z.each(func(g group) []Finding {
		return z.registers[g.name].linearize(g.ops, newest, always)
	}))
}

// forward demands that a session goes forward in the order of zxids. A state
// lasts from its own zxid to that of the next version; the session is somewhere
// in between, no further than it must be.
func (z *byZxid) forward(session group) []Finding {
	var findings []Finding
	var seen *Op
	for _, o := range session.ops {
		r := z.registers[o.Key]
		if r == nil {
			continue
		}
		end, ends := o.Zxid, o.Kind.Writes()
		if i, _ := r.find(o.Version + 1); !ends && i < len(r.versions) {
			end, ends = r.versions[i].zxid, true
		}
		if seen != nil && ends && !seen.Zxid.Less(end) {
			findings = append(findings, *r.finding([]*Op{seen, o}, "session %s goes back in time: it had seen zxid %v, and this %s",
				session.name, seen.Zxid, over(o, end)))
		}
		if seen == nil || seen.Zxid.Less(o.Zxid) {
			seen = o
		}
	}
	return findings
}

// over says why an operation cannot come after a zxid.
func over(o *Op, by nodes.Position) string {
	if o.Kind.Writes() {
		return fmt.Sprintf("%v is that of zxid %v", o.Kind, by)
	}
	return fmt.Sprintf("%v shows a state that was over with zxid %v", o.Kind, by)
}

// newest returns for each write the operation with the newest zxid, among those
// to be taken, that had returned when it was called.
func (h *History) newest(take func(*Op) bool) map[*Op]*Op {
	returned := h.those(func(o *Op) bool { return o.Outcome == Done && take(o) })
	slices.SortFunc(returned, func(a, b *Op) int { return cmp.Compare(a.Return, b.Return) })
	newest := map[*Op]*Op{}
	var seen *Op
	for _, w := range h.those(func(o *Op) bool { return o.Kind.Writes() }) {
		for ; len(returned) > 0 && returned[0].before(w); returned = returned[1:] {
			if seen == nil || seen.Zxid.Less(returned[0].Zxid) {
				seen = returned[0]
			}
		}
		if seen != nil {
			newest[w] = seen
		}
	}
	return newest
}

// realTime demands that a write has a newer zxid than all that was seen before
// it was asked for, on any register.
func (h *History) realTime(newest map[*Op]*Op) []Finding {
	var findings []Finding
	for _, w := range h.those(func(o *Op) bool { return o.Kind.Writes() && o.Outcome == Done }) {
		if seen := newest[w]; seen != nil && !seen.Zxid.Less(w.Zxid) {
			findings = append(findings, Finding{w.Key, fmt.Sprintf(
				"a %v got zxid %v, and zxid %v had been seen before it was asked for: the order of zxids is not that of real time",
				w.Kind, w.Zxid, seen.Zxid), []*Op{seen, w}})
		}
	}
	return findings
}
