package servers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/sim"
)

// bugStates bounds the search for each bug, at three times what the latest takes;
// soundStates that without the defect.
const (
	bugStates   = 12_000_000
	soundStates = 500_000
)

// bug is a defect with the budget within which it shows in three servers, behind
// the first election and with some of the writes committed.
type bug struct {
	defect            string
	how               granularity
	start             start
	clients           workload
	writes, committed int // values that a writer writes; transactions before the search begins
	budget            faults.Budget
	// rules has the rules of the protocol judged too, which are broken before anybody
	// can notice.
	rules     bool
	long      bool
	published string // how others have found it
}

// Budgets of faults. A server that crashes may start again.
func crashes(n int) faults.Budget  { return faults.Budget{Crashes: n, Restarts: n} }
func timeouts(n int) faults.Budget { return faults.Budget{Timeouts: n} }

// Budgets of a timeout with something else.
var (
	orLoss      = faults.Budget{Timeouts: 1, Crashes: 1} // what crashes is down for good
	orPowerLoss = faults.Budget{Timeouts: 1, MachineCrashes: 1, Restarts: 1}
)

// The published figures are those of Remix (Ouyang et al., Multi-grained
// specifications for distributed system model checking and verification, EuroSys
// 2025, table 4: TLC with 16 workers) and of MET (the test specifications in
// ZooKeeper's repository: TLC on six cores). Their actions are coarser, their
// executions begin with a transaction on its way, and their properties are others,
// so depths compare roughly and counts hardly.
var bugs = []bug{
	{defect: "commit-on-minority", how: merged, writes: 1},
	{defect: "ack-before-fsync", how: oneStep, writes: 1},
	{defect: "prepare-from-committed", how: merged, clients: counters},
	{defect: "session-owner-unchecked", how: merged, clients: mover, committed: 1, budget: timeouts(1)},
	{defect: "watch-events-lost", how: merged, clients: watcher, committed: 1},
	{defect: "skip-trunc", how: merged, writes: 2, committed: 1, budget: crashes(1), long: true},
	{defect: "forget-accepted-epoch", how: merged, writes: 1, committed: 1, budget: crashes(2), long: true},
	{defect: "ack-outlives-trunc", how: merged, writes: 2, committed: 1, budget: crashes(1), long: true},
	{defect: "R-P0-5", how: merged, writes: 2, committed: 1, budget: crashes(1), long: true},
	{defect: "R-DUR-10", how: oneStep, writes: 2, committed: 1, budget: crashes(1), rules: true, long: true},
	{defect: "R-DUR-11", how: oneStep, writes: 2, committed: 1, budget: crashes(1), rules: true, long: true},
	{defect: "S-31", how: merged, start: late, writes: 3, committed: 1, rules: true},
	{defect: "ZOOKEEPER-335", how: merged, writes: 2, committed: 1, budget: crashes(2), long: true},
	{defect: "ZOOKEEPER-582", how: merged, start: distant, writes: 3, committed: 2, budget: crashes(2), long: true},
	{defect: "ZOOKEEPER-790", how: merged, writes: 2, committed: 1, budget: crashes(2), long: true},
	{defect: "ZOOKEEPER-962", how: merged, writes: 3, committed: 1, budget: crashes(1), long: true},
	{defect: "ZOOKEEPER-1154", how: merged, writes: 3, committed: 1, budget: crashes(1), long: true},
	{defect: "ZOOKEEPER-1208", how: merged, clients: twins, committed: 1},
	{defect: "ZOOKEEPER-1264", how: merged, writes: 3, committed: 1, budget: crashes(1), rules: true, long: true},
	{defect: "ZOOKEEPER-1277", how: merged, start: narrow, writes: 4, committed: 2, rules: true},
	{defect: "ZOOKEEPER-1282", how: merged, writes: 2, committed: 1, budget: crashes(2), long: true},
	{defect: "ZOOKEEPER-1291", how: merged, writes: 2, committed: 1, budget: crashes(2), long: true},
	{defect: "ZOOKEEPER-1367", how: merged, clients: owner, committed: 1, budget: orLoss, long: true},
	{defect: "ZOOKEEPER-1549", how: merged, writes: 3, committed: 1, budget: crashes(2), long: true},
	{defect: "ZOOKEEPER-1551", how: merged, start: observer, writes: 3, committed: 1},
	{defect: "ZOOKEEPER-1653", how: merged, writes: 2, committed: 1, budget: crashes(2), long: true},
	{defect: "ZOOKEEPER-2355", how: merged, writes: 3, committed: 1, budget: timeouts(2), rules: true, long: true},
	{defect: "ZOOKEEPER-2845", how: merged, writes: 2, committed: 1, budget: crashes(1), long: true, published: "MET: depth 10, 6,347 states, 12 s"},
	{defect: "ZOOKEEPER-2846", how: merged, start: deposed, clients: wanderer, writes: 4, committed: 1, budget: crashes(1), long: true},
	{defect: "ZOOKEEPER-2872", how: oneStep, start: distant, writes: 3, committed: 2, budget: orPowerLoss, long: true},
	{defect: "ZOOKEEPER-3023", how: merged, start: late, writes: 3, committed: 1, budget: crashes(1), rules: true, long: true, published: "Remix: depth 13, 78,892 states, 11 s"},
	{defect: "ZOOKEEPER-3642", how: merged, start: distant, writes: 3, committed: 2, budget: timeouts(2), rules: true, long: true},
	{defect: "ZOOKEEPER-3644", how: merged, start: rotten, writes: 3, committed: 2, budget: crashes(1), long: true},
	{defect: "ZOOKEEPER-3911", how: merged, writes: 2, committed: 1, budget: crashes(2), long: true, published: "MET: depth 14, 286,286 states, 42 s"},
	{defect: "ZOOKEEPER-4352", how: merged, start: distant, writes: 3, committed: 2, budget: timeouts(1), long: true},
	{defect: "ZOOKEEPER-4394", how: merged, writes: 2, committed: 1, budget: crashes(1), rules: true, long: true, published: "Remix: depth 20, 14,264 states, 9 s"},
	{defect: "ZOOKEEPER-4643", how: merged, writes: 2, committed: 1, budget: crashes(2), long: true, published: "Remix: depth 21, 208,018 states, 17 s"},
	{defect: "ZOOKEEPER-4646", how: oneStep, writes: 2, committed: 1, budget: crashes(2), long: true, published: "Remix: depth 21, 2,880,498 states, 109 s"},
	{defect: "ZOOKEEPER-4685", how: merged, writes: 2, committed: 1, budget: crashes(1), rules: true, long: true, published: "Remix: depth 12, 67,418 states, 10 s"},
	{defect: "ZOOKEEPER-4712", how: oneStep, writes: 3, committed: 1, budget: crashes(1), long: true, published: "Remix: depth 13, 73,293 states, 11 s"},
	{defect: "ZOOKEEPER-4925", how: merged, writes: 3, committed: 1, budget: crashes(2), long: true},
}

