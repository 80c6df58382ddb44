package explore_test

import (
	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// plain is the model of real nodes written without any cleverness: a state is
// a whole world with its monitors, and each action is executed on a clone. The
// fast one must agree with it.
type plain struct {
	explore.Setup
}

type plainState struct {
	world  *sim.World
	judges *plainJudges
	spent  explore.Spent
}

type plainJudges struct {
	watch     *checker.Watch
	sometimes []checker.Monitor
}

func (j *plainJudges) Wants() trace.Set { return trace.Every }

func (j *plainJudges) Observe(e *trace.Event) {
	if j.watch.Wants().Has(e.Kind) {
		j.watch.Observe(e)
	}
	for _, m := range j.sometimes {
		if m.Wants().Has(e.Kind) {
			m.Observe(e)
		}
	}
}

func (p *plain) split() (always, sometimes []checker.Property) {
	for _, q := range p.Setup.Properties {
		if q.Kind == checker.Sometimes {
			sometimes = append(sometimes, q)
		} else {
			always = append(always, q)
		}
	}
	return always, sometimes
}

func (p *plain) Initial() []plainState {
	always, sometimes := p.split()
	j := &plainJudges{watch: checker.NewWatch(p.Header, always)}
	for _, q := range sometimes {
		j.sometimes = append(j.sometimes, q.New(p.Header))
	}
	w := sim.New(p.Config, nil, j)
	if p.Prefix == nil {
		for id := range p.Config.Voters.All() {
			if err := w.Apply(sim.Action{Kind: sim.Start, Server: id}); err != nil {
				panic(err)
			}
		}
	}
	if _, err := sim.Replay(w, p.Prefix, true); err != nil {
		panic(err)
	}
	return []plainState{{world: w, judges: j}}
}

func (p *plain) Actions(s plainState, dst []sim.Action) []sim.Action {
	for _, a := range s.world.Enabled(nil) {
		if _, ok := p.pay(s, a); ok {
			dst = append(dst, a)
		}
	}
	return dst
}

// pay charges an action to the budget.
func (p *plain) pay(s plainState, a sim.Action) (explore.Spent, bool) {
	n := s.spent
	b := &p.Config.Budget
	take := func(c *uint8, limit int) bool {
		*c++
		return int(*c) <= limit
	}
	switch a.Kind {
	case sim.Crash:
		return n, take(&n.Crashes, b.Crashes)
	case sim.MachineCrash:
		return n, take(&n.MachineCrashes, b.MachineCrashes)
	case sim.Start:
		return n, take(&n.Restarts, b.Restarts)
	case sim.Cut:
		return n, take(&n.Partitions, b.Partitions)
	case sim.Pause:
		return n, take(&n.Pauses, b.Pauses)
	case sim.Expire, sim.DialTimeout, sim.Impatience, sim.GiveUp:
		patient := a.Kind == sim.DialTimeout
		for _, name := range p.Patient {
			patient = patient || a.Kind == sim.Expire && p.Config.Protocol.Timers[a.Timer.Name] == name
		}
		if patient && quiet(s.world) {
			return n, true
		}
		return n, take(&n.Timeouts, b.Timeouts)
	}
	return n, true
}

func quiet(w *sim.World) bool {
	for _, a := range w.Enabled(nil) {
		switch a.Kind {
		case sim.Deliver, sim.Synced, sim.Arrive, sim.Answer, sim.Told:
			return false
		}
	}
	return true
}

func (p *plain) Next(s plainState, a sim.Action) (plainState, bool) {
	spent, _ := p.pay(s, a)
	j := &plainJudges{watch: s.judges.watch.Clone()}
	for _, m := range s.judges.sometimes {
		j.sometimes = append(j.sometimes, m.Clone())
	}
	w := s.world.Clone(j)
	if err := w.Apply(a); err != nil {
		panic(err)
	}
	if p.Epochs > 0 && a.Server != 0 && w.Status(a.Server).Epoch > p.Epochs {
		return s, false
	}
	return plainState{w, j, spent}, true
}

func (p *plain) AppendTo(b []byte, s plainState) []byte {
	b = s.world.AppendTo(b)
	b = s.judges.watch.AppendTo(b)
	for _, m := range s.judges.sometimes {
		b = m.AppendTo(b)
	}
	n := &s.spent
	return append(b, n.Crashes, n.MachineCrashes, n.Restarts, n.Partitions, n.Pauses, n.Timeouts)
}

func (p *plain) Properties() []explore.Property[plainState] {
	always, _ := p.split()
	var properties []explore.Property[plainState]
	for _, q := range always {
		properties = append(properties, explore.Property[plainState]{Name: q.Name, Kind: checker.Always, Holds: func(s plainState) bool {
			for _, v := range s.judges.watch.Violations() {
				if v.Property == q.Name {
					return false
				}
			}
			return true
		}})
	}
	return properties
}
