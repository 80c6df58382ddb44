package servers_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
)

// granularity is how elections are held and whether flushes are steps.
type granularity uint8

const (
	messages granularity = iota // elections by messages, fine steps
	oneStep                     // elections in one step, fine steps
	merged                      // elections in one step, merged steps
)

func (g granularity) of(setup servers.Setup) servers.Setup {
	setup.Config.Oracle = g > messages
	setup.Merged = g == merged
	return setup
}

func (g granularity) String() string { return [...]string{"messages", "fine", "merged"}[g] }

// bounds are the bounds of a search.
type bounds struct {
	steps      granularity
	boot       bool // the search begins when servers boot, otherwise with an established leader
	servers    int
	crashes    int // as many restarts
	partitions int
	writes     int
	depth      int // the search ends after so many actions; 0: when there is nothing left
}

// table returns the bounds of which the states are pinned: with merged steps all
// with 2 and 3 servers, 0 to 2 crashes, 0 or 1 partition and 1 to 3 transactions;
// with fine steps and with elections by messages those of them that are not too
// large; and some that begin when servers boot. Where there are too many states to
// visit all, those within some number of actions are counted.
func table() []bounds {
	all := []bounds{
		{steps: messages, boot: true, servers: 2},
		{steps: messages, boot: true, servers: 2, writes: 1},
		{steps: messages, boot: true, servers: 3},
		{steps: messages, boot: true, servers: 3, writes: 1, depth: 18},
		{steps: oneStep, boot: true, servers: 2, writes: 1},
		{steps: oneStep, boot: true, servers: 3, writes: 1},
		{steps: merged, boot: true, servers: 2, writes: 1},
		{steps: merged, boot: true, servers: 3, writes: 1},
	}
	for _, steps := range []granularity{messages, oneStep, merged} {
		for servers := 2; servers <= 3; servers++ {
			for crashes := range 3 {
				for partitions := range 2 {
					for writes := 1; writes <= 3; writes++ {
						b := bounds{steps: steps, servers: servers, crashes: crashes, partitions: partitions, writes: writes}
						if b.depth = b.reach(); steps == merged || partitions == 0 && crashes < 2 && writes < 3 {
							all = append(all, b)
						}
					}
				}
			}
		}
	}
	return all
}

// reach returns to which depth the states are counted.
func (b *bounds) reach() int {
	few := b.partitions == 0 && b.crashes < 2
	switch {
	case b.crashes+b.partitions == 0, few && b.steps > messages:
		return 0
	case b.servers == 2 && b.steps > messages && (b.partitions == 0 || b.crashes == 0):
		return 0
	case b.servers == 2:
		return 30
	case b.steps == messages:
		return 14
	case b.crashes == 0:
		return 18
	case b.partitions == 0:
		return 17
	default:
		return 14 - b.crashes
	}
}

// quick is up to how many states are counted in every run.
const quick = 6_000

// How many states there are within some bounds. A change of these numbers is a change
// of what the nodes, the network or the disks do, or of what their encodings tell
// apart. Those in testdata/states.txt are of a plain search that tells apart all that
// nodes do; beside them, as reduced, are those of a layered search that takes for one
// what nothing can tell apart.
func TestStatesOfZAB(t *testing.T) {
	p := pin(t, "states.txt", "steps    start       servers crashes partitions writes      states transitions  depth     reduced")
	for _, b := range table() {
		if known := strings.Fields(p.like(b.String())); !*long && len(known) > 6 {
			if states, err := strconv.Atoi(known[6]); err == nil && states > quick {
				continue
			}
		}
		p.row(t, b.count(t))
	}
	p.close(t)
}

// String returns the beginning of the row.
func (b *bounds) String() string {
	start := "established"
	if b.boot {
		start = "boot"
	}
	return fmt.Sprintf("%-8v %-11s %7d %7d %10d %6d ", b.steps, start, b.servers, b.crashes, b.partitions, b.writes)
}

// count visits the states and returns their row.
func (b *bounds) count(t *testing.T) string {
	t.Helper()
	setup := b.steps.of(cluster(b.servers, b.writes, faults.Budget{Crashes: b.crashes, Restarts: b.crashes, Partitions: b.partitions}))
	if !b.boot {
		setup = established(t, setup, servers.Established{})
	}
	setup.Exact = servers.Differences
	all := clean(t, setup, explore.Options{Limits: explore.Limits{Depth: b.depth}})
	depth, reduced := strconv.Itoa(all.Depth()-1), "-"
	if all.Verdict == explore.Complete {
		setup.Exact = nil
		reduced = strconv.FormatUint(clean(t, setup, explore.Options{Layered: true}).States, 10)
	} else {
		depth += "+"
	}
	return fmt.Sprintf("%s %10d %11d  %5s  %10s", b, all.States, all.Transitions, depth, reduced)
}

// clean searches, and finds nothing wrong.
func clean(t *testing.T, setup servers.Setup, o explore.Options) *explore.Result[servers.State, *servers.Event] {
	t.Helper()
	w := world(t, setup)
	o.Workers, o.Clock = 2, exploretest.Clock()
	r := exploretest.Search(t, w, o)
	for _, f := range r.Findings {
		if f.Kind == checker.Always && f.Answer == explore.Fails {
			t.Errorf("%s: %v\n%v", f.Property, f.Answer, f.Path)
		}
	}
	if r.Verdict != explore.Complete && r.Verdict != explore.DepthLimit {
		t.Errorf("the search ends for another reason than its bounds: %v", r.Verdict)
	}
	t.Logf("%d states, %d executed, in %v", r.States, w.Work().Executed, r.Elapsed.Round(time.Millisecond))
	return r
}
