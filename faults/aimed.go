package faults

import (
	"fmt"
	"slices"
	"time"

	"github.com/zabsim/zabsim/sim/choice"
)

// An attack begins with unrest, which makes servers elect and synchronise; what
// matters then happens within the time of aim.
const aim = 4 * time.Second

// attacks draws the attacks of a run. They may take any number of servers away
// at a time, since none of them loses what was durable: what they take is time.
func (d *dice) attacks() ([]Fault, string) {
	stream := choice.NewStream("swarm aimed")
	d.stream = &stream
	s := d.swarm
	n := int(d.between(1, int64(max(1, s.Most))))
	var plan []Fault
	for range n {
		at := d.duration(s.From, max(s.From, s.Until-aim))
		if f, ok := d.unrest(at); ok {
			plan = append(plan, f)
		}
		for range d.between(1, 3) {
			if f, ok := d.blow(at); ok {
				plan = append(plan, f)
			}
		}
	}
	return plan, fmt.Sprintf("aimed: %d attacks", n)
}

// draw draws one of the kinds that the swarm may have.
func (d *dice) draw(kinds ...Kind) (Kind, bool) {
	allowed := d.swarm.kinds()
	kinds = slices.DeleteFunc(kinds, func(k Kind) bool { return !slices.Contains(allowed, k) })
	if len(kinds) == 0 {
		return 0, false
	}
	return kinds[d.between(0, int64(len(kinds)-1))], true
}

// unrest draws what takes the leader away, or somebody else.
func (d *dice) unrest(at time.Duration) (Fault, bool) {
	f := Fault{At: at, For: d.duration(50*time.Millisecond, 3*time.Second), Target: Selector{Role: Leader}, Optional: true}
	if d.between(0, 2) == 0 {
		f.Target = d.victim()
	}
	var ok bool
	f.Kind, ok = d.draw(Crash, MachineCrash, Pause, Partition, Reset)
	f.apart()
	return f, ok
}

// apart has a fault of links be about those between its target and the others.
func (f *Fault) apart() {
	switch f.Kind {
	case Partition:
		f.Sides, f.Target = []Selector{f.Target, {Role: Others}}, Selector{}
	case Reset:
		f.Other, f.For = Selector{Role: Others}, 0
	}
}

// blow draws what strikes in the middle of what follows.
func (d *dice) blow(from time.Duration) (Fault, bool) {
	f := Fault{At: from, For: d.duration(20*time.Millisecond, 2*time.Second), Optional: true}
	var at Selector // anybody
	if d.between(0, 1) == 1 {
		at = d.victim()
	}
	f.When = d.moment(at)
	f.Until = min(from+aim, d.swarm.Until)
	if f.When.Message != "" { // it may be long until then
		f.Until = max(from, d.swarm.Until-f.For)
	}
	switch d.between(0, 5) {
	case 0:
		f.Target = Selector{Role: Everyone} // the lights go out
	case 1:
		f.Target = Selector{Role: Leader}
	case 2:
		f.Target = d.victim()
	default:
		f.Target = Selector{Role: Itself}
	}
	var ok bool
	f.Kind, ok = d.draw(Crash, MachineCrash, MachineCrash, Pause, SlowDisk, Partition, Reset)
	if f.Target.Role == Everyone && (f.Kind == Partition || f.Kind == Reset) {
		return f, false // there are no others
	}
	f.apart()
	switch f.Kind {
	case MachineCrash:
		f.Torn = d.between(0, 3) == 0
	case Pause:
		f.Wake = Wake(d.between(0, 2))
	case SlowDisk:
		f.Amount = d.delay()
	}
	return f, ok
}

// moment draws when a blow strikes: at a boundary, or at one of the messages by
// which servers begin to work together, when it arrives or is about to be sent.
// Each kind is as likely as any other, or they would be lost among those that are
// sent all the time.
func (d *dice) moment(server Selector) *Trigger {
	kinds := d.swarm.Openings
	if len(kinds) == 0 || d.between(0, 1) == 0 {
		return d.boundary(server)
	}
	t := &Trigger{Event: "deliver", Message: kinds[d.between(0, int64(len(kinds)-1))], Server: server}
	if d.between(0, 2) == 0 {
		t.Event, t.Before = "send", true
	}
	t.Count = int(max(1, d.between(-1, 3)))
	return t
}

// boundaries are the events at which a protocol goes from one state to the next:
// servers change role or phase, and what they know becomes durable.
var boundaries = []Trigger{
	{Event: "view"},
	{Event: "view"},
	{Event: "view"},
	{Event: "append"},
	{Event: "append", Before: true},
	{Event: "durable"},
	{Event: "durable"},
	{Event: "replace"},
	{Event: "replace", Before: true},
	{Event: "truncate"},
	{Event: "truncate", Before: true},
	{Event: "commit"},
	{Event: "send", Before: true},
	{Event: "deliver"},
}

// boundary draws a moment at some server; none: at any. Of what happens often it
// is one of the next: soon as often as later.
func (d *dice) boundary(server Selector) *Trigger {
	t := boundaries[d.between(0, int64(len(boundaries)-1))]
	t.Server = server
	switch t.Event {
	case "view", "replace", "truncate":
		t.Count = int(d.between(1, 4))
	default:
		few := int64(1) << d.between(0, 4)
		t.Count = int(d.between(few, 2*few-1))
	}
	return &t
}
