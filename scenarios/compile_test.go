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
	for _, test := range []struct {
		yaml, words string
		want        faults.Fault
	}{
		{
			"{at: 1s, partition: [shanghai, [s4, s5]]}", "1s partition shanghai | s4 s5",
			faults.Fault{Kind: faults.Partition, Sides: []faults.Selector{set(1, 2, 3), set(4, 5)}},
		},
		{
			"{at: 1s, partition: [[leader, s1], others], for: 5s}", "1s partition leader s1 | others for 5s",
			faults.Fault{Kind: faults.Partition, Sides: []faults.Selector{{Set: nodes.SetOf(1), Role: faults.Leader}, as(faults.Others)}, For: 5 * time.Second},
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
		{"{at: 1s, machine-crash: guangzhou}", "1s machine-crash guangzhou", faults.Fault{Kind: faults.MachineCrash, Target: set(4, 5, 6)}},
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
				Event: "send", Message: "COMMIT", Count: 1, Server: faults.Selector{Set: nodes.SetOf(1), Role: faults.Leader},
			}},
		},
	} {
		t.Run(test.words, func(t *testing.T) {
			cfg, header, err := parseAround(t, "faults: ["+test.yaml+"]").Compile("", 1)
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
			Loss: 5000, Duplicate: 7, Reorder: 1_000_000,
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
	for i, word := range faultKinds {
		if got := faults.Kind(i).String(); got != word {
			t.Errorf("fault %d is called %s here and %s there", i, word, got)
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
