package campaign

import (
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim/choice"
)

// vary draws other workloads of the same clients: how often they ask for which
// operation, of how many keys, and how long they pause. Who they are and what
// they may expect stays, and so do scripts, which tell a story. Of the protocol's
// options it draws those that may be others. s begins as a copy of written.
func vary(s, written *scenarios.Scenario, src choice.Source) {
	if o, ok := s.Options.(nodes.Varied); ok {
		stream := choice.NewStream("options")
		d := dice{src, &stream}
		s.Options = o.Vary(d.between)
	}
	for i := range s.Clients {
		c := &s.Clients[i]
		stream := choice.NewStream("workload " + c.Name)
		d := dice{src, &stream}
		if c.Load != nil {
			d.load(c.Load)
		}
		if c.Recipe != nil {
			c.Recipe.Think = d.pause()
			c.Recipe.Session = d.pick(400*time.Millisecond, time.Second, 2*time.Second, 4*time.Second)
		}
	}
	if writes(s) >= min(enough, writes(written)) {
		return
	}
	for i := range s.Clients {
		if l := s.Clients[i].Load; l != nil {
			l.Mix = written.Clients[i].Load.Mix
		}
	}
}

// enough is how many writes a minute the loads ask for between them; where less
// than that was drawn they keep the weights that were written, unless those have
// less too. A run in which next to nobody writes has little to lose, and often
// nobody asks for a write in the time behind the last fault: then it cannot be
// judged whether clients are served.
const enough = 60

// writes returns how many writes a minute the loads of a scenario ask for between
// them, as long as they are answered at once.
func writes(s *scenarios.Scenario) int {
	sum := 0
	for i := range s.Clients {
		l := s.Clients[i].Load
		if l == nil {
			continue
		}
		operations := 60 * l.Rate
		if l.Rate == 0 {
			operations = int(time.Minute / max(time.Millisecond, (l.Think.Min+l.Think.Max)/2))
		}
		writes, others := l.Mix.Writes()
		sum += operations * writes / (writes + others)
	}
	return sum
}

// dice draw for one purpose.
type dice struct {
	src    choice.Source
	stream *choice.Stream
}

func (d *dice) between(low, high int) int {
	return int(choice.Between(d.src, int64(low), int64(high), d.stream))
}

func (d *dice) pick(of ...time.Duration) time.Duration { return of[d.between(0, len(of)-1)] }

// pause draws how long a client thinks: from busy to lazy.
func (d *dice) pause() scenarios.Range {
	low := d.pick(20*time.Millisecond, 50*time.Millisecond, 100*time.Millisecond, 300*time.Millisecond)
	return scenarios.Range{Min: low, Max: low * time.Duration(d.between(1, 5))}
}

func (d *dice) load(l *scenarios.Traffic) {
	if l.Rate > 0 {
		l.Rate = 1 << d.between(0, 4)
	} else {
		l.Think = d.pause()
	}
	if l.Keys > 0 {
		l.Keys, l.Skew = d.between(1, 8), d.between(0, 2)
	}
	before := l.Mix
	for _, weight := range []*int{
		&l.Mix.Transfer, &l.Mix.Read, &l.Mix.Audit, &l.Mix.Get, &l.Mix.Put, &l.Mix.CAS, &l.Mix.Delete,
		&l.Mix.Increment, &l.Mix.Append, &l.Mix.Sync,
	} {
		if *weight > 0 {
			*weight *= d.between(0, 3)
		}
	}
	if l.Mix == (scenarios.Mix{}) {
		l.Mix = before
	}
}
