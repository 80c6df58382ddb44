package sim_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// recorder keeps what tests ask about.
type recorder struct {
	events []trace.Event
	kinds  trace.Set
}

func (r *recorder) Wants() trace.Set       { return r.kinds }
func (r *recorder) Observe(e *trace.Event) { r.events = append(r.events, *e) }

func record(kinds ...trace.Kind) *recorder { return &recorder{kinds: trace.Of(kinds...)} }

func stormy() *sim.Config {
	cfg := toyConfig(3)
	s := func(ids ...nodes.ID) faults.Selector { return faults.Selector{Set: nodes.SetOf(ids...)} }
	cfg.Plan.Faults = []faults.Fault{
		{At: 100 * time.Millisecond, Kind: faults.Partition, Sides: []faults.Selector{s(1, 2), s(3)}, For: 200 * time.Millisecond},
		{At: 400 * time.Millisecond, Kind: faults.Crash, Target: s(2), For: 50 * time.Millisecond},
		{At: 500 * time.Millisecond, Kind: faults.MachineCrash, Target: s(1), For: 50 * time.Millisecond},
		{At: 700 * time.Millisecond, Kind: faults.Pause, Target: s(3), For: 100 * time.Millisecond},
	}
	cfg.Clients = []sim.Client{{
		Name: "c", Servers: []nodes.ID{1, 2}, Timeout: time.Second, Retry: true,
		Workload: sim.Script{{At: 50 * time.Millisecond, Body: []byte("a")}, {At: 510 * time.Millisecond, Body: []byte("b")}},
	}}
	return cfg
}

func TestSameSeedSameTrace(t *testing.T) {
	run := func(seed uint64, obs trace.Observer) (nodes.Digest, uint64) {
		w := sim.New(stormy(), choice.Seed(seed), obs)
		if stop := sim.Run(w, time.Second, nil); stop != sim.Finished {
			t.Fatalf("run ended with %v", stop)
		}
		return w.Hash(), w.Events()
	}
	hash, events := run(1, nil)
	if events < 500 {
		t.Fatalf("only %d events: the test tests nothing", events)
	}
	if h, n := run(1, &recorder{kinds: trace.Every}); h != hash || n != events {
		t.Errorf("an observer changed the run: %x with %d events, %x with %d", h, n, hash, events)
	}
	if h, _ := run(2, nil); h == hash {
		t.Errorf("seeds 1 and 2 give the same trace %x", h)
	}
}

func TestRecordedChoicesGiveTheSameTrace(t *testing.T) {
	rec := &choice.Recorder{From: choice.Seed(3)}
	w := sim.New(stormy(), rec, nil)
	sim.Run(w, time.Second, nil)
	play := &choice.Playback{Choices: rec.Choices}
	again := sim.New(stormy(), play, nil)
	sim.Run(again, time.Second, nil)
	if play.Mismatch != nil || again.Hash() != w.Hash() {
		t.Errorf("playback: hash %x, want %x; mismatch %v", again.Hash(), w.Hash(), play.Mismatch)
	}
}

// A run is a list of actions: performing the list gives the run.
func TestReplayOfAScheduleIsTheRun(t *testing.T) {
	cfg := stormy()
	var schedule sim.Schedule
	w := sim.New(cfg, choice.Seed(4), nil)
	sim.Run(w, time.Second, &schedule)
	if uint64(len(schedule)) != w.Steps() {
		t.Fatalf("%d actions recorded, %d applied", len(schedule), w.Steps())
	}

	names := sim.Names{Protocol: &toy, Clients: []string{"c"}}
	var text bytes.Buffer
	if err := names.Write(&text, schedule); err != nil {
		t.Fatal(err)
	}
	read, err := names.Read(&text)
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(schedule, func(s sim.Scheduled) bool { return !slices.Contains(read, s) }); i >= 0 || len(read) != len(schedule) {
		t.Fatalf("schedule does not survive its text form: %d actions became %d; lost %+v", len(schedule), len(read), schedule[max(i, 0)])
	}

	again := sim.New(cfg, choice.Seed(4), nil)
	done, err := sim.Replay(again, read, true)
	if err != nil {
		t.Fatalf("after %d of %d actions: %v", len(done), len(read), err)
	}
	if again.Hash() != w.Hash() {
		t.Errorf("replay has hash %x, the run %x", again.Hash(), w.Hash())
	}
}

