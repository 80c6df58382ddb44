package servers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes/app/kv"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
)

// runs is how many runs of the simulator are looked up among the states explored.
const runs = 1000

// noted is a world that notes every state a search judges. Only one worker may
// search it.
type noted struct {
	*servers.World
	states map[string]bool
}

func (n noted) Fork() explore.Model[servers.State, *servers.Event] { return n }

func (n noted) key(s servers.State) string { return string(n.AppendCore(nil, s)) }

func (n noted) Properties() []explore.Property[servers.State] {
	return []explore.Property[servers.State]{{Name: "noted", Kind: checker.Always, Holds: func(s servers.State) bool {
		n.states[n.key(s)] = true
		return true
	}}}
}

// note returns a world with all its states.
func note(t *testing.T, setup servers.Setup) noted {
	t.Helper()
	n := noted{world(t, setup), make(map[string]bool)}
	if r := exploretest.Search(t, n, explore.Options{}); r.Verdict != explore.Complete {
		t.Fatal(r.Report())
	}
	return n
}

// What the simulator does within the budget, the explorer has visited: each action
// of a run is possible where the explorer follows it, and leads to a state that it
// knows. Nothing is lost but times. A run in which more timers fire while something
// is on its way than the budget allows is beyond it from there on.
func TestSimulatorStaysAmongTheStatesExplored(t *testing.T) {
	setup := cluster(2, 1, faults.Budget{Restarts: 2, Timeouts: 1})
	// No tick passes, and nothing is said again: those timers are beyond the budget.
	options := *setup.Config.Options.(*zab.Options)
	options.TickTime = time.Hour
	options.MinNotificationInterval, options.MaxNotificationInterval = time.Hour, time.Hour
	setup.Config.Options = &options
	client := &setup.Config.Clients[0]
	client.Timeout, client.Attempt = time.Hour, time.Hour
	client.Workload = sim.Script{{At: time.Minute, Body: kv.Put("k", "a")}} // nobody asks before there is a leader
	setup.Config.Topology.Within.Min, setup.Config.Topology.Within.Max = time.Millisecond, 20*time.Millisecond
	setup.Config.Fsync.Min, setup.Config.Fsync.Max = time.Millisecond, 20*time.Millisecond
	setup.Prefix = sim.Schedule{} // servers boot one after the other
	explored := note(t, setup)
	names := sim.Names{Protocol: setup.Config.Protocol, Clients: []string{client.Name}}
	actions, beyond := 0, 0
	for seed := range runs {
		var schedule sim.Schedule
		sim.Run(sim.New(setup.Config, choice.Seed(seed), nil), 30*time.Minute, &schedule)
		s := explored.Initial()[0]
		for i := range schedule {
			next, ok := follow(explored.World, s, schedule[i].Action)
			if !ok && schedule[i].Action.Kind == sim.Expire {
				beyond++
				break
			}
			if !ok {
				t.Fatalf("seed %d: %s is none of what can happen behind\n%s: %v", seed, names.Format(schedule[i].Action), listed(names, schedule[:i]), explored.Actions(s, nil))
			}
			if s = next; !explored.states[explored.key(s)] {
				t.Fatalf("seed %d: a state was not explored:\n%s", seed, listed(names, schedule[:i+1]))
			}
			actions++
		}
	}
	if 10*beyond > runs {
		t.Errorf("%d of %d runs are beyond the budget", beyond, runs)
	}
	t.Logf("%d actions among %d states, %d runs beyond the budget", actions, len(explored.states), beyond)
}

func listed(names sim.Names, s sim.Schedule) string {
	var b strings.Builder
	if err := names.Write(&b, s); err != nil {
		panic(err)
	}
	return b.String()
}

// follow does an action of a schedule.
func follow(w *servers.World, s servers.State, a sim.Action) (servers.State, bool) {
	for _, e := range w.Actions(s, nil) {
		if e.Action == a {
			return w.Next(s, e)
		}
	}
	return s, false
}

// Merged steps lead to no state that fine steps do not lead to, and they leave
// most of those out.
func TestMergedStepsAreFineSteps(t *testing.T) {
	for _, b := range []faults.Budget{{Crashes: 1, Restarts: 1}, {Partitions: 1}} {
		setup := established(t, atomic(cluster(2, 2, b)), servers.Established{Transactions: 1})
		fine := note(t, setup)
		setup.Merged = true
		merged := note(t, setup)
		for s := range merged.states {
			if !fine.states[s] {
				t.Fatalf("%+v: merged steps lead to a state that fine steps do not lead to", b)
			}
		}
		if len(merged.states) == 0 || 2*len(merged.states) > len(fine.states) {
			t.Errorf("%+v: %d states with merged steps, %d with fine steps", b, len(merged.states), len(fine.states))
		}
	}
}
