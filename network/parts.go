package network

import (
	"cmp"
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// A network can be taken apart: what lies between two servers, for each pair,
// and the rest. A model checker meets the same few links again and again in
// millions of states, and keeps one copy of each.

// Between is what lies between two servers, by channel. It never changes. Of equal
// ones all that lies in them lies in the same order.
type Between struct{ links []link }

// Rest is what belongs to no pair of servers. It never changes.
type Rest struct {
	cut, listen []nodes.Set
	down, off   nodes.Set
	on          []int
	filters     []Filter
}

// Between returns what lies between two servers.
func (w *Network) Between(a, b nodes.ID) Between {
	var v Between
	for ch := range w.specs {
		l := w.peek(nodes.Channel(ch), a, b).clone()
		l.tidy()
		v.links = append(v.links, l)
	}
	return v
}

// SetBetween puts it back, or into another network of the same servers.
func (w *Network) SetBetween(a, b nodes.ID, v Between) {
	for ch := range w.specs {
		*w.peek(nodes.Channel(ch), a, b) = v.links[ch].clone()
	}
}

// tidy forgets connections that are gone, and puts the others in order.
func (l *link) tidy() {
	l.conns = slices.DeleteFunc(l.conns, func(c conn) bool { return c.free() })
	l.conns = l.ordered()
}

// ordered returns the connections by name. They lie in the order in which they were
// first made, which decides nothing in an execution without times.
func (l *link) ordered() []conn {
	byName := func(c, d conn) int { return cmp.Compare(c.name, d.name) }
	if slices.IsSortedFunc(l.conns, byName) {
		return l.conns
	}
	return slices.SortedFunc(slices.Values(l.conns), byName)
}

// AppendBetween appends its canonical encoding, as AppendTo does for all.
func (w *Network) AppendBetween(b []byte, x, y nodes.ID) []byte {
	for ch := range w.specs {
		b = w.AppendLink(b, x, y, nodes.Channel(ch))
	}
	return b
}

// AppendLink appends the encoding of one channel of it.
func (w *Network) AppendLink(b []byte, x, y nodes.ID, ch nodes.Channel) []byte {
	return w.peek(ch, x, y).appendTo(b, w.specs[ch].Mode)
}

// touches is a set of links, by channel and pair of servers. It knows channels and
// networks of ordinary size; of others it says that everything is in it.
type touches [4]uint64

func (t *touches) add(ch nodes.Channel, pair int) {
	if int(ch) < len(t) {
		t[ch] |= 1 << pair // nothing if the pair is beyond the bits
	}
}

// Touched reports whether anything between two servers on a channel was read or
// changed by what happened since Forget.
func (w *Network) Touched(a, b nodes.ID, ch nodes.Channel) bool {
	pair := int(min(a, b))*w.n + int(max(a, b))
	return int(ch) >= len(w.touched) || pair >= 64 || w.touched[ch]>>pair&1 == 1
}

// Forget begins to note anew what is touched.
func (w *Network) Forget() { w.touched = touches{} }

// peek returns a link without touching it.
func (w *Network) peek(ch nodes.Channel, a, b nodes.ID) *link {
	return &w.links[(int(ch)*w.n+int(min(a, b)))*w.n+int(max(a, b))]
}

// Rest returns what belongs to no pair.
func (w *Network) Rest() Rest {
	return Rest{slices.Clone(w.cut), slices.Clone(w.listen), w.down, w.off, slices.Clone(w.on), slices.Clone(w.filters)}
}

// SetRest puts it back, or into another network of the same servers.
func (w *Network) SetRest(r Rest) {
	w.cut, w.listen = append(w.cut[:0], r.cut...), append(w.listen[:0], r.listen...)
	w.down, w.off = r.down, r.off
	w.on, w.filters = append(w.on[:0], r.on...), slices.Clone(r.filters)
}

// AppendRest appends its canonical encoding, as AppendTo does for all.
func (w *Network) AppendRest(b []byte) []byte {
	for _, s := range w.cut {
		b = appendSet(b, s)
	}
	for _, s := range w.listen {
		b = appendSet(b, s)
	}
	b = appendSet(appendSet(b, w.down), w.off)
	for i := range w.filters {
		b = append(b, flag(slices.Contains(w.on, i)))
		b = appendSet(appendSet(b, w.filters[i].From), w.filters[i].To)
	}
	return b
}
