package reports

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// band is a time during which links were cut, and which.
type band struct {
	from, to time.Duration
	text     string // "partition {s1 s2 s3 | s4 s5}"
}

// links follows cuts and heals. Cuts of one moment that end together make one
// band: a partition into three sides is three cuts.
type links struct {
	servers nodes.Set
	cuts    []openCut
	closed  []openCut
}

// openCut is a cut with what is still cut of it.
type openCut struct {
	sides
	from, to time.Duration
	blocked  [nodes.MaxServers + 1]nodes.Set // by sender
}

func newLinks(servers nodes.Set) *links { return &links{servers: servers} }

func (l *links) cut(at time.Duration, s *sides) {
	c := openCut{sides: *s, from: at}
	for a := range s.a.All() {
		c.blocked[a] |= s.b
	}
	if s.both {
		for b := range s.b.All() {
			c.blocked[b] |= s.a
		}
	}
	l.cuts = append(l.cuts, c)
}

func (l *links) heal(at time.Duration, s *sides) {
	for i := range l.cuts {
		c := &l.cuts[i]
		for id := range l.servers.All() {
			if s.a.Has(id) {
				c.blocked[id] &^= s.b
			}
			if s.both && s.b.Has(id) {
				c.blocked[id] &^= s.a
			}
		}
		if !c.open() {
			c.to = at
			l.closed = append(l.closed, *c)
		}
	}
	l.cuts = slices.DeleteFunc(l.cuts, func(c openCut) bool { return !c.open() })
}

func (c *openCut) open() bool { return c.blocked != [nodes.MaxServers + 1]nodes.Set{} }

// bands returns the bands of a run that ended at end, in order of their
// beginning.
func (l *links) bands(end time.Duration) []band {
	all := slices.Clone(l.closed)
	for _, c := range l.cuts {
		c.to = end
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(x, y openCut) int { return cmp.Compare(x.from, y.from) })
	var bands []band
	for i := 0; i < len(all); {
		var together []*sides
		first := i
		for ; i < len(all) && all[i].from == all[first].from && all[i].to == all[first].to; i++ {
			together = append(together, &all[i].sides)
		}
		bands = append(bands, band{all[first].from, all[first].to, describeCuts(together)})
	}
	return bands
}

// describeCuts returns "partition {s1 s2 | s3}" if the cuts separate disjoint
// sides from each other, else one "cut s1 > s2" after the other.
func describeCuts(cuts []*sides) string {
	var groups []nodes.Set
	var all nodes.Set
	partition := true
	for _, c := range cuts {
		partition = partition && c.both
		for _, s := range []nodes.Set{c.a, c.b} {
			if !slices.Contains(groups, s) {
				partition = partition && all&s == 0
				groups = append(groups, s)
				all |= s
			}
		}
	}
	if partition && len(cuts) == len(groups)*(len(groups)-1)/2 {
		slices.SortFunc(groups, func(a, b nodes.Set) int { return int(a.Min()) - int(b.Min()) })
		return "partition {" + joinSets(groups, " | ") + "}"
	}
	words := make([]string, len(cuts))
	for i, c := range cuts {
		arrow := " > "
		if c.both {
			arrow = " | "
		}
		words[i] = "cut " + bare(c.a) + arrow + bare(c.b)
	}
	return strings.Join(words, ", ")
}

// describeSides is the text of a single cut or heal.
func describeSides(k trace.Kind, s *sides) string {
	if k == trace.Cut {
		return describeCuts([]*sides{s})
	}
	switch {
	case s.a == s.b:
		return "heal all links of " + s.a.String()
	case s.both:
		return "heal " + bare(s.a) + " | " + bare(s.b)
	default:
		return "heal " + bare(s.a) + " > " + bare(s.b)
	}
}

func joinSets(sets []nodes.Set, sep string) string {
	words := make([]string, len(sets))
	for i, s := range sets {
		words[i] = bare(s)
	}
	return strings.Join(words, sep)
}

// bare returns a set without its braces: "s1 s2".
func bare(s nodes.Set) string { return strings.Trim(s.String(), "{}") }
