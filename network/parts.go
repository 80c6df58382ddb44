package network

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// A network can be taken apart: what lies between two servers, for each pair,
// and the rest. A model checker meets the same few links again and again in
// millions of states, and keeps one copy of each.

// Between is what lies between two servers on all channels. It never changes.
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
		l, _ := w.link(nodes.Channel(ch), a, b)
		v.links = append(v.links, l.clone())
	}
	return v
}

// SetBetween puts it back, or into another network of the same servers.
func (w *Network) SetBetween(a, b nodes.ID, v Between) {
	for ch := range w.specs {
		l, _ := w.link(nodes.Channel(ch), a, b)
		*l = v.links[ch].clone()
	}
}

// AppendBetween appends its canonical encoding, as AppendTo does for all.
func (w *Network) AppendBetween(b []byte, x, y nodes.ID) []byte {
	for ch := range w.specs {
		l, _ := w.link(nodes.Channel(ch), x, y)
		b = l.appendTo(b, w.specs[ch].Mode)
	}
	return b
}

// Touched reports whether anything between two servers was read or changed
// since Forget. It knows of networks whose highest server is s7 at most; of larger ones it
// says that everything was.
func (w *Network) Touched(a, b nodes.ID) bool {
	return w.n*w.n > 64 || w.touched>>(int(min(a, b))*w.n+int(max(a, b)))&1 == 1
}

// Forget begins to note anew what is touched.
func (w *Network) Forget() { w.touched = 0 }

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
