package scenarios

import (
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim"
)

// A pinned scenario fails by itself, as the run did.
func TestPinStandsByItself(t *testing.T) {
	s := mustLoad(t, "shanghai-guangzhou")
	opts := RunOptions{Seed: 7, Defects: []string{"commit-on-minority"}}
	before, err := s.Run(opts)
	if err != nil {
		t.Fatal(err)
	}
	pinned, err := s.Pin(opts, "no-lost-commit")
	if err != nil {
		t.Fatal(err)
	}
	after, err := pinned.Run(RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if after.Hash != before.Hash || after.Verdict() != AsExpected || after.Expected != "no-lost-commit" {
		t.Errorf("trace %x, want %x; %s", after.Hash, before.Hash, after.Verdict())
	}
	if len(after.Violations) != 1 || len(before.Violations) < 2 {
		t.Errorf("it demands more than one property: %d violations of %d", len(after.Violations), len(before.Violations))
	}
	if _, err := s.Pin(opts, "no-such"); err == nil {
		t.Error("a property that does not exist was pinned")
	}
}

// simplerThan yields the variants that load.
func simplerThan(s *Scenario) iter.Seq[*Scenario] {
	return func(yield func(*Scenario) bool) {
		for variant := range s.Simpler() {
			if v, ok := variant(); ok && !yield(v) {
				return
			}
		}
	}
}

// Every variant loads, is not the scenario itself, and leaves the scenario as it
// was.
func TestSimplerVariants(t *testing.T) {
	for _, name := range libraryFileNames() {
		s := mustLoad(t, name)
		before := s.Clone()
		seen := 0
		for v := range simplerThan(s) {
			seen++
			if _, _, err := v.Compile("", 1); err != nil {
				t.Errorf("%s: a variant does not compile: %v", name, err)
			}
			if reflect.DeepEqual(v, s) {
				t.Errorf("%s: a variant is the scenario itself", name)
			}
		}
		if !reflect.DeepEqual(s, before) {
			t.Errorf("%s was changed", name)
		}
		if seen < 5 {
			t.Errorf("%s has %d variants", name, seen)
		}
	}
}

// With variants taken as long as there are any, a scenario becomes as simple as
// can be.
func TestSimplerEnds(t *testing.T) {
	s, err := mustLoad(t, "shanghai-guangzhou").Pin(RunOptions{}, "agreement")
	if err != nil {
		t.Fatal(err)
	}
	for step := 0; ; step++ {
		var next *Scenario
		for v := range simplerThan(s) {
			next = v
			break
		}
		if next == nil {
			break
		}
		if s = next; step > 200 {
			t.Fatalf("no end after %d steps: %+v", step, s)
		}
	}
	if len(s.Clients) > 0 || len(s.Faults) > 0 || len(s.Sites) > 0 || len(s.Servers) != 1 {
		t.Errorf("left: %+v", s)
	}
}

// A demand for liveness keeps servers and the ends of faults: without them it
// could not be met.
func TestSimplerIsFairToLiveness(t *testing.T) {
	s, err := mustLoad(t, "highest-id-lags").Pin(RunOptions{}, "leader")
	if err != nil {
		t.Fatal(err)
	}
	restarts := func(s *Scenario) int {
		return len(slices.DeleteFunc(slices.Clone(s.Faults), func(f Fault) bool { return f.Restart == nil }))
	}
	for v := range simplerThan(s) {
		if len(v.Servers) != len(s.Servers) || restarts(v) != restarts(s) || v.Duration != s.Duration {
			t.Errorf("a variant has %d servers, %d restarts, %v", len(v.Servers), restarts(v), v.Duration)
		}
	}
}

func TestWithoutServerDropsWhatIsAboutIt(t *testing.T) {
	s := mustLoad(t, "highest-id-lags")
	if !s.withoutServer("s3") {
		t.Fatal("s3 could not be left out")
	}
	if len(s.Servers) != 2 || len(s.Faults) != 2 {
		t.Errorf("left: servers %v, faults %d", s.Servers, len(s.Faults))
	}
}

// Settings of the protocol go back to what is usual, and where they count something
// they become smaller.
func TestSimplerOptions(t *testing.T) {
	s := mustLoad(t, "trio")
	usual, before := zab.DefaultOptions(), *s.Options.(*zab.Options)
	var counters, snapshots []int
	fuzzy := true
	for v := range simplerThan(s) {
		o := v.Options.(*zab.Options)
		if o.CounterBits != before.CounterBits {
			counters = append(counters, o.CounterBits)
		}
		if o.SnapCount != before.SnapCount {
			snapshots = append(snapshots, o.SnapCount)
		}
		fuzzy = fuzzy && o.FuzzySnapshots
	}
	if want := []int{usual.CounterBits, 2, 4}; !slices.Equal(counters, want) { // they have at least 2
		t.Errorf("counters of %v bits, want %v", counters, want)
	}
	if want := []int{usual.SnapCount, 2, 4, 8}; !slices.Equal(snapshots, want) {
		t.Errorf("snapshots after %v, want %v", snapshots, want)
	}
	if fuzzy {
		t.Error("snapshots stay fuzzy")
	}
	if !reflect.DeepEqual(*s.Options.(*zab.Options), before) {
		t.Error("the scenario's own options were changed")
	}
}

// Sessions of clients end sooner.
func TestSimplerSessions(t *testing.T) {
	s := mustLoad(t, "recipes")
	sessions := map[time.Duration]bool{}
	for v := range simplerThan(s) {
		sessions[v.Clients[0].Recipe.Session] = true
	}
	if session := s.Clients[0].Recipe.Session; !sessions[session/2] {
		t.Errorf("no session is half as long as %v", session)
	}
}

// Whatever goes wrong in a scenario, its schedule gives the same trace.
func TestReplayOfTheLibrary(t *testing.T) {
	for _, name := range libraryNames() {
		s := mustLoad(t, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := uint64(1); seed <= 2; seed++ {
				r, err := s.Run(RunOptions{Seed: seed, Record: true})
				if err != nil {
					t.Fatal(err)
				}
				again, misfit, err := s.Replay(r.Schedule, RunOptions{Seed: seed}, nil)
				if err != nil || misfit != nil || again.Hash != r.Hash {
					t.Fatalf("seed %d: trace %x, want %x; %+v, %v", seed, again.Hash, r.Hash, misfit, err)
				}
			}
		})
	}
}

