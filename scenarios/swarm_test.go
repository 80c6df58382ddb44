package scenarios

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// TestSwarmHitsWhatMatters: nothing is violated, and between them a few dozen
// seeds have every kind of fault and every way to synchronize a learner.
func TestSwarmHitsWhatMatters(t *testing.T) {
	s := mustLoad(t, "swarm")
	hit := map[string]bool{}
	watch := trace.Func{
		Kinds: trace.Of(trace.Fault, trace.Cut, trace.Crash, trace.MachineCrash, trace.Pause, trace.Fail, trace.Exit),
		Do: func(e *trace.Event) {
			hit[e.Kind.String()] = true
			what, _, _ := strings.Cut(e.Text, ":")
			hit[strings.Join(strings.Fields(strings.TrimRight(what, "-0123456789 pm"))[:min(2, len(strings.Fields(what)))], " ")] = true
		},
	}
	for seed := uint64(1); seed <= 40; seed++ {
		r, err := s.Run(RunOptions{Seed: seed, Observers: []trace.Observer{watch}})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict() != AsExpected {
			t.Errorf("seed %d: %v, %v", seed, r.Verdict(), r.Violations)
		}
		if len(r.Header.Swarm) == 0 || len(r.Missed) > 0 {
			t.Errorf("seed %d drew %v and missed %v", seed, r.Header.Swarm, r.Missed)
		}
		for note := range r.Notes {
			hit["note "+note] = true
		}
	}
	for _, what := range []string{
		"cut", "crash", "machine-crash", "pause", "fail", "exit",
		"connections reset", "slow link", "narrow link", "election loses", "election repeats", "election reorders",
		"slow", "slow disk", "disk failing", "disk full", "clock gains", "clock jumps",
		"note sync-diff", "note sync-snap", "note sync-trunc-across-epochs", "note sync-trunc-to-max", "note torn-tail", "note quorum-lost",
	} {
		if !hit[what] {
			t.Errorf("never: %s", what)
		}
	}
	if t.Failed() {
		t.Logf("hit: %v", hit)
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
		names := sim.Names{Protocol: r.Header.Protocol, Clients: r.Header.Clients}
		var text bytes.Buffer
		if err := names.Write(&text, r.Schedule); err != nil {
			t.Fatal(err)
		}
		read, err := names.Read(&text)
		if err != nil {
			t.Fatal(err)
		}
		again, misfit, err := s.Replay(read, RunOptions{Seed: seed}, nil)
		if err != nil || misfit != nil || again.Hash != r.Hash {
			t.Fatalf("seed %d: replay %v, misfit %+v, %v", seed, again.Hash, misfit, err)
		}
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
