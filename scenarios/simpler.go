package scenarios

import (
	"bytes"
	"iter"
	"slices"
	"time"

	"github.com/zabsim/zabsim/faults"
)

// Simpler yields variants of the scenario that ask for less, the boldest
// first: fewer clients, faults, servers and operations, shorter windows,
// simpler values. All of them would load.
//
// Where liveness is demanded nothing is left out that ends a fault, and no time
// is taken away: then the failure would be the scenario's own.
func (s *Scenario) Simpler() iter.Seq[*Scenario] {
	return func(yield func(*Scenario) bool) {
		before, _ := s.text()
		for vary := range s.variations() {
			variant := copyOf(s)
			if !vary(variant) {
				continue
			}
			loaded, err := variant.reload()
			if err != nil {
				continue // it asks for something that is not there any more
			}
			// What the file does not tell apart would be simpler for ever.
			if after, err := loaded.text(); err == nil && !bytes.Equal(before, after) && !yield(loaded) {
				return
			}
		}
	}
}

// variation makes a scenario simpler. It reports false if it already is as simple.
type variation func(*Scenario) bool

func (s *Scenario) variations() iter.Seq[variation] {
	return func(yield func(variation) bool) {
		for _, part := range []iter.Seq[variation]{
			s.withoutClients(), s.withoutFaults(), s.smallerSwarm(), s.withoutServers(), s.fewerOperations(), s.shorter(), s.plainer(),
		} {
			for c := range part {
				if !yield(c) {
					return
				}
			}
		}
	}
}

// live reports whether the scenario demands that something happens in time.
func (s *Scenario) live() bool { return len(s.Properties.Eventually) > 0 }

func (s *Scenario) withoutClients() iter.Seq[variation] {
	return each(len(s.Clients), func(v *Scenario, i int) bool {
		v.Clients = slices.Delete(v.Clients, i, i+1)
		return true
	})
}

// withoutFaults leaves out half of the faults, then single ones.
func (s *Scenario) withoutFaults() iter.Seq[variation] {
	keep := func(f *Fault) bool {
		return s.live() && (f.Heal != "" || f.Restart != nil || f.Resume != nil)
	}
	drop := func(v *Scenario, from, to int) bool {
		n := len(v.Faults)
		for i := to - 1; i >= from; i-- {
			if !keep(&v.Faults[i]) {
				v.Faults = slices.Delete(v.Faults, i, i+1)
			}
		}
		return len(v.Faults) < n
	}
	return func(yield func(variation) bool) {
		n := len(s.Faults)
		if n > 3 && !(yield(func(v *Scenario) bool { return drop(v, n/2, n) }) && yield(func(v *Scenario) bool { return drop(v, 0, n/2) })) {
			return
		}
		each(n, func(v *Scenario, i int) bool { return drop(v, i, i+1) })(yield)
	}
}

// smallerSwarm draws fewer faults, of fewer kinds. What is drawn for one kind
// does not depend on the others, so the rest of the plan stays.
func (s *Scenario) smallerSwarm() iter.Seq[variation] {
	return func(yield func(variation) bool) {
		if s.Swarm == nil || !yield(func(v *Scenario) bool { v.Swarm = nil; return true }) {
			return
		}
		kinds := s.Swarm.Kinds
		if kinds == nil {
			kinds = kindNames(faults.SwarmKinds(s.Swarm.Overload))
		}
		for i := len(kinds); len(kinds) > 1 && i > 0; i-- {
			rest := slices.Delete(slices.Clone(kinds), i-1, i)
			if !yield(func(v *Scenario) bool { v.Swarm.Kinds = rest; return true }) {
				return
			}
		}
		for most := 1; most < s.Swarm.Most; most++ {
			if !yield(func(v *Scenario) bool { v.Swarm.Most = most; return true }) {
				return
			}
		}
	}
}

