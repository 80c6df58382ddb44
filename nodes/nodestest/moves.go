package nodestest

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// move is something that can happen: kind, and which server, dial, connection
// or link, and which of its parts, it happens to.
type move struct {
	kind  moveKind
	which int
	part  int
}

type moveKind uint8

const (
	boot      moveKind = iota // server
	arrive                    // connection, end: the next thing in its inbox
	answer                    // dial: as the other server would
	deliver                   // link: the oldest message
	durable                   // server, file: its oldest fsync is done
	expire                    // server, timer
	ask                       // server
	overtake                  // link: the newest message first
	lose                      // link
	repeat                    // link: its last message comes again
	cut                       // connection
	refuse                    // dial
	broken                    // server, file: its oldest fsync fails
	crash                     // server
	powerLoss                 // server
)

// happen lets one thing happen: mostly what servers wait for, now and then a
// timer, a client, a fault.
func (w *world) happen() {
	ordinary, timers, requests, faults := w.moves()
	choices := ordinary
	switch n := w.pick(100, "sort"); {
	case n >= 100-w.trouble:
		choices = faults
	case n >= 85:
		choices = requests
	case n >= 80:
		choices = timers
	}
	for _, dull := range [][]move{ordinary, timers, requests} {
		if len(choices) == 0 {
			choices = dull
		}
	}
	w.do(choices[w.pick(len(choices), "move")])
}

// moves lists all that can happen, in a fixed order.
func (w *world) moves() (ordinary, timers, requests, faults []move) {
	for i := range w.servers {
		s := &w.servers[i]
		if s.node == nil {
			ordinary = append(ordinary, move{boot, i, 0})
			continue
		}
		for f := range s.files {
			if len(s.files[f].syncs) > 0 {
				ordinary = append(ordinary, move{durable, i, f})
				faults = append(faults, move{broken, i, f})
			}
		}
		for t := range s.timers {
			timers = append(timers, move{expire, i, t})
		}
		requests = append(requests, move{ask, i, 0})
		faults = append(faults, move{crash, i, 0}, move{powerLoss, i, 0})
	}
	for i := range w.dials {
		ordinary = append(ordinary, move{answer, i, 0})
		faults = append(faults, move{refuse, i, 0})
	}
	for i := range w.conns {
		ends := &w.conns[i].ends
		for e := range ends {
			if ends[e].state == fresh || len(ends[e].inbox) > 0 {
				ordinary = append(ordinary, move{arrive, i, e})
			}
		}
		if ends[0].state == open && ends[1].state == open {
			faults = append(faults, move{cut, i, 0})
		}
	}
	for i := range w.links {
		l := &w.links[i]
		if len(l.inbox) == 0 || w.server(l.to).node == nil {
			continue
		}
		ordinary = append(ordinary, move{deliver, i, 0})
		faults = append(faults, move{lose, i, 0})
		if w.protocol.Channels[l.on].Mode == nodes.Datagram {
			faults = append(faults, move{overtake, i, 0}, move{repeat, i, 0})
		}
	}
	return ordinary, timers, requests, faults
}

// do makes a move. A dial, connection or link that it uses up is removed
// before any server takes a step, which may add others.
func (w *world) do(m move) {
	switch m.kind {
	case boot:
		w.boot(&w.servers[m.which])
	case arrive:
		w.arrive(&w.conns[m.which], m.part)
	case answer, refuse:
		d := w.dials[m.which]
		w.dials = slices.Delete(w.dials, m.which, m.which+1)
		w.answer(d, m.kind == answer)
	case deliver:
		w.deliver(&w.links[m.which], 0)
	case overtake:
		l := &w.links[m.which]
		w.deliver(l, len(l.inbox)-1)
	case lose:
		l := &w.links[m.which]
		l.lose(w.protocol.Channels[l.on].Mode)
	case repeat:
		l := &w.links[m.which]
		l.inbox = append(l.inbox, l.inbox[len(l.inbox)-1])
	case cut:
		w.conns[m.which].cut()
	default:
		w.doTo(&w.servers[m.which], m)
	}
}

// doTo makes a move that concerns one server only.
func (w *world) doTo(s *server, m move) {
	switch m.kind {
	case durable:
		w.step(s, &nodes.Synced{File: nodes.File(m.part), Ticket: s.files[m.part].done()})
	case broken:
		f := &s.files[m.part]
		failed := f.syncs[0]
		f.syncs = slices.Clone(f.syncs[1:])
		w.step(s, &nodes.Failed{File: nodes.File(m.part), Ticket: failed.ticket})
	case expire:
		t := s.timers[m.part]
		s.timers = slices.Delete(s.timers, m.part, m.part+1)
		w.step(s, &nodes.Expire{Timer: t})
	case ask:
		w.ask(s)
	case powerLoss:
		for i := range s.files {
			s.files[i].powerLoss(func(n int) int { return w.pick(n, "survives") })
		}
		w.crash(s)
	default:
		w.crash(s)
	}
}

// arrive lets a server learn the next thing about a connection.
func (w *world) arrive(c *conn, i int) {
	e, name := &c.ends[i], c.name
	self, peer := w.server(c.server(i)), c.server(1-i)
	if e.state == fresh {
		e.state = open
		w.step(self, &nodes.Opened{Peer: peer, On: name.Channel(), Conn: name})
		return
	}
	msg := e.inbox[0]
	e.inbox = e.inbox[1:]
	if msg != nil {
		w.step(self, &nodes.Deliver{From: peer, On: name.Channel(), Conn: name, Msg: msg})
		return
	}
	*e = end{state: gone}
	w.sweep()
	w.step(self, &nodes.Closed{Peer: peer, On: name.Channel(), Conn: name})
}

// answer ends a dial: with a connection if the other server listens and nothing
// goes wrong.
func (w *world) answer(d dial, well bool) {
	if to := w.server(d.to); well && to.node != nil && slices.Contains(to.ports, d.on) {
		w.conns = append(w.conns, conn{name: w.freeConn(d)})
		return
	}
	w.step(w.server(d.from), &nodes.Refused{Peer: d.to, On: d.on})
}

// deliver delivers the i-th message of a link.
func (w *world) deliver(l *link, i int) {
	msg := l.inbox[i]
	l.inbox = slices.Delete(l.inbox, i, i+1)
	w.step(w.server(l.to), &nodes.Deliver{From: l.from, On: l.on, Msg: msg})
}
