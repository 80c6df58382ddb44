package scenarios

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim/trace"
)

// TestR_QV_2_AGroupIsLost: of three groups of three at three sites one burns
// down, and a server of each of the others with it. Four of nine servers are
// left, no majority, but two in each of two groups: they go on.
func TestR_QV_2_AGroupIsLost(t *testing.T) {
	const story = `
duration: 40s
sites: {north: [s1, s2, s3], south: [s4, s5, s6], west: [s7, s8, s9]}
network: {between: {latency: 5ms..15ms}}
clients:
  - {name: c, servers: [s1, s2, s4, s5], timeout: 4s, attempt: 1s, retry: true, load: {from: 1s, until: 38s, think: 50ms..300ms}}
faults:
  - {at: 8s, machine-crash: [s7, s8, s9]}
  - {at: 16s, crash: [s3, s6]}
`
	t.Run("and the others go on", func(t *testing.T) {
		t.Parallel()
		s := mustParse(t, `
options: {tickTime: 200ms, groups: [[s1, s2, s3], [s4, s5, s6], [s7, s8, s9]]}`+story+`
properties:`+alwaysSafe+`
  eventually: [leader: {within: 8s}, served: {within: 8s}]
`)
		runSeeds(t, s, 20)
	})
	t.Run("a majority of nine could not", func(t *testing.T) {
		t.Parallel()
		s := mustParse(t, `
options: {tickTime: 200ms}`+story+`
properties:
  eventually: [leader: {within: 8s}]
`)
		r, err := s.Run(RunOptions{})
		if err != nil || !broke(r, "leader") {
			t.Errorf("four of nine have a leader: %v (%v)", r.Verdict(), err)
		}
	})
}

// TestR_QV_3_Weights: s1 weighs as much as the four others less one. With one of
// them it is a quorum; without it all four are needed. s5, of weight 0, is up
// all the time and never leads.
func TestR_QV_3_Weights(t *testing.T) {
	t.Parallel()
	s := mustParse(t, `
options: {tickTime: 200ms, weights: {s1: 3, s5: 0}}
duration: 45s
servers: 5
clients:
  - {name: c, timeout: 4s, attempt: 1s, retry: true, load: {from: 1s, until: 43s, think: 50ms..300ms}}
faults:
  - {at: 6s, crash: [s3, s4], for: 8s}
  - {at: 18s, crash: s1, for: 6s}
  - {at: 28s, crash: leader, for: 2s}
  - {at: 34s, machine-crash: [s3, s4]}
properties:`+alwaysSafe+`
  eventually: [leader: {within: 8s}, served: {within: 8s}]
  sometimes: [leader-changed]
`)
	for seed := uint64(1); seed <= 20; seed++ {
		served := 0 // writes while only s1, s2 and the weightless s5 are up
		watch := trace.Func{
			Kinds: trace.Of(trace.View, trace.Commit),
			Do: func(e *trace.Event) {
				switch {
				case e.Kind == trace.View && established(e.After) && e.Server == 5:
					t.Errorf("seed %d: s5 leads, and has no weight", seed)
				case e.Kind == trace.Commit && e.Time > 8e9 && e.Time < 14e9:
					served++
				case e.Kind == trace.View && established(e.After) && !established(e.Before) && e.Time > 19e9 && e.Time < 24e9:
					t.Errorf("seed %d: %v leads without s1", seed, e.Server)
				}
			},
		}
		r, err := s.Run(RunOptions{Seed: seed, Observers: []trace.Observer{watch}})
		if err != nil || r.Verdict() != AsExpected {
			t.Fatalf("seed %d: %v %v %v (%v)", seed, r.Verdict(), r.Violations, r.Unmet, err)
		}
		if served == 0 {
			t.Errorf("seed %d: s1 and s2, 4 of 6, committed nothing", seed)
		}
	}
}

// TestQuorumsInFiles: groups and weights are read, written and handed to the
// properties.
func TestQuorumsInFiles(t *testing.T) {
	s := mustParse(t, `
options: {groups: [[s1, s2], [s3, s4, s5]], weights: {s1: 3, s5: 0}}
duration: 1s
servers: 6
observers: [s6]
properties: {always: [durable-before-commit]}
`)
	want := zab.DefaultOptions()
	want.Groups, want.Weights = [][]zab.Member{{1, 2}, {3, 4, 5}}, map[zab.Member]int{1: 3, 5: 0}
	if !reflect.DeepEqual(s.Options, want) {
		t.Errorf("read %+v", s.Options)
	}
	var text bytes.Buffer
	if _, err := s.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	if again, err := Parse("written.yaml", text.Bytes()); err != nil || !reflect.DeepEqual(again.Options, want) {
		t.Errorf("came back as %+v (%v) from\n%s", again, err, text.String())
	}
	_, header, err := s.Compile("", 1)
	if err != nil {
		t.Fatal(err)
	}
	for acks, quorum := range map[nodes.Set]bool{nodes.SetOf(1, 3, 4): true, nodes.SetOf(2, 3, 4, 5): false} {
		if header.IsQuorum(acks) != quorum {
			t.Errorf("%v a quorum: %v", acks, !quorum)
		}
	}
}
