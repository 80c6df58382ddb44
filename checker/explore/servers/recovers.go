package servers

import (
	"errors"
	"slices"
	"sync"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// Recovers is the property that every state visited can be recovered from. From a
// state all is healed: partitions end, and servers that are down or paused go on.
// Then a fair schedule runs in which no more faults strike, and within
// [Setup].Recovers actions one server must lead, all others follow it and serve,
// with the same history, and a fresh write of another client be acknowledged.
//
// The schedule is one of many. That it gets there shows that the state is no trap:
// some execution without faults leads out of it, and it is not one of strange luck.
// It does not show that all fair executions do, nor how long that takes. That it
// does not get there is a livelock or a deadlock, or that the bound is too small;
// what the schedule did tells which. In its livelocks timers are long: what races
// one always wins. Where a protocol depends on losing that race now and then, as in
// ZOOKEEPER-4646, in which the log thread races the main thread of a follower, the
// schedule goes round and real servers might not.
const Recovers = "recovers"

// recovery performs fair schedules, in a world of its own with one more client.
type recovery struct {
	shared *shared
	config sim.Config
	prober nodes.ClientID

	mu      sync.Mutex
	idle    []*healer
	settled map[[2]uint64]verdict // by state in which nothing is left to happen by itself
}

// verdict is how many actions lead from a state to the goal.
type verdict struct {
	actions int
	fails   bool
}

// newRecovery returns nil if recoveries are not to be judged.
func newRecovery(sh *shared) (*recovery, error) {
	if sh.Setup.Recovers == 0 {
		return nil, nil
	}
	write, found := firstWrite(sh.config.Clients)
	if !found {
		return nil, errors.New("explore: no client writes anything, so nobody can say whether writes are acknowledged again")
	}
	r := &recovery{shared: sh, config: sh.config, settled: make(map[[2]uint64]verdict)}
	r.config.Budget.Crashes, r.config.Budget.MachineCrashes, r.config.Budget.Pauses = 0, 0, 0
	r.config.Clients = append(slices.Clone(sh.config.Clients), sim.Client{
		Name: "prober", Servers: slices.Collect(sh.all().All()), Workload: always(write),
	})
	r.prober = nodes.ClientID(len(r.config.Clients))
	return r, nil
}

// firstWrite returns the first write that a client asks for.
func firstWrite(clients []sim.Client) (sim.Op, bool) {
	for i := range clients {
		if clients[i].Workload == nil || clients[i].Session > 0 {
			continue
		}
		luck := choice.NewStream(clients[i].Name)
		for n := 0; ; n++ {
			op, more := clients[i].Workload.Op(n, choice.Seed(0), &luck)
			if !more || n == maxBudget {
				break
			}
			if op.Class == nodes.Write {
				return sim.Op{Class: nodes.Write, Body: op.Body}, true
			}
		}
	}
	return sim.Op{}, false
}

// always is the workload of one operation, again and again.
type always sim.Op

// Op implements [sim.Workload].
func (a always) Op(int, choice.Source, *choice.Stream) (sim.Op, bool) { return sim.Op(a), true }

// property returns the property for a search.
func (r *recovery) property() explore.Property[State] {
	return explore.Property[State]{Name: Recovers, Kind: checker.Always, Holds: func(s State) bool {
		h := r.take()
		defer r.give(h)
		return !h.recover(&s).fails
	}}
}

func (r *recovery) take() *healer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.idle); n > 0 {
		h := r.idle[n-1]
		r.idle = r.idle[:n-1]
		return h
	}
	return newHealer(r)
}

func (r *recovery) give(h *healer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = append(r.idle, h)
}

// Recovery returns what the fair schedule does behind the last state of a path,
// until the goal is reached or the bound, and nil if recoveries are not judged.
// Names are those of the setup's clients and of one more, the prober.
func (w *World) Recovery(p *explore.Path[State, *Event]) (schedule sim.Schedule, names sim.Names) {
	r := w.shared.recovery
	if r == nil {
		return nil, names
	}
	names = w.shared.names
	names.Clients = append(slices.Clone(names.Clients), r.config.Clients[r.prober-1].Name)
	h := newHealer(r)
	last := p.Last()
	h.load(&last)
	h.noted = &schedule
	h.heal()
	h.settle()
	h.run()
	return schedule, names
}

// recover returns whether the goal is reached from a state, and after how many
// actions. What the schedule does from where nothing is left to happen by itself
// depends on that state only, and most states share it with others.
func (h *healer) recover(s *State) verdict {
	h.load(s)
	h.heal()
	h.settle()
	before, key := h.actions, h.key(true)
	r := h.recovery
	r.mu.Lock()
	v, known := r.settled[key]
	r.mu.Unlock()
	if !known {
		reached := h.run()
		v = verdict{h.actions - before, !reached}
		r.mu.Lock()
		r.settled[key] = v
		r.mu.Unlock()
	}
	return verdict{before + v.actions, v.fails || before+v.actions > r.shared.Setup.Recovers}
}

// acknowledged notes that the prober's write was.
type acknowledged struct {
	prober nodes.ClientID
	yes    bool
}

// Wants implements [trace.Observer].
func (*acknowledged) Wants() trace.Set { return trace.Of(trace.Return) }

// Observe implements [trace.Observer].
func (a *acknowledged) Observe(e *trace.Event) {
	a.yes = a.yes || e.Client == a.prober && e.Result == trace.OK
}
