package sim

import (
	"errors"
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// Elections appends to dst the elections that can be held now, each in one step:
// whatever servers that all reach each other would decide among themselves
// ([nodes.Protocol.Elect]). Of the same outcomes it appends one.
func (w *World) Elections(dst []Action) []Action {
	from := len(dst)
	var up nodes.Set
	for id := range w.all().All() {
		if w.servers[id].node != nil && !w.servers[id].paused {
			up = up.With(id)
		}
	}
	for among := up; among != 0; among = (among - 1) & up {
		if !w.connected(among) {
			continue
		}
		var heard []nodes.Node
		for id := range among.All() {
			heard = append(heard, w.servers[id].node)
		}
		leader, by := w.cfg.Protocol.Elect(heard)
		a := Action{Kind: Elect, Server: leader, A: by}
		if leader != 0 && !slices.Contains(dst[from:], a) {
			dst = append(dst, a)
		}
	}
	return dst
}

// Oracle reports whether elections are held in one step in a schedule: then it
// can only be performed where [Config.Oracle] says so.
func (s Schedule) Oracle() bool {
	return slices.ContainsFunc(s, func(step Scheduled) bool { return step.Action.Kind == Elect })
}

// connected reports whether no link between any two of some servers is cut.
func (w *World) connected(among nodes.Set) bool {
	for a := range among.All() {
		for b := range among.All() {
			if w.net.IsCut(a, b) {
				return false
			}
		}
	}
	return true
}

func (w *World) possibleElection(a *Action) error {
	switch {
	case !w.cfg.Oracle:
		return errors.New("elections are held by messages")
	case !slices.Contains(w.Elections(nil), *a):
		return fmt.Errorf("%v cannot elect %v", a.A, a.Server)
	}
	return nil
}

// elect holds an election: the leader takes up its role, then the others theirs.
func (w *World) elect(a *Action) {
	if a.A.Has(a.Server) {
		w.Learn(a.Server, a.Server)
	}
	for id := range a.A.Without(a.Server).All() {
		w.Learn(id, a.Server)
	}
}

// Learn tells one server the outcome of an election. It is what an [Elect] does to each
// of those who take part, for model checkers that take the action apart; that
// the election is possible is theirs to know.
func (w *World) Learn(id, leader nodes.ID) {
	w.in.elected.Leader = leader
	w.step(id, &w.in.elected, 0)
}

// Unheard reports whether nothing gets through from one server to another, or
// back, or the other does not answer: their link is cut, it is down, paused or
// without power.
func (w *World) Unheard(a, b nodes.ID) bool {
	return w.Silent(a, b) || w.net.IsDown(b)
}

// Silent reports whether b does not hear of it if the process at a ends, or a of
// the end of b: their link is cut, or b is paused or without power.
func (w *World) Silent(a, b nodes.ID) bool {
	return w.net.IsCut(a, b) || w.net.IsCut(b, a) || w.net.IsOff(b) || w.servers[b].paused
}
