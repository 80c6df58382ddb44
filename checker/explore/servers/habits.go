package servers

import (
	"fmt"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/nodes"
)

// What is confluent (footprint.go) rests on habits of the protocol. In the executions
// that a reduced search leaves out they could be broken only by what a server does
// elsewhere: it hangs up on a follower, or dials one, before that has received what
// was on its way. The first time that it does, in any of these executions, nothing
// was lost before, so the reduced search has the same server do the same, and sees
// it. A search that sees it cannot be relied on, and returns an error.
//
// That a leader hangs up because of what the follower itself has sent it does not
// count: mostly it has sent that one nothing yet. A protocol whose leaders do so with
// something else on its way is left to audits.

// mind looks whether what happened breaks a habit that confluent actions rest on, if
// any were done.
func (w *World) mind(s, next *State, e *Event) {
	sh := w.shared
	if !sh.hastened.Load() || !sh.harmless(&s.spent) {
		return
	}
	for _, slot := range sh.order {
		if sh.parts[slot].Peer == 0 || s.ids[slot] == next.ids[slot] {
			continue
		}
		for _, id := range [...]nodes.ID{sh.parts[slot].Server, sh.parts[slot].Peer} {
			if id != e.place && id != e.Action.Peer && w.followed(s, id) != 0 && w.disturbed(s, next, slot, id) && !w.survey(s) {
				sh.complain(fmt.Errorf("explore: %s hangs up on %v or dials it, while it follows a leader and something may be on its way to it: %w",
					e, id, explore.ErrNotConfluent))
			}
		}
	}
}

// disturbed reports whether somebody dialled a server, or hung up on it.
func (w *World) disturbed(s, next *State, slot int, id nodes.ID) bool {
	end := w.shared.end(slot, id)
	before := *w.bearing(s, slot)
	after := w.bearing(next, slot)
	return after.ways[end] > before.ways[end] || after.fading[end] && !before.fading[end]
}

// bearing is what is known of a part: of a server, whom it follows, 0 if nobody; of a
// link, for the one end and the other, in how many ways something can come there, and
// whether the other one has hung up on it.
type bearing struct {
	known  bool
	leader nodes.ID
	ways   [2]uint8
	fading [2]bool
}

// bearing returns what is known of a part of a state.
func (w *World) bearing(s *State, slot int) *bearing {
	id := s.ids[slot]
	for int(id) >= len(w.bearings) {
		w.bearings = append(w.bearings, bearing{})
	}
	b := &w.bearings[id]
	if b.known {
		return b
	}
	b.known = true
	w.load(s, slot)
	switch p := w.shared.parts[slot]; {
	case p.Peer != 0:
		b.ways = [2]uint8{uint8(w.scratch.Ways(p.Peer, p.Server)), uint8(w.scratch.Ways(p.Server, p.Peer))}
		b.fading = [2]bool{w.scratch.HangingUp(p.Peer, p.Server), w.scratch.HangingUp(p.Server, p.Peer)}
	case w.scratch.Up(p.Server):
		if status := w.scratch.Status(p.Server); status.Role == nodes.Following {
			b.leader = status.Leader
		}
	}
	return b
}

// followed returns the leader that a server follows, 0 if it follows none.
func (w *World) followed(s *State, id nodes.ID) nodes.ID {
	return w.bearing(s, w.shared.server[id]).leader
}

// ways returns in how many ways something can come to a server on a link of its.
func (w *World) ways(s *State, slot int, id nodes.ID) int {
	return int(w.bearing(s, slot).ways[w.shared.end(slot, id)])
}

// end returns which end of a link a server is at.
func (sh *shared) end(slot int, id nodes.ID) int {
	if sh.parts[slot].Server == id {
		return 0
	}
	return 1
}
