package servers

import (
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// Established says where a search of a [World] begins: all servers serve
// under one leader, and some transactions are committed. Most bugs lie deep
// behind an election that everybody knows to work; to begin here is to look
// for them at once.
type Established struct {
	// Transactions are how many of the clients' operations are carried out.
	Transactions uint64
	// Lagging are servers that were cut off before the first of them, and are
	// connected again: what they missed is still on its way to them.
	Lagging nodes.Set
	// Late are servers that start only then, for the first time. The others must be a
	// quorum.
	Late nodes.Set
	// Deposed says that the leader then logged another transaction, which got nowhere,
	// and died, and that the others serve under a new leader. It is not started again.
	Deposed bool
}

// settleSteps bounds the way to an established state.
const settleSteps = 100_000

// Establish returns a Prefix for a setup that leads there: what happens first
// if no fault strikes and no timer fires before all else is done.
func Establish(setup Setup, e Established) (sim.Schedule, error) {
	cfg := setup.Config
	all := (cfg.Voters | cfg.Observers) &^ e.Late
	if !setup.Header.IsQuorum(all) {
		return nil, fmt.Errorf("explore: without %v there is no quorum to begin with", e.Late)
	}
	s := settler{world: sim.New(cfg, nil, nil), setup: &setup}
	for id := range all.All() {
		if err := s.do(sim.Action{Kind: sim.Start, Server: id}); err != nil {
			return nil, err
		}
	}
	serving := func() bool { return s.each(all, func(st nodes.Status) bool { return st.Serving }) }
	if err := s.until("all servers serve", serving); err != nil {
		return nil, err
	}
	rest := all &^ e.Lagging
	if e.Lagging != 0 {
		if err := s.do(sim.Action{Kind: sim.Cut, A: rest, B: e.Lagging, Both: true}); err != nil {
			return nil, err
		}
	}
	s.invoke = true
	committed := func() bool {
		return s.each(rest, func(st nodes.Status) bool { return st.History.Len >= e.Transactions })
	}
	if err := s.until(fmt.Sprintf("%d transactions are committed", e.Transactions), committed); err != nil {
		return nil, err
	}
	if e.Lagging != 0 {
		if err := s.do(sim.Action{Kind: sim.Heal, A: rest, B: e.Lagging, Both: true}); err != nil {
			return nil, err
		}
	}
	if e.Deposed {
		if err := s.depose(all); err != nil {
			return nil, err
		}
	}
	for id := range e.Late.All() {
		if err := s.do(sim.Action{Kind: sim.Start, Server: id}); err != nil {
			return nil, err
		}
	}
	return s.done, nil
}

// depose has the leader log something, and then another one take its place. What it
// has sent is lost.
func (s *settler) depose(all nodes.Set) error {
	leader := nodes.ID(0)
	for id := range all.All() {
		if s.world.Status(id).Role == nodes.Leading {
			leader = id
		}
	}
	before := s.world.Status(leader).Logged
	logged := func() bool { return before.Less(s.world.Status(leader).Logged) }
	if err := s.until("the leader logs one more transaction", logged); err != nil {
		return err
	}
	if err := s.do(sim.Action{Kind: sim.Crash, Server: leader}); err != nil {
		return err
	}
	for _, a := range s.world.Enabled(nil) {
		if a.Kind == sim.Sever {
			if err := s.do(a); err != nil {
				return err
			}
		}
	}
	s.invoke = false
	serve := func() bool { return s.each(all.Without(leader), func(st nodes.Status) bool { return st.Serving }) }
	return s.until("the others serve", serve)
}

// settler leads a world somewhere.
type settler struct {
	world  *sim.World
	setup  *Setup
	invoke bool         // clients may do something
	timers []sim.Action // patient ones that have not fired yet, the first to be seen first
	done   sim.Schedule
}

func (s *settler) do(a sim.Action) error {
	s.done = append(s.done, sim.Scheduled{Action: a})
	return s.world.Apply(a)
}

// each reports whether something is true of what each of the servers says.
func (s *settler) each(ids nodes.Set, holds func(nodes.Status) bool) bool {
	for id := range ids.All() {
		if !holds(s.world.Status(id)) {
			return false
		}
	}
	return true
}

// until does what comes first until the goal is reached.
func (s *settler) until(what string, goal func() bool) error {
	var enabled []sim.Action
	for range settleSteps {
		if goal() {
			return nil
		}
		enabled = s.world.Enabled(enabled[:0])
		next := slices.IndexFunc(enabled, s.ordinary)
		if next < 0 {
			next = slices.IndexFunc(enabled, func(a sim.Action) bool { return a.Kind == sim.Elect })
		}
		var a sim.Action
		if next >= 0 {
			a = enabled[next]
		} else if a = s.timer(enabled); a == (sim.Action{}) {
			return fmt.Errorf("explore: nothing is left to happen before %s", what)
		}
		if err := s.do(a); err != nil {
			return err
		}
	}
	return fmt.Errorf("explore: %d steps, and it is not true that %s", settleSteps, what)
}

// ordinary reports whether an action may be what comes first. Clients whom nobody
// serves yet would ask for ever.
func (s *settler) ordinary(a sim.Action) bool {
	return (a.Client == 0 || s.invoke) && (progress(a.Kind) || a.Kind == sim.Invoke)
}

// timer returns the patient timer that has waited longest: one server's must
// not fire again and again before another's does.
func (s *settler) timer(enabled []sim.Action) sim.Action {
	s.timers = slices.DeleteFunc(s.timers, func(a sim.Action) bool { return !slices.Contains(enabled, a) })
	for _, a := range enabled {
		if s.patient(a) && !slices.Contains(s.timers, a) {
			s.timers = append(s.timers, a)
		}
	}
	if len(s.timers) == 0 {
		return sim.Action{}
	}
	oldest := s.timers[0]
	s.timers = s.timers[1:]
	return oldest
}

func (s *settler) patient(a sim.Action) bool {
	return a.Kind == sim.DialTimeout ||
		a.Kind == sim.Expire && slices.Contains(s.setup.Patient, s.setup.Config.Protocol.Timers[a.Timer.Name])
}
