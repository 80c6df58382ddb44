package sim

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// rest is what is left to do of a step that was stopped. In an untimed world
// none is, so it is no part of the world's encoding.
type rest struct {
	on      bool
	effects []nodes.Effect
	root    uint64
}

// stopsAt stops a step before effect number i, counted from 0, if the action
// says so or a trigger waits for that effect.
func (w *World) stopsAt(id nodes.ID, effects []nodes.Effect, i int, root uint64) bool {
	if int(w.stop) != i+1 && (w.stop > 0 || !w.strikesBefore(id, &effects[i])) {
		return false
	}
	w.stop = uint16(i + 1)
	s := &w.servers[id]
	s.held = rest{true, slices.Clone(effects[i:]), root}
	for j := range s.held.effects { // results are in memory that the node uses again
		s.held.effects[j].Op = slices.Clone(s.held.effects[j].Op)
	}
	w.halted = id
	return true
}

// goOn does the rest of a step that was stopped.
func (w *World) goOn(id nodes.ID) {
	s := &w.servers[id]
	s.own()
	held := s.held
	s.held = rest{}
	w.performUntilStopped(id, held.effects, held.root)
}

// performUntilStopped does what a node asked for in one step, unless the step is
// stopped before it is through.
func (w *World) performUntilStopped(id nodes.ID, effects []nodes.Effect, root uint64) {
	for i := range effects {
		if w.stopsAt(id, effects, i, root) || !w.perform(id, &effects[i], root) {
			return
		}
	}
	s := &w.servers[id]
	now := s.node.Status()
	w.compareViews(id, s, &now, root)
}

// strikesBefore reports whether a fault of the plan waits for the moment before
// this effect.
func (w *World) strikesBefore(id nodes.ID, e *nodes.Effect) bool {
	if w.alert == 0 || !w.awaited.Has(effectKinds[e.Kind]) {
		return false
	}
	ev := trace.Event{Seq: w.events, Server: id, Kind: effectKinds[e.Kind], Text: e.Text}
	switch e.Kind {
	case nodes.EffectSend:
		ev.Peer, ev.Channel, ev.Conn, ev.Msg = e.To, e.On, e.Conn, e.Msg
	case nodes.EffectAppend, nodes.EffectReplace:
		ev.File, ev.Record, ev.Pos = e.File, e.Record, e.Record.Position()
	case nodes.EffectCommit, nodes.EffectReply:
		ev.Pos = e.At
	case nodes.EffectTruncate:
		ev.File = e.File
	}
	n := len(w.struck)
	w.pullTriggers(&ev, true)
	return len(w.struck) > n
}

// CrashPoints appends where within the step that an action has just led to a process
// can die and leave something behind that it does not leave if it dies before the
// action, after it, or at another of these points: before each write to a file that
// follows the end of a flush, another write, or what others have heard. They are
// numbers for [Action].Stop. Behind the last write they are none: what is sent there
// may as well be lost on the way. Nor are they before a file is replaced, since its
// old content stays until the flush is done.
func (w *World) CrashPoints(a Action, dst []uint16) []uint16 {
	left := a.Kind == Synced
	for i := range w.out.Effects() {
		switch w.out.Effects()[i].Kind {
		case nodes.EffectAppend, nodes.EffectTruncate:
			if left {
				dst = append(dst, uint16(i+1))
			}
			left = true
		case nodes.EffectSend, nodes.EffectDial, nodes.EffectCommit, nodes.EffectReply, nodes.EffectNotify, nodes.EffectHangUp:
			left = true
		}
	}
	return dst
}

// effectKinds are the events that show effects; None where none does.
var effectKinds = [...]trace.Kind{
	nodes.EffectSend: trace.Send, nodes.EffectAppend: trace.Append, nodes.EffectReplace: trace.Replace,
	nodes.EffectTruncate: trace.Truncate, nodes.EffectCommit: trace.Commit, nodes.EffectReply: trace.Reply,
	nodes.EffectNote: trace.Note, nodes.EffectExit: trace.Exit, nodes.EffectNotify: trace.Notify, nodes.EffectHangUp: trace.None,
}
