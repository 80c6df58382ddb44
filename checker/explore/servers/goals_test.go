package servers_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// aiming is a setup in which only goals are judged.
func aiming(setup servers.Setup, goals ...string) servers.Setup {
	setup.Properties, setup.Goals = nil, goals
	return setup
}

func liveness(t *testing.T, w *servers.World, limits explore.Limits) *explore.Result[servers.State, *servers.Event] {
	t.Helper()
	r, err := explore.Liveness(t.Context(), w, explore.Options{Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Whatever goes wrong within the budget, two correct servers have a leader again,
// converge, and answer.
func TestGoalsAreReached(t *testing.T) {
	for _, c := range []struct {
		how    granularity
		budget faults.Budget
	}{
		{merged, faults.Budget{}},
		{merged, faults.Budget{Timeouts: 1}},
		{merged, faults.Budget{Crashes: 1, Restarts: 1}},
		{merged, faults.Budget{Pauses: 1}},
		{merged, faults.Budget{Partitions: 1}},
		{oneStep, faults.Budget{Crashes: 1, Restarts: 1}},
	} {
		setup := established(t, c.how.of(cluster(2, 2, c.budget)), servers.Established{Transactions: 1})
		r := liveness(t, world(t, aiming(setup, servers.Goals()...)), explore.Limits{})
		for _, f := range r.Findings {
			if f.Answer != explore.Holds {
				t.Errorf("%v, %+v: %s: %v (%v)\n%v", c.how, c.budget, f.Property, f.Answer, r.Verdict, f.Path)
			}
		}
		t.Logf("%v, %+v: %d states", c.how, c.budget, r.States)
	}
}

// Without restarts enough a server stays down, and no leader comes. That is an
// execution which ends.
func TestGoalsAreMissedAtTheEnd(t *testing.T) {
	setup := established(t, merged.of(cluster(2, 1, faults.Budget{Crashes: 1})), servers.Established{Transactions: 1})
	r := liveness(t, world(t, aiming(setup, "converged")), explore.Limits{})
	f := r.Finding("converged")
	if f.Answer != explore.Fails || !strings.Contains(f.Path.String(), " crash s") {
		t.Errorf("%v\n%v", f.Answer, f.Path)
	}
}

// Votes that do not compare epochs first need not be ordered (ZOOKEEPER-1419): two
// servers outbid each other for ever. s3 starts late, when the others are in epoch 1,
// and then one of those is lost. The simulator performs the lasso too: each round leads
// back to the same state, and there is no leader in any. It takes the defect: without it
// there is none up to the same depth, and that is all that is known.
func TestLivelockOfElections(t *testing.T) {
	limits := explore.Limits{Depth: 40}
	late := servers.Established{Late: nodes.SetOf(3)}
	setup := established(t, messages.of(cluster(3, 0, faults.Budget{Crashes: 1}, "ZOOKEEPER-1419")), late)
	setup.Exact = servers.Differences // the simulator tells more states apart
	w := world(t, aiming(setup, "leader"))
	r := liveness(t, w, limits)
	f := r.Finding("leader")
	if f.Answer != explore.Fails || f.Path.Cycle == 0 || len(r.Layers) != 2 {
		t.Fatalf("%v, by layer %v\n%v", f.Answer, r.Layers, f.Path)
	}
	goesRound(t, setup, w.Schedule(f.Path), f.Path.Cycle)
	t.Logf("%d states, a stem of %d actions and a cycle of %d", r.States, len(f.Path.Steps)-f.Path.Cycle, f.Path.Cycle)

	setup = established(t, messages.of(cluster(3, 0, faults.Budget{Crashes: 1})), late)
	r = liveness(t, world(t, aiming(setup, "leader")), limits)
	if f := r.Finding("leader"); f.Answer != explore.Unknown || r.Verdict != explore.DepthLimit {
		t.Errorf("without the defect: %v, %v\n%v", f.Answer, r.Verdict, f.Path)
	}
}

// goesRound checks that the last actions of a schedule of fine steps can be performed
// again and again, that they lead back to where they began, and that nobody leads
// meanwhile.
func goesRound(t *testing.T, setup servers.Setup, schedule sim.Schedule, cycle int) {
	t.Helper()
	live := sim.New(setup.Config, nil, nil)
	stem := len(schedule) - cycle
	if _, err := sim.Replay(live, schedule[:stem], true); err != nil {
		t.Fatal(err)
	}
	home := live.AppendTo(nil)
	for range 3 {
		for _, step := range schedule[stem:] {
			if err := live.Apply(step.Action); err != nil {
				t.Fatal(err)
			}
			for id := range setup.Config.Voters.All() {
				if s := live.Status(id); live.Up(id) && s.Role == nodes.Leading && s.Serving {
					t.Errorf("%v leads", id)
				}
			}
		}
		if !slices.Equal(live.AppendTo(nil), home) {
			t.Fatal("the cycle does not lead back")
		}
	}
}

func TestGoalsHaveNames(t *testing.T) {
	_, err := servers.New(aiming(cluster(2, 0, faults.Budget{}), "write-gap"))
	if err == nil || !strings.Contains(err.Error(), `"write-gap" is nothing that can be judged without times; leader, converged, served can`) {
		t.Error(err)
	}
}

// A server that leads in vain twice, and takes the epochs it meant to begin for ones
// that it has, refuses the leader that the others then follow, finds it again, and so
// on (ZOOKEEPER-335 and ZOOKEEPER-790, as up to 3.3.1).
func TestLivelockOfAFalseLeader(t *testing.T) {
	if !*long {
		t.Skip("takes long: -explore.long")
	}
	setup := merged.of(cluster(3, 0, faults.Budget{Timeouts: 2}, "R-P0-5", "ZOOKEEPER-790"))
	setup.Epochs = 2
	w := world(t, aiming(setup, "converged"))
	r := liveness(t, w, explore.Limits{Depth: 36})
	f := r.Finding("converged")
	if f.Answer != explore.Fails || f.Path.Cycle == 0 {
		t.Fatalf("%v, by layer %v\n%v", f.Answer, r.Layers, f.Path)
	}
	again := f.Path.Steps[len(f.Path.Steps)-f.Path.Cycle:]
	if !slices.ContainsFunc(again, func(s explore.Step[servers.State, *servers.Event]) bool {
		return s.Action.String() == "elect s2 by {s3}"
	}) {
		t.Errorf("s3 does not come back to s2:\n%v", f.Path)
	}
	t.Logf("%d states, a stem of %d actions and a cycle of %d", r.States, len(f.Path.Steps)-f.Path.Cycle, f.Path.Cycle)
}
