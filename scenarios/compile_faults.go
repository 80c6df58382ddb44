package scenarios

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
)

// planner turns boot, faults and swarm into the simulator's plan.
type planner struct {
	s        *Scenario
	protocol *nodes.Protocol
	plan     faults.Plan
	filters  []network.Filter
	words    []string // of each fault of the plan
	settings []string // what the swarm drew
	err      error
}

// planFor makes the plan of a run. A server that starts late is held back and
// restarted.
func (s *Scenario) planFor(protocol *nodes.Protocol, seed uint64) (*planner, error) {
	p := &planner{s: s, protocol: protocol}
	for _, boot := range s.Boot {
		server := s.selector(Who{boot.Server})
		p.plan.Held |= server.Set
		p.plan.Faults = append(p.plan.Faults, faults.Fault{At: boot.At, Kind: faults.Restart, Target: server})
		p.words = append(p.words, fmt.Sprintf("%s start %s", boot.At, boot.Server))
	}
	for i := range s.Faults {
		p.add(p.fault(&s.Faults[i]))
	}
	if s.Swarm != nil {
		p.swarm(seed)
	}
	return p, p.err
}

// swarm adds what a swarm draws: up to the first fork from the seed, from there
// on from the seed of the fork.
func (p *planner) swarm(seed uint64) {
	drawing := p.s.swarm(p.protocol)
	forks := append(slices.Clone(p.s.Forks), Fork{At: math.MaxInt64})
	from := time.Duration(0)
	for _, next := range forks {
		drawn, settings := drawing.Plan(choice.Seed(seed))
		for _, f := range drawn {
			if from > f.At || f.At >= next.At {
				continue
			}
			if f.Kind == faults.Hold {
				f.Filter = p.filter(network.Filter{On: f.On})
			}
			p.add(f)
		}
		for _, setting := range settings {
			if from > 0 {
				setting = fmt.Sprintf("from %v on, %s", from, setting)
			}
			p.settings = append(p.settings, setting)
		}
		from, seed = next.At, next.Seed
	}
}

// Mishaps returns in words what goes wrong, in the order of the file.
func (s *Scenario) Mishaps() []string {
	p := planner{s: s, protocol: builtin().protocol(s.Protocol)}
	var words []string
	for i := range s.Faults {
		f := p.fault(&s.Faults[i])
		words = append(words, f.String())
	}
	if s.Swarm != nil {
		words = append(words, fmt.Sprintf("swarm from %s until %s, drawn from the seed", s.Swarm.From, s.Swarm.Until))
	}
	return words
}

func (p *planner) add(f faults.Fault) {
	p.plan.Faults = append(p.plan.Faults, f)
	p.words = append(p.words, f.String())
}

// swarm returns what draws the plan.
func (s *Scenario) swarm(p *nodes.Protocol) faults.Swarm {
	made := faults.Swarm{
		Observers: s.selector(s.Observers).Set, Openings: p.Openings, Files: len(p.Files),
		From: s.Swarm.From, Until: s.Swarm.Until, Most: s.Swarm.Most, Overload: s.Swarm.Overload, Rot: s.Swarm.Rot,
		Strategy: faults.Strategy(max(0, slices.Index(strategies, string(s.Swarm.Strategy)))),
	}
	made.Voters = s.serverSet() &^ made.Observers
	var unused []nodes.Channel
	if p.Unused != nil {
		unused = p.Unused(s.optionsFor(p))
	}
	for i, spec := range p.Channels {
		c := nodes.Channel(i)
		if slices.Contains(unused, c) {
			continue
		}
		made.Channels = append(made.Channels, c)
		if spec.Mode != nodes.Stream {
			made.Mailboxes = append(made.Mailboxes, c)
		}
	}
	for _, name := range s.Swarm.Kinds {
		made.Kinds = append(made.Kinds, faults.Kind(slices.Index(faultKinds(), name)))
	}
	return made
}

func (p *planner) fault(f *Fault) faults.Fault {
	s := p.s
	made := faults.Fault{At: f.At, Kind: f.kind(), For: f.For, Torn: f.Torn, Optional: f.Optional}
	if f.When != nil {
		made.When, made.Until = s.trigger(f.When), f.When.Until
	}
	if f.Repeat != nil {
		made.Every, made.Times = f.Repeat.Every, f.Repeat.Times
	}
	if i := slices.Index(wakes, string(f.Wake)); i >= 0 {
		made.Wake = faults.Wake(i)
	}
	made.Target = s.selector(f.target())
	if ends := f.ends(); ends != nil {
		made.OneWay = ends.From != nil
		made.Target = s.selector(slices.Concat(ends.Between, ends.From))
		made.Other = s.selector(slices.Concat(ends.And, ends.To))
	}
	for _, side := range slices.Concat(f.Partition, f.Bridge) {
		made.Sides = append(made.Sides, s.selector(side))
	}
	p.amounts(&made, f)
	return made
}

