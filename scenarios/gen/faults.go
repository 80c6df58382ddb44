package gen

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/scenarios"
)

// DefaultKinds returns the kinds of fault that are generated unless [Kinds] says
// otherwise: all that a protocol promises to survive, the simplest first.
func DefaultKinds() []faults.Kind {
	return []faults.Kind{
		faults.Crash, faults.Partition, faults.MachineCrash, faults.Pause, faults.Cut, faults.Reset,
		faults.Slowdown, faults.SlowDisk, faults.Slow, faults.Bridge, faults.Bandwidth, faults.Drift, faults.Jump,
		faults.DiskFail, faults.DiskFull, faults.Loss, faults.Duplicate, faults.Reorder, faults.Hold,
	}
}

// plan draws what goes wrong.
func (g *generator) plan(t *rapid.T, s *scenarios.Scenario, voters []string) {
	if g.faults == 0 {
		return
	}
	all := slices.Concat(s.Servers, members(s.Sites))
	drawn := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) scenarios.Fault { return g.fault(drawMishap(t), voters, all) }), 0, g.faults).Draw(t, "faults")
	slices.SortStableFunc(drawn, func(a, b scenarios.Fault) int { return cmp.Compare(a.At, b.At) })
	b := budget{most: max(1, (len(voters)-1)/2)}
	for _, f := range drawn {
		if !b.allows(&f) {
			continue
		}
		s.Faults = append(s.Faults, f)
		if f.DiskFail != nil || f.DiskFull != nil { // it gives up, and does not start again by itself
			s.Faults = append(s.Faults, scenarios.Fault{At: f.At + f.For + grain, Restart: everyone})
		}
	}
}

var (
	everyone = scenarios.Who{faults.Everyone.String()}
	others   = scenarios.Who{faults.Others.String()}
)

// budget keeps account of which servers are away.
type budget struct {
	most int
	away []absence
}

// absence is a time during which a server may be away.
type absence struct {
	who         string
	from, until time.Duration
}

// allows reports whether a fault leaves enough servers, and strikes one that is
// there; then it counts that one as away. A server needs some time to catch up
// before it counts as back; and nobody knows when a fault will strike that waits
// for an event.
func (b *budget) allows(f *scenarios.Fault) bool {
	who := slices.Concat(f.Crash, f.MachineCrash, f.Pause, f.DiskFail, f.DiskFull)
	if who == nil {
		return true
	}
	const catchUp = 2 * time.Second
	mine := absence{who[0], f.At, f.At + f.For + catchUp}
	if f.When != nil {
		mine.until = never
	}
	overlap := 0
	for _, other := range b.away {
		if other.from < mine.until && mine.from < other.until {
			overlap++
			if other.who == mine.who {
				return false
			}
		}
	}
	if overlap >= b.most {
		return false
	}
	b.away = append(b.away, mine)
	return true
}

// never is later than all that is planned.
const never = time.Hour

// mishap is what is drawn of a fault. Everything is, whatever the kind needs:
// then a kind does not look simpler than another because it asks for less, and
// to lower one number leaves the others their meaning.
type mishap struct {
	kind   int
	at     time.Duration
	who    int
	length time.Duration
	event  int
	count  int
	degree int // how much of it there is, 1 to 10
	detail int // which of the forms that it can have
}

func drawMishap(t *rapid.T) mishap {
	return mishap{
		kind: below(t, 64, "kind"), at: moment(t), who: below(t, 16, "who"),
		length: time.Duration(1+below(t, 30, "length")) * 100 * time.Millisecond,
		event:  below(t, 16, "event"), count: 1 + below(t, 20, "count"),
		degree: 1 + below(t, 10, "degree"), detail: below(t, 12, "detail"),
	}
}

// fault makes a fault of what was drawn.
func (g *generator) fault(m mishap, voters, all []string) scenarios.Fault {
	f := scenarios.Fault{At: m.at, For: m.length}
	who := m.target(all)
	switch kind := g.kinds[m.kind%len(g.kinds)]; kind {
	case faults.Crash:
		f.Crash, f.When = who, m.when(who)
	case faults.MachineCrash:
		f.MachineCrash, f.When, f.Torn = who, m.when(who), m.detail%2 == 1
	case faults.Pause:
		f.Pause, f.When, f.Wake = who, m.when(who), [...]scenarios.Wake{"", "messages-first", "timers-first"}[m.detail%3]
	case faults.Partition:
		f.Partition, f.When = []scenarios.Who{m.side(who, voters), others}, m.when(who)
	case faults.Bridge:
		f.Bridge = m.bridge(all)
	case faults.Cut:
		f.Cut = m.link(who)
	case faults.Reset:
		f.Reset, f.For = &scenarios.Cut{Between: who, And: others}, 0
	case faults.DiskFail:
		f.DiskFail = who
	case faults.DiskFull:
		f.DiskFull = who
	case faults.Loss, faults.Duplicate, faults.Reorder:
		g.lossy(&f, kind, m.link(who), m.degree)
	case faults.Hold:
		channels := g.protocol.Channels
		f.Hold = &scenarios.Hold{From: who, To: others, On: channels[m.detail%len(channels)].Name}
	default:
		m.slow(&f, kind, who)
	}
	return f
}

