package measure

import (
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// Run observes one execution and takes its samples.
type Run struct {
	header  *trace.Header
	sample  Sample
	servers []server // by ID
	down    nodes.Set
	cuts    map[[2]nodes.ID]bool // nothing passes from one to the other

	began    bool          // there was an established leader
	idle     time.Duration // since when there is none, if there is none
	leaders  nodes.Set     // the established ones
	failed   time.Duration // when a leader failed that nobody has replaced yet; -1: none
	left     bool          // somebody has left it
	failing  nodes.ID      // which one it was
	asked    []time.Duration
	written  map[nodes.Position]time.Duration // first written to a log, not delivered yet
	delivery map[nodes.Position]time.Duration // first delivered
	newest   nodes.Position
}

type server struct {
	status nodes.Status
	paused bool // now, or since it was established
	stands bool // it is paused now
}

// NewRun returns an observer for one execution.
func NewRun(h *trace.Header) *Run {
	return &Run{
		header: h, servers: make([]server, (h.Voters|h.Observers).Max()+1), cuts: map[[2]nodes.ID]bool{}, failed: -1,
		asked:   make([]time.Duration, len(h.Clients)+1),
		written: map[nodes.Position]time.Duration{}, delivery: map[nodes.Position]time.Duration{},
	}
}

// Wants implements [trace.Observer].
func (r *Run) Wants() trace.Set {
	return trace.Of(trace.View, trace.Start, trace.Crash, trace.MachineCrash, trace.Pause, trace.Resume, trace.Cut, trace.Heal,
		trace.Append, trace.Commit, trace.Invoke, trace.Return)
}

// Observe implements [trace.Observer].
func (r *Run) Observe(e *trace.Event) {
	switch e.Kind {
	case trace.View:
		r.viewed(e)
	case trace.Start:
		r.down = r.down.Without(e.Server)
	case trace.Crash, trace.MachineCrash:
		r.down = r.down.With(e.Server)
		r.fails(nodes.SetOf(e.Server), e.Time)
	case trace.Pause, trace.Resume:
		s := &r.servers[e.Server]
		s.paused, s.stands = true, e.Kind == trace.Pause // the first until it is established anew
		if s.stands {
			r.fails(nodes.SetOf(e.Server), e.Time)
		}
		r.leads(e.Server, established(&s.status) && !s.stands, e.Time)
	case trace.Cut, trace.Heal:
		r.reshaped(e)
	case trace.Append:
		if _, known := r.written[e.Pos]; !known && r.newest.Less(e.Pos) {
			r.written[e.Pos] = e.Time
		}
	case trace.Commit:
		r.delivered(e)
	case trace.Invoke:
		r.asked[e.Client] = e.Time
	case trace.Return:
		r.answered(e)
	}
}

func established(s *nodes.Status) bool { return s.Role == nodes.Leading && s.Serving }

func (r *Run) viewed(e *trace.Event) {
	s := &r.servers[e.Server]
	was, is := established(&s.status), established(e.After)
	switch {
	case is && !was:
		r.sample.elections++
		if r.failed >= 0 && e.Server != r.failing {
			r.sample.failovers = append(r.sample.failovers, e.Time-r.failed)
			r.failed = -1
		}
		s.paused = false
	case was && !is:
		if e.After.Role != nodes.Down && !s.paused && !r.isCut(e.Server) {
			r.sample.falseElections++
		}
	}
	if r.failed >= 0 && !r.left && e.Server != r.failing && s.status.Leader == r.failing && e.After.Leader != r.failing && e.After.Role != nodes.Down {
		r.left = true
		r.sample.detections = append(r.sample.detections, e.Time-r.failed)
	}
	s.status = *e.After
	if e.After.Role == nodes.Down {
		r.down, s.stands = r.down.With(e.Server), false
	}
	r.leads(e.Server, is && !s.stands, e.Time)
}

// leads takes note of whether a server is an established leader that is not
// paused.
func (r *Run) leads(id nodes.ID, now bool, at time.Duration) {
	before := r.leaders
	r.leaders = r.leaders.Without(id)
	if now {
		r.leaders = r.leaders.With(id)
	}
	switch {
	case before == 0 && r.leaders != 0:
		if r.began {
			r.sample.unserved += at - r.idle
		}
		r.began = true
	case before != 0 && r.leaders == 0:
		r.idle = at
	}
}

// fails takes note that servers fail: if one is an established leader, the clock
// runs.
func (r *Run) fails(who nodes.Set, at time.Duration) {
	if hit := who & r.leaders; hit != 0 && r.failed < 0 {
		r.failed, r.left, r.failing = at, false, hit.Max()
	}
}

func (r *Run) reshaped(e *trace.Event) {
	for a := range e.A.All() {
		for b := range e.B.All() {
			r.pass(a, b, e.Kind == trace.Cut)
			if e.Both {
				r.pass(b, a, e.Kind == trace.Cut)
			}
		}
	}
	if e.Kind == trace.Cut {
		r.fails(e.A|e.B, e.Time)
	}
}

func (r *Run) pass(a, b nodes.ID, cut bool) {
	if cut {
		r.cuts[[2]nodes.ID{a, b}] = true
	} else {
		delete(r.cuts, [2]nodes.ID{a, b})
	}
}

// isCut reports whether a server is cut off from some other.
func (r *Run) isCut(id nodes.ID) bool {
	for link := range r.cuts {
		if link[0] == id || link[1] == id {
			return true
		}
	}
	return false
}

func (r *Run) delivered(e *trace.Event) {
	r.sample.committed = max(r.sample.committed, e.Len)
	first, known := r.delivery[e.Pos]
	switch {
	case known && r.header.Observers.Has(e.Server):
		r.sample.lags = append(r.sample.lags, e.Time-first)
	case !known:
		r.delivery[e.Pos] = e.Time
		if r.newest.Less(e.Pos) {
			r.newest = e.Pos
			r.sample.survived = max(r.sample.survived, (r.down & r.header.Voters).Len())
		}
		if at, logged := r.written[e.Pos]; logged {
			r.sample.commits = append(r.sample.commits, e.Time-at)
			delete(r.written, e.Pos)
		}
	}
}

func (r *Run) answered(e *trace.Event) {
	switch e.Result {
	case trace.OK:
		r.sample.answers = append(r.sample.answers, e.Time-r.asked[e.Client])
	case trace.Failed:
		r.sample.refused++
	default:
		r.sample.unknown++
	}
}

// finish ends the run.
func (r *Run) finish(end time.Duration) {
	if r.began && r.leaders == 0 {
		r.sample.unserved += end - r.idle
	}
}
