package sim_test

import (
	"slices"
	"testing"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// TestEveryKindStrikesAtItsMoment has each kind of fault wait for the fifth
// message that reaches s1. Up to there the run is the one without the fault; the
// fault comes next, nothing but the rest of what s1 does with that message between
// them; and it is undone to the nanosecond.
func TestEveryKindStrikesAtItsMoment(t *testing.T) {
	const since, lasts, count = 200 * ms, 100 * ms, 5
	crash := faults.Fault{At: 150 * ms, Kind: faults.Crash, Target: server(2)}
	backup := faults.Fault{At: 100 * ms, Kind: faults.Backup, Target: server(2)}
	cut := faults.Fault{At: 150 * ms, Kind: faults.Cut, Target: server(1), Other: server(2)}
	pause := faults.Fault{At: 150 * ms, Kind: faults.Pause, Target: server(2)}
	sides := []faults.Selector{server(1, 3), server(2)}
	for kind, test := range [faults.Kinds]struct {
		fault  faults.Fault   // in addition to its kind and moment; of s2 if nobody is named
		before []faults.Fault // what it takes
		shows  trace.Kind     // Fault if left out
		ends   trace.Kind     // what undoes it shows as; None: nothing undoes it
	}{
		faults.Partition:    {fault: faults.Fault{Sides: sides}, shows: trace.Cut, ends: trace.Heal},
		faults.Bridge:       {fault: faults.Fault{Sides: []faults.Selector{server(1, 3), server(2, 3)}}, shows: trace.Cut, ends: trace.Heal},
		faults.Cut:          {fault: faults.Fault{Other: server(1)}, shows: trace.Cut, ends: trace.Heal},
		faults.Heal:         {before: []faults.Fault{cut}, shows: trace.Heal},
		faults.Crash:        {shows: trace.Crash, ends: trace.Start},
		faults.MachineCrash: {shows: trace.MachineCrash, ends: trace.Start},
		faults.Restart:      {before: []faults.Fault{crash}, shows: trace.Start},
		faults.Pause:        {shows: trace.Pause, ends: trace.Resume},
		faults.Resume:       {before: []faults.Fault{pause}, shows: trace.Resume},
		faults.Reset:        {fault: faults.Fault{Other: server(1)}},
		faults.Slowdown:     {fault: faults.Fault{Other: server(1), Amount: int64(30 * ms)}, ends: trace.Fault},
		faults.Bandwidth:    {fault: faults.Fault{Other: server(1), Amount: 500}, ends: trace.Fault},
		faults.Loss:         {fault: faults.Fault{Other: server(1), On: mail, Amount: 900_000}, ends: trace.Fault},
		faults.Duplicate:    {fault: faults.Fault{Other: server(1), On: mail, Amount: 900_000}, ends: trace.Fault},
		faults.Reorder:      {fault: faults.Fault{Other: server(1), On: grams, Amount: 900_000}, ends: trace.Fault},
		faults.Hold:         {fault: faults.Fault{Other: server(1), OneWay: true}, ends: trace.Fault},
		faults.Slow:         {fault: faults.Fault{Amount: int64(3 * ms)}, ends: trace.Fault},
		faults.Wipe:         {before: []faults.Fault{crash}},
		faults.Copy:         {fault: faults.Fault{Other: server(3)}, before: []faults.Fault{crash}},
		faults.Backup:       {},
		faults.Restore:      {before: []faults.Fault{backup, crash}},
		faults.SlowDisk:     {fault: faults.Fault{Amount: int64(50 * ms)}, ends: trace.Fault},
		faults.DiskFail:     {ends: trace.Fault},
		faults.DiskFull:     {ends: trace.Fault},
		faults.DiskLie:      {ends: trace.Fault},
		faults.Rot:          {before: []faults.Fault{crash}},
		faults.Drift:        {fault: faults.Fault{Amount: -200_000}, ends: trace.Fault},
		faults.Jump:         {fault: faults.Fault{Amount: int64(-40 * ms)}},
	} {
		kind := faults.Kind(kind)
		t.Run(kind.String(), func(t *testing.T) {
			withFilter := func(c *sim.Config) { c.Filters = []network.Filter{{On: grams}} }
			_, undisturbed, _ := runPlan(t, 600*ms, withFilter, test.before...)
			moment := events(undisturbed, trace.Deliver, 1, since, 600*ms)[count-1]

			fault := test.fault
			fault.At, fault.Kind = since, kind
			fault.When = &faults.Trigger{Event: "deliver", Server: server(1), Count: count}
			if fault.Sides == nil && kind != faults.Heal {
				fault.Target = server(2)
			}
			if test.ends != trace.None {
				fault.For = lasts
			}
			if test.shows == trace.None {
				test.shows = trace.Fault
			}
			_, all, _ := runPlan(t, 600*ms, withFilter, append(slices.Clone(test.before), fault)...)
			strike := slices.IndexFunc(all, func(e trace.Event) bool { return e.Kind == test.shows && e.Cause == moment.Seq })
			if strike < 0 || all[strike].Time != moment.Time || !sameEvents(all[:strike], undisturbed[:strike]) {
				t.Fatalf("event %d is not where it strikes", strike)
			}
			if ended := kind == faults.Heal || kind == faults.Restart || kind == faults.Resume; !ended && all[strike].Fault != kind.String() {
				t.Errorf("it is called %q", all[strike].Fault)
			}
			for _, e := range all[moment.Seq:strike] {
				if e.Server != 1 || e.Time != moment.Time || e.Kind == trace.Deliver {
					t.Errorf("%v of %v at %v came before it", e.Kind, e.Server, e.Time)
				}
			}
			undone := slices.ContainsFunc(all[strike+1:], func(e trace.Event) bool { return e.Kind == test.ends && e.Time == moment.Time+lasts })
			if test.ends != trace.None && !undone {
				t.Errorf("it is not undone at %v", moment.Time+lasts)
			}
		})
	}
}

// sameEvents reports whether two traces have the same events.
func sameEvents(a, b []trace.Event) bool {
	return slices.EqualFunc(a, b, func(x, y trace.Event) bool {
		return x.Seq == y.Seq && x.Kind == y.Kind && x.Time == y.Time && x.Server == y.Server && x.Peer == y.Peer && x.Text == y.Text
	})
}
