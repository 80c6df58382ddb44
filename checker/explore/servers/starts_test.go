package servers_test

import (
	"slices"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim"
)

// start is where searches for bugs begin. Those behind the first are there for bugs
// that lie deep, and say nothing of any of them.
type start uint8

const (
	ready    start = iota // all servers have what is committed
	lagging               // what is committed is still on its way to s1
	distant               // as lagging, and servers keep so little at hand that s1 needs a SNAP if it breaks off
	narrow                // zxids have a counter of two bits
	late                  // s1 starts for the first time
	observer              // as late, and s1 has no vote
	rotten                // as lagging, and s2 is down and will not be able to read its snapshots
	deposed               // s3 has logged a transaction alone and died, and s2 leads s1
)

func (s start) String() string {
	return [...]string{"ready", "lagging", "distant", "narrow", "late", "observer", "rotten", "deposed"}[s]
}

// of returns a setup that begins there.
func (s start) of(t *testing.T, setup servers.Setup, committed int) servers.Setup {
	t.Helper()
	e := servers.Established{Transactions: uint64(committed)}
	o := setup.Config.Options.(*zab.Options)
	s1 := nodes.SetOf(1)
	switch s {
	case lagging, rotten:
		e.Lagging = s1
	case distant:
		e.Lagging = s1
		o.CommitLogCount, o.SnapshotSizeFactor = 1, -1
	case narrow:
		o.CounterBits = 2
	case late:
		e.Late = s1
	case observer:
		e.Late = s1
		setup.Config.Voters, setup.Config.Observers = setup.Config.Voters&^s1, s1
		setup.Header.Voters, setup.Header.Observers = setup.Config.Voters, s1
	case deposed:
		e.Deposed = true
	}
	setup = established(t, setup, e)
	if s == rotten {
		snapshots := nodes.File(slices.Index(zab.Protocol.Files, "snapshots"))
		setup.Prefix = append(setup.Prefix,
			sim.Scheduled{Action: sim.Action{Kind: sim.Crash, Server: 2}},
			sim.Scheduled{Action: sim.Action{Kind: sim.Rot, Server: 2, File: snapshots}})
	}
	return setup
}

// A leader that was deposed has what nobody else has.
func TestDeposed(t *testing.T) {
	setup := deposed.of(t, atomic(cluster(3, 3, faults.Budget{})), 1)
	w := sim.New(setup.Config, nil, nil)
	if _, err := sim.Replay(w, setup.Prefix, true); err != nil {
		t.Fatal(err)
	}
	log := nodes.File(slices.Index(zab.Protocol.Files, "log"))
	records := func(id nodes.ID) int { return len(w.Image(id).Records(log)) }
	if w.Up(3) || records(3) != 2 || records(1) != 1 || records(2) != 1 {
		t.Errorf("s3 is up: %v; logs of %d, %d and %d records", w.Up(3), records(1), records(2), records(3))
	}
	if s := w.Status(2); s.Role != nodes.Leading || !s.Serving || s.Epoch != 2 || w.Status(1).Leader != 2 {
		t.Errorf("s2: %+v", s)
	}
}

// A client in a session asks one server after the other as long as nobody serves it.
// How often it has done so is no part of the state.
func TestClientInSessionAsksForEver(t *testing.T) {
	setup := mover.of(t, merged.of(cluster(2, 0, faults.Budget{})))
	r := exploretest.Search(t, world(t, setup), explore.Options{Limits: explore.Limits{States: 20_000}})
	if r.Verdict != explore.Complete {
		t.Error(r.Report())
	}
	t.Logf("%d states", r.States)
}