// safety are the properties that are judged.
var safety = []string{
	"agreement", "total-order", "integrity", "no-lost-commit", "durable-before-commit", "one-leader-per-epoch",
	"no-resurrection", "no-panic", "no-exit",
}

// rules are the rules of the protocol that are judged besides.
var rules = []string{
	"ack-after-fsync", "ack-consistent", "boots", "commit-consistent", "epoch-order", "established-by-quorum", "follower-prefix",
	"history-before-epoch", "one-promise", "serves-initial-history", "unique-transactions",
}

// Each defect is found without a hint but the budget, and the simulator sees the
// same violation when it performs the counterexample. What was found is in
// testdata/bugs.txt, shortest counterexamples of those with the fewest faults.
func TestBugs(t *testing.T) {
	p := pin(t, "bugs.txt", fmt.Sprintf(bugRow, "defect", "property", "start", "clients", "steps", "writes", "budget", "actions", "faults", "states", "published"))
	var record strings.Builder
	for i := range bugs {
		b := &bugs[i]
		if b.long && !*long {
			continue
		}
		if found := b.hunt(t, explore.Unreduced); found.property != "" {
			p.row(t, b.row(&found))
			record.WriteString(b.recorded(&found))
		}
	}
	p.close(t)
	if *update && *long {
		writeRecord(t, record.String())
	}
}

// catch is what a search for a bug found.
type catch struct {
	property        string // "": nothing
	actions, faults int
	states          uint64
	time            time.Duration
}

// setup returns where the search begins, and what is judged.
func (b *bug) setup(t *testing.T, defects ...string) servers.Setup {
	t.Helper()
	setup := b.clients.of(t, b.how.of(cluster(3, b.writes, b.budget, defects...)))
	setup.Properties = nil
	judged := slices.Clone(safety)
	if b.rules {
		judged = append(judged, rules...)
	}
	if b.clients > wanderer {
		judged = append(judged, trees...)
	}
	if b.start == rotten { // as it should (R-DUR-12)
		judged = slices.DeleteFunc(judged, func(name string) bool { return name == "no-exit" })
	}
	for _, name := range judged {
		p, err := checker.ByName(name, checker.Params{})
		if err != nil {
			t.Fatal(err)
		}
		setup.Properties = append(setup.Properties, p)
	}
	return b.start.of(t, setup, b.committed)
}

