package sim

import (
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/disk"
	"github.com/zabsim/zabsim/sim/trace"
)

// happen counts and hashes an event and reports whether anybody wants to see
// it; only then is it worth filling in. x and y are what sets it apart.
func (w *World) happen(k trace.Kind, server, peer nodes.ID, x, y uint64) bool {
	w.events++
	w.hash = w.hash.Pair(uint64(k)<<56|uint64(server)<<48|uint64(peer)<<40^x, y)
	return w.wants.Has(k)
}

// event returns the event that happened last, for the caller to fill in and
// show.
func (w *World) event(k trace.Kind, server, peer nodes.ID, cause uint64) *trace.Event {
	w.ev = trace.Event{Seq: w.events, Cause: cause, Time: time.Duration(w.now), Kind: k, Server: server, Peer: peer}
	return &w.ev
}

func (w *World) show(e *trace.Event) {
	if w.obs != nil {
		w.obs.Observe(e)
	}
	w.pullTriggers(e, false)
}

// step hands an input to a server and does what it asks for. root is the event
// that the input stands for.
func (w *World) step(id nodes.ID, in nodes.Input, root uint64) {
	s := &w.servers[id]
	s.own()
	w.out.Reset()
	if trouble := w.stepNode(s.node, in); trouble != "" {
		w.out.Reset() // none of it is done
		if w.happen(trace.Panic, id, 0, 0, 0) {
			e := w.event(trace.Panic, id, 0, root)
			e.Text = trouble
			w.show(e)
		}
		w.stopped = Panicked
		w.die(id, root, false)
		return
	}
	effects := w.out.Effects()
	if w.alert > 0 || w.stop > 0 {
		w.performUntilStopped(id, effects, root)
		return
	}
	for i := range effects {
		if !w.perform(id, &effects[i], root) {
			return
		}
	}
	now := s.node.Status()
	w.compareViews(id, s, &now, root)
}

// stepNode calls Step and turns a panic into text: a panic is a finding, not a
// crash of the simulator.
func (w *World) stepNode(n nodes.Node, in nodes.Input) (trouble string) {
	defer func() {
		if p := recover(); p != nil {
			trouble = fmt.Sprintf("%v at %s", p, panicSite(string(debug.Stack())))
		}
	}()
	n.Step(in, &w.out)
	return ""
}

// panicSite picks out of a stack the innermost function of the program that
// panicked, without addresses, so that the text is the same in every process.
func panicSite(stack string) string {
	_, below, found := strings.Cut(stack, "panic(")
	if !found {
		return "unknown place"
	}
	lines := strings.Split(below, "\n")
	for _, l := range lines[2:] {
		name, _, isCall := strings.Cut(l, "(")
		if isCall && !strings.HasPrefix(l, "\t") && !strings.HasPrefix(l, "runtime.") && !strings.HasPrefix(l, "panic") {
			if strings.HasSuffix(name, ".") { // a method: pkg.(*T).Name
				rest := l[len(name):]
				name += rest[:strings.LastIndex(rest, "(")]
			}
			return name
		}
	}
	return "unknown place"
}

// compareViews finds out whether a server changed its role, leader, epoch or
// phase, so that no protocol can forget to say so.
func (w *World) compareViews(id nodes.ID, s *server, now *nodes.Status, cause uint64) {
	if s.status.SameView(now) {
		s.status.Logged, s.status.History = now.Logged, now.History
		return
	}
	s.before, s.status = s.status, *now
	x := uint64(now.Role)<<32 | uint64(flag(now.Serving))<<24 | uint64(now.Leader)
	if w.happen(trace.View, id, now.Leader, x, now.Epoch^uint64(now.History.Digest)) {
		e := w.event(trace.View, id, 0, cause)
		e.Before, e.After = &s.before, &s.status
		w.show(e)
	}
}

// perform does one thing a node asked for. It reports false if the process is
// gone afterwards.
func (w *World) perform(id nodes.ID, e *nodes.Effect, root uint64) bool {
	s := &w.servers[id]
	switch e.Kind {
	case nodes.EffectSend:
		w.send(id, e, root)
	case nodes.EffectDial:
		conn := w.net.Dial(id, e.To, e.On, root)
		if w.timed {
			w.queue.push(w.now+int64(e.Min), Action{Kind: DialTimeout, Server: id, Peer: e.To, On: e.On, Conn: conn})
		}
	case nodes.EffectListen:
		w.net.Listen(id, e.On, e.Open)
	case nodes.EffectClose:
		w.net.Close(e.Conn, id, root)
	case nodes.EffectSetTimer:
		w.setTimer(id, e, root)
	case nodes.EffectStopTimer:
		w.stopTimer(id, e.Timer)
	case nodes.EffectAppend, nodes.EffectReplace:
		w.write(id, s, e, root)
	case nodes.EffectTruncate:
		w.truncate(id, s, e, root)
	case nodes.EffectSync:
		s.disk.Sync(e.File, e.Ticket, w.fsync(id, s, e.File, root))
	case nodes.EffectCommit:
		if w.happen(trace.Commit, id, 0, e.At.Epoch<<32^e.At.Index, uint64(e.Digest)) {
			ev := w.event(trace.Commit, id, 0, root)
			ev.Pos, ev.Op, ev.Len, ev.Digest = e.At, e.Op, e.Len, e.Digest
			w.show(ev)
		}
	case nodes.EffectNotify:
		w.notify(id, e, root)
	case nodes.EffectHangUp:
		w.say(id, news{hangUp: true}, e.Client)
	case nodes.EffectReply:
		w.reply(id, e, root)
	case nodes.EffectNote:
		if w.happen(trace.Note, id, 0, 0, 0) {
			ev := w.event(trace.Note, id, 0, root)
			ev.Text, ev.Detail = e.Text, e.Detail
			w.show(ev)
		}
	case nodes.EffectExit:
		if w.happen(trace.Exit, id, 0, 0, 0) {
			ev := w.event(trace.Exit, id, 0, root)
			ev.Text = e.Text
			w.show(ev)
		}
		w.die(id, w.events, false)
		return false
	default:
		panic(fmt.Sprintf("sim: effect of kind %d", e.Kind))
	}
	return true
}

