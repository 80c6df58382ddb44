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
// Every fault ends by Until, and then whatever is still down starts again. The
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
	return append(plan,
		Fault{At: s.Until, Kind: Heal},
		Fault{At: s.Until, Kind: Resume, Target: everyone, Optional: true},
		Fault{At: s.Until, Kind: Restart, Target: everyone, Optional: true}), settings
}

// dice draw one plan.
type dice struct {
	src    choice.Source
	stream *choice.Stream
	swarm  *Swarm
	away   []absence
	rotten nodes.Set // whose disks rot; empty: nobody has been drawn yet
}

// absence is a time during which a fault may keep one voter away.
type absence struct{ from, until time.Duration }

func (d *dice) between(low, high int64) int64 { return choice.Between(d.src, low, high, d.stream) }

func (d *dice) duration(low, high time.Duration) time.Duration {
	const grain = time.Millisecond // what nobody can tell apart is not worth printing
	return time.Duration(d.between(int64(low/grain), int64(high/grain))) * grain
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

// faults draws one fault with what it takes to end it, or nothing if it would
// exceed what the protocol promises to survive.
func (d *dice) faults(v violence) []Fault {
	s := d.swarm
	f := Fault{Kind: v.kind, Amount: v.amount(), For: d.duration(50*time.Millisecond, v.longest), Optional: true}
	f.At = d.duration(s.From, s.Until-f.For)
	if v.kind == Crash || v.kind == MachineCrash || v.kind == Pause {
		d.wait(&f)
	}
	if takesAway(v.kind) && !(v.kind == Rot && s.Rot) && !d.mayLeave(&f) {
		return nil
	}
	switch v.kind {
	case Partition:
		side := d.side()
		f.Sides = []Selector{{Set: side}, {Role: Others}}
	case Bridge:
		middle := d.one(s.Voters)
		side := d.side() &^ middle
		f.Sides = []Selector{{Set: side | middle}, {Set: s.all() &^ side}}
	case Cut:
		f.Target, f.Other = Selector{Set: d.one(s.all())}, Selector{Role: Others}
		if d.between(0, 1) == 1 {
			f.Other = Selector{Set: d.one(s.all() &^ f.Target.Set)}
		}
		f.OneWay = d.between(0, 1) == 1
		d.flap(&f)
	case Reset:
		f.Target, f.Other, f.For = Selector{Set: d.side()}, Selector{Role: Others}, 0
	case Slowdown, Bandwidth, Loss, Duplicate, Reorder:
		d.link(&f)
	case Hold: // all that is sent on the channel
		d.link(&f)
		f.OneWay = true
	case MachineCrash:
		f.Torn = d.between(0, 1) == 1
	case Pause:
		f.Wake = Wake(d.between(0, 2))
	case Jump:
		f.Target, f.For = d.victim(), 0
		d.sign(&f)
	case Drift:
		f.Target = d.victim()
		d.sign(&f)
	case DiskFail, DiskFull:
		f.Target = Selector{Set: d.one(s.all())}
		return []Fault{f, d.restart(&f)}
	case Wipe, Copy, Restore, Rot:
		return d.lose(f)
	default:
		f.Target = d.victim()
	}
	return []Fault{f}
}

// wait draws whom a fault takes away, and when: at a time, or at a boundary that
// it waits for, some of them for as long as it takes. Those catch servers in
// phases that are over in an instant.
func (d *dice) wait(f *Fault) {
	f.Target = d.victim()
	if d.between(0, 1) == 0 {
		return
	}
	f.When = d.boundary(f.Target)
	f.Until = d.swarm.Until - f.For
	if d.between(0, 1) == 0 {
		f.Until = min(f.Until, f.At+f.For)
	}
}

// mayLeave reports whether one more voter may be away while f lasts, and if so
// counts it as away. A server needs time to catch up before it counts as back.
func (d *dice) mayLeave(f *Fault) bool {
	const catchUp = 2 * time.Second
	mine := absence{f.At, max(f.At, f.Until) + f.For + catchUp}
	overlap := 0
	for _, other := range d.away {
		if other.from < mine.until && mine.from < other.until {
			overlap++
		}
	}
	if !d.swarm.Overload && overlap >= (d.swarm.Voters.Len()-1)/2 {
		return false
	}
	d.away = append(d.away, mine)
	return true
}

// restart returns the fault that starts a server again which gave up because of
// f.
func (d *dice) restart(f *Fault) Fault {
	return Fault{At: f.At + f.For + 10*time.Millisecond, Kind: Restart, Target: f.Target, Optional: true}
}

// lose draws what makes a server lose what it has on disk: it is down while
// that happens.
func (d *dice) lose(f Fault) []Fault {
	f.Target = Selector{Set: d.one(d.swarm.all())}
	if f.Kind == Rot && d.swarm.Rot {
		f.Target = Selector{Set: d.one(d.rotting())}
	}
	crash := Fault{At: f.At, Kind: Crash, Target: f.Target, For: f.For, Optional: true}
	backup := Fault{At: d.swarm.From, Kind: Backup, Target: f.Target, Optional: true}
	f.At += f.For / 2
	f.For = 0
	f.File = nodes.File(d.between(0, int64(max(1, d.swarm.Files)-1)))
	switch f.Kind {
	case Copy:
		f.Other = Selector{Set: d.one(d.swarm.all() &^ f.Target.Set)}
	case Restore:
		return []Fault{backup, crash, f}
	}
	return []Fault{crash, f}
}

// rotting draws whose disks rot: as many voters as may be lost for good, and all
// observers.
func (d *dice) rotting() nodes.Set {
	if d.rotten == 0 {
		for range (d.swarm.Voters.Len() - 1) / 2 {
			d.rotten |= d.one(d.swarm.Voters &^ d.rotten)
		}
		d.rotten |= d.swarm.Observers
	}
	return d.rotten
}

// link draws which links a fault is about, and on which channel.
func (d *dice) link(f *Fault) {
	f.Target, f.Other = Selector{Set: d.one(d.swarm.all())}, Selector{Role: Others}
	f.OneWay = d.between(0, 1) == 1
	if onChannel(f.Kind) {
		among := d.swarm.channels(f.Kind)
		f.On = among[d.between(0, int64(len(among)-1))]
	}
	if f.Kind == Slowdown && d.between(0, 1) == 1 {
		f.Grow = f.For / 2
	}
}

// flap has a cut come and go.
func (d *dice) flap(f *Fault) {
	if d.between(0, 2) != 2 {
		return
	}
	f.Times = int(d.between(2, 5))
	f.For /= time.Duration(2 * f.Times)
	f.Every = 2 * f.For
}

func (d *dice) sign(f *Fault) {
	if d.between(0, 1) == 1 {
		f.Amount = -f.Amount
	}
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

// victim draws one server, by what it is or by name.
func (d *dice) victim() Selector {
	roles := []Role{Leader, Follower, Longest, Shortest}
	if i := d.between(0, int64(2*len(roles)-1)); i < int64(len(roles)) {
		return Selector{Role: roles[i]}
	}
	return Selector{Set: d.one(d.swarm.all())}
}

// one draws one server out of a set.
func (d *dice) one(among nodes.Set) nodes.Set {
	skip := d.between(0, int64(among.Len()-1))
	for id := range among.All() {
		if skip == 0 {
			return nodes.SetOf(id)
		}
		skip--
	}
	return 0
}

// side draws a group of servers: neither none nor all.
func (d *dice) side() nodes.Set {
	all := d.swarm.all()
	var side nodes.Set
	for id := range all.All() {
		if d.between(0, 1) == 1 {
			side = side.With(id)
		}
	}
	switch side {
	case 0:
		return d.one(all)
	case all:
		return all &^ d.one(all)
	}
	return side
}
