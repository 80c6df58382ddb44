package servers_test

import (
	"slices"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// plain is the model of real nodes written without any cleverness: a state is
// a whole world with its monitors, and each action is executed on a clone. The
// fast one must agree with it.
type plain struct {
	servers.Setup
}

type plainState struct {
	world  *sim.World
	judges *plainJudges
	spent  servers.Spent
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
	canonize(w)
	return []plainState{{world: w, judges: j}}
}

func (p *plain) Actions(s plainState, dst []sim.Action) []sim.Action {
	for _, a := range s.world.Enabled(nil) {
		if _, ok := p.pay(s, a); ok {
			dst = append(dst, a)
			dst = p.crashesWithin(s, a, dst)
		}
	}
	return dst
}

// crashesWithin appends an action once for each moment at which its server may die
// before it is over: as one that is stopped there.
func (p *plain) crashesWithin(s plainState, a sim.Action, dst []sim.Action) []sim.Action {
	if a.Stop = 1; s.world.Place(a) == 0 || a.Kind == sim.Elect {
		return dst
	} else if _, ok := p.pay(s, a); !ok {
		return dst
	}
	a.Stop = 0
	w := s.world.Clone(nil)
	if err := w.Apply(a); err != nil {
		panic(err)
	}
	for _, stop := range w.CrashPoints(a, nil) {
		a.Stop = stop
		dst = append(dst, a)
	}
	return dst
}

// pay charges an action to the budget, and the crash if it is stopped.
func (p *plain) pay(s plainState, a sim.Action) (servers.Spent, bool) {
	if a.Stop > 0 {
		if s.spent.Crashes++; int(s.spent.Crashes) > p.Config.Budget.Crashes {
			return s.spent, false
		}
	}
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
		if b.Restarts < b.Crashes+b.MachineCrashes {
			return n, take(&n.Restarts, b.Restarts)
		}
	case sim.Cut:
		if a.A|a.B != p.Config.Voters {
			return n, take(&n.Cuts, b.Cuts)
		}
		return n, take(&n.Partitions, b.Partitions)
	case sim.Invoke:
		if p.Requests > 0 {
			return n, take(&n.Requests, p.Requests)
		}
	case sim.Pause:
		return n, take(&n.Pauses, b.Pauses)
	case sim.Expire, sim.DialTimeout, sim.Impatience, sim.GiveUp:
		if a.Kind == sim.DialTimeout && quiet(s.world) || a.Kind == sim.Expire && p.excused(s.world, &a) {
			return n, true
		}
		return n, take(&n.Timeouts, b.Timeouts)
	}
	return n, true
}

// excused reports whether a timer may fire without charge.
func (p *plain) excused(w *sim.World, a *sim.Action) bool {
	name := p.Config.Protocol.Timers[a.Timer.Name]
	if name == "read" {
		conn := nodes.Conn(a.Timer.Key)
		peer := conn.Dialer()
		if peer == a.Server {
			peer = conn.Acceptor()
		}
		return quiet(w) && w.Silent(a.Server, peer)
	}
	missing := 0
	for peer := range p.Config.Voters.All() {
		if peer != a.Server && w.Unheard(a.Server, peer) {
			missing++
		}
	}
	return quiet(w) && (slices.Contains(p.Patient, name) ||
		p.Config.Oracle && missing > 0 && slices.Contains(p.Watchful, name) ||
		p.Config.Oracle && 2*missing >= p.Config.Voters.Len() && slices.Contains(p.Deserted, name))
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
	place := w.Place(a)
	if err := w.Apply(a); err != nil {
		panic(err)
	}
	if a.Stop > 0 {
		if err := w.Apply(sim.Action{Kind: sim.Crash, Server: place}); err != nil {
			panic(err)
		}
	}
	if p.Epochs > 0 && a.Server != 0 && w.Status(a.Server).Epoch > p.Epochs {
		return s, false
	}
	if n := a.Server; p.Elections > 0 && n != 0 && w.Status(n).Role == nodes.Leading && s.world.Status(n).Role != nodes.Leading {
		if spent.Elections++; int(spent.Elections) > p.Elections {
			return s, false
		}
	}
	canonize(w)
	return plainState{w, j, spent}, true
}

// canonize brings all of a world into canonical form.
func canonize(w *sim.World) {
	for _, p := range w.Parts() {
		w.Canonize(p, sim.Memory|sim.Mail)
	}
}

func (p *plain) AppendTo(b []byte, s plainState) []byte {
	b = s.world.AppendTo(b)
	b = s.judges.watch.AppendTo(b)
	for _, m := range s.judges.sometimes {
		b = m.AppendTo(b)
	}
	n := &s.spent
	return append(b, n.Crashes, n.MachineCrashes, n.Restarts, n.Partitions, n.Cuts, n.Pauses, n.Timeouts, n.Elections, n.Requests)
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
