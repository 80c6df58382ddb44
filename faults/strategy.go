package faults

// Strategy is how a swarm searches for what a protocol gets wrong.
type Strategy uint8

// The strategies.
const (
	// Uniform draws what exists, when it strikes and whom, each evenly.
	Uniform Strategy = iota
	// PCT gives every link and every disk a priority, and changes a few of them
	// at a few moments: a bug that takes d events in a certain order is then
	// found with a probability that falls with d and not with the length of the
	// run (Burckhardt et al., ASPLOS 2010). Time is virtual here, so a priority
	// is a delay: the lowest has the longest, the next half of it, and so on.
	PCT
	// Starve has one server, link or disk that is always last.
	Starve
	// Aimed strikes in the middle of elections and synchronisations, and between
	// a write and its fsync: first somebody is taken away, then, at one of the
	// next changes of phase, writes or fsyncs, somebody else. In half of the plans
	// there are the priorities of PCT besides, which make these moments longer.
	Aimed

	Strategies // how many strategies there are
)

var strategyNames = [Strategies]string{"uniform", "pct", "starve", "aimed"}

// String returns the word scenarios use for it.
func (s Strategy) String() string { return strategyNames[s] }

// violences draws which kinds exist and how violent each is, at least one if the
// strategy has none of its own, and rot if there is to be some.
func (d *dice) violences() []violence {
	kinds := d.swarm.kinds()
	var drawn []violence
	for i, k := range kinds {
		last := len(drawn) == 0 && i+1 == len(kinds) && d.swarm.Strategy == Uniform
		if v, exists := d.violence(k, last || k == Rot && d.swarm.Rot); exists && !d.swarm.Strategy.replaces(k) {
			drawn = append(drawn, v)
		}
	}
	return drawn
}

// replaces reports whether the swarm leaves a kind to the strategy. Slow disks it
// does not: they find more in the hands of both.
func (s Strategy) replaces(k Kind) bool { return k == Slowdown && (s == PCT || s == Starve) }

// strategic draws the faults of the strategy, and says in words what was drawn.
func (d *dice) strategic() (plan []Fault, setting string) {
	switch d.swarm.Strategy {
	case PCT:
		return d.priorities()
	case Starve:
		return d.starvation()
	case Aimed:
		plan, setting = d.attacks()
		if d.between(0, 1) == 1 {
			late, also := d.priorities()
			plan, setting = append(plan, late...), setting+", "+also
		}
	}
	return plan, setting
}
