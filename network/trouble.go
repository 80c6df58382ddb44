package network

import "github.com/zabsim/zabsim/nodes"

// shape is what slows one direction between two servers down.
type shape struct {
	lag  int64 // how much longer everything takes, ns
	rate int64 // bytes a second; 0: no limit
	free int64 // when all that was sent so far has left, if there is a limit
}

// headers is about what TCP/IP adds to a message, in bytes.
const headers = 40

const second = 1_000_000_000

func (w *Network) shape(a, b nodes.ID) *shape {
	if w.shapes == nil {
		w.shapes = make([]shape, w.n*w.n)
	}
	return &w.shapes[int(a)*w.n+int(b)]
}

// SetLag has everything from a to b take so many nanoseconds longer.
func (w *Network) SetLag(a, b nodes.ID, ns int64) { w.shape(a, b).lag = ns }

// SetRate limits what goes from a to b to so many bytes a second; what exceeds
// that waits in a queue without end. 0: no limit, and what is in the queue is on
// its way at once.
func (w *Network) SetRate(a, b nodes.ID, bytes int64) {
	s := w.shape(a, b)
	s.rate, s.free = bytes, 0
	if bytes == 0 && w.Scheduler != nil {
		w.reschedule(a, b, func(was, now int64) int64 { return min(was, now) })
	}
}

// Wait returns how much longer than the latency an item takes that is sent from
// a to b now, and lets it take its place in the queue.
func (w *Network) Wait(a, b nodes.ID, now int64, size uint32) int64 {
	if w.shapes == nil { // as a rule, and so it is fast
		return 0
	}
	return w.shape(a, b).wait(now, size)
}

func (s *shape) wait(now int64, size uint32) int64 {
	wait := s.lag
	if s.rate > 0 {
		s.free = max(s.free, now) + (int64(size)+headers)*second/s.rate
		wait += s.free - now
	}
	return wait
}

// Odds are what happens to a message, each in parts per million: it is lost, it
// comes twice, it is late.
type Odds struct{ Loss, Duplicate, Reorder PPM }

// OddsOn returns the odds of a direction of a channel, for the caller to set.
// Streams have none: TCP loses nothing while it is up.
func (w *Network) OddsOn(ch nodes.Channel, a, b nodes.ID) *Odds {
	if w.odds == nil {
		w.odds = make([]Odds, len(w.specs)*w.n*w.n)
	}
	return &w.odds[(int(ch)*w.n+int(a))*w.n+int(b)]
}

// Odds returns what happens to messages from a to b.
func (w *Network) Odds(ch nodes.Channel, a, b nodes.ID) Odds {
	var o Odds
	if w.specs[ch].Mode == nodes.Datagram {
		o = Odds{w.top.Loss, w.top.Duplicate, w.top.Reorder}
	}
	if w.odds != nil {
		at := w.OddsOn(ch, a, b)
		o = Odds{max(o.Loss, at.Loss), max(o.Duplicate, at.Duplicate), max(o.Reorder, at.Reorder)}
	}
	return o
}

// Lossy reports whether messages on a channel may be lost, repeated or late.
func (w *Network) Lossy(ch nodes.Channel) bool {
	mode := w.specs[ch].Mode
	return mode == nodes.Datagram || w.odds != nil && mode == nodes.Mailbox
}

// Overtake lets the message sent last from one server to another over a mailbox
// arrive before the one sent before it, if both are on their way.
func (w *Network) Overtake(from, to nodes.ID, ch nodes.Channel) {
	p := w.pipe(Route{From: from, To: to, On: ch})
	if n := len(p.items); p.len() > 1 {
		a, b := &p.items[n-2], &p.items[n-1]
		if a.Kind == Data && b.Kind == Data && a.inc == b.inc {
			a.Msg, b.Msg = b.Msg, a.Msg
			a.Digest, b.Digest = b.Digest, a.Digest
			a.Cause, b.Cause = b.Cause, a.Cause
			a.Size, b.Size = b.Size, a.Size
		}
	}
}

// Reset breaks all connections between two servers: what is in flight is gone
// and both ends are told, unless a cut keeps it from them.
func (w *Network) Reset(a, b nodes.ID, cause uint64) {
	for i := range w.specs {
		ch := nodes.Channel(i)
		l, _ := w.link(ch, a, b)
		l.auto[0].clear()
		l.auto[1].clear()
		for i := range l.conns {
			if c := &l.conns[i]; !c.free() {
				w.resetConn(c, cause)
			}
		}
		w.resetMails(l, min(a, b), max(a, b), ch, cause)
	}
}

func (w *Network) resetConn(c *conn, cause uint64) {
	for side := range c.ends {
		end := &c.ends[side]
		end.in.clear()
		switch end.state {
		case opening, open:
			w.pushOn(c, side, &Item{Kind: Fin, Cause: cause})
		case unborn: // the dial is gone; its sender is told
			end.state = closed
		}
	}
}

// resetMails breaks the mailbox connection between two servers. A dial that is
// on its way goes on: it is another connection.
func (w *Network) resetMails(l *link, lo, hi nodes.ID, ch nodes.Channel, cause uint64) {
	servers := [2]nodes.ID{lo, hi}
	for end := range l.mail {
		m := &l.mail[end]
		if !m.up {
			continue
		}
		m.in.removeAll(Data)
		w.push(&m.in, Route{servers[1-end], servers[end], ch, 0}, &Item{Kind: Fin, Cause: cause, inc: m.inc})
	}
}
