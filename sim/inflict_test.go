package sim_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/disk"
	"github.com/zabsim/zabsim/sim/trace"
)

const ms = time.Millisecond

func server(ids ...nodes.ID) faults.Selector { return faults.Selector{Set: nodes.SetOf(ids...)} }

func having(r faults.Role) faults.Selector { return faults.Selector{Role: r} }

// runPlan runs the toy under a plan and returns what was done, what happened
// and the world at the end.
func runPlan(t *testing.T, until time.Duration, edit func(*sim.Config), plan ...faults.Fault) (sim.Schedule, []trace.Event, *sim.World) {
	t.Helper()
	cfg := toyConfig(3)
	cfg.Plan.Faults = plan
	if edit != nil {
		edit(cfg)
	}
	var schedule sim.Schedule
	rec := &recorder{kinds: trace.Every}
	w := sim.New(cfg, choice.Seed(1), rec)
	if stop := sim.Run(w, until, &schedule); stop != sim.Finished {
		t.Fatalf("run ended with %v", stop)
	}
	if missed := w.Missed(); len(missed) > 0 {
		t.Fatalf("faults %v found nobody to strike", missed)
	}
	requireReplay(t, cfg, schedule, w)
	return schedule, rec.events, w
}

// requireReplay fails unless a schedule, written and read back, gives the same
// trace.
func requireReplay(t *testing.T, cfg *sim.Config, s sim.Schedule, w *sim.World) {
	t.Helper()
	names := sim.Names{Protocol: cfg.Protocol, Clients: []string{"c"}}
	var text bytes.Buffer
	if err := names.Write(&text, s); err != nil {
		t.Fatal(err)
	}
	read, err := names.Read(&text)
	if err != nil {
		t.Fatal(err)
	}
	again := sim.New(cfg, choice.Seed(1), nil)
	if done, err := sim.Replay(again, read, true); err != nil {
		t.Fatalf("after %d of %d actions: %v", len(done), len(read), err)
	}
	if again.Hash() != w.Hash() {
		t.Fatalf("replay has hash %x, the run %x", again.Hash(), w.Hash())
	}
}

// events returns those of a kind at a server in [from, to).
func events(all []trace.Event, k trace.Kind, id nodes.ID, from, to time.Duration) []trace.Event {
	return slices.DeleteFunc(slices.Clone(all), func(e trace.Event) bool {
		return e.Kind != k || e.Server != id || e.Time < from || e.Time >= to
	})
}

// journeys returns how long what arrived at a server from another in [from, to)
// was on its way.
func journeys(all []trace.Event, at, of nodes.ID, ch nodes.Channel, from, to time.Duration) []time.Duration {
	var times []time.Duration
	for _, e := range events(all, trace.Deliver, at, from, to) {
		if e.Peer == of && e.Channel == ch {
			times = append(times, e.Time-all[e.Cause-1].Time)
		}
	}
	return times
}

