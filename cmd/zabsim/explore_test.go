package main

import (
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
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
