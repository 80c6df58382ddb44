package sim

import (
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
)

// An action at a server does the same to all links that have the same outline
// ([network.Between]): to whatever is on its way it can only add, if it does not
// lose it all. A model checker that executes an action once on outlines knows what
// it does wherever they are met again.

// SetOutline puts the outline of what lies between two servers in its place, as much
// of it as an action looks at. Until SetPart puts something else there nothing may
// happen in that world but this action, and what the same server does by itself.
func (w *World) SetOutline(p Part, part any, a Action) {
	var taken network.Route
	if a.takes() && a.Of() == p {
		taken = a.route()
	}
	w.net.SetOutline(p.Server, p.Peer, part.(network.Between), taken, a.Kind == Sever)
}

// takes reports whether an action takes something that is on its way.
func (a *Action) takes() bool { return a.Kind == Deliver || a.Kind == Sever }

// AppendOutline appends the canonical encoding of the outline of what lies between
// two servers on one channel.
func (w *World) AppendOutline(b []byte, p Part, ch nodes.Channel) []byte {
	return w.net.AppendOutline(b, p.Server, p.Peer, ch)
}

// AppendTaken appends what of that which is on its way an action looks at.
func (w *World) AppendTaken(b []byte, a Action) []byte {
	if a.takes() {
		b = w.net.AppendTaken(b, a.route(), a.Kind == Sever)
	}
	return b
}

// AppendPartOn is AppendPart for one channel of what lies between two servers.
func (w *World) AppendPartOn(b []byte, p Part, ch nodes.Channel) []byte {
	return w.net.AppendLink(b, p.Server, p.Peer, ch)
}

// Fill returns what becomes of a link where an action has made an outline of its
// outline; touched says on which channels it did anything at all.
func Fill(outline, part any, touched func(nodes.Channel) bool) any {
	return outline.(network.Between).Fill(part.(network.Between), touched)
}