// Every kind of fault strikes, shows in the trace, and is replayed bit by bit
// from the text of its schedule.
func TestEveryFaultStrikesShowsAndReplays(t *testing.T) {
	at, half := 200*ms, 100*ms
	crash := faults.Fault{At: 150 * ms, Kind: faults.Crash, Target: server(2), For: 200 * ms}
	for _, test := range []struct {
		fault faults.Fault
		after []faults.Fault // what else it takes
		shows trace.Kind
		words string // of its event, if that is a Fault
		ends  string // of the event that undoes it
	}{
		{fault: faults.Fault{Kind: faults.Bridge, Sides: []faults.Selector{server(1, 2), server(2, 3)}, For: half}, shows: trace.Cut},
		{fault: faults.Fault{Kind: faults.Reset, Target: server(1), Other: having(faults.Others)}, words: "connections reset"},
		{fault: faults.Fault{Kind: faults.Slowdown, Target: server(1), Other: server(2), Amount: int64(30 * ms), For: half}, words: "slow link: +30ms", ends: "link as fast as before"},
		{fault: faults.Fault{Kind: faults.Bandwidth, Target: server(1), Other: server(2), Amount: 500, For: half}, words: "narrow link: 500 bytes a second", ends: "link as wide as before"},
		{fault: faults.Fault{Kind: faults.Loss, Target: server(2), Other: server(1), On: mail, Amount: 900_000, For: half}, words: "mail loses 900000 ppm", ends: "nothing is lost any more"},
		{fault: faults.Fault{Kind: faults.Duplicate, Target: server(2), Other: server(1), On: mail, Amount: 900_000, For: half}, words: "mail repeats 900000 ppm", ends: "nothing is repeated any more"},
		{fault: faults.Fault{Kind: faults.Reorder, Target: server(2), Other: server(1), On: grams, Amount: 900_000, For: half}, words: "grams reorders 900000 ppm", ends: "nothing is late any more"},
		{fault: faults.Fault{Kind: faults.Hold, Target: server(2), Other: server(1), OneWay: true, For: half}, words: "NUMBER is held back", ends: "NUMBER is let go"},
		{fault: faults.Fault{Kind: faults.MachineCrash, Target: server(2), Torn: true, For: half}, shows: trace.MachineCrash},
		{fault: faults.Fault{Kind: faults.Pause, Target: server(2), Wake: faults.TimersFirst, For: half}, shows: trace.Pause},
		{fault: faults.Fault{Kind: faults.Slow, Target: server(2), Amount: int64(3 * ms), For: half}, words: "slow: 3ms a step", ends: "as fast as before"},
		{fault: faults.Fault{Kind: faults.SlowDisk, Target: server(2), Amount: int64(50 * ms), For: half}, words: "slow disk: +50ms", ends: "disk as fast as before"},
		{fault: faults.Fault{Kind: faults.DiskFail, Target: server(2), For: half}, words: "disk failing", ends: "disk well"},
		{fault: faults.Fault{Kind: faults.DiskFull, Target: server(2), For: half}, words: "disk full", ends: "disk well"},
		{fault: faults.Fault{Kind: faults.DiskLie, Target: server(2), For: half}, words: "disk lying", ends: "disk well"},
		{fault: faults.Fault{Kind: faults.Drift, Target: server(2), Amount: -200_000, For: half}, words: "clock gains -200000 ppm", ends: "clock keeps time"},
		{fault: faults.Fault{Kind: faults.Jump, Target: server(2), Amount: int64(-40 * ms)}, words: "clock jumps by -40ms"},
		{fault: faults.Fault{Kind: faults.Rot, Target: server(2)}, after: []faults.Fault{crash}, words: "bit rot in log, record "},
		{fault: faults.Fault{Kind: faults.Wipe, Target: server(2)}, after: []faults.Fault{crash}, words: "disk wiped"},
		{fault: faults.Fault{Kind: faults.Copy, Target: server(2), Other: server(3)}, after: []faults.Fault{crash}, words: "disk copied from s3"},
		{
			fault: faults.Fault{Kind: faults.Restore, Target: server(2)}, words: "backup restored",
			after: []faults.Fault{crash, {At: 100 * ms, Kind: faults.Backup, Target: server(2)}},
		},
	} {
		t.Run(test.fault.Kind.String(), func(t *testing.T) {
			test.fault.At = at
			if test.words != "" {
				test.shows = trace.Fault
			}
			var cfg *sim.Config
			schedule, all, _ := runPlan(t, 500*ms, func(c *sim.Config) {
				cfg = c
				c.Filters = []network.Filter{{On: grams, Kinds: []string{"NUMBER"}}}
			}, append(test.after, test.fault)...)
			i := slices.IndexFunc(all, func(e trace.Event) bool {
				return e.Kind == test.shows && e.Time == at && strings.HasPrefix(e.Text, test.words)
			})
			if i < 0 {
				t.Fatalf("no event %v %q at %v", test.shows, test.words, at)
			}
			undone := slices.ContainsFunc(all, func(e trace.Event) bool { return e.Kind == trace.Fault && e.Time == at+half && e.Text == test.ends })
			if test.ends != "" && !undone {
				t.Errorf("no event %q at %v", test.ends, at+half)
			}
			again := &recorder{kinds: trace.Every}
			if _, err := sim.Replay(sim.New(cfg, choice.Seed(1), again), schedule, true); err != nil {
				t.Fatal(err)
			}
			// Each is called by its kind; in a replay a bridge is the cuts it is made of.
			for j, e := range all {
				begun := e.Fault
				if begun == faults.Bridge.String() {
					begun = faults.Cut.String()
				}
				if again.events[j].Fault != begun {
					t.Errorf("event %d, %v %q, is a %q; replayed it is a %q", e.Seq, e.Kind, e.Text, e.Fault, again.events[j].Fault)
				}
			}
			if all[i].Fault != test.fault.Kind.String() {
				t.Errorf("it is called %q", all[i].Fault)
			}
		})
	}
}

