package scenarios

import (
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// Scripted returns the scenario with what its clients ask for in its run, in the
// given time, by generated loads and by recipes, written out as scripts. Up to
// then its run is the same, event by event. A script goes on as it is written,
// where a recipe would go by what it hears.
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
	watch := trace.NewTee(trace.Func{
		Kinds: trace.Of(trace.Invoke),
		Do: func(e *trace.Event) {
			i := e.Client - 1
			began[i] = append(began[i], e.Time)
			if s.Clients[i].Recipe != nil {
				asked[i] = append(asked[i], stepOfRecipe(e.Op))
			}
		},
	})
	sim.Run(sim.New(cfg, choice.Seed(s.Seed), watch), until, nil)

	scripted := s.Clone()
	for i := range scripted.Clients {
		if len(began[i]) > 0 {
			scripted.Clients[i].follow(asked[i], began[i], s.App.Znode != nil)
		}
	}
	return scripted.reload()
}

// stepOfRecipe returns the step that asks for the same as a recipe did.
func stepOfRecipe(body []byte) Step {
	_, _, body, err := app.Body(body)
	if err != nil {
		panic("scenarios: what a recipe asks for is not its own: " + err.Error())
	}
	op, err := znode.Parse(body)
	if err != nil {
		panic("scenarios: a recipe asks for what is no operation: " + err.Error())
	}
	return writeTreeStep(op)
}

// follow has a client ask for what it asked for, at the times at which each of
// that began; the last of it may not have begun. A script it has stays.
func (c *Client) follow(asked []Step, began []time.Duration, tree bool) {
	switch {
	case c.Script != nil:
		return
	case c.Recipe != nil:
		c.Session = c.Recipe.Session
	}
	c.Load, c.Recipe, c.Script = nil, nil, asked[:len(began)]
	for i := range c.Script {
		step := &c.Script[i]
		step.At = began[i]
		step.Synced = step.Synced && step.op(0, 0, tree).Class == nodes.SyncedRead
	}
}
