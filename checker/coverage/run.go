package coverage

import (
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// Run observes one execution and counts what it hits. Of a delivery, which is
// what there is most of, it remembers the kind of message and no more.
type Run struct {
	hits    map[Point]uint64
	servers []server // by ID
	stages  []stage  // that a server was in
	kinds   []string // of messages that were received
	last    strike
}

// server is what is remembered of a server.
type server struct {
	up      bool
	role    nodes.Role
	epoch   uint64
	stage   int // place in the stages
	message int // place in the kinds, of the message received last; -1: none since it booted
}

// stage is a role and a phase, with the messages that were the last one
// received by a server in it, as bits.
type stage struct {
	role     nodes.Role
	phase    string
	messages uint64
}

// maxKinds is how many kinds of messages are told apart at moments and in cells.
const maxKinds = 64

// strike is a fault as it was seen last, to know the parts of one for what they
// are: a partition is several cuts.
type strike struct {
	kind string
	at   time.Duration
}

// NewRun returns an observer for one execution.
func NewRun(h *trace.Header) *Run {
	return &Run{hits: map[Point]uint64{}, servers: make([]server, (h.Voters|h.Observers).Max()+1)}
}

// Wants implements [trace.Observer].
func (r *Run) Wants() trace.Set {
	return trace.Of(trace.Deliver, trace.View, trace.Note, trace.Start,
		trace.Crash, trace.MachineCrash, trace.Pause, trace.Cut, trace.Fault)
}

// Observe implements [trace.Observer].
func (r *Run) Observe(e *trace.Event) {
	switch e.Kind {
	case trace.Deliver:
		r.received(&r.servers[e.Server], e.Msg.Kind())
	case trace.View:
		r.viewed(&r.servers[e.Server], e.After)
	case trace.Note:
		r.hits[Point{Group: Note, Name: e.Text}]++
	case trace.Start:
		r.started(e)
	default:
		if e.Fault != "" {
			r.struck(e)
		}
	}
}

func (r *Run) received(s *server, kind string) {
	i := slices.Index(r.kinds, kind)
	if i < 0 {
		i = len(r.kinds)
		r.kinds = append(r.kinds, kind)
	}
	s.message = i
	r.mark(s)
}

// mark notes the moment that a server is at.
func (r *Run) mark(s *server) {
	if s.up && s.message >= 0 && s.message < maxKinds {
		r.stages[s.stage].messages |= 1 << s.message
	}
}

func (r *Run) viewed(s *server, now *nodes.Status) {
	s.up, s.role, s.epoch = now.Role != nodes.Down, now.Role, now.Epoch
	if !s.up {
		return
	}
	s.stage = slices.IndexFunc(r.stages, func(t stage) bool { return t.role == now.Role && t.phase == now.Phase })
	if s.stage < 0 {
		s.stage = len(r.stages)
		r.stages = append(r.stages, stage{role: now.Role, phase: now.Phase})
	}
	r.mark(s)
}

func (r *Run) started(e *trace.Event) {
	r.servers[e.Server].message = -1
	if e.Restart {
		r.hits[Point{Group: Restart, Stage: r.leaderStage()}]++
	}
}

// leaderStage returns the stage of the leader of the newest epoch.
func (r *Run) leaderStage() string {
	var leader *server
	for i := range r.servers {
		if s := &r.servers[i]; s.role == nodes.Leading && (leader == nil || s.epoch > leader.epoch) {
			leader = s
		}
	}
	if leader == nil {
		return "nobody leads"
	}
	return r.stages[leader.stage].String()
}

// struck counts a fault and the servers it strikes.
func (r *Run) struck(e *trace.Event) {
	now := strike{e.Fault, e.Time}
	if e.Server != 0 || now != r.last {
		r.hits[Point{Group: Fault, Name: e.Fault}]++
	}
	r.last = now
	victims := e.A | e.B
	if e.Server != 0 {
		victims = nodes.SetOf(e.Server)
	}
	for id := range victims.All() {
		s := &r.servers[id]
		if !s.up {
			continue
		}
		at := r.stages[s.stage].String()
		if e.Kind == trace.Crash || e.Kind == trace.MachineCrash {
			r.hits[Point{Group: Crash, Stage: at}]++
		}
		if s.message >= 0 && s.message < maxKinds {
			r.hits[Point{Group: Cell, Stage: at, Message: r.kinds[s.message], Name: e.Fault}]++
		}
	}
}

// String returns "leading, discovery", or the role alone if the phase has no
// other name.
func (s stage) String() string {
	if s.phase == "" || s.phase == s.role.String() {
		return s.role.String()
	}
	return s.role.String() + ", " + s.phase
}

// Counts returns what was hit.
func (r *Run) Counts() *Counts {
	c := &Counts{Runs: 1, Hits: make(map[Point]Hits, len(r.hits))}
	for p, times := range r.hits {
		c.Hits[p] = Hits{1, times}
	}
	for _, s := range r.stages {
		c.Hits[Point{Group: Stage, Stage: s.String()}] = Hits{1, 1}
		for i, kind := range r.kinds[:min(len(r.kinds), maxKinds)] {
			if s.messages>>i&1 == 1 {
				c.Hits[Point{Group: Moment, Stage: s.String(), Message: kind}] = Hits{1, 1}
			}
		}
	}
	return c
}
