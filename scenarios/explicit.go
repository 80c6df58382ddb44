package scenarios

import (
	"reflect"
	"strings"
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
)

// Explicit returns the scenario with what its swarm draws from its seed, and from
// those of its forks, written out as faults. Its run is the same, event by event.
// A scenario without a swarm is returned as it is.
func (s *Scenario) Explicit() (*Scenario, error) {
	if s.Swarm == nil {
		return s, nil
	}
	p := builtin().protocol(s.Protocol)
	made, err := s.planFor(p, s.Seed)
	if err != nil {
		return nil, err
	}
	explicit := s.Clone()
	explicit.Swarm = nil
	for _, f := range made.plan.Faults[len(s.Boot)+len(s.Faults):] {
		explicit.Faults = append(explicit.Faults, write(&f, p))
	}
	return explicit.reload()
}

// write returns a fault that a swarm drew as it stands in a file: what the planner
// makes the same fault from.
func write(f *faults.Fault, p *nodes.Protocol) Fault {
	made := Fault{At: f.At, For: f.For, Torn: f.Torn, Optional: f.Optional}
	if f.When != nil {
		made.When = writeTrigger(f.When, f.Until)
	}
	if f.Times > 0 {
		made.Repeat = &Repeat{Every: f.Every, Times: f.Times}
	}
	if f.Wake != faults.InOrder {
		made.Wake = Wake(f.Wake.String())
	}
	target := names(f.Target)
	switch f.Kind {
	case faults.Partition:
		made.Partition = sides(f)
	case faults.Bridge:
		made.Bridge = sides(f)
	case faults.Heal:
		made.Heal = "all"
	case faults.Cut:
		made.Cut = links(f)
	case faults.Reset:
		made.Reset = links(f)
	case faults.Slowdown:
		made.Latency = &Latency{Cut: *links(f), Add: time.Duration(f.Amount), Grow: f.Grow}
	case faults.Bandwidth:
		made.Bandwidth = &Bandwidth{Cut: *links(f), Bytes: int(f.Amount)}
	case faults.Loss:
		made.Loss = odds(f, p)
	case faults.Duplicate:
		made.Duplicate = odds(f, p)
	case faults.Reorder:
		made.Reorder = odds(f, p)
	case faults.Hold:
		made.Hold = &Hold{From: target, To: names(f.Other), On: p.Channels[f.On].Name}
	case faults.Copy:
		made.Copy = &Copy{From: f.Other.String(), To: target}
	case faults.Slow:
		made.Slow = &SlowStep{target, time.Duration(f.Amount)}
	case faults.SlowDisk:
		made.SlowDisk = &SlowDisk{target, time.Duration(f.Amount)}
	case faults.Rot:
		made.Rot = &Rot{target, p.Files[f.File]}
	case faults.Drift:
		made.Drift = &Drift{target, PPM(f.Amount)}
	case faults.Jump:
		made.Jump = &Jump{target, Shift(f.Amount)}
	default: // it names servers and nothing else
		reflect.ValueOf(&made).Elem().Field(fieldOfKind()[f.Kind]).Set(reflect.ValueOf(target))
	}
	return made
}

func writeTrigger(t *faults.Trigger, until time.Duration) *When {
	made := &When{
		Message: t.Message, File: t.File, Phase: t.Phase, Note: t.Text,
		Server: names(t.Server), Count: max(1, t.Count), Fresh: t.Fresh, Until: until,
	}
	if t.Before {
		made.Before = Event(t.Event)
	} else {
		made.Event = Event(t.Event)
	}
	return made
}

// names returns the names of the servers that a selector selects.
func names(s faults.Selector) Who { return strings.Fields(s.String()) }

func sides(f *faults.Fault) []Who {
	made := make([]Who, len(f.Sides))
	for i, side := range f.Sides {
		made[i] = names(side)
	}
	return made
}

func links(f *faults.Fault) *Cut {
	if f.OneWay {
		return &Cut{From: names(f.Target), To: names(f.Other)}
	}
	return &Cut{Between: names(f.Target), And: names(f.Other)}
}

func odds(f *faults.Fault, p *nodes.Protocol) *Odds {
	return &Odds{Cut: *links(f), On: p.Channels[f.On].Name, Rate: Rate(f.Amount)}
}
