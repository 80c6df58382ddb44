package gen

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/all"
	"github.com/zabsim/zabsim/scenarios"
)

// Scenario generates scenarios, complete and ready to be run.
func Scenario(opts ...Option) *rapid.Generator[*scenarios.Scenario] {
	g := &generator{low: 1, high: 7, apps: []string{"kv", "bank"}, faults: 5, operations: 30, kinds: DefaultKinds()}
	for _, o := range opts {
		o(g)
	}
	g.prepare()
	return rapid.Custom(func(t *rapid.T) *scenarios.Scenario { return g.draw(t) })
}

// generator is what the options say.
type generator struct {
	low, high  int
	apps       []string
	faults     int
	kinds      []faults.Kind
	operations int
	base       *scenarios.Scenario
	protocol   *nodes.Protocol
}

// prepare finds the protocol, and what the scenarios are to be like.
func (g *generator) prepare() {
	switch {
	case g.base != nil:
	case g.protocol != nil:
		g.base = standard("protocol: "+g.protocol.Name, *g.protocol)
	default: // short ticks, since nothing is learnt while a server waits
		g.base = standard("protocol: zab\noptions: {tickTime: 200ms, initLimit: 10, syncLimit: 5}")
	}
	if g.protocol == nil {
		p, err := all.ByName(g.base.Protocol)
		if err != nil {
			panic(fmt.Sprintf("gen: %v; one of your own is given with gen.Protocol", err))
		}
		g.protocol = p
	}
	if g.protocol.Name != g.base.Protocol {
		panic(fmt.Sprintf("gen: the base is for %s, and the protocol is %s", g.base.Protocol, g.protocol.Name))
	}
}

// standard returns a scenario with nothing but defaults, and some more lines.
func standard(lines string, more ...nodes.Protocol) *scenarios.Scenario {
	s, err := scenarios.Parse("generated.yaml", []byte(`
version: 1
name: generated
duration: 1s
servers: 1
properties: {always: [no-panic]}
`+lines), more...)
	if err != nil {
		panic(fmt.Sprintf("gen: %v", err))
	}
	s.Properties = scenarios.Properties{}
	return s
}

// maxEvents bounds a run: one that goes on for longer is a livelock.
const maxEvents = 5_000_000

// calmAfter is how long a run goes on after the last thing that was planned.
const calmAfter = 10 * time.Second

// draw draws a scenario. What comes first shrinks most: what is drawn later has
// its meaning from it.
func (g *generator) draw(t *rapid.T) *scenarios.Scenario {
	s := scenarios.Scenario{
		Version: 1, Name: g.base.Name, About: g.base.About,
		Protocol: g.base.Protocol, Options: g.base.Options, Defects: g.base.Defects,
		Limits: scenarios.Limits{Events: maxEvents}, Properties: g.base.Properties, Expect: g.base.Expect,
	}
	voters := g.cluster(t, &s)
	g.app(t, &s)
	g.plan(t, &s, voters)
	g.clients(t, &s)
	g.speeds(t, &s)
	s.Seed = rapid.Uint64Range(1, 1<<16).Draw(t, "seed")
	s.Duration = (end(&s) + calmAfter).Truncate(time.Second)
	if len(s.Properties.Always)+len(s.Properties.Eventually) == 0 {
		s.Properties = promises(&s)
	}
	s.Properties.Sometimes = nil // a small story does not have everything
	if slices.ContainsFunc(s.Faults, func(f scenarios.Fault) bool { return f.When != nil }) {
		s.Properties.Eventually = nil // it may strike in the end
	}
	return &s
}

// cluster draws the servers, their sites, and who has no vote. It returns those
// that vote.
func (g *generator) cluster(t *rapid.T, s *scenarios.Scenario) []string {
	n := g.low + below(t, g.high-g.low+1, "voters")
	names := make([]string, n, n+1)
	for i := range names {
		names[i] = nodes.ID(i + 1).String()
	}
	voters := names
	if below(t, 4, "observer") == 3 {
		observer := nodes.ID(n + 1).String()
		names, s.Observers = append(names, observer), []string{observer}
	}
	s.Servers = names
	if sites := below(t, 5, "sites") - 1; sites > 1 && sites <= len(names) {
		s.Servers = nil
		for i := range sites {
			s.Sites = append(s.Sites, scenarios.Site{
				Name: [...]string{"north", "south", "east"}[i], Servers: names[i*len(names)/sites : (i+1)*len(names)/sites],
			})
		}
	}
	return voters
}

// app draws the application.
func (g *generator) app(t *rapid.T, s *scenarios.Scenario) {
	switch name := rapid.SampledFrom(g.apps).Draw(t, "app"); name {
	case "kv":
		s.App.KV = &scenarios.KV{}
	case "bank":
		s.App.Bank = scenarios.Accounts{{Name: "alice", Balance: 100}, {Name: "bob", Balance: 100}}
	case "znode":
		s.App.Znode = &scenarios.Znode{}
	default:
		panic(fmt.Sprintf("gen: there is no app %q; there are kv, bank and znode", name))
	}
}

// speeds draws how fast network and disks are.
func (g *generator) speeds(t *rapid.T, s *scenarios.Scenario) {
	const ms = time.Millisecond
	jitter := func(what string, fastest time.Duration) scenarios.Range {
		return scenarios.Range{Min: fastest, Max: fastest + rapid.SampledFrom([]time.Duration{0, 2 * ms, 9 * ms, 29 * ms}).Draw(t, what)}
	}
	s.Network = scenarios.Network{Between: g.base.Network.Between, DialTimeout: g.base.Network.DialTimeout}
	s.Network.Within.Latency = jitter("latency", ms)
	s.Disk.Fsync = jitter("fsync", ms)
	if s.Sites != nil {
		s.Network.Between.Latency = jitter("latency between sites", 5*ms)
	}
}

// end returns when the last thing is done that is planned.
func end(s *scenarios.Scenario) time.Duration {
	last := 2 * time.Second
	for i := range s.Faults {
		last = max(last, s.Faults[i].At+s.Faults[i].For)
	}
	for i := range s.Clients {
		for _, step := range s.Clients[i].Script {
			last = max(last, step.At)
		}
		if r := s.Clients[i].Recipe; r != nil {
			last = max(last, r.Until)
		}
	}
	return last
}

// promises returns what is demanded unless the base says what.
func promises(s *scenarios.Scenario) scenarios.Properties {
	always := []string{
		"one-leader-per-epoch", "agreement", "total-order", "prefix-consistency", "integrity", "no-lost-commit",
		"no-resurrection", "epochs-monotonic", "durable-before-commit", "sequential",
	}
	switch {
	case s.App.Bank != nil:
		always = append(always, "linearizable-writes", "conservation", "no-overdraft")
	case s.App.KV != nil:
		always = append(always, "linearizable-writes")
	default:
		always = append(always, "fifo-client-order", "monotonic-zxid", "ephemeral-life", "one-ephemeral-owner", "sequence-numbers", "watch-order")
	}
	p := scenarios.Properties{Eventually: []scenarios.Claim{{Name: "leader", Within: 8 * time.Second}, {Name: "converged"}}}
	for _, name := range always {
		p.Always = append(p.Always, scenarios.Claim{Name: name})
	}
	return p
}
