package scenarios

import (
	"iter"
	"reflect"
	"slices"
	"time"

	"github.com/zabsim/zabsim/faults"
)

// Simpler yields what makes variants of the scenario that ask for less, the
// boldest first: shorter runs, fewer clients, operations, faults and servers,
// smaller options of the protocol, shorter windows, simpler values. A variant that
// would not load, or is no other scenario, is false.
//
// Where liveness is demanded nothing is left out that ends a fault, and no time
// is taken away: then the failure would be the scenario's own.
func (s *Scenario) Simpler() iter.Seq[func() (*Scenario, bool)] {
	return func(yield func(func() (*Scenario, bool)) bool) {
		for vary := range s.variations() {
			if !yield(func() (*Scenario, bool) { return s.varied(vary) }) {
				return
			}
		}
	}
}

// varied returns a variant, and whether there is one.
func (s *Scenario) varied(vary variation) (*Scenario, bool) {
	variant := s.Clone()
	if !vary(variant) {
		return nil, false
	}
	loaded, err := variant.reload()
	if err != nil {
		return nil, false // it asks for something that is not there any more
	}
	// What loading fills in again would be simpler for ever.
	return loaded, !reflect.DeepEqual(loaded, s)
}

// variation makes a scenario simpler. It reports false if it already is as simple.
type variation func(*Scenario) bool

func (s *Scenario) variations() iter.Seq[variation] {
	return func(yield func(variation) bool) {
		for _, part := range []iter.Seq[variation]{
			// Operations before faults: with enough of them some failures need no
			// fault, and take far longer.
			s.endingSooner(), s.withoutClients(), s.fewerOperations(), s.withoutFaults(), s.withoutForks(), s.smallerSwarm(), s.withoutServers(),
			s.smallerOptions(), s.shorter(), s.briefSessions(), s.plainer(),
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

// chunks yields parts of n things, from one to before the other: half of them,
// then fewer and fewer, in the end single ones; of those of a size the last first.
func chunks(n int) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		for size := (n + 1) / 2; size > 0; size /= 2 {
			for to := n; to > 0; to -= size {
				if !yield(max(0, to-size), to) {
					return
				}
			}
		}
	}
}

// withoutFaults leaves out faults, many at a time at first.
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
		for from, to := range chunks(len(s.Faults)) {
			if !yield(func(v *Scenario) bool { return drop(v, from, to) }) {
				return
			}
		}
	}
}

func (s *Scenario) withoutForks() iter.Seq[variation] {
	return each(len(s.Forks), func(v *Scenario, i int) bool {
		v.Forks = slices.Delete(v.Forks, i, i+1)
		return true
	})
}

// smallerSwarm draws fewer faults, of fewer kinds. What is drawn for one kind
// does not depend on the others, so the rest of the plan stays.
func (s *Scenario) smallerSwarm() iter.Seq[variation] {
	return func(yield func(variation) bool) {
		if s.Swarm == nil || !yield(func(v *Scenario) bool { v.Swarm = nil; return true }) {
			return
		}
		if s.Swarm.Rot && !yield(func(v *Scenario) bool { v.Swarm.Rot = false; return true }) {
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
			for from, to := range chunks(len(s.Clients[i].Script)) {
				if !yield(func(v *Scenario) bool {
					c := of(v)
					c.Script = slices.Delete(c.Script, from, to)
					return len(c.Script) > 0
				}) {
					return
				}
			}
		}
	}
}

// endingSooner cuts the run off.
func (s *Scenario) endingSooner() iter.Seq[variation] {
	seconds := []time.Duration{1, 2, 3, 5, 7, 10, 15, 20, 30}
	return each(len(seconds), func(v *Scenario, i int) bool {
		sooner := !v.live() && seconds[i]*time.Second < v.Duration
		v.Duration = min(v.Duration, seconds[i]*time.Second)
		v.endInTime()
		return sooner
	})
}

// shorter lets things happen earlier, and faults end sooner.
func (s *Scenario) shorter() iter.Seq[variation] {
	return func(yield func(variation) bool) {
		if s.live() || !yield(earlier) {
			return
		}
		each(len(s.Faults), func(v *Scenario, i int) bool {
			f := &v.Faults[i]
			once := f.Repeat != nil
			f.Repeat = nil
			f.For = halved(f.For)
			return once || f.For > 0
		})(yield)
	}
}

// briefSessions has sessions end sooner.
func (s *Scenario) briefSessions() iter.Seq[variation] {
	return each(len(s.Clients), func(v *Scenario, i int) bool {
		session := &v.Clients[i].Session
		if r := v.Clients[i].Recipe; r != nil {
			session = &r.Session
		}
		*session = halved(*session)
		return *session > 0
	})
}

// halved returns half of a time, without what nobody needs to know of it.
func halved(d time.Duration) time.Duration { return (d / 2).Truncate(100 * time.Millisecond) }

// earlier lets everything happen in half the time.
func earlier(s *Scenario) bool {
	half := func(d *time.Duration) { *d = halved(*d) }
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
		if w := s.Faults[i].When; w != nil {
			half(&w.Until)
		}
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

// endInTime leaves out what would come after the end of the run, and ends what
// would go on.
func (s *Scenario) endInTime() {
	if s.Swarm != nil {
		s.Swarm.Until = min(s.Swarm.Until, s.Duration)
	}
	s.Faults = slices.DeleteFunc(s.Faults, func(f Fault) bool { return f.At >= s.Duration })
	s.Forks = slices.DeleteFunc(s.Forks, func(f Fork) bool { return f.At >= s.Duration })
	for i := range s.Faults {
		if w := s.Faults[i].When; w != nil {
			w.Until = min(w.Until, s.Duration)
		}
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
		for _, c := range []variation{plainNetwork, plainDisk, plainClients, plainAmounts, plainNames, plainFaults} {
			if !yield(c) {
				return
			}
		}
		n := len(s.times())
		for _, grain := range []time.Duration{time.Second, 100 * time.Millisecond, time.Millisecond} {
			if !yield(func(v *Scenario) bool { return round(v.times(), grain) }) {
				return
			}
			for from, to := range chunks(n) {
				if !yield(func(v *Scenario) bool { return round(v.times()[from:to], grain) }) {
					return
				}
			}
		}
	}
}

// times returns when faults strike and steps of scripts begin.
func (s *Scenario) times() []*time.Duration {
	var all []*time.Duration
	for i := range s.Faults {
		all = append(all, &s.Faults[i].At)
	}
	for i := range s.Clients {
		for j := range s.Clients[i].Script {
			all = append(all, &s.Clients[i].Script[j].At)
		}
	}
	return all
}

// round makes times multiples of grain. It reports false if they already are.
func round(times []*time.Duration, grain time.Duration) bool {
	changed := false
	for _, at := range times {
		before := *at
		*at = at.Truncate(grain)
		changed = changed || *at != before
	}
	return changed
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
