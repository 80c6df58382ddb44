package main

import (
	"strings"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
)

func TestByteSize(t *testing.T) {
	for text, want := range map[string]byteSize{"4GB": 4 << 30, "512mb": 512 << 20, "1.5GB": 3 << 29, "64KB": 64 << 10} {
		var got byteSize
		if err := got.Set(text); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
		var again byteSize
		if err := again.Set(got.String()); err != nil || again != want {
			t.Errorf("%s is printed as %s", text, got)
		}
	}
	for _, text := range []string{"", "4", "GB", "-1GB", "NaNGB", "4TB"} {
		if err := new(byteSize).Set(text); err == nil {
			t.Errorf("%q is taken for an amount of memory", text)
		}
	}
}

// What never happened is told only if it could have.
func TestNeverHappened(t *testing.T) {
	f := &exploreFlags{workers: 1, memory: 4 << 30}
	x, err := f.exploration("three-servers", func(string) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]bool{"crash": false, "deliver": false, "start": true, "cut": true, "told": true, "elect": true} {
		if got := x.ruledOut(kind); got != want {
			t.Errorf("%s ruled out: %v", kind, got)
		}
	}
	x.scenario.Explore.Restarts = 1
	if x.ruledOut("start") {
		t.Error("no server can start again, with a budget of one restart")
	}
	r := &result{Stats: explore.Stats{Taken: []explore.Taken{{Kind: "deliver", Times: 7}, {Kind: "crash"}, {Kind: "cut"}}}}
	if never := x.never(r); len(never) != 1 || never[0] != "crash" {
		t.Errorf("never happened: %q", never)
	}
}

// A deadlock has a run directory and a story like any violation, though no monitor finds
// it in a replay. Servers of zab have none, so one is made up.
func TestDeadlockIsReported(t *testing.T) {
	f := &exploreFlags{workers: 1, memory: 4 << 30, out: t.TempDir()}
	x, err := f.exploration("three-servers", func(string) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	start := x.world.Initial()[0]
	found := &finding{
		Property: explore.NoDeadlock, Kind: checker.Always, Answer: explore.Fails,
		Path: &explore.Path[servers.State, *servers.Event]{Initial: start},
	}
	var text strings.Builder
	run, err := x.reporter(found)(&text, &result{Findings: []finding{*found}}, found)
	if err != nil {
		t.Fatal(err)
	}
	if run.code() != exitViolated || !strings.Contains(text.String(), "no-deadlock: nothing can happen any more but faults") {
		t.Errorf("exit code %d\n%s", run.code(), &text)
	}
	k, err := open(run.dir, "")
	if err != nil {
		t.Fatal(err)
	}
	again, err := k.replay()
	if err != nil || len(again.Violations) != 1 || again.Violations[0].Property != explore.NoDeadlock {
		t.Errorf("a replay says %v, %v", again, err)
	}
}