// amounts sets how much of a fault there is, and on what.
func (p *planner) amounts(made *faults.Fault, f *Fault) {
	switch made.Kind {
	case faults.Slowdown:
		made.Amount, made.Grow = int64(f.Latency.Add), f.Latency.Grow
	case faults.Bandwidth:
		made.Amount = int64(f.Bandwidth.Bytes)
	case faults.Loss, faults.Duplicate, faults.Reorder:
		made.Amount, made.On = int64(f.odds().Rate), p.channel(f.odds().On)
	case faults.Hold:
		made.OneWay, made.On = true, p.channel(f.Hold.On)
		made.Filter = p.filter(network.Filter{On: made.On, Kinds: f.Hold.Messages})
	case faults.Slow:
		made.Amount = int64(f.Slow.Step)
	case faults.SlowDisk:
		made.Amount = int64(f.SlowDisk.Add)
	case faults.Copy:
		made.Other = p.s.selector(Who{f.Copy.From})
	case faults.Rot:
		made.File = nodes.File(p.index("file", f.Rot.File, p.protocol.Files))
	case faults.Drift:
		made.Amount = int64(f.Drift.PPM)
	case faults.Jump:
		made.Amount = int64(f.Jump.By)
	}
}

// filter adds a filter and returns its place.
func (p *planner) filter(f network.Filter) int {
	p.filters = append(p.filters, f)
	return len(p.filters) - 1
}

func (p *planner) channel(name string) nodes.Channel {
	return nodes.Channel(p.index("channel", name, channelNames(p.protocol)))
}

// index finds a name that the protocol must have: another one may have been
// asked for on the command line.
func (p *planner) index(what, name string, among []string) int {
	i := slices.Index(among, name)
	if i < 0 && p.err == nil {
		p.err = fmt.Errorf("%s", Unknown(what+" of "+p.protocol.Name, name, among))
	}
	return max(0, i)
}

func channelNames(p *nodes.Protocol) []string {
	names := make([]string, len(p.Channels))
	for i, spec := range p.Channels {
		names[i] = spec.Name
	}
	return names
}

func (s *Scenario) trigger(w *When) *faults.Trigger {
	made := &faults.Trigger{
		Message: w.Message, File: w.File, Phase: w.Phase, Text: w.Note, Before: w.Before != "",
		Server: s.selector(w.Server), Count: w.Count, Fresh: w.Fresh || w.Of != "",
	}
	made.Event = string(w.Event + w.After + w.Before) // one of them is there
	if isMessage(made.Event) {
		made.Event, made.Message = "deliver", made.Event
		if made.Before {
			made.Event = "send"
		}
	}
	return made
}

// isMessage reports whether the name of an event is that of a message.
func isMessage(name string) bool { return name != "" && strings.ToUpper(name) == name }

// fieldOfKind returns, by kind of fault, which field of a Fault says so.
var fieldOfKind = sync.OnceValue(func() (fields [faults.Kinds]int) {
	of := reflect.TypeFor[Fault]()
	for i := range of.NumField() {
		if k := slices.Index(faultKinds(), fieldName(of.Field(i))); k >= 0 {
			fields[k] = i
		}
	}
	return fields
})

// kind returns what the fault does. A fault that passed the loader does
// exactly one thing.
func (f *Fault) kind() faults.Kind {
	v := reflect.ValueOf(f).Elem()
	for k, field := range fieldOfKind() {
		if !v.Field(field).IsZero() {
			return faults.Kind(k)
		}
	}
	return faults.Heal
}

// target returns the servers of a fault that strikes servers one by one.
func (f *Fault) target() Who {
	switch {
	case f.Slow != nil:
		return f.Slow.Servers
	case f.SlowDisk != nil:
		return f.SlowDisk.Servers
	case f.Rot != nil:
		return f.Rot.Servers
	case f.Drift != nil:
		return f.Drift.Servers
	case f.Jump != nil:
		return f.Jump.Servers
	case f.Copy != nil:
		return f.Copy.To
	}
	who, _ := reflect.TypeAssert[Who](reflect.ValueOf(f).Elem().Field(fieldOfKind()[f.kind()]))
	return who
}

// ends returns the links of a fault that is about links, or nil.
func (f *Fault) ends() *Cut {
	switch {
	case f.Cut != nil:
		return f.Cut
	case f.Reset != nil:
		return f.Reset
	case f.Latency != nil:
		return &f.Latency.Cut
	case f.Bandwidth != nil:
		return &f.Bandwidth.Cut
	case f.odds() != nil:
		return &f.odds().Cut
	case f.Hold != nil:
		return &Cut{From: f.Hold.From, To: f.Hold.To}
	}
	return nil
}

// odds returns what makes a channel lossy, or nil.
func (f *Fault) odds() *Odds {
	for _, odds := range []*Odds{f.Loss, f.Duplicate, f.Reorder} {
		if odds != nil {
			return odds
		}
	}
	return nil
}

// String returns the names with spaces between them.
func (w Who) String() string { return strings.Join(w, " ") }