func (w *World) digest(v interface{ AppendTo([]byte) []byte }) nodes.Digest {
	w.enc = v.AppendTo(w.enc[:0])
	return nodes.Digest(0).Bytes(w.enc)
}

func (w *World) send(id nodes.ID, e *nodes.Effect, root uint64) {
	digest := w.digest(e.Msg)
	if w.happen(trace.Send, id, e.To, uint64(e.On)<<32|uint64(e.Conn), uint64(digest)) {
		ev := w.event(trace.Send, id, e.To, root)
		ev.Channel, ev.Conn, ev.Msg = e.On, e.Conn, e.Msg
		w.show(ev)
	}
	it := &network.Item{Msg: e.Msg, Cause: w.events, Digest: digest, Size: uint32(len(w.enc))}
	if w.timed && w.net.Lossy(e.On) {
		w.sendLossy(id, e, it)
		return
	}
	if !w.net.Send(id, e.To, e.On, e.Conn, it) {
		w.drop(e.To, id, e.On, e.Conn, it, "connection closed")
	}
}

// sendLossy draws what the network does to a message where it may do anything:
// loses it, repeats it, or has later ones overtake it. On a mailbox only the
// one before it can.
func (w *World) sendLossy(id nodes.ID, e *nodes.Effect, it *network.Item) {
	top, odds, draws := &w.cfg.Topology, w.net.Odds(e.On, id, e.To), &w.servers[id].odds
	mailbox := w.cfg.Protocol.Channels[e.On].Mode == nodes.Mailbox
	if !mailbox && w.net.IsCut(id, e.To) {
		w.drop(e.To, id, e.On, 0, it, "cut")
		return // nobody sends it again
	}
	if choice.Chance(w.src, int64(odds.Loss), draws) {
		w.drop(e.To, id, e.On, 0, it, "lost")
		return
	}
	late := choice.Chance(w.src, int64(odds.Reorder), draws)
	if late && !mailbox {
		w.late = choice.Between(w.src, 0, 2*int64(top.Latency(id, e.To).Max), draws)
	}
	w.net.Send(id, e.To, e.On, 0, it)
	w.late = 0
	if late && mailbox {
		w.net.Overtake(id, e.To, e.On)
	}
	if choice.Chance(w.src, int64(odds.Duplicate), draws) {
		w.net.Send(id, e.To, e.On, 0, it)
	}
}

func (w *World) drop(to, from nodes.ID, ch nodes.Channel, conn nodes.Conn, it *network.Item, why string) {
	if w.happen(trace.Drop, to, from, uint64(ch)<<32|uint64(conn), uint64(it.Digest)) {
		ev := w.event(trace.Drop, to, from, it.Cause)
		ev.Channel, ev.Conn, ev.Msg, ev.Text = ch, conn, it.Msg, why
		w.show(ev)
	}
}

func (w *World) write(id nodes.ID, s *server, e *nodes.Effect, root uint64) {
	kind := trace.Append
	if e.Kind == nodes.EffectReplace {
		kind = trace.Replace
	}
	if w.happen(kind, id, 0, uint64(e.File), uint64(w.digest(e.Record))) {
		ev := w.event(kind, id, 0, root)
		ev.File, ev.Record, ev.Pos = e.File, e.Record, e.Record.Position()
		w.show(ev)
	}
	switch {
	case kind == trace.Append && s.disk.IsFull():
		s.disk.Refuse(e.File, w.fsync(id, s, e.File, root))
	case kind == trace.Append:
		s.disk.Append(e.File, e.Record)
	default:
		s.disk.Replace(e.File, e.Record, e.Ticket, w.fsync(id, s, e.File, root))
	}
}

func (w *World) truncate(id nodes.ID, s *server, e *nodes.Effect, root uint64) {
	s.disk.Truncate(e.File, e.Keep)
	if w.happen(trace.Truncate, id, 0, uint64(e.File), uint64(e.Keep)) {
		ev := w.event(trace.Truncate, id, 0, root)
		ev.File, ev.Len = e.File, uint64(e.Keep)
		if r := s.disk.Image().Last(e.File); r != nil {
			ev.Pos = r.Position()
		}
		w.show(ev)
	}
}

// fsync says when an fsync asked for now is done. A disk does one at a time.
func (w *World) fsync(id nodes.ID, s *server, f nodes.File, root uint64) disk.Meta {
	m := disk.Meta{Cause: root}
	if w.timed {
		lat := &w.cfg.Fsync
		s.idle = max(s.idle, w.now) + choice.Between(w.src, int64(lat.Min), int64(lat.Max), &s.fsync) + s.ills.fsync
		m.Due = s.idle
		w.queue.push(m.Due, Action{Kind: Synced, Server: id, File: f})
	}
	return m
}
