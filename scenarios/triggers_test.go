package scenarios

import (
	"slices"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// eventsOf runs a scenario and returns all events.
func eventsOf(t *testing.T, s *Scenario) []trace.Event {
	t.Helper()
	var all []trace.Event
	r, err := s.Run(RunOptions{Observers: []trace.Observer{trace.Func{Kinds: trace.Every, Do: func(e *trace.Event) { all = append(all, *e) }}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Violations {
		t.Errorf("%s: %s", v.Property, v.Message)
	}
	for _, fault := range r.Missed {
		t.Errorf("it never struck: %s", fault)
	}
	return all
}

func sends(e *trace.Event, kind string) bool {
	return e.Kind == trace.Send && e.Msg != nil && e.Msg.Kind() == kind
}

// struckAt returns the place of the first crash.
func struckAt(t *testing.T, all []trace.Event) int {
	t.Helper()
	i := slices.IndexFunc(all, func(e trace.Event) bool { return e.Kind == trace.Crash || e.Kind == trace.MachineCrash })
	if i < 0 {
		t.Fatal("nothing crashed")
	}
	return i
}

const oneWrite = `
sites: {one: [s1, s2, s3, s4, s5]}
options: {tickTime: 200ms}
clients: [{name: a, timeout: 3s, script: [{at: 5s, put: {key: x, value: 1}}, {at: 20s, put: {key: x, value: 2}}]}]
faults:
  - `

// Before any COMMIT leaves: a quorum has acknowledged, the leader has counted
// the last of it, and nobody hears of it.
func TestCrashBeforeAnyCommitLeaves(t *testing.T) {
	all := eventsOf(t, parseAround(t, oneWrite+"{at: 4s, when: {before: COMMIT, server: leader}, crash: leader, for: 5s}"))
	crash := struckAt(t, all)
	leader := all[crash].Server
	before := all[crash-1]
	if before.Kind != trace.Deliver || before.Server != leader || before.Msg.Kind() != "ACK" {
		t.Errorf("right before the crash: %v at %v", before.Kind, before.Server)
	}
	for i := range all {
		if e := &all[i]; e.Time >= 4*time.Second && e.Time < all[crash].Time+time.Second && sends(e, "COMMIT") {
			t.Errorf("%v sends COMMIT at %v", e.Server, e.Time)
		}
	}
}

// Right after the second acknowledgement of the next proposal reached the
// leader.
func TestCrashAfterAcksOfTheNextProposal(t *testing.T) {
	all := eventsOf(t, parseAround(t, oneWrite+"{at: 4s, when: {server: leader, after: ACK, of: next-proposal, count: 2}, crash: leader, for: 5s}"))
	crash := struckAt(t, all)
	acks := 0
	for i := range all[:crash] {
		e := &all[i]
		if e.Kind == trace.Deliver && e.Time > 5*time.Second && e.Msg.Kind() == "ACK" {
			acks++
			if last := acks == 2; last && all[crash].Time != e.Time {
				t.Errorf("the second ACK came at %v, the crash at %v", e.Time, all[crash].Time)
			}
		}
	}
	if acks != 2 {
		t.Errorf("%d acknowledgements came before the crash", acks)
	}
}

// Between the durable history and the durable epoch: a follower has the initial
// history of the epoch on disk and has not begun to write that it has.
func TestCrashBetweenDurableHistoryAndDurableEpoch(t *testing.T) {
	all := eventsOf(t, parseAround(t, oneWrite+"{when: {before: replace, file: currentEpoch, server: follower}, machine-crash: follower, for: 3s}"))
	crash := struckAt(t, all)
	victim, files := all[crash].Server, fileNames(t)
	var written []string
	for _, e := range all[:crash] {
		if e.Server == victim && (e.Kind == trace.Durable || e.Kind == trace.Replace) {
			written = append(written, e.Kind.String()+" "+files[e.File])
		}
	}
	if len(written) < 2 || written[len(written)-1] == "replace currentEpoch" {
		t.Fatalf("before the crash %v had: %v", victim, written)
	}
	if !slices.Contains(written, "durable acceptedEpoch") {
		t.Errorf("it had not promised the epoch: %v", written)
	}
	if at := all[crash].Cause; all[at-1].Server != victim || all[at-1].Time != all[crash].Time {
		t.Errorf("caused by %v of %v at %v", all[at-1].Kind, all[at-1].Server, all[at-1].Time)
	}
}

func fileNames(t *testing.T) []string {
	t.Helper()
	return builtin().protocol("zab").Files
}

// When the leader sends TRUNC: in the scenario that is about it.
func TestCrashWhenTruncIsSent(t *testing.T) {
	s := mustLoad(t, "lost-proposal")
	s.Faults = append(s.Faults, Fault{
		At: 12 * time.Second, When: &When{After: "send", Message: "TRUNC", Count: 1}, Pause: Who{"leader"}, For: time.Second,
	})
	s.Properties.Sometimes = nil
	all := eventsOf(t, s)
	i := slices.IndexFunc(all, func(e trace.Event) bool { return e.Kind == trace.Pause })
	if i < 0 || !sends(&all[all[i].Cause-1], "TRUNC") || all[all[i].Cause-1].Time != all[i].Time {
		t.Fatalf("pause is event %d", i)
	}
	if slices.ContainsFunc(all[:all[i].Cause-1], func(e trace.Event) bool { return sends(&e, "TRUNC") }) {
		t.Error("it was not the first TRUNC")
	}
}

// At the third fsync of s1's log, and no other.
func TestCrashAtTheThirdFsync(t *testing.T) {
	all := eventsOf(t, parseAround(t, oneWrite+"{when: {after: durable, file: log, server: s1, count: 3}, crash: s1, for: 3s}"))
	crash := struckAt(t, all)
	files, n := fileNames(t), 0
	for _, e := range all[:crash] {
		if e.Kind == trace.Durable && e.Server == 1 && files[e.File] == "log" {
			n++
		}
	}
	if cause := all[all[crash].Cause-1]; n != 3 || cause.Kind != trace.Durable || cause.Time != all[crash].Time || all[crash].Server != nodes.ID(1) {
		t.Errorf("%d fsyncs before the crash, caused by %v", n, cause.Kind)
	}
}
