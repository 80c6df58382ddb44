package faults

import (
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
)

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
