package faults

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
)

// Swarm draws a plan for each seed. First it draws which kinds of faults exist
// in the run and how violent each is, then when and whom they strike: runs in
// which everything may go wrong at once never get to the states that need one
// kind alone (swarm testing: Groce et al., ISSTA 2012).
//
// Every fault ends by Until, and then whatever is still down starts again, and
// 2s later whoever learned only in between that its disk had failed. The
// plan never takes more voters away at a time than a minority, and does nothing
// that no protocol could survive (a voter that loses what it said was durable),
// unless Overload. With Rot it makes the disks of some voters unreadable, always
// the same, a minority. Such a server must not start again; that others are away
// besides costs time only, since nothing of theirs is lost.
type Swarm struct {
	Voters, Observers nodes.Set
	// Channels are those on which messages may be held back, Mailboxes those of them
	// that may lose, repeat and reorder messages.
	Channels, Mailboxes []nodes.Channel
	// Openings are the kinds of messages that attacks are aimed at.
	Openings []string
	// Files is how many files servers have.
	Files       int
	From, Until time.Duration
	// Kinds are those that may exist; nil: all that the protocol promises to
	// survive, or all if Overload.
	Kinds []Kind
	// Most bounds how often each kind strikes.
	Most     int
	Overload bool
	// Rot says that the disks of a minority rot as well.
	Rot bool
	// Strategy is what else is drawn.
	Strategy Strategy
}

// survivable are the kinds that a protocol promises to survive, as long as no
// more than a minority is away at a time.
var survivable = []Kind{
	Partition, Bridge, Cut, Reset, Slowdown, Bandwidth, Loss, Duplicate, Reorder, Hold, Crash, MachineCrash, Pause,
	Slow, SlowDisk, DiskFail, DiskFull, Drift, Jump,
}

// deadly are the kinds that lose or falsify what was durable.
var deadly = []Kind{Wipe, Copy, Restore, DiskLie, Rot}

// SwarmKinds returns the kinds that a swarm can have: all but those that are part
// of others, since Heal, Restart and Resume end faults and a Backup is there to be
// restored.
func SwarmKinds(overload bool) []Kind {
	if overload {
		return slices.Concat(survivable, deadly)
	}
	return slices.Clone(survivable)
}

// takesAway reports whether a fault of this kind takes servers away.
func takesAway(k Kind) bool {
	return slices.Contains([]Kind{Crash, MachineCrash, Pause, DiskFail, DiskFull, Wipe, Copy, Restore, Rot}, k)
}

// violence is how bad one kind is in one run.
type violence struct {
	kind    Kind
	count   int           // how often it strikes
	longest time.Duration // how long it lasts at most
	degree  int64         // in thousandths: of the largest amount of its kind
}

// String returns "crash: 3 of up to 2.1s", "latency: 2 of up to 900ms, by 400ms".
func (v violence) String() string {
	text := fmt.Sprintf("%v: %d", v.kind, v.count)
	if v.kind != Reset && v.kind != Jump { // these are over at once
		text += fmt.Sprintf(" of up to %v", v.longest)
	}
	f := Fault{Kind: v.kind, Amount: v.amount()}
	return strings.Join(append([]string{text}, f.details()...), ", ")
}

// amount returns how much there is of each fault, 0 if its kind has no amounts.
func (v violence) amount() int64 {
	most := largest(v.kind)
	return max(min(most, 1), most*v.degree/1000)
}

// largest returns the largest amount of a kind in a swarm, 0 if it has none.
func largest(k Kind) int64 {
	switch k {
	case Slowdown, SlowDisk:
		return int64(time.Second)
	case Slow:
		return int64(5 * time.Millisecond)
	case Jump:
		return int64(3 * time.Second)
	case Drift:
		return 100_000
	case Bandwidth:
		return 50_000
	case Loss, Duplicate, Reorder:
		return 300_000
	}
	return 0
}

// Plan draws the faults, in the order of time, and says in words what was drawn
// about each kind.
func (s Swarm) Plan(src choice.Source) (plan []Fault, settings []string) {
	d := dice{src: src, swarm: &s}
	for _, v := range d.violences() {
		settings = append(settings, v.String())
		stream := choice.NewStream("swarm " + v.kind.String())
		d.stream = &stream
		for range v.count {
			plan = append(plan, d.faults(v)...)
		}
	}
	if drawn, setting := d.strategic(); setting != "" {
		plan, settings = append(plan, drawn...), append(settings, setting)
	}
	slices.SortStableFunc(plan, func(a, b Fault) int { return cmp.Compare(a.At, b.At) })
	everyone := Selector{Role: Everyone}
	ill := ailing(plan)
	plan = append(plan,
		Fault{At: s.Until, Kind: Heal},
		Fault{At: s.Until, Kind: Resume, Target: everyone, Optional: true},
		Fault{At: s.Until, Kind: Restart, Target: everyone, Optional: true})
	if ill != 0 {
		plan = append(plan, Fault{At: s.Until + learns, Kind: Restart, Target: Selector{Set: ill}, Optional: true})
	}
	return plan, settings
}

// learns is how long a server may take to learn that a write of its failed: it is
// told when the fsyncs before it are done, and gives up.
const learns = 2 * time.Second

// ailing returns the servers whose disks fail for a while. One whose disk rots too
// need not come back.
func ailing(plan []Fault) nodes.Set {
	var ill, rotten nodes.Set
	for i := range plan {
		switch f := &plan[i]; f.Kind {
		case DiskFail, DiskFull:
			ill |= f.Target.Set
		case Rot:
			rotten |= f.Target.Set
		}
	}
	return ill &^ rotten
}

// violence draws whether a kind exists, or must, and how violent it is.
func (d *dice) violence(k Kind, must bool) (drawn violence, exists bool) {
	stream := choice.NewStream("swarm violence " + k.String())
	d.stream = &stream
	if d.between(0, 2) == 0 && !must || len(d.swarm.channels(k)) == 0 && onChannel(k) {
		return violence{}, false
	}
	window := d.swarm.Until - d.swarm.From
	return violence{
		kind: k, count: int(d.between(1, int64(max(1, d.swarm.Most)))),
		longest: d.duration(100*time.Millisecond, window/4), degree: d.between(1, 1000),
	}, true
}

func onChannel(k Kind) bool { return k == Loss || k == Duplicate || k == Reorder || k == Hold }

// channels returns the channels that may have a fault of a kind.
func (s *Swarm) channels(k Kind) []nodes.Channel {
	if k == Hold {
		return s.Channels
	}
	return s.Mailboxes
}

// kinds returns the kinds that may exist.
func (s *Swarm) kinds() []Kind {
	kinds := s.Kinds
	if kinds == nil {
		kinds = SwarmKinds(s.Overload)
	}
	if s.Rot && !slices.Contains(kinds, Rot) {
		kinds = append(slices.Clip(kinds), Rot)
	}
	return kinds
}

func (s *Swarm) all() nodes.Set { return s.Voters | s.Observers }