// slow makes a fault one of those that make something slow, or clocks wrong.
func (m *mishap) slow(f *scenarios.Fault, kind faults.Kind, who scenarios.Who) {
	sign := 1 - 2*(m.detail%2)
	switch kind {
	case faults.Slowdown:
		f.Latency = &scenarios.Latency{Cut: *m.link(who), Add: time.Duration(m.degree) * 100 * time.Millisecond}
	case faults.Bandwidth:
		f.Bandwidth = &scenarios.Bandwidth{Cut: *m.link(who), Bytes: m.degree * 5000}
	case faults.SlowDisk:
		f.SlowDisk = &scenarios.SlowDisk{Servers: who, Add: time.Duration(m.degree) * 100 * time.Millisecond}
	case faults.Slow:
		f.Slow = &scenarios.SlowStep{Servers: who, Step: time.Duration(m.degree) * time.Millisecond / 2}
	case faults.Drift:
		f.Drift = &scenarios.Drift{Servers: who, PPM: scenarios.PPM(10_000 * sign * m.degree)}
	case faults.Jump:
		f.Jump, f.For = &scenarios.Jump{Servers: who, By: scenarios.Shift(sign*m.degree) * scenarios.Shift(300*time.Millisecond)}, 0
	default:
		panic(fmt.Sprintf("gen: no %v is generated", kind))
	}
}

// lossy makes a fault one of a channel that may lose messages. In a protocol
// that has none it is a slow link.
func (g *generator) lossy(f *scenarios.Fault, kind faults.Kind, link *scenarios.Cut, degree int) {
	i := slices.IndexFunc(g.protocol.Channels, func(c nodes.ChannelSpec) bool { return c.Mode != nodes.Stream })
	if i < 0 {
		f.Latency = &scenarios.Latency{Cut: *link, Add: time.Duration(degree) * 100 * time.Millisecond}
		return
	}
	odds := &scenarios.Odds{Cut: *link, On: g.protocol.Channels[i].Name, Rate: scenarios.Rate(degree * 30_000)}
	switch kind {
	case faults.Loss:
		f.Loss = odds
	case faults.Duplicate:
		f.Duplicate = odds
	default:
		f.Reorder = odds
	}
}

// target returns whom a fault strikes: by what it is, or by name.
func (m *mishap) target(all []string) scenarios.Who {
	roles := []string{faults.Leader.String(), faults.Follower.String()}
	if m.who < len(roles) {
		return scenarios.Who{roles[m.who]}
	}
	return scenarios.Who{all[(m.who-len(roles))%len(all)]}
}

// side returns one side of a partition: one server, or the first few.
func (m *mishap) side(who scenarios.Who, voters []string) scenarios.Who {
	if n := m.detail % (len(voters)/2 + 1); n > 1 {
		return voters[:n]
	}
	return who
}

// bridge returns two sides that have one server in common.
func (m *mishap) bridge(all []string) []scenarios.Who {
	middle := m.detail % len(all)
	return []scenarios.Who{all[:middle+1], all[middle:]}
}

// link returns both directions of the links of some server, or one.
func (m *mishap) link(who scenarios.Who) *scenarios.Cut {
	switch m.detail % 3 {
	case 0:
		return &scenarios.Cut{Between: who, And: others}
	case 1:
		return &scenarios.Cut{From: who, To: others}
	default:
		return &scenarios.Cut{From: append(slices.Clone(everyone), "but "+who[0]), To: who}
	}
}

// moments are the events that a fault can wait for; it does so every other time.
var moments = []scenarios.Event{"commit", "durable", "deliver", "append", "view"}

// when returns the event at the server that a fault strikes which it waits for,
// or nil.
func (m *mishap) when(who scenarios.Who) *scenarios.When {
	if m.event < 8 {
		return nil
	}
	event := moments[m.event%len(moments)]
	w := &scenarios.When{Server: who, Count: m.count}
	if m.degree > 5 && slices.Contains(faults.Preventable, string(event)) {
		w.Before = event
	} else {
		w.Event = event
	}
	return w
}