// A replay gives the trace of the run, and stops before what cannot happen.
func TestReplayIsTheRun(t *testing.T) {
	s := mustLoad(t, "crash-mid-commit")
	r, err := s.Run(RunOptions{Record: true})
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	again, misfit, err := s.Replay(r.Schedule, RunOptions{Record: true}, func(*sim.World, int) bool { calls++; return true })
	if err != nil || misfit != nil {
		t.Fatal(err, misfit)
	}
	if again.Hash != r.Hash || again.Events != r.Events || !reflect.DeepEqual(again.Schedule, r.Schedule) {
		t.Errorf("trace %x of %d events, want %x of %d", again.Hash, again.Events, r.Hash, r.Events)
	}
	if calls != len(r.Schedule)+1 {
		t.Errorf("called %d times for %d actions", calls, len(r.Schedule))
	}

	start := slices.IndexFunc(r.Schedule, func(s sim.Scheduled) bool { return s.Action.Kind == sim.Start })
	broken := slices.Delete(slices.Clone(r.Schedule), start, start+1)
	_, misfit, err = s.Replay(broken, RunOptions{}, nil)
	if err != nil || misfit == nil || !strings.HasSuffix(misfit.Why.Error(), "is down") || misfit.Index >= len(broken) {
		t.Errorf("without a boot: %+v, %v", misfit, err)
	}
}
