package servers_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/sim"
)

var update = flag.Bool("update", false, "with -explore.long: write testdata/bugs.txt anew")

// bugStates bounds the search for each bug, at three times what the latest takes.
const bugStates = 4_000_000

// bug is a defect with the budget within which it shows in three servers, behind
// the first election and with some of the writes committed.
type bug struct {
	defect            string
	how               granularity
	writes, committed int
	crashes           int // as many restarts
	long              bool
	published         string // how others have found it
}

// The published figures are those of Remix (Ouyang et al., Multi-grained
// specifications for distributed system model checking and verification, EuroSys
// 2025, table 4: TLC with 16 workers) and of MET (the test specifications in
// ZooKeeper's repository: TLC on six cores). Their actions are coarser, their
// executions begin with a transaction on its way, and their properties are others,
// so depths compare roughly and counts hardly.
var bugs = []bug{
	{"commit-on-minority", merged, 1, 0, 0, false, ""},
	{"ack-before-fsync", oneStep, 1, 0, 0, false, ""},
	{"skip-trunc", merged, 2, 1, 1, true, ""},
	{"forget-accepted-epoch", merged, 1, 1, 2, true, ""},
	{"ack-outlives-trunc", merged, 2, 1, 1, true, ""},
	{"R-P0-5", merged, 2, 1, 1, true, ""},
	{"ZOOKEEPER-335", merged, 2, 1, 2, true, ""},
	{"ZOOKEEPER-962", merged, 3, 1, 1, true, ""},
	{"ZOOKEEPER-1154", merged, 3, 1, 1, true, ""},
	{"ZOOKEEPER-1282", merged, 2, 1, 2, true, ""},
	{"ZOOKEEPER-1653", merged, 2, 1, 2, true, ""},
	{"ZOOKEEPER-2845", merged, 2, 1, 1, true, "MET: depth 10, 6,347 states, 12 s"},
	{"ZOOKEEPER-3911", merged, 2, 1, 2, true, "MET: depth 14, 286,286 states, 42 s"},
	{"ZOOKEEPER-4646", oneStep, 2, 1, 2, true, "Remix: depth 21, 2,880,498 states, 109 s"},
	{"ZOOKEEPER-4712", oneStep, 3, 1, 1, true, "Remix: depth 13, 73,293 states, 11 s"},
	{"ZOOKEEPER-4925", merged, 3, 1, 2, true, ""},
}

// safety are the properties that are judged.
var safety = []string{
	"agreement", "total-order", "integrity", "no-lost-commit", "durable-before-commit", "one-leader-per-epoch",
	"no-resurrection", "no-panic", "no-exit",
}

// Each defect is found without a hint but the budget, and the simulator sees the
// same violation when it performs the counterexample. What was found is in
// testdata/bugs.txt, shortest counterexamples of those with the fewest faults.
func TestBugs(t *testing.T) {
	golden := filepath.Join("testdata", "bugs.txt")
	want, err := os.ReadFile(golden)
	if err != nil && !*update {
		t.Fatal(err)
	}
	var table strings.Builder
	fmt.Fprintf(&table, bugRow, "defect", "property", "steps", "writes", "crashes", "actions", "faults", "states", "published")
	for i := range bugs {
		b := &bugs[i]
		if b.long && !*long {
			continue
		}
		row := b.hunt(t)
		table.WriteString(row)
		if !*update && !slices.Contains(strings.SplitAfter(string(want), "\n"), row) {
			t.Errorf("%s is not what %s has", strings.TrimSpace(row), golden)
		}
	}
	if *update && *long {
		if err := os.WriteFile(golden, []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// bugRow is a row of the table: the defect and what it violates; the budget, of as
// many restarts as crashes; the counterexample, and how many states it took to
// find it.
const bugRow = "%-22s %-22s  %-8v %6v %7v  %7v %6v %9v  %s\n"

// hunt looks for a counterexample and returns its row of the table.
func (b *bug) hunt(t *testing.T) string {
	t.Helper()
	setup := b.how.of(cluster(3, b.writes, faults.Budget{Crashes: b.crashes, Restarts: b.crashes}, b.defect))
	setup.Properties = nil
	for _, name := range safety {
		p, err := checker.ByName(name, checker.Params{})
		if err != nil {
			t.Fatal(err)
		}
		setup.Properties = append(setup.Properties, p)
	}
	setup = established(t, setup, servers.Established{Transactions: uint64(b.committed)})
	w := world(t, setup)
	r := search(t, w, explore.Options{Workers: 2, Layered: true, Clock: clock(), Limits: explore.Limits{States: bugStates}})
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Answer == explore.Fails {
			t.Logf("%s: %d states in %v", b.defect, r.States, r.Elapsed.Round(time.Millisecond))
			performs(t, setup, w.Schedule(f.Path), f.Property)
			return strings.TrimRight(fmt.Sprintf(bugRow, b.defect, f.Property, b.how, b.writes, b.crashes,
				len(f.Path.Steps), len(r.Layers)-1, r.States, b.published), " \n") + "\n"
		}
	}
	t.Errorf("%s: %v after %d states, by layer %v, in %v", b.defect, r.Verdict, r.States, r.Layers, r.Elapsed)
	return ""
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
