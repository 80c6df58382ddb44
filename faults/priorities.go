package faults

import (
	"fmt"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
)

// actor is what has a priority of its own: a link from one server to another,
// or, without another, the disk of a server.
type actor struct{ from, to nodes.ID }

// late returns the fault that makes an actor late for a time.
func (a actor) late(by int64, from, until time.Duration) Fault {
	f := Fault{At: from, For: until - from, Kind: SlowDisk, Target: Selector{Set: nodes.SetOf(a.from)}, Amount: by, Optional: true}
	if a.to != 0 {
		f.Kind, f.Other, f.OneWay = Slowdown, Selector{Set: nodes.SetOf(a.to)}, true
	}
	return f
}

// actors returns all of them, as far as the swarm may have the kinds of faults
// that make them late.
func (s *Swarm) actors() []actor {
	kinds := s.kinds()
	var all []actor
	for a := range s.all().All() {
		if slices.Contains(kinds, SlowDisk) {
			all = append(all, actor{from: a})
		}
		for b := range s.all().All() {
			if a != b && slices.Contains(kinds, Slowdown) {
				all = append(all, actor{a, b})
			}
		}
	}
	return all
}

const (
	// longestDelay is the delay of the lowest priority at most, shortestDelay
	// the least that is told apart from how long things take anyway.
	longestDelay  = 1024 * time.Millisecond
	shortestDelay = 4 * time.Millisecond
)

// delay draws a delay: short ones as often as long ones.
func (d *dice) delay() int64 {
	return int64(longestDelay) >> d.between(0, 6)
}

// priorities draws who comes last, who before that and so on, and which of them
// change places when.
func (d *dice) priorities() ([]Fault, string) {
	stream := choice.NewStream("swarm pct")
	d.stream = &stream
	s := d.swarm
	order := s.actors() // the last first
	for i := range order {
		j := int(d.between(int64(i), int64(len(order)-1)))
		order[i], order[j] = order[j], order[i]
	}
	lowest := d.delay()
	changes := make([]time.Duration, d.between(0, int64(max(1, s.Most))))
	for i := range changes {
		changes[i] = d.duration(s.From, s.Until)
	}
	slices.Sort(changes)

	var plan []Fault
	since := s.From
	for i := 0; i <= len(changes) && len(order) > 0; i++ {
		until := s.Until
		if i < len(changes) {
			until = changes[i]
		}
		for rank, by := 0, lowest; rank < len(order) && by >= int64(shortestDelay); rank, by = rank+1, by/2 {
			if end := until - time.Millisecond; end > since { // the next one begins afterwards
				plan = append(plan, order[rank].late(by, since, end))
			}
		}
		since = until
		// Somebody comes last from now on.
		i := int(d.between(0, int64(len(order)-1)))
		last := order[i]
		order = slices.Insert(slices.Delete(order, i, i+1), 0, last)
	}
	return plan, fmt.Sprintf("pct: the last is %v late, %d change points", time.Duration(lowest), len(changes))
}

// starvation draws who is always last, and how late.
func (d *dice) starvation() ([]Fault, string) {
	stream := choice.NewStream("swarm starve")
	d.stream = &stream
	s := d.swarm
	all := s.actors()
	if len(all) == 0 {
		return nil, "starve: nobody"
	}
	by := d.delay()
	victim := d.one(s.all()).Min()
	what := d.between(0, 3)
	var starved []actor
	for _, a := range all {
		disk := a.to == 0
		switch {
		case a.from == victim && (what == 0 || what == 1 && !disk || what == 2 && disk),
			a.to == victim && (what == 0 || what == 3):
			starved = append(starved, a)
		}
	}
	if d.between(0, 2) == 0 { // one link or disk
		starved = all[d.between(0, int64(len(all)-1)):][:1]
	}
	plan := make([]Fault, len(starved))
	for i, a := range starved {
		plan[i] = a.late(by, s.From, s.Until)
	}
	text := [...]string{"all of %v", "what %v sends", "the disk of %v", "what %v receives"}[what]
	if len(starved) == 1 {
		return plan, fmt.Sprintf("starve: %v", &plan[0])
	}
	return plan, fmt.Sprintf("starve: "+text+" is %v late", victim, time.Duration(by))
}