// hunt looks for a counterexample.
func (b *bug) hunt(t *testing.T, reduce explore.Reduction) (c catch) {
	t.Helper()
	setup := b.setup(t, b.defect)
	w := world(t, setup)
	r := exploretest.Search(t, w, explore.Options{Workers: 2, Layered: true, Reduce: reduce, Clock: exploretest.Clock(), Limits: explore.Limits{States: bugStates}})
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Answer == explore.Fails {
			t.Logf("%s: %d states in %v", b.defect, r.States, r.Elapsed.Round(time.Millisecond))
			performs(t, setup, w.Schedule(f.Path), f.Property)
			return catch{f.Property, len(f.Path.Steps), len(r.Layers) - 1, r.States, r.Elapsed}
		}
	}
	t.Errorf("%s: %v after %d states, by layer %v, in %v", b.defect, r.Verdict, r.States, r.Layers, r.Elapsed)
	return c
}

// What is found is the work of the defect: without it as many states show nothing.
func TestBugsAreThoseOfTheirDefects(t *testing.T) {
	for i := range bugs {
		b := &bugs[i]
		if b.long && !*long {
			continue
		}
		w := world(t, b.setup(t))
		r := exploretest.Search(t, w, explore.Options{Workers: 2, Layered: true, Clock: exploretest.Clock(), Limits: explore.Limits{States: soundStates}})
		for _, f := range r.Findings {
			if f.Answer == explore.Fails {
				t.Errorf("the start and the budget of %s show, without it, that %s is violated:\n%v", b.defect, f.Property, f.Path)
			}
		}
	}
}

// allowed says what the budget is for, "2 crashes".
func (b *bug) allowed() string {
	var all []string
	for _, n := range []struct {
		number    int
		one, many string
	}{
		{b.budget.Timeouts, "timeout", "timeouts"},
		{b.budget.Crashes, "crash", "crashes"},
		{b.budget.MachineCrashes, "power loss", "power losses"},
	} {
		if n.number > 0 {
			all = append(all, counted(n.number, n.one, n.many))
		}
	}
	switch {
	case all == nil:
		return "none"
	case b.budget.Crashes > b.budget.Restarts:
		return strings.Join(all, ", ") + " for good"
	}
	return strings.Join(all, ", ")
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// bugRow is a row of the table: the defect and what it violates; where the search
// begins, what clients do, its steps and its budget; the counterexample, and how many states it took to
// find it.
const bugRow = "%-23s %-21s  %-8v %-8v %-7v %6v  %-27v %7v %6v %9v  %s"

func (b *bug) row(c *catch) string {
	return fmt.Sprintf(bugRow, b.defect, c.property, b.start, b.clients, b.how, b.writes, b.allowed(), c.actions, c.faults, c.states, b.published)
}

// performs checks that a schedule violates a property in the simulator.
func performs(t *testing.T, setup servers.Setup, schedule sim.Schedule, property string) {
	t.Helper()
	watch := checker.NewWatch(setup.Header, setup.Properties)
	if _, err := sim.Replay(sim.New(setup.Config, nil, watch), schedule, true); err != nil {
		t.Errorf("%v: %v", setup.Config.Defects, err)
	}
	if !slices.ContainsFunc(watch.Finish(), func(v *checker.Violation) bool { return v.Property == property }) {
		t.Errorf("%v: the simulator does not find that %s is violated", setup.Config.Defects, property)
	}
}

// A server that acknowledges before the flush is found out between the two. In merged
// steps there is nothing in between.
func TestOnlyFineStepsShow(t *testing.T) {
	for how, want := range map[granularity]explore.Answer{oneStep: explore.Fails, merged: explore.Holds} {
		setup := how.of(cluster(2, 1, faults.Budget{}, "ack-before-fsync"))
		p, err := checker.ByName("durable-before-commit", checker.Params{})
		if err != nil {
			t.Fatal(err)
		}
		setup.Properties = []checker.Property{p}
		f := exploretest.Search(t, world(t, ready.of(t, setup, 0)), explore.Options{}).Findings[0]
		if f.Answer != want {
			t.Errorf("%v steps: %v, want %v\n%v", how, f.Answer, want, f.Path)
		}
	}
}
