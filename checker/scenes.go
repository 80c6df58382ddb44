package checker

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

func staleReads() Property {
	return sometimes("stale-read", "A read shows an older state than an answer that somebody had before the read began.",
		"every read showed all that anybody had been shown before it began", trace.Of(trace.Invoke, trace.Return),
		func(h *trace.Header) scene { return &behind{began: make([]nodes.Position, len(h.Clients)+1)} })
}

// behind waits for a read that is answered from the past.
type behind struct {
	newest nodes.Position   // that any answer has shown
	began  []nodes.Position // by client: the newest one when its operation began
}

func (s *behind) happens(e *trace.Event) bool {
	for int(e.Client) >= len(s.began) {
		s.began = append(s.began, nodes.Position{})
	}
	switch {
	case e.Kind == trace.Invoke:
		s.began[e.Client] = s.newest
	case e.Result == trace.OK && e.Class == nodes.Read && e.Pos.Less(s.began[e.Client]):
		return true
	case e.Result == trace.OK && s.newest.Less(e.Pos):
		s.newest = e.Pos
	}
	return false
}

func (s *behind) clone() scene { return &behind{s.newest, slices.Clone(s.began)} }

func (s *behind) appendTo(b []byte) []byte {
	b = appendPosition(b, s.newest)
	for _, p := range s.began {
		b = appendPosition(b, p)
	}
	return b
}

func discarded() Property {
	return sometimes("discarded", "A server gives up a transaction that it had logged and that nobody has delivered: it cuts its log, or goes on "+
		"from a snapshot without it. It was proposed, and never happened.",
		"no server gave up a transaction that it had logged and nobody had delivered", trace.Of(trace.Append, trace.Truncate, trace.Commit),
		func(h *trace.Header) scene {
			n := (h.Voters | h.Observers).Max() + 1
			return &discard{written: make([]nodes.Position, n), doubtful: make([]nodes.Position, n)}
		})
}

// discard waits for the end of a transaction that never was one.
type discard struct {
	written   []nodes.Position // by server: the last one it wrote
	doubtful  []nodes.Position // by server: the last one of an older epoch, if nobody had delivered it then
	delivered []nodes.Position // the last one of each epoch that anybody delivered
}

func (s *discard) happens(e *trace.Event) bool {
	last := s.written[e.Server]
	switch e.Kind {
	case trace.Append:
		if last.Epoch < e.Pos.Epoch && s.isLost(last) {
			s.doubtful[e.Server] = last
		}
		s.written[e.Server] = e.Pos
	case trace.Truncate:
		s.written[e.Server] = e.Pos
		return e.Pos.Less(last) && s.isLost(last)
	default: // what comes before this one was delivered by now, or never will be
		s.deliver(e.Pos)
		doubtful := s.doubtful[e.Server]
		return doubtful.Less(e.Pos) && s.isLost(doubtful)
	}
	return false
}

func (s *discard) deliver(p nodes.Position) {
	i := s.epoch(p)
	switch {
	case i < 0:
		s.delivered = append(s.delivered, p)
	case s.delivered[i].Less(p):
		s.delivered[i] = p
	}
}

// isLost reports whether there is a transaction at p that nobody has delivered.
func (s *discard) isLost(p nodes.Position) bool {
	i := s.epoch(p)
	return p != nodes.Position{} && (i < 0 || s.delivered[i].Less(p))
}

func (s *discard) epoch(p nodes.Position) int {
	return slices.IndexFunc(s.delivered, func(d nodes.Position) bool { return d.Epoch == p.Epoch })
}

func (s *discard) clone() scene {
	return &discard{slices.Clone(s.written), slices.Clone(s.doubtful), slices.Clone(s.delivered)}
}

func (s *discard) appendTo(b []byte) []byte {
	for _, p := range slices.Concat(s.written, s.doubtful, s.delivered) {
		b = appendPosition(b, p)
	}
	return b
}
