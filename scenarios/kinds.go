package scenarios

import (
	"slices"

	"github.com/zabsim/zabsim/faults"
)

// FaultKinds returns the kinds of faults that runs of the scenario may have, in
// the order in which package faults lists them. What only ends another one is
// not among them.
func (s *Scenario) FaultKinds() []faults.Kind {
	var kinds []faults.Kind
	for i := range s.Faults {
		kinds = append(kinds, s.Faults[i].kind())
	}
	switch {
	case s.Swarm == nil:
	case s.Swarm.Kinds == nil:
		kinds = append(kinds, faults.SwarmKinds(s.Swarm.Overload)...)
	default:
		for _, name := range s.Swarm.Kinds {
			kinds = append(kinds, faults.Kind(slices.Index(faultKinds(), name)))
		}
	}
	if s.Swarm != nil && s.Swarm.Rot {
		kinds = append(kinds, faults.Rot)
	}
	kinds = slices.DeleteFunc(kinds, func(k faults.Kind) bool {
		return k == faults.Heal || k == faults.Restart || k == faults.Resume
	})
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// Strategy returns how runs of the scenario search for what goes wrong: the word
// for the strategy of its swarm, or "guided" if other seeds take over at forks;
// "" if nothing is drawn.
func (s *Scenario) Strategy() string {
	switch {
	case len(s.Forks) > 0:
		return "guided"
	case s.Swarm == nil:
		return ""
	}
	return string(s.Swarm.Strategy)
}
