package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/bank"
	"github.com/zabsim/zabsim/nodes/app/kv"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// Compile turns the scenario into what the simulator runs, under the given
// protocol ("": the scenario's own), and into the header of its traces.
// Options and defects belong to the scenario's own protocol; another one runs
// with its defaults.
func (s *Scenario) Compile(protocol string, seed uint64) (*sim.Config, *trace.Header, error) {
	return s.compile(protocol, seed, builtin())
}

func (s *Scenario) compile(protocol string, seed uint64, words vocabulary) (*sim.Config, *trace.Header, error) {
	if protocol == "" {
		protocol = s.Protocol
	}
	p := words.protocol(protocol)
	if p == nil {
		return nil, nil, fmt.Errorf("%s", Unknown("protocol", protocol, words.protocolNames()))
	}
	all := s.serverSet()
	observers := s.selector(s.Observers).Set
	a := s.application()
	plan, err := s.planFor(p, seed)
	if err != nil {
		return nil, nil, err
	}
	cfg := &sim.Config{
		Protocol:  p,
		Voters:    all &^ observers,
		Observers: observers,
		Topology:  s.topology(),
		Fsync:     network.Range(s.Disk.Fsync),
		Machine:   a.machine,
		Plan:      plan.plan,
		Filters:   plan.filters,
		Budget:    s.Explore.budget(),
		MaxEvents: s.Limits.Events,
	}
	cfg.Options = s.optionsFor(p)
	if protocol == s.Protocol {
		cfg.Defects = s.Defects
	}
	for _, fork := range s.Forks {
		cfg.Forks = append(cfg.Forks, sim.Fork(fork))
	}
	for i := range s.Clients {
		cfg.Clients = append(cfg.Clients, s.client(i))
	}
	header := &trace.Header{
		Scenario: s.Name, Protocol: p, Seed: seed,
		Voters: cfg.Voters, Observers: cfg.Observers,
		Describe: a.describe, Machine: a.machine, Faults: plan.words, Swarm: plan.settings,
	}
	if s.Start != nil {
		if protocol != s.Protocol {
			return nil, nil, fmt.Errorf("scenario %s starts from disks of %s; %s cannot read them", s.Name, s.Protocol, protocol)
		}
		s.Start.begin(cfg, header)
	}
	if p.Quorum != nil {
		header.Quorum = p.Quorum(cfg.Options, cfg.Voters)
	}
	for _, site := range cfg.Topology.Sites {
		header.Sites = append(header.Sites, trace.Site(site))
	}
	for _, client := range s.Clients {
		header.Clients = append(header.Clients, client.Name)
	}
	for _, note := range s.Notes {
		header.Captions = append(header.Captions, trace.Caption{At: note.At, Text: note.Say})
	}
	slices.SortStableFunc(header.Captions, func(a, b trace.Caption) int { return cmp.Compare(a.At, b.At) })
	return cfg, header, nil
}

// optionsFor returns the options that a protocol runs with.
func (s *Scenario) optionsFor(p *nodes.Protocol) any {
	switch {
	case p.Name == s.Protocol:
		return s.Options
	case p.Options != nil:
		return p.Options()
	default:
		return nil
	}
}

// application is a replicated state machine as the rest of zabsim sees it.
type application struct {
	machine  func() nodes.StateMachine
	describe func(op, result []byte) string
}

func (s *Scenario) application() application {
	machine, describe := func() nodes.StateMachine { return kv.New() }, kv.Describe
	if s.App.Bank != nil {
		accounts := make([]bank.Account, len(s.App.Bank))
		for i, account := range s.App.Bank {
			accounts[i] = bank.Account(account)
		}
		machine, describe = func() nodes.StateMachine { return bank.New(accounts...) }, bank.Describe
	}
	if s.App.Znode != nil {
		machine, describe = func() nodes.StateMachine { return znode.New() }, znode.Describe
	}
	return application{
		machine: func() nodes.StateMachine { return app.Once(machine()) },
		describe: func(op, result []byte) string {
			_, _, body, err := app.Body(op)
			switch {
			case err != nil:
				return "unreadable operation"
			case len(body) == 0:
				return "sync"
			default:
				return describe(body, result)
			}
		},
	}
}

func (s *Scenario) topology() network.Topology {
	t := network.Topology{
		Within:    network.Range(s.Network.Within.Latency),
		Between:   network.Range(s.Network.Between.Latency),
		Loss:      network.PPM(s.Network.Loss),
		Duplicate: network.PPM(s.Network.Duplicate),
		Reorder:   network.PPM(s.Network.Reorder),

		DialTimeout: s.Network.DialTimeout,
	}
	for _, site := range s.Sites {
		t.Sites = append(t.Sites, network.Site{Name: site.Name, Servers: s.members(site.Name)})
	}
	return t
}

// serverSet returns all servers.
func (s *Scenario) serverSet() nodes.Set {
	set := s.selector(Who(s.Servers)).Set
	for _, site := range s.Sites {
		set |= s.members(site.Name)
	}
	return set
}

// members returns the servers that a name stands for: a server itself, or those
// of a site. A role has none; who they are is for the run to say.
func (s *Scenario) members(name string) nodes.Set {
	if id, ok := nodes.ParseID(name); ok {
		return nodes.SetOf(id)
	}
	i := slices.IndexFunc(s.Sites, func(site Site) bool { return site.Name == name })
	if i < 0 {
		return 0
	}
	return s.selector(s.Sites[i].Servers).Set
}

// selector turns names into what the simulator selects servers by.
func (s *Scenario) selector(names Who) faults.Selector {
	var made faults.Selector
	named := false
	for _, name := range names {
		if but, leavesOut := strings.CutPrefix(name, butPrefix); leavesOut {
			made.But |= s.members(but)
			made.ButRole = max(made.ButRole, role(but))
			continue
		}
		named = true
		made.Set |= s.members(name)
		made.Role = max(made.Role, role(name))
	}
	if !named && len(names) > 0 {
		made.Role = faults.Everyone // everyone but those
	}
	if name := names.String(); name != made.String() {
		made.Name = name
	}
	return made
}