func TestBridgeCutsThoseThatShareNoSide(t *testing.T) {
	_, all, _ := runPlan(t, 500*ms, nil, faults.Fault{At: 200 * ms, Kind: faults.Bridge, Sides: []faults.Selector{server(1, 2), server(2, 3)}})
	for _, link := range []struct {
		from, to nodes.ID
		passes   bool
	}{{2, 1, true}, {1, 2, true}, {3, 1, false}, {1, 3, false}} {
		if got := len(journeys(all, link.to, link.from, calls, 210*ms, 500*ms)) > 0; got != link.passes {
			t.Errorf("%v>%v passes: %v", link.from, link.to, got)
		}
	}
}

func TestSlowLinkIsSlowInItsDirectionOnly(t *testing.T) {
	_, all, _ := runPlan(t, 500*ms, nil,
		faults.Fault{At: 200 * ms, Kind: faults.Slowdown, Target: server(2), Other: server(1), OneWay: true, Amount: int64(60 * ms), For: 200 * ms})
	if slow := slices.Min(journeys(all, 1, 2, calls, 280*ms, 400*ms)); slow < 60*ms {
		t.Errorf("s2>s1 takes %v", slow)
	}
	if back := slices.Max(journeys(all, 2, 1, calls, 280*ms, 400*ms)); back > 3*ms {
		t.Errorf("s1>s2 takes %v", back)
	}
	if later := slices.Max(journeys(all, 1, 2, calls, 470*ms, 500*ms)); later > 3*ms {
		t.Errorf("once it is undone s2>s1 takes %v", later)
	}
}

func TestLatencyGrows(t *testing.T) {
	_, all, _ := runPlan(t, 1500*ms, nil, faults.Fault{
		At: 200 * ms, Kind: faults.Slowdown, Target: server(2), Other: server(1), Amount: int64(100 * ms), Grow: 900 * ms,
	})
	steps := events(all, trace.Fault, 0, 0, 1500*ms)
	if len(steps) != 10 || steps[0].Text != "slow link: +10ms" || steps[9].Text != "slow link: +100ms" || steps[9].Time != 1100*ms {
		t.Errorf("it grows in %d steps: %+v", len(steps), steps)
	}
}

// What exceeds the bandwidth queues: messages of 8 and headers of 40 bytes leave
// one each 48 ms at 1000 bytes a second.
func TestNarrowLinkQueues(t *testing.T) {
	_, all, _ := runPlan(t, 1500*ms, nil,
		faults.Fault{At: 200 * ms, Kind: faults.Bandwidth, Target: server(2), Other: server(1), OneWay: true, Amount: 1000})
	times := journeys(all, 1, 2, calls, 300*ms, 1500*ms)
	if len(times) < 5 || times[len(times)-1] < times[0]+100*ms {
		t.Errorf("there is no queue: %v", times)
	}
	arrived := 0
	for _, ch := range []nodes.Channel{calls, mail, grams} {
		arrived += len(journeys(all, 1, 2, ch, 300*ms, 1500*ms))
	}
	if most := 1200/48 + 1; arrived > most {
		t.Errorf("%d messages arrived in 1.2s, more than %d", arrived, most)
	}
}

// When a link is wide again what has queued does not wait any longer.
func TestQueueEndsWithTheLimit(t *testing.T) {
	_, all, _ := runPlan(t, 1500*ms, nil,
		faults.Fault{At: 200 * ms, Kind: faults.Bandwidth, Target: server(2), Other: server(1), OneWay: true, Amount: 100, For: 500 * ms})
	if queued := len(journeys(all, 1, 2, calls, 200*ms, 700*ms)); queued > 2 {
		t.Errorf("%d messages came through", queued)
	}
	if n := len(journeys(all, 1, 2, calls, 700*ms, 704*ms)); n < 20 {
		t.Errorf("when it ended %d messages came", n)
	}
	if late := slices.Max(journeys(all, 1, 2, calls, 750*ms, 1500*ms)); late > 3*ms {
		t.Errorf("later ones take %v", late)
	}
}

func TestResetTellsBothEndsAndACutNobody(t *testing.T) {
	closed := func(f faults.Fault) (n int) {
		f.At, f.Target, f.Other = 200*ms, server(1), server(2)
		_, all, _ := runPlan(t, 400*ms, nil, f)
		return len(events(all, trace.Close, 1, 200*ms, 210*ms)) + len(events(all, trace.Close, 2, 200*ms, 210*ms))
	}
	if n := closed(faults.Fault{Kind: faults.Reset}); n != 2 {
		t.Errorf("a reset told %d ends", n)
	}
	if n := closed(faults.Fault{Kind: faults.Cut}); n != 0 {
		t.Errorf("a cut told %d ends", n)
	}
}

