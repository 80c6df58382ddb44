package network

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// Filter picks out what travels on one channel between some servers. While it
// is on, what it picks is held back, and with it all that is behind on the
// same connection; or it is dropped.
type Filter struct {
	From, To nodes.Set
	On       nodes.Channel
	// Kinds are the kinds of messages it picks; empty: everything, dials and
	// closes too, as if a firewall swallowed what the port gets.
	Kinds []string
	Drop  bool
}

func (f *Filter) picks(r Route, it *Item) bool {
	if r.On != f.On || !f.From.Has(r.From) || !f.To.Has(r.To) {
		return false
	}
	return len(f.Kinds) == 0 || it.Kind == Data && slices.Contains(f.Kinds, it.Msg.Kind())
}

// SwitchFilter turns one of the network's filters on or off. Turned off, it
// lets go of what it held and calls back for every direction in which it may
// have held anything.
func (w *Network) SwitchFilter(i int, on bool, released func(from, to nodes.ID)) {
	at := slices.Index(w.on, i)
	if on == (at >= 0) {
		return
	}
	if on {
		w.on = append(w.on, i)
		return
	}
	w.on = slices.Delete(slices.Clone(w.on), at, at+1)
	f := &w.filters[i]
	for from := range f.From.All() {
		for to := range f.To.All() {
			if from != to {
				released(from, to)
			}
		}
	}
}

// AimFilter has a filter that is off pick what goes from some servers to some
// others, whatever it picked before.
func (w *Network) AimFilter(i int, from, to nodes.Set) {
	w.filters[i].From, w.filters[i].To = from, to
}

// filtered reports whether a filter that is on picks an item.
func (w *Network) filtered(r Route, it *Item, drop bool) bool {
	for _, i := range w.on {
		if f := &w.filters[i]; f.Drop == drop && f.picks(r, it) {
			return true
		}
	}
	return false
}

// Blocked reports whether a cut or a filter keeps the head of a route, which
// must have one, from arriving.
func (w *Network) Blocked(r Route) bool {
	return w.IsCut(r.From, r.To) || len(w.on) > 0 && w.filtered(r, w.Head(r), false)
}
