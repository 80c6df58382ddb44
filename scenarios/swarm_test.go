package scenarios

import (
	"slices"
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker/coverage"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// TestSwarmHitsWhatMatters: nothing is violated, and between them the runs have
// every kind of fault, every way to synchronize a learner, crashes in every stage
// and every place in the protocol. What is rare takes thousands of them: -seeds.
func TestSwarmHitsWhatMatters(t *testing.T) {
	s := mustLoad(t, "swarm")
	var counts coverage.Counts
	runs := min(*seeds, 5000)
	if runs < 5000 {
		runs = min(runs, 120)
	}
	for seed := uint64(1); seed <= runs; seed++ {
		_, header, err := s.Compile("", seed)
		if err != nil {
			t.Fatal(err)
		}
		hits := coverage.NewRun(header)
		r, err := s.Run(RunOptions{Seed: seed, Observers: []trace.Observer{hits}})
		if err != nil {
			t.Fatal(err)
		}
		counts.Add(hits)
		if r.Verdict() != AsExpected {
			t.Errorf("seed %d: %v, %v", seed, r.Verdict(), r.Violations)
		}
		if len(r.Header.Swarm) == 0 || len(r.Missed) > 0 {
			t.Errorf("seed %d drew %v and missed %v", seed, r.Header.Swarm, r.Missed)
		}
	}
	rare := []string{
		"note: current-epoch-adopted", "note: dirty-snapshot-dropped", "note: sync-diff-new-epoch", "note: sync-disk-gap",
		"note: newleader-ack-timeout", "note: epoch-ack-timeout", "note: torn-tail", "note: follower-ahead", "note: sync-disk",
		"crash: leading, discovery", "crash: leading, synchronization", "crash: observing, discovery", "crash: observing, synchronization",
	}
	for _, p := range counts.Never(builtin().protocol("zab"), s.FaultKinds()) {
		if text, _ := p.MarshalText(); runs == 5000 || !slices.Contains(rare, string(text)) {
			t.Errorf("never: %s", text)
		}
	}
}

// TestSwarmReplays: the text of the schedule says all that was done.
func TestSwarmReplays(t *testing.T) {
	s := mustLoad(t, "swarm")
	stopped := false
	for seed := uint64(1); seed <= 30; seed++ {
		r, err := s.Run(RunOptions{Seed: seed, Record: true})
		if err != nil {
			t.Fatal(err)
		}
		stopped = stopped || slices.ContainsFunc(r.Schedule, func(s sim.Scheduled) bool { return s.Action.Stop > 0 })
		replaysAsText(t, s, r, seed)
	}
	if !stopped {
		t.Error("no fault struck in the middle of a step")
	}
}

// TestSwarmFindsDefects: trouble that finds nothing in a broken protocol says
// nothing about one that is not known to be.
func TestSwarmFindsDefects(t *testing.T) {
	s := mustLoad(t, "swarm")
	for defect, within := range map[string]uint64{"commit-on-minority": 3, "ack-before-fsync": 10, "skip-trunc": 30} {
		found := false
		for seed := uint64(1); seed <= within && !found; seed++ {
			r, err := s.Run(RunOptions{Seed: seed, Defects: []string{defect}, StopEarly: true})
			if err != nil {
				t.Fatal(err)
			}
			found = len(r.Violations) > 0
		}
		if !found {
			t.Errorf("%s is not found within %d seeds", defect, within)
		}
	}
}

// TestSwarmIsOverloaded: when asked to, it does what no protocol survives, and
// zab does not.
func TestSwarmIsOverloaded(t *testing.T) {
	s := mustLoad(t, "swarm")
	s.Swarm.Overload = true
	s.Properties.Eventually = nil
	for seed := uint64(1); seed <= 60; seed++ {
		r, err := s.Run(RunOptions{Seed: seed, StopEarly: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Violations) > 0 {
			return
		}
	}
	t.Error("nothing was lost")
}

// TestSwarmsLeaveTimeToBeServed: somebody asks, or waits, for as long as the bound
// after the last fault, or nobody can say whether clients are served. That fault
// may be the start of a server which learned late that its disk had failed, two
// seconds after all others.
func TestSwarmsLeaveTimeToBeServed(t *testing.T) {
	const late = 2 * time.Second
	judged := 0
	for _, entry := range Library() {
		s := mustLoad(t, entry.Name)
		i := slices.IndexFunc(s.Properties.Eventually, func(c Claim) bool { return c.Name == "served" })
		if s.Swarm == nil || i < 0 {
			continue
		}
		judged++
		due := s.Swarm.Until + late + s.Properties.Eventually[i].Within
		if s.Duration < due {
			t.Errorf("%s ends at %v, before %v", s.Name, s.Duration, due)
		}
		asks := func(c Client) bool {
			if c.Load != nil {
				return c.Load.Until >= due
			}
			return slices.ContainsFunc(c.Script, func(step Step) bool { return step.At >= s.Swarm.Until+late && step.At+c.Timeout >= due })
		}
		if !slices.ContainsFunc(s.Clients, asks) {
			t.Errorf("%s: no client asks until %v", s.Name, due)
		}
	}
	if judged < 5 {
		t.Errorf("of %d swarms only it is judged whether clients are served", judged)
	}
}
