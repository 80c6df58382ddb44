package servers_test

import (
	"strings"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/sim"
)

// recoveryBound is how many actions recoveries may take here.
const recoveryBound = 1000

// recovering is a setup in which only recoveries are judged.
func recovering(t *testing.T, n, bound int, budget faults.Budget, defects ...string) servers.Setup {
	t.Helper()
	setup := merged.of(cluster(n, 2, budget, defects...))
	setup.Properties, setup.Recovers = nil, bound
	return established(t, setup, servers.Established{Transactions: 1})
}

// Correct nodes recover from all that crashes and partitions lead to.
func TestEveryStateRecovers(t *testing.T) {
	for _, c := range []struct {
		servers int
		budget  faults.Budget
		long    bool
	}{
		{2, faults.Budget{Crashes: 1, Restarts: 1}, false},
		{2, faults.Budget{Partitions: 1}, false},
		{2, faults.Budget{Crashes: 2, Restarts: 2}, true},
		{3, faults.Budget{Crashes: 1, Restarts: 1}, true},
	} {
		if c.long && !*long {
			continue
		}
		w := world(t, recovering(t, c.servers, recoveryBound, c.budget))
		r := exploretest.Search(t, w, explore.Options{Layered: true, Workers: 2, Clock: exploretest.Clock()})
		f := r.Finding(servers.Recovers)
		if f.Answer != explore.Holds {
			t.Errorf("%d servers, %+v: %v\n%v", c.servers, c.budget, f.Answer, f.Path)
		}
		t.Logf("%d servers, %+v: %d states in %v", c.servers, c.budget, r.States, r.Elapsed)
	}
}

// Votes that do not compare epochs first can elect, again and again, a server that
// has promised less than those who vote for it (ZOOKEEPER-1419). The simulator
// performs the way there and the livelock behind it.
func TestLivelockIsNoRecovery(t *testing.T) {
	setup := recovering(t, 2, recoveryBound, faults.Budget{Crashes: 2, Restarts: 2}, "ZOOKEEPER-1419")
	var shown string
	for workers := 1; workers <= 2; workers++ {
		w := world(t, setup)
		f := exploretest.Search(t, w, explore.Options{Layered: true, Workers: workers}).Finding(servers.Recovers)
		if f.Answer != explore.Fails {
			t.Fatal(f.Answer)
		}
		if again := f.Path.String(); workers == 1 {
			shown = again
		} else if again != shown {
			t.Errorf("2 workers:\n%s1 worker:\n%s", again, shown)
		}
		recovery, names := w.Recovery(f.Path)
		if len(recovery) != recoveryBound {
			t.Errorf("the schedule ends after %d actions", len(recovery))
		}
		if text := listed(names, recovery); strings.Count(text, " elect s2 by {s1 s2}\n") < 10 || strings.Contains(text, "prober") {
			t.Errorf("no livelock of elections:\n%s", text)
		}
		if _, err := sim.Replay(sim.New(setup.Config, nil, nil), append(w.Schedule(f.Path), recovery...), true); err != nil {
			t.Error(err)
		}
	}
}

// A bound that is too small is no proof, and without a write there is none either.
func TestRecoveryHasItsBounds(t *testing.T) {
	f := exploretest.Search(t, world(t, recovering(t, 2, 5, faults.Budget{})), explore.Options{}).Finding(servers.Recovers)
	if f.Answer != explore.Fails || len(f.Path.Steps) != 0 {
		t.Errorf("within 5 actions: %v\n%v", f.Answer, f.Path)
	}
	setup := cluster(2, 0, faults.Budget{})
	setup.Recovers = recoveryBound
	if _, err := servers.New(setup); err == nil || !strings.Contains(err.Error(), "no client writes") {
		t.Errorf("without a client that writes: %v", err)
	}
}
