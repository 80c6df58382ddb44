package scenarios

import (
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// Scripted returns the scenario with what the generated loads of its clients ask
// for in its run, in the given time, written out as scripts. Up to then its run is
// the same, event by event.
func (s *Scenario) Scripted(until time.Duration) (*Scenario, error) {
	cfg, _, err := s.Compile("", s.Seed)
	if err != nil {
		return nil, err
	}
	asked := make([][]Step, len(s.Clients))
	for i := range cfg.Clients {
		if g, ok := cfg.Clients[i].Workload.(generator); ok {
			g.told = &asked[i]
			cfg.Clients[i].Workload = g
		}
	}
	began := make([][]time.Duration, len(s.Clients))
	times := trace.NewTee(trace.Func{
		Kinds: trace.Of(trace.Invoke),
		Do:    func(e *trace.Event) { began[e.Client-1] = append(began[e.Client-1], e.Time) },
	})
	sim.Run(sim.New(cfg, choice.Seed(s.Seed), times), until, nil)

	scripted := s.Clone()
	for i := range scripted.Clients {
		c := &scripted.Clients[i]
		if c.Load == nil || len(began[i]) == 0 {
			continue
		}
		c.Load, c.Script = nil, asked[i][:len(began[i])]
		for j := range c.Script {
			step := &c.Script[j]
			step.At = began[i][j]
			step.Synced = step.Synced && step.op(0, 0, s.App.Znode != nil).Class == nodes.SyncedRead
		}
	}
	return scripted.reload()
}
