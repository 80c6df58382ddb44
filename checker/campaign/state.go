package campaign

import (
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// State is the hash of an abstract state of two servers of a cluster: what each of
// them is (role, phase, whether it serves, is paused, has all it wrote on disk),
// how their epochs and the ends of their logs compare, and whether one follows
// the other. Which servers they are and all numbers are left out. Two states may
// share a hash; then one of them is not noticed.
//
// Of two servers, because states of the whole cluster are nearly all different:
// of five servers, 83% of the runs of swarm reach one that is new after a
// thousand runs, and what is always new guides nobody.
type State uint64

// Reached is a state and when a run first was in it.
type Reached struct {
	State State         `json:"state"`
	At    time.Duration `json:"at"`
}

// explorer is an observer that collects the states of a run. It looks at a server
// when something changes that matters: its role or phase, whether it is up, that
// it cuts its log; not at each transaction.
type explorer struct {
	servers []abstract // by ID
	all     nodes.Set
	known   func(State) bool // reached by an earlier run
	seen    map[State]bool   // reached by this run
	new     []Reached
}

// abstract is what an explorer knows of a server.
type abstract struct {
	up, paused      bool
	epoch           uint64
	leader          nodes.ID
	logged, durable nodes.Position
	view            uint64 // hash of role, phase and whether it serves
}

func newExplorer(h *trace.Header, known func(State) bool) *explorer {
	all := h.Voters | h.Observers
	return &explorer{
		servers: make([]abstract, int(all.Max())+1), all: all, known: known, seen: map[State]bool{},
	}
}

// Wants implements [trace.Observer].
func (x *explorer) Wants() trace.Set {
	return trace.Of(trace.Start, trace.View, trace.Crash, trace.MachineCrash, trace.Pause, trace.Resume, trace.Exit,
		trace.Append, trace.Truncate, trace.Durable)
}

// Observe implements [trace.Observer].
func (x *explorer) Observe(e *trace.Event) {
	s := &x.servers[e.Server]
	switch e.Kind {
	case trace.Append:
		if e.Pos != (nodes.Position{}) {
			s.logged = e.Pos
		}
		return
	case trace.Durable:
		if e.Pos != (nodes.Position{}) {
			s.durable = e.Pos
		}
		return
	case trace.Truncate:
		s.logged = e.Pos
	case trace.Start:
		s.up = true
	case trace.Crash, trace.MachineCrash, trace.Exit:
		s.up, s.paused, s.leader = false, false, 0
	case trace.Pause, trace.Resume:
		s.paused = e.Kind == trace.Pause
	case trace.View:
		v := e.After
		s.epoch, s.leader, s.logged = v.Epoch, v.Leader, v.Logged
		s.view = uint64(nodes.Digest(0).Text(v.Phase).Pair(uint64(v.Role), bit(v.Serving)))
	}
	for id := range x.all.Without(e.Server).All() {
		x.note(pair(e.Server, s, id, &x.servers[id]), e.Time)
	}
}

// note takes a state that the cluster is in.
func (x *explorer) note(s State, now time.Duration) {
	if x.seen[s] {
		return
	}
	x.seen[s] = true
	if !x.known(s) {
		x.new = append(x.new, Reached{s, now})
	}
}

// pair returns the state of two servers, whichever of them is a.
func pair(a nodes.ID, s *abstract, b nodes.ID, t *abstract) State {
	v, w := s.class(), t.class()
	if v > w {
		a, s, b, t, v, w = b, t, a, s, w, v
	}
	relation := uint64(1+s.logged.Compare(t.logged))<<6 | bit(s.logged.Epoch == t.logged.Epoch)<<5 |
		bit(s.epoch < t.epoch)<<4 | bit(s.epoch > t.epoch)<<3 | bit(s.leader == b)<<2 | bit(t.leader == a)<<1
	return State(nodes.Digest(0).Pair(v, w).Word(relation))
}

// class returns what a server is by itself.
func (s *abstract) class() uint64 {
	behind := bit(s.durable.Less(s.logged))
	if !s.up {
		return behind
	}
	return s.view&^3 | bit(s.paused)<<1 | behind
}

func bit(v bool) uint64 {
	if v {
		return 1
	}
	return 0
}