func TestReplayNamesTheActionThatDoesNotFit(t *testing.T) {
	s := sim.Schedule{{Action: sim.Action{Kind: sim.Start, Server: 1}}, {Action: sim.Action{Kind: sim.Start, Server: 1}}}
	w := sim.New(toyConfig(3), choice.Seed(1), nil)
	done, err := sim.Replay(w, s, true)
	if len(done) != 1 || err == nil || err.Error() != "action 2: s1 is up" {
		t.Errorf("did %d actions, error %v", len(done), err)
	}
	w = sim.New(toyConfig(3), choice.Seed(1), nil)
	if done, err := sim.Replay(w, s, false); len(done) != 1 || err != nil {
		t.Errorf("a lenient replay did %d actions, error %v", len(done), err)
	}
}

func TestReadScheduleNamesTheLine(t *testing.T) {
	names := sim.Names{Protocol: &toy, Clients: []string{"c"}}
	for text, want := range map[string]string{
		"0 start s1\n\n7 sleep s1":       `line 3: unknown action "sleep"`,
		"0 start s1 # boots\nx start s1": `line 2: "x" is no time in nanoseconds`,
		"0 deliver s1>s9x calls":         `line 1: "s1>s9x calls" does not name what deliver needs`,
		"0 expire s1 tock":               `line 1: "s1 tock" does not name what expire needs`,
		"0 invoke d":                     `line 1: "d" does not name what invoke needs`,
	} {
		if _, err := names.Read(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
}

func TestCloneAndOriginalDoNotInfluenceEachOther(t *testing.T) {
	w := sim.New(stormy(), choice.Seed(5), nil)
	sim.Run(w, 450*time.Millisecond, nil)
	c := w.Clone(nil)
	if !bytes.Equal(w.AppendTo(nil), c.AppendTo(nil)) {
		t.Fatal("a clone is encoded differently")
	}
	sim.Run(c, time.Second, nil)
	before := w.AppendTo(nil)
	sim.Run(w, time.Second, nil)
	if bytes.Equal(before, w.AppendTo(nil)) {
		t.Fatal("nothing happened: the test tests nothing")
	}
	if w.Hash() != c.Hash() || !bytes.Equal(w.AppendTo(nil), c.AppendTo(nil)) {
		t.Errorf("clone ended with %x, original with %x", c.Hash(), w.Hash())
	}
}

func TestPanicInStepIsAFinding(t *testing.T) {
	cfg := toyConfig(3)
	cfg.Defects = []string{"panic"}
	rec := record(trace.Panic)
	w := sim.New(cfg, choice.Seed(1), rec)
	if stop := sim.Run(w, time.Second, nil); stop != sim.Panicked {
		t.Fatalf("run ended with %v", stop)
	}
	if len(rec.events) != 1 || !strings.HasPrefix(rec.events[0].Text, "three at ") || !strings.Contains(rec.events[0].Text, "toyNode).deliver") {
		t.Errorf("panic events: %+v", rec.events)
	}
}

func TestLimitStopsARunThatNeverEnds(t *testing.T) {
	cfg := toyConfig(3)
	cfg.MaxEvents = 100
	w := sim.New(cfg, choice.Seed(1), nil)
	if stop := sim.Run(w, time.Hour, nil); stop != sim.Limit || w.Events() > 110 {
		t.Errorf("run ended with %v after %d events", stop, w.Events())
	}
}

// Nothing that is enabled is refused, nothing that is not enabled is done, and
// a walk over enabled actions reaches what the simulator reaches.
func TestEnabledActionsApply(t *testing.T) {
	cfg := toyConfig(3)
	cfg.Budget = faults.Budget{Crashes: 1, MachineCrashes: 1, Partitions: 1, Pauses: 1}
	w := sim.New(cfg, nil, nil)
	pick := choice.NewStream("pick")
	seen := map[sim.ActionKind]int{}
	for range 20_000 {
		enabled := w.Enabled(nil)
		if len(enabled) == 0 {
			t.Fatal("nothing is enabled")
		}
		// The dull ones come first; without a lean towards them all is faults.
		most := choice.Seed(6).Intn(int64(len(enabled)), &pick)
		a := enabled[choice.Seed(6).Intn(most+1, &pick)]
		seen[a.Kind]++
		if err := w.Apply(a); err != nil {
			t.Fatalf("%+v was enabled: %v", a, err)
		}
	}
	for _, k := range []sim.ActionKind{sim.Deliver, sim.Synced, sim.Start, sim.Resume, sim.Heal, sim.Expire, sim.DialTimeout, sim.Pause, sim.Cut, sim.Crash, sim.MachineCrash} {
		if seen[k] == 0 {
			t.Errorf("%v never happened", k)
		}
	}
}

// Every action survives its text form.
func TestFormatAndParseAreInverse(t *testing.T) {
	names := sim.Names{Protocol: &toy, Clients: []string{"c"}}
	conn := nodes.MakeConn(1, 3, calls, 2)
	for text, a := range map[string]sim.Action{
		"deliver s1>s3 calls on s1>s3#2":      {Kind: sim.Deliver, Peer: 1, Server: 3, On: calls, Conn: conn},
		"deliver s3>s1 mail":                  {Kind: sim.Deliver, Peer: 3, Server: 1, On: mail},
		"dial-timeout s1>s3 calls on s1>s3#2": {Kind: sim.DialTimeout, Server: 1, Peer: 3, On: calls, Conn: conn},
		"synced s2 log":                       {Kind: sim.Synced, Server: 2},
		"expire s2 boom":                      {Kind: sim.Expire, Server: 2, Timer: nodes.Timer{Name: 1}},
		"expire s2 tick 7":                    {Kind: sim.Expire, Server: 2, Timer: nodes.Timer{Key: 7}},
		"expire s3 tick s1>s3#2":              {Kind: sim.Expire, Server: 3, Timer: nodes.Timer{Key: uint32(conn)}},
		"cut {s1 s2}|{s3}":                    {Kind: sim.Cut, A: nodes.SetOf(1, 2), B: nodes.SetOf(3), Both: true},
		"heal {s1}>{s3}":                      {Kind: sim.Heal, A: nodes.SetOf(1), B: nodes.SetOf(3)},
		"sever s1>s3 calls on s1>s3#2":        {Kind: sim.Sever, Peer: 1, Server: 3, On: calls, Conn: conn},
		"elect s3 by {s1 s3}":                 {Kind: sim.Elect, Server: 3, A: nodes.SetOf(1, 3)},
		"invoke c":                            {Kind: sim.Invoke, Client: 1},
		"crash s2":                            {Kind: sim.Crash, Server: 2},
		"machine-crash s2":                    {Kind: sim.MachineCrash, Server: 2},
		"machine-crash s2 3":                  {Kind: sim.MachineCrash, Server: 2, Index: 3},
		"install s2 1":                        {Kind: sim.Install, Server: 2, Index: 1},
		"hold 1":                              {Kind: sim.Hold, Index: 1},
	} {
		if got := names.Format(a); got != text {
			t.Errorf("%+v is written %q, want %q", a, got, text)
		}
		if got, err := names.Parse(text); err != nil || got != a {
			t.Errorf("%q is read as %+v, %v; want %+v", text, got, err, a)
		}
	}
}
