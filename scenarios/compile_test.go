package scenarios

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/bank"
	"github.com/zabsim/zabsim/nodes/app/kv"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// parseAround parses a scenario made of some sections and what they need.
func parseAround(t *testing.T, sections string) *Scenario {
	t.Helper()
	text := "version: 1\nname: test\nduration: 60s\nproperties: {always: [agreement]}\n" + sections
	if !strings.Contains(text, "sites:") {
		text += "\nsites: {shanghai: [s1, s2, s3], guangzhou: [s4, s5, s6]}\n"
	}
	s, err := Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCompilePlan(t *testing.T) {
	set := func(ids ...nodes.ID) faults.Selector { return faults.Selector{Set: nodes.SetOf(ids...)} }
	as := func(r faults.Role) faults.Selector { return faults.Selector{Role: r} }
	shanghai := faults.Selector{Set: nodes.SetOf(1, 2, 3), Name: "shanghai"}
	guangzhou := faults.Selector{Set: nodes.SetOf(4, 5, 6), Name: "guangzhou"}
	ms, s := time.Millisecond, time.Second
	for _, test := range []struct {
		yaml, words string
		want        faults.Fault
	}{
		{
			"{at: 1s, partition: [shanghai, [s4, s5]]}", "1s partition shanghai | s4 s5",
			faults.Fault{Kind: faults.Partition, Sides: []faults.Selector{shanghai, set(4, 5)}},
		},
		{
			"{at: 1s, partition: [[leader, s1], others], for: 5s}", "1s partition leader s1 | others for 5s",
			faults.Fault{Kind: faults.Partition, Sides: []faults.Selector{{Set: nodes.SetOf(1), Role: faults.Leader, Name: "leader s1"}, as(faults.Others)}, For: 5 * time.Second},
		},
		{
			"{at: 1s, cut: {between: leader, and: [s1, s2]}}", "1s cut leader and s1 s2",
			faults.Fault{Kind: faults.Cut, Target: as(faults.Leader), Other: set(1, 2)},
		},
		{
			"{at: 1s, cut: {from: follower, to: others}}", "1s cut follower to others",
			faults.Fault{Kind: faults.Cut, Target: as(faults.Follower), Other: as(faults.Others), OneWay: true},
		},
		{"{at: 1s, heal: all}", "1s heal", faults.Fault{Kind: faults.Heal}},
		{"{at: 1s, crash: everyone}", "1s crash everyone", faults.Fault{Kind: faults.Crash, Target: as(faults.Everyone)}},
		{"{at: 1s, machine-crash: guangzhou}", "1s machine-crash guangzhou", faults.Fault{Kind: faults.MachineCrash, Target: guangzhou}},
		{"{at: 1s, restart: everyone}", "1s restart everyone", faults.Fault{Kind: faults.Restart, Target: as(faults.Everyone)}},
		{"{at: 1s, pause: followers}", "1s pause followers", faults.Fault{Kind: faults.Pause, Target: as(faults.Followers)}},
		{"{at: 1s, resume: s1}", "1s resume s1", faults.Fault{Kind: faults.Resume, Target: set(1)}},
		{
			"{at: 1s, when: {event: durable, count: 3, fresh: true}, crash: leader}", "1s crash leader when durable (3 times, fresh)",
			faults.Fault{Kind: faults.Crash, Target: as(faults.Leader), When: &faults.Trigger{Event: "durable", Count: 3, Fresh: true}},
		},
		{
			"{at: 1s, when: {event: send, message: COMMIT, server: [leader, s1]}, pause: s2}", "1s pause s2 when send COMMIT at leader s1",
			faults.Fault{Kind: faults.Pause, Target: set(2), When: &faults.Trigger{
				Event: "send", Message: "COMMIT", Count: 1, Server: faults.Selector{Set: nodes.SetOf(1), Role: faults.Leader, Name: "leader s1"},
			}},
		},
		{
			"{at: 1s, bridge: [[s1, s2], [s2, s3]]}", "1s bridge s1 s2 | s2 s3",
			faults.Fault{Kind: faults.Bridge, Sides: []faults.Selector{set(1, 2), set(2, 3)}},
		},
		{
			"{at: 1s, reset: {between: leader, and: shanghai}}", "1s reset leader and shanghai",
			faults.Fault{Kind: faults.Reset, Target: as(faults.Leader), Other: shanghai},
		},
		{
			"{at: 1s, latency: {from: s1, to: others, add: 200ms, grow: 2s}, for: 3s}", "1s latency s1 to others by 200ms over 2s for 3s",
			faults.Fault{Kind: faults.Slowdown, Target: set(1), Other: as(faults.Others), OneWay: true, Amount: int64(200 * ms), Grow: 2 * s, For: 3 * s},
		},
		{
			"{at: 1s, bandwidth: {between: s1, and: s2, bytes: 900}}", "1s bandwidth s1 and s2 900 bytes/s",
			faults.Fault{Kind: faults.Bandwidth, Target: set(1), Other: set(2), Amount: 900},
		},
		{
			"{at: 1s, loss: {from: s1, to: s2, on: election, rate: 5%}}", "1s loss s1 to s2 50000ppm",
			faults.Fault{Kind: faults.Loss, Target: set(1), Other: set(2), OneWay: true, On: 1, Amount: 50_000},
		},
		{
			"{at: 1s, hold: {from: s1, to: others, on: election, messages: [NOTIFICATION]}, for: 1s}", "1s hold s1 to others for 1s",
			faults.Fault{Kind: faults.Hold, Target: set(1), Other: as(faults.Others), OneWay: true, On: 1, For: s},
		},
		{"{at: 1s, slow: {servers: longest-log, step: 5ms}}", "1s slow longest-log by 5ms", faults.Fault{Kind: faults.Slow, Target: as(faults.Longest), Amount: int64(5 * ms)}},
		{"{at: 1s, slow-disk: {servers: s1, add: 5ms}}", "1s slow-disk s1 by 5ms", faults.Fault{Kind: faults.SlowDisk, Target: set(1), Amount: int64(5 * ms)}},
		{"{at: 1s, copy: {from: s1, to: s2}}", "1s copy s1 to s2", faults.Fault{Kind: faults.Copy, Target: set(2), Other: set(1)}},
		{"{at: 1s, rot: {servers: s1, file: log}}", "1s rot s1", faults.Fault{Kind: faults.Rot, Target: set(1), File: 2}},
		{"{at: 1s, drift: {servers: s1, ppm: -200}}", "1s drift s1 -200ppm", faults.Fault{Kind: faults.Drift, Target: set(1), Amount: -200}},
		{"{at: 1s, jump: {servers: s1, by: -5s}}", "1s jump s1 by -5s", faults.Fault{Kind: faults.Jump, Target: set(1), Amount: int64(-5 * s)}},
		{"{at: 1s, machine-crash: s1, torn: true}", "1s machine-crash s1 torn", faults.Fault{Kind: faults.MachineCrash, Target: set(1), Torn: true}},
		{"{at: 1s, pause: s1, wake: timers-first}", "1s pause s1 timers-first", faults.Fault{Kind: faults.Pause, Target: set(1), Wake: faults.TimersFirst}},
		{"{at: 1s, disk-full: s1, for: 1s, repeat: {every: 2s, times: 3}}", "1s disk-full s1 for 1s 3 times, every 2s", faults.Fault{Kind: faults.DiskFull, Target: set(1), For: s, Every: 2 * s, Times: 3}},
		{"{at: 1s, wipe: [everyone, but leader]}", "1s wipe everyone but leader", faults.Fault{Kind: faults.Wipe, Target: faults.Selector{Role: faults.Everyone, ButRole: faults.Leader}}},
		{"{at: 1s, restore: but shanghai}", "1s restore but shanghai", faults.Fault{Kind: faults.Restore, Target: faults.Selector{Role: faults.Everyone, But: shanghai.Set, Name: "but shanghai"}}},
		{
			"{at: 1s, when: {server: leader, after: ACK, of: next-proposal, count: 2}, crash: leader}", "1s crash leader when deliver ACK at leader (2 times, fresh)",
			faults.Fault{Kind: faults.Crash, Target: as(faults.Leader), When: &faults.Trigger{Event: "deliver", Message: "ACK", Server: as(faults.Leader), Count: 2, Fresh: true}},
		},
		{
			"{at: 1s, when: {before: COMMIT, server: leader}, crash: leader}", "1s crash leader when before send COMMIT at leader",
			faults.Fault{Kind: faults.Crash, Target: as(faults.Leader), When: &faults.Trigger{Event: "send", Before: true, Message: "COMMIT", Server: as(faults.Leader), Count: 1}},
		},
		{
			"{at: 1s, when: {before: replace, file: currentEpoch}, crash: s1}", "1s crash s1 when before replace currentEpoch",
			faults.Fault{Kind: faults.Crash, Target: set(1), When: &faults.Trigger{Event: "replace", Before: true, File: "currentEpoch", Count: 1}},
		},
	} {
		t.Run(test.words, func(t *testing.T) {
			s := parseAround(t, "faults: ["+test.yaml+"]")
			requireRoundTrip(t, s)
			cfg, header, err := s.Compile("", 1)
			if err != nil {
				t.Fatal(err)
			}
			test.want.At = time.Second
			if got := cfg.Plan.Faults[0]; !reflect.DeepEqual(got, test.want) {
				t.Errorf("%+v, want %+v", got, test.want)
			}
			if header.Faults[0] != test.words {
				t.Errorf("in words: %q", header.Faults[0])
			}
		})
	}
}

func TestCompileServers(t *testing.T) {
	s := parseAround(t, `
observers: [s6]
boot: {s5: 2s}
options: {tickTime: 200ms, snapshotSizeFactor: -1}
defects: [skip-trunc]
network: {within: {latency: 2ms}, between: {latency: 20ms..30ms}, loss: 0.5%, duplicate: 7ppm, reorder: 100%}
disk: {fsync: 1ms..8ms}
explore: {crashes: 1, machine-crashes: 2, restarts: 3, partitions: 4, pauses: 5, timeouts: 6}
limits: {events: 1000}
clients:
  - {name: a, site: shanghai, script: [{at: 1s, sync: true}]}
  - {name: b, servers: [guangzhou, s1], script: [{at: 1s, sync: true}]}
  - {name: c, script: [{at: 1s, sync: true}]}
`)
	cfg, header, err := s.Compile("zab", 7)
	if err != nil {
		t.Fatal(err)
	}
	ms := time.Millisecond
	shanghai, guangzhou := nodes.SetOf(1, 2, 3), nodes.SetOf(4, 5, 6)
	for _, test := range []struct {
		what      string
		got, want any
	}{
		{"voters", cfg.Voters, nodes.FirstN(5)},
		{"observers", cfg.Observers, nodes.SetOf(6)},
		{"held", cfg.Plan.Held, nodes.SetOf(5)},
		{"plan", cfg.Plan.Faults, []faults.Fault{{At: 2 * time.Second, Kind: faults.Restart, Target: faults.Selector{Set: nodes.SetOf(5)}}}},
		{"topology", cfg.Topology, network.Topology{
			Sites:  []network.Site{{Name: "shanghai", Servers: shanghai}, {Name: "guangzhou", Servers: guangzhou}},
			Within: network.Range{Min: 2 * ms, Max: 2 * ms}, Between: network.Range{Min: 20 * ms, Max: 30 * ms},
			Loss: 5000, Duplicate: 7, Reorder: 1_000_000, DialTimeout: 5 * time.Second,
		}},
		{"fsync", cfg.Fsync, network.Range{Min: ms, Max: 8 * ms}},
		{"budget", cfg.Budget, faults.Budget{Crashes: 1, MachineCrashes: 2, Restarts: 3, Partitions: 4, Pauses: 5, Timeouts: 6}},
		{"limit", cfg.MaxEvents, uint64(1000)},
		{"tickTime", cfg.Options.(*zab.Options).TickTime, 200 * ms},
		{"snapshotSizeFactor", cfg.Options.(*zab.Options).SnapshotSizeFactor, -1},
		{"an option left alone", cfg.Options.(*zab.Options).SyncLimit, zab.DefaultOptions().SyncLimit},
		{"defects", cfg.Defects, []string{"skip-trunc"}},
		{"servers of a site", cfg.Clients[0].Servers, []nodes.ID{1, 2, 3}},
		{"servers named", cfg.Clients[1].Servers, []nodes.ID{4, 5, 6, 1}},
		{"all servers", cfg.Clients[2].Servers, []nodes.ID{1, 2, 3, 4, 5, 6}},
		{"timeout", cfg.Clients[0].Timeout, 5 * time.Second},
		{"header", header.Sites, []trace.Site{{Name: "shanghai", Servers: shanghai}, {Name: "guangzhou", Servers: guangzhou}}},
		{"clients", header.Clients, []string{"a", "b", "c"}},
		{"seed", header.Seed, uint64(7)},
	} {
		if !reflect.DeepEqual(test.got, test.want) {
			t.Errorf("%s: %+v, want %+v", test.what, test.got, test.want)
		}
	}
}

// TestCompileSteps: each operation says what it asks for, is marked as its
// client's, and is understood by the machine.
func TestCompileSteps(t *testing.T) {
	const bankSteps = `
app: {bank: {alice: 100, bob: 0}}
clients:
  - name: a
    script:
      - {at: 1s, transfer: {from: alice, to: bob, amount: 80}}
      - {at: 1s, read: alice}
      - {at: 1s, read: alice, synced: true}
      - {at: 1s, audit: true}
      - {at: 2s, sync: true}
`
	const storeSteps = `
clients:
  - name: a
    script:
      - {at: 1s, put: {key: x, value: 1}}
      - {at: 1s, cas: {key: x, old: 1, new: "2"}}
      - {at: 1s, get: x, synced: true}
      - {at: 1s, delete: x}
`
	for _, test := range []struct {
		sections string
		want     []string
	}{
		{bankSteps, []string{
			"1s write: transfer alice bob 80", "1s read: read alice", "1s synced-read: read alice", "1s read: audit", "2s sync: sync",
		}},
		{storeSteps, []string{"1s write: put x 1", "1s write: cas x 1 2", "1s synced-read: get x", "1s write: delete x"}},
	} {
		cfg, header, err := parseAround(t, test.sections).Compile("", 1)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := 0; ; i++ {
			op, more := cfg.Clients[0].Workload.Op(i, nil, nil)
			if !more {
				break
			}
			got = append(got, fmt.Sprintf("%s %s: %s", op.At, op.Class, header.Describe(op.Body, nil)))
			if client, seq, _, err := app.Body(op.Body); client != 1 || seq != uint32(i+1) || err != nil {
				t.Errorf("operation %d is marked %d of client %d (%v)", i, seq, client, err)
			}
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("operations %q, want %q", got, test.want)
		}
	}
}

// randomDraws is a source of independent choices.
type randomDraws struct{ *rand.Rand }

func newDraws() choice.Source { return randomDraws{rand.New(rand.NewPCG(1, 1))} }

func (r randomDraws) Intn(n int64, _ *choice.Stream) int64 { return r.Int64N(n) }

// TestLoadDraws: generated operations stay within what the load says, and all
// that it names are drawn.
func TestLoadDraws(t *testing.T) {
	s := parseAround(t, `
app: {bank: {alice: 100, bob: 0, carol: 0}}
clients:
  - {name: a, load: {operations: 500, from: 3s, think: 5ms..7ms, accounts: [alice, carol], amount: 4, mix: {transfer: 5, audit: 1}, synced: true}}
`)
	cfg, _, err := s.Compile("", 1)
	if err != nil {
		t.Fatal(err)
	}
	stream, draws := choice.NewStream("load a"), newDraws()
	seen := map[bank.Op]int{}
	for i := range 500 {
		op, more := cfg.Clients[0].Workload.Op(i, draws, &stream)
		_, _, body, err := app.Body(op.Body)
		parsed, parseErr := bank.Parse(body)
		if !more || err != nil || parseErr != nil {
			t.Fatalf("operation %d: %v, %v, %v", i, more, err, parseErr)
		}
		if op.Pause < 5*time.Millisecond || op.Pause > 7*time.Millisecond || op.At != 3*time.Second {
			t.Fatalf("operation %d at %s with a pause of %s", i, op.At, op.Pause)
		}
		if wantClass := map[bank.Kind]nodes.Class{bank.KindTransfer: nodes.Write, bank.KindAudit: nodes.SyncedRead}[parsed.Kind]; op.Class != wantClass {
			t.Fatalf("%+v is a %s", parsed, op.Class)
		}
		seen[parsed]++
	}
	if _, more := cfg.Clients[0].Workload.Op(500, draws, &stream); more {
		t.Error("there is one operation too many")
	}
	want := 1 // audit
	for _, from := range []string{"alice", "carol"} {
		for amount := range int64(4) {
			to := map[string]string{"alice": "carol", "carol": "alice"}[from]
			if seen[bank.Op{Kind: bank.KindTransfer, From: from, To: to, Amount: amount + 1}] == 0 {
				t.Errorf("no transfer of %d from %s in 500 operations", amount+1, from)
			}
			want++
		}
	}
	if audits := seen[bank.Op{Kind: bank.KindAudit}]; len(seen) != want || audits < 50 || audits > 120 {
		t.Errorf("%d kinds of operations, want %d; %d audits of 500, want about 83", len(seen), want, audits)
	}
}

func TestLoadDrawsFromTheStore(t *testing.T) {
	s := parseAround(t, "clients: [{name: a, load: {keys: 3}}]")
	if load := s.Clients[0].Load; load.Until != s.Duration || load.Mix == (Mix{}) {
		t.Fatalf("defaults are not filled in: %+v", load)
	}
	cfg, _, err := s.Compile("", 1)
	if err != nil {
		t.Fatal(err)
	}
	stream, draws := choice.NewStream("load a"), newDraws()
	kinds, keys := map[kv.Kind]bool{}, map[string]bool{}
	for i := range 500 {
		op, _ := cfg.Clients[0].Workload.Op(i, draws, &stream)
		_, _, body, _ := app.Body(op.Body)
		parsed, err := kv.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		kinds[parsed.Kind], keys[parsed.Key] = true, true
	}
	if len(kinds) != 4 || !reflect.DeepEqual(keys, map[string]bool{"k1": true, "k2": true, "k3": true}) {
		t.Errorf("drew kinds %v and keys %v", kinds, keys)
	}
}

// TestLoadEnds: nothing begins outside the times of the load.
func TestLoadEnds(t *testing.T) {
	s := parseAround(t, "clients: [{name: a, load: {from: 3s, until: 5s}}]")
	var times []time.Duration
	observer := trace.Func{Kinds: trace.Of(trace.Invoke), Do: func(e *trace.Event) { times = append(times, e.Time) }}
	if _, err := s.Run(RunOptions{Observers: []trace.Observer{observer}}); err != nil {
		t.Fatal(err)
	}
	if len(times) < 10 || times[0] < 3*time.Second || times[len(times)-1] >= 5*time.Second {
		t.Errorf("%d operations, from %s to %s", len(times), times[0], times[len(times)-1])
	}
}

// TestWordsMatch: the words of scenarios are those of the packages they are
// handed to.
func TestWordsMatch(t *testing.T) {
	for k, field := range fieldOfKind() {
		if got := fieldName(reflect.TypeFor[Fault]().Field(field)); got != faults.Kind(k).String() {
			t.Errorf("fault %s has no key of its own: %s", faults.Kind(k), got)
		}
	}
	for _, name := range eventNames {
		known := false
		for k := range trace.Kinds {
			known = known || k.String() == name
		}
		if !known {
			t.Errorf("there is no trace event %s", name)
		}
	}
}