// withoutServers leaves out late starts, sites and servers.
func (s *Scenario) withoutServers() iter.Seq[variation] {
	return func(yield func(variation) bool) {
		if !yield(dropBoots) || !yield(flatten) || s.live() {
			return
		}
		for id := range s.serverSet().All() {
			if !yield(func(v *Scenario) bool { return v.withoutServer(id.String()) }) {
				return
			}
		}
	}
}

func dropBoots(v *Scenario) bool {
	had := len(v.Boot) > 0
	v.Boot = nil
	return had
}

// fewerOperations shortens scripts and loads.
func (s *Scenario) fewerOperations() iter.Seq[variation] {
	return func(yield func(variation) bool) {
		for i := range s.Clients {
			of := func(v *Scenario) *Client { return &v.Clients[i] }
			if load := s.Clients[i].Load; load != nil {
				for n := 1; n <= 256; n *= 2 {
					if load.Operations != 0 && n >= load.Operations {
						break
					}
					if !yield(func(v *Scenario) bool { of(v).Load.Operations = n; return true }) {
						return
					}
				}
			}
			n := len(s.Clients[i].Script)
			if n > 3 && !yield(func(v *Scenario) bool { of(v).Script = of(v).Script[:n/2]; return true }) {
				return
			}
			for j := n - 1; j >= 0 && n > 1; j-- {
				if !yield(func(v *Scenario) bool { of(v).Script = slices.Delete(of(v).Script, j, j+1); return true }) {
					return
				}
			}
		}
	}
}

// shorter cuts times: of the run as a whole, and of faults.
func (s *Scenario) shorter() iter.Seq[variation] {
	return func(yield func(variation) bool) {
		if s.live() {
			return
		}
		for _, d := range []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second} {
			if d < s.Duration && !yield(func(v *Scenario) bool { v.Duration = d; v.endInTime(); return true }) {
				return
			}
		}
		if !yield(earlier) {
			return
		}
		each(len(s.Faults), func(v *Scenario, i int) bool {
			f := &v.Faults[i]
			once := f.Repeat != nil
			f.Repeat = nil
			f.For = (f.For / 2).Truncate(100 * time.Millisecond)
			return once || f.For > 0
		})(yield)
	}
}

// earlier lets everything happen in half the time.
func earlier(s *Scenario) bool {
	half := func(d *time.Duration) { *d = (*d / 2).Truncate(100 * time.Millisecond) }
	half(&s.Duration)
	if s.Swarm != nil {
		half(&s.Swarm.From)
		half(&s.Swarm.Until)
	}
	for i := range s.Boot {
		half(&s.Boot[i].At)
	}
	for i := range s.Faults {
		half(&s.Faults[i].At)
	}
	for i := range s.Clients {
		c := &s.Clients[i]
		for j := range c.Script {
			half(&c.Script[j].At)
		}
		if c.Load != nil {
			half(&c.Load.From)
			half(&c.Load.Until)
		}
	}
	return s.Duration > 0
}

// endInTime ends what would go on after the end of the run.
func (s *Scenario) endInTime() {
	if s.Swarm != nil {
		s.Swarm.Until = min(s.Swarm.Until, s.Duration)
	}
	for i := range s.Clients {
		if load := s.Clients[i].Load; load != nil {
			load.Until = min(load.Until, s.Duration)
		}
	}
}

// plainer takes away what is special about network, disk and clients.
func (s *Scenario) plainer() iter.Seq[variation] {
	return func(yield func(variation) bool) {
		for _, c := range []variation{plainNetwork, plainDisk, plainClients, plainAmounts, plainNames} {
			if !yield(c) {
				return
			}
		}
		each(len(s.Faults), func(v *Scenario, i int) bool {
			f := &v.Faults[i]
			rounded := f.At.Truncate(time.Second)
			if f.At == rounded {
				return false
			}
			f.At = rounded
			return true
		})(yield)
	}
}

// each yields one variation for each of n things.
func each(n int, do func(v *Scenario, i int) bool) iter.Seq[variation] {
	return func(yield func(variation) bool) {
		for i := range n {
			if !yield(func(v *Scenario) bool { return do(v, i) }) {
				return
			}
		}
	}
}