func TestLossIsForMailboxesAndRefusedOnStreams(t *testing.T) {
	loss := faults.Fault{At: 200 * ms, Kind: faults.Loss, Target: server(2), Other: server(1), On: mail, Amount: 1_000_000}
	_, all, _ := runPlan(t, 500*ms, nil, loss)
	if n := len(journeys(all, 1, 2, mail, 205*ms, 500*ms)); n != 0 {
		t.Errorf("%d messages came through", n)
	}
	if n := len(journeys(all, 1, 3, mail, 205*ms, 500*ms)); n == 0 {
		t.Error("other links lose messages too")
	}
	w := sim.New(toyConfig(3), choice.Seed(1), nil)
	err := w.Apply(sim.Action{Kind: sim.Lose, A: nodes.SetOf(1), B: nodes.SetOf(2), On: calls, Index: 1})
	if err == nil || err.Error() != "calls is a stream: it loses nothing while it is up" {
		t.Errorf("loss inside a stream: %v", err)
	}
}

func TestSlowServerDoesOneStepAfterTheOther(t *testing.T) {
	_, all, _ := runPlan(t, 500*ms, nil, faults.Fault{At: 200 * ms, Kind: faults.Slow, Target: server(1), Amount: int64(5 * ms), For: 200 * ms})
	steps := events(all, trace.Deliver, 1, 205*ms, 400*ms)
	for i, e := range steps[1:] {
		if gap := e.Time - steps[i].Time; gap < 5*ms {
			t.Fatalf("steps %v apart at %v", gap, e.Time)
		}
	}
	if len(steps) < 20 {
		t.Errorf("only %d steps", len(steps))
	}
}

// A clock that runs at twice the speed fires timers twice as often; one that
// jumps fires the timer that is armed at once.
func TestClocksMoveTimers(t *testing.T) {
	ticks := func(f faults.Fault, id nodes.ID) int {
		f.At, f.Target = 200*ms, server(2)
		_, all, _ := runPlan(t, 1200*ms, nil, f)
		return len(events(all, trace.Expire, id, 200*ms, 1200*ms))
	}
	idle := faults.Fault{Kind: faults.Backup} // changes nothing
	if n, fast := ticks(idle, 2), ticks(faults.Fault{Kind: faults.Drift, Amount: 999_999}, 2); fast < n*19/10 || fast > n*21/10 {
		t.Errorf("%d ticks, at double speed %d", n, fast)
	}
	if n, slow := ticks(idle, 2), ticks(faults.Fault{Kind: faults.Drift, Amount: -500_000}, 2); slow < n*4/10 || slow > n*6/10 {
		t.Errorf("%d ticks, at half speed %d", n, slow)
	}
	if a, b := ticks(idle, 3), ticks(faults.Fault{Kind: faults.Drift, Amount: 999_999}, 3); a != b {
		t.Errorf("the clock of s2 moved s3 from %d ticks to %d", a, b)
	}
	_, all, _ := runPlan(t, 1200*ms, nil, faults.Fault{At: 200 * ms, Kind: faults.Jump, Target: server(2), Amount: int64(time.Second)})
	if len(events(all, trace.Expire, 2, 200*ms, 200*ms+1)) == 0 {
		t.Error("a jump forward did not fire the timer that was armed")
	}
	_, all, _ = runPlan(t, 1400*ms, nil, faults.Fault{At: 200 * ms, Kind: faults.Jump, Target: server(2), Amount: int64(-time.Second)})
	if n := len(events(all, trace.Expire, 2, 200*ms, 1200*ms)); n != 0 {
		t.Errorf("a second back, and %d ticks in that second", n)
	}
}

