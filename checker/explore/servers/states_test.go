package servers_test

import (
	"fmt"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
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

// How many states there are within a budget. A change of these numbers is a
// change of what the nodes, the network or the disks do, or of what their
// encodings tell apart.
//
// Where executions do not begin when servers boot they begin with an established
// leader and one transaction committed, if there is to be more than one.
func TestStatesOfZAB(t *testing.T) {
	for _, c := range []struct {
		how     granularity
		boot    bool
		n       int // servers
		writes  int
		budget  faults.Budget
		epochs  uint64
		states  uint64
		layered uint64 // of a layered search; 0: not counted
		long    bool
	}{
		{messages, true, 2, 0, faults.Budget{}, 2, 486, 0, false},
		{messages, true, 2, 1, faults.Budget{}, 2, 2_114, 0, false},
		{messages, true, 3, 0, faults.Budget{}, 2, 57_911, 0, false},
		{messages, false, 3, 1, faults.Budget{}, 2, 125, 0, false},
		{messages, false, 3, 2, faults.Budget{Crashes: 1}, 2, 116_985, 0, true},
		{messages, false, 3, 2, faults.Budget{Crashes: 2}, 2, 672_767, 0, true},

		{oneStep, true, 2, 1, faults.Budget{}, 0, 1_134, 0, false},
		{oneStep, true, 3, 1, faults.Budget{}, 0, 47_966, 0, true},
		{oneStep, false, 2, 2, faults.Budget{Crashes: 1, Restarts: 1}, 0, 953, 0, false},
		{oneStep, false, 2, 2, faults.Budget{Partitions: 1}, 0, 9_613, 0, false},
		{oneStep, false, 3, 2, faults.Budget{}, 0, 109, 0, false},
		{oneStep, false, 3, 2, faults.Budget{Crashes: 1, Restarts: 1}, 0, 101_655, 101_655, true},

		{merged, true, 2, 1, faults.Budget{}, 0, 70, 0, false},
		{merged, true, 3, 1, faults.Budget{}, 0, 9_202, 0, false},
		{merged, false, 2, 2, faults.Budget{Crashes: 1, Restarts: 1}, 0, 426, 426, false},
		{merged, false, 2, 3, faults.Budget{Crashes: 1, Restarts: 1}, 0, 1_212, 0, false},
		{merged, false, 2, 2, faults.Budget{Crashes: 2, Restarts: 2}, 0, 6_723, 6_306, false},
		{merged, false, 2, 2, faults.Budget{Partitions: 1}, 0, 4_239, 0, false},
		{merged, false, 2, 2, faults.Budget{Crashes: 1, Restarts: 1, Partitions: 1}, 0, 97_676, 97_250, true},
		{merged, false, 3, 1, faults.Budget{Crashes: 1, Restarts: 1}, 0, 29_672, 0, true},
		{merged, false, 3, 2, faults.Budget{Crashes: 1, Restarts: 1}, 0, 33_021, 33_021, true},
		{merged, false, 3, 3, faults.Budget{Crashes: 1, Restarts: 1}, 0, 178_194, 0, true},
	} {
		b := c.budget
		t.Run(fmt.Sprintf("%v, %d servers, %d writes, %d crashes, %d restarts, %d partitions", c.how, c.n, c.writes, b.Crashes, b.Restarts, b.Partitions), func(t *testing.T) {
			if c.long && !*long {
				t.Skip("takes long: -explore.long")
			}
			setup := c.how.of(cluster(c.n, c.writes, b))
			setup.Epochs = c.epochs
			if !c.boot {
				setup = established(t, setup, servers.Established{Transactions: uint64(c.writes) / 2})
			}
			complete(t, setup, explore.Options{}, c.states)
			if c.layered > 0 {
				complete(t, setup, explore.Options{Layered: true}, c.layered)
			}
		})
	}
}

// complete visits everything, which must be so many states, and nothing wrong
// among them.
func complete(t *testing.T, setup servers.Setup, o explore.Options, states uint64) {
	t.Helper()
	w := world(t, setup)
	o.Workers, o.Clock = 2, clock()
	r := search(t, w, o)
	if r.Verdict != explore.Complete || r.States != states {
		t.Errorf("%v with %d states, want %d", r.Verdict, r.States, states)
	}
	for _, f := range r.Findings {
		if f.Kind == checker.Always && f.Answer != explore.Holds {
			t.Errorf("%s: %v\n%v", f.Property, f.Answer, f.Path)
		}
	}
	t.Logf("%d states, %d transitions, %d executed, %.0f states/s, by layer %v", r.States, r.Transitions, w.Work().Executed, r.Rate(), r.Layers)
}
