package sim_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// TestDisksBroughtAlong: a server boots from what it has from before the run; the
// trace begins with it, and a power loss leaves it.
func TestDisksBroughtAlong(t *testing.T) {
	cfg := toyConfig(3)
	cfg.Disks = map[nodes.ID]nodes.Disk{2: {Files: [][]nodes.Record{{number(1), number(2), number(3)}}}}
	var seen []string
	record := trace.Func{Kinds: trace.Of(trace.Append, trace.Durable), Do: func(e *trace.Event) {
		seen = append(seen, fmt.Sprintf("%v %v %v at %v", e.Server, e.Kind, e.Pos.Index, e.Time))
	}}
	w := sim.New(cfg, choice.Seed(1), record)
	if want := []string{"s2 append 1 at 0s", "s2 append 2 at 0s", "s2 append 3 at 0s", "s2 durable 3 at 0s"}; !slices.Equal(seen, want) {
		t.Errorf("the trace begins with %v, want %v", seen, want)
	}
	sim.Run(w, 11*time.Millisecond, nil) // long enough to boot, and too short to log
	if at := w.Status(2).Logged.Index; at != 3 || w.Status(3).Logged.Index != 0 {
		t.Errorf("s2 begins with %d records, s3 with %d", at, w.Status(3).Logged.Index)
	}
	for _, k := range []sim.ActionKind{sim.MachineCrash, sim.Start} {
		if err := w.Apply(sim.Action{Kind: k, Server: 2}); err != nil {
			t.Fatal(err)
		}
	}
	if kept := w.Image(2).Records(0); len(kept) < 3 || kept[2] != number(3) {
		t.Errorf("a power loss leaves %v", kept)
	}
	if other := sim.New(toyConfig(3), choice.Seed(1), nil); other.Hash() == sim.New(cfg, choice.Seed(1), nil).Hash() {
		t.Error("the hash does not tell what was brought along")
	}
}