// On waking up, a server takes up what came up while it was paused in the order
// it was told.
func TestWakingOrder(t *testing.T) {
	for wake, check := range map[faults.Wake]func(tick, first, last int) bool{
		faults.MessagesFirst: func(tick, _, last int) bool { return tick > last },
		faults.TimersFirst:   func(tick, first, _ int) bool { return tick < first },
	} {
		// It has just asked: the answers and its next tick come while it sleeps.
		asked := &faults.Trigger{Event: "send", Server: server(2)}
		_, all, _ := runPlan(t, 500*ms, nil, faults.Fault{At: 200 * ms, When: asked, Kind: faults.Pause, Target: server(2), Wake: wake, For: 50 * ms})
		woke := events(all, trace.Resume, 2, 0, 500*ms)[0].Time
		tick, first, last := -1, -1, -1
		for i, e := range all {
			switch {
			case e.Time != woke || e.Server != 2:
			case e.Kind == trace.Expire:
				tick = i
			case e.Kind == trace.Deliver:
				if last = i; first < 0 {
					first = i
				}
			}
		}
		if tick < 0 || first < 0 {
			t.Fatalf("%v: nothing came up in the meantime: the test tests nothing", wake)
		}
		if !check(tick, first, last) {
			t.Errorf("%v: timer at %d, messages from %d to %d", wake, tick, first, last)
		}
	}
}

func TestFlappingStrikesAgainAndAgain(t *testing.T) {
	_, all, _ := runPlan(t, 900*ms, nil,
		faults.Fault{At: 200 * ms, Kind: faults.Cut, Target: server(1), Other: server(2), For: 50 * ms, Every: 100 * ms, Times: 5})
	if cuts, heals := events(all, trace.Cut, 0, 0, 900*ms), events(all, trace.Heal, 0, 0, 900*ms); len(cuts) != 5 || len(heals) != 5 || cuts[4].Time != 600*ms {
		t.Errorf("%d cuts, %d heals: %+v", len(cuts), len(heals), cuts)
	}
}

// What a server finds after its disk was changed while it was down.
func TestDataDirectories(t *testing.T) {
	crash := faults.Fault{At: 300 * ms, Kind: faults.Crash, Target: server(2)}
	records := func(w *sim.World, id nodes.ID) int { return len(w.Image(id).Records(0)) }
	_, _, w := runPlan(t, 400*ms, nil, crash, faults.Fault{At: 350 * ms, Kind: faults.Wipe, Target: server(2)})
	if n := records(w, 2); n != 0 {
		t.Errorf("after a wipe there are %d records", n)
	}
	_, _, w = runPlan(t, 350*ms, nil, crash, faults.Fault{At: 350 * ms, Kind: faults.Copy, Target: server(2), Other: server(3)})
	if a, b := records(w, 2), records(w, 3); a != b || a == 0 {
		t.Errorf("the copy has %d records, the original %d", a, b)
	}
	_, _, w = runPlan(t, 400*ms, nil, faults.Fault{At: 100 * ms, Kind: faults.Backup, Target: server(2)}, crash)
	kept := records(w, 2)
	_, _, w = runPlan(t, 400*ms, nil, faults.Fault{At: 100 * ms, Kind: faults.Backup, Target: server(2)}, crash,
		faults.Fault{At: 350 * ms, Kind: faults.Restore, Target: server(2)})
	if n := records(w, 2); n == 0 || n >= kept {
		t.Errorf("the backup has %d records, the disk had %d", n, kept)
	}
	_, _, w = runPlan(t, 400*ms, nil, crash, faults.Fault{At: 350 * ms, Kind: faults.Rot, Target: server(2)})
	if f, rotten := w.Image(2).Rotten(); !rotten || f != 0 {
		t.Errorf("rotten: %v, file %d", rotten, f)
	}
}

func TestFaultsOnDisksAreFoundOut(t *testing.T) {
	count := func(k faults.Kind, kind trace.Kind) int {
		_, all, _ := runPlan(t, 500*ms, nil, faults.Fault{At: 200 * ms, Kind: k, Target: server(2), For: 100 * ms})
		return len(events(all, kind, 2, 210*ms, 300*ms))
	}
	if failed, durable := count(faults.DiskFail, trace.Fail), count(faults.DiskFail, trace.Durable); failed == 0 || durable != 0 {
		t.Errorf("failing: %d failed, %d durable", failed, durable)
	}
	if failed := count(faults.DiskFull, trace.Fail); failed == 0 {
		t.Error("full: nothing failed")
	}
	if failed, durable := count(faults.DiskLie, trace.Fail), count(faults.DiskLie, trace.Durable); failed != 0 || durable == 0 {
		t.Errorf("lying: %d failed, %d durable", failed, durable)
	}
	_, _, w := runPlan(t, 500*ms, nil, faults.Fault{At: 100 * ms, Kind: faults.DiskLie, Target: server(2)},
		faults.Fault{At: 400 * ms, Kind: faults.MachineCrash, Target: server(2)})
	lied := len(w.Image(2).Records(0))
	_, _, w = runPlan(t, 500*ms, nil, faults.Fault{At: 400 * ms, Kind: faults.MachineCrash, Target: server(2)})
	if honest := len(w.Image(2).Records(0)); lied >= honest {
		t.Errorf("after lies a power loss left %d records, without %d", lied, honest)
	}
}

// Every action survives its text form, also those that only faults do.
func TestFormatAndParseTrouble(t *testing.T) {
	names := sim.Names{Protocol: &toy, Clients: []string{"c"}}
	a, b := nodes.SetOf(1, 2), nodes.SetOf(3)
	for text, want := range map[string]sim.Action{
		"reset {s1 s2}|{s3}":              {Kind: sim.Reset, A: a, B: b, Both: true},
		"lag {s1 s2}>{s3} 50ms":           {Kind: sim.Lag, A: a, B: b, Index: int(50 * ms)},
		"lag {s1 s2}>{s3} 0s":             {Kind: sim.Lag, A: a, B: b},
		"throttle {s1 s2}|{s3} 900":       {Kind: sim.Throttle, A: a, B: b, Both: true, Index: 900},
		"lose {s1 s2}>{s3} mail 20000":    {Kind: sim.Lose, A: a, B: b, On: mail, Index: 20_000},
		"repeat {s1 s2}>{s3} grams 1":     {Kind: sim.Repeat, A: a, B: b, On: grams, Index: 1},
		"reorder {s1 s2}|{s3} grams 0":    {Kind: sim.Reorder, A: a, B: b, Both: true, On: grams},
		"hold 1 {s1 s2}>{s3}":             {Kind: sim.Hold, Index: 1, A: a, B: b},
		"slow s2 5ms":                     {Kind: sim.Slow, Server: 2, Index: int(5 * ms)},
		"drift s2 -200":                   {Kind: sim.Drift, Server: 2, Index: -200},
		"jump s2 -5s":                     {Kind: sim.Jump, Server: 2, Index: int(-5 * time.Second)},
		"slow-disk s2 1.5s":               {Kind: sim.SlowDisk, Server: 2, Index: int(1500 * ms)},
		"ail s2 full":                     {Kind: sim.Ail, Server: 2, Index: int(disk.Full)},
		"ail s2 well":                     {Kind: sim.Ail, Server: 2},
		"rot s2 log 17":                   {Kind: sim.Rot, Server: 2, Index: 17},
		"wipe s2":                         {Kind: sim.Wipe, Server: 2},
		"copy s1>s2":                      {Kind: sim.Copy, Server: 2, Peer: 1},
		"backup s2":                       {Kind: sim.Backup, Server: 2},
		"restore s2":                      {Kind: sim.Restore, Server: 2},
		"continue s2":                     {Kind: sim.Continue, Server: 2},
		"resume s2 timers-first":          {Kind: sim.Resume, Server: 2, Index: int(faults.TimersFirst)},
		"machine-crash s2 torn":           {Kind: sim.MachineCrash, Server: 2, Both: true},
		"machine-crash s2 3 torn":         {Kind: sim.MachineCrash, Server: 2, Index: 3, Both: true},
		"synced s2 log stop 3":            {Kind: sim.Synced, Server: 2, Stop: 3},
		"deliver s3>s1 mail stop 12":      {Kind: sim.Deliver, Peer: 3, Server: 1, On: mail, Stop: 12},
		"expire s2 tick 7 stop 1":         {Kind: sim.Expire, Server: 2, Timer: nodes.Timer{Key: 7}, Stop: 1},
		"start s2 stop 4":                 {Kind: sim.Start, Server: 2, Stop: 4},
		"resume s2 messages-first stop 2": {Kind: sim.Resume, Server: 2, Index: int(faults.MessagesFirst), Stop: 2},
	} {
		if got := names.Format(want); got != text {
			t.Errorf("%+v is written %q, want %q", want, got, text)
		}
		if got, err := names.Parse(text); err != nil || got != want {
			t.Errorf("%q is read as %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"lag {s1}>{s3}", "lag {s1}>{s3} 5", "lose {s1}>{s3} post 5", "ail s2 ill", "rot s2 log", "rot s2 lag 1", "wipe", "copy s1",
		"slow s2 5ms 6ms", "resume s2 later", "crash s2 stop 0", "crash s2 stop x", "hold x", "throttle {s1}>{s3} many",
	} {
		if a, err := names.Parse(text); err == nil {
			t.Errorf("%q is read as %+v", text, a)
		}
	}
}
