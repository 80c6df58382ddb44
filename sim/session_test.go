package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// diary writes down what clients in sessions saw.
type diary struct{ lines []string }

func (d *diary) Wants() trace.Set {
	return trace.Of(trace.Attach, trace.Detach, trace.Told, trace.Invoke, trace.Return)
}

func (d *diary) Observe(e *trace.Event) {
	who := fmt.Sprintf("c%d ", e.Client)
	switch e.Kind {
	case trace.Attach:
		d.lines = append(d.lines, fmt.Sprintf("%sattached to %v", who, e.Server))
	case trace.Detach:
		d.lines = append(d.lines, who+e.Text)
	case trace.Told:
		event, err := znode.ParseEvent(e.Op)
		if err != nil {
			panic(err)
		}
		d.lines = append(d.lines, who+"told "+event.String())
	case trace.Return:
		line := who + e.Result.String()
		if e.Result == trace.OK {
			if r, err := znode.ParseResult(e.Op); err == nil {
				line += " " + r.Code.String()
			}
		}
		d.lines = append(d.lines, line)
	}
}

// take returns the lines since the last time.
func (d *diary) take() []string {
	lines := d.lines
	d.lines = nil
	return lines
}

func trees(clients ...sim.Client) *sim.Config {
	options := zab.DefaultOptions()
	options.TickTime = 200 * time.Millisecond
	for i := range clients {
		c := &clients[i]
		c.Name = fmt.Sprintf("c%d", i+1)
		if c.Session == 0 {
			c.Session = 2 * time.Second
		}
		if c.Servers == nil {
			c.Servers = []nodes.ID{1, 2, 3}
		}
	}
	return &sim.Config{
		Protocol: &zab.Protocol, Options: options, Voters: nodes.FirstN(3),
		Topology: network.Topology{Within: network.Range{Min: time.Millisecond, Max: 3 * time.Millisecond}},
		Fsync:    network.Range{Min: time.Millisecond, Max: 2 * time.Millisecond},
		Machine:  func() nodes.StateMachine { return znode.New() },
		Clients:  clients,
		Plan:     faults.Plan{},
	}
}

func at(d time.Duration, op znode.Op) sim.Op {
	class := nodes.Write
	if op.Reads() {
		class = nodes.Read
	}
	return sim.Op{At: d, Class: class, Body: op.Body()}
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// TestASessionOutlivesItsServer: an idle client is kept alive by its pings, and
// finds another server when its own dies.
func TestASessionOutlivesItsServer(t *testing.T) {
	d := &diary{}
	w := sim.New(trees(sim.Client{Servers: []nodes.ID{1, 2}, Workload: sim.Script{
		at(3*time.Second, znode.Op{Kind: znode.KindCreate, Path: "/e", Ephemeral: true}),
		at(20*time.Second, znode.Op{Kind: znode.KindGet, Path: "/e"}),
	}}), choice.Seed(1), d)
	sim.Run(w, 19*time.Second, nil)
	lines := d.take()
	expect(t, lines[len(lines)-1:], "c1 ok OK")
	server := nodes.ID(1)
	if strings.HasSuffix(lines[len(lines)-2], "s2") {
		server = 2
	}
	if err := w.Apply(sim.Action{Kind: sim.Crash, Server: server}); err != nil {
		t.Fatal(err)
	}
	sim.Run(w, 21*time.Second, nil)
	expect(t, d.take(), "c1 connection lost", fmt.Sprintf("c1 attached to %v", 3-server), "c1 ok OK")
}

// TestACutOffClientLosesItsSession: nobody tells it; it finds out when it gets
// through again, and has a new session then.
func TestACutOffClientLosesItsSession(t *testing.T) {
	d := &diary{}
	cfg := trees(sim.Client{Site: "far", Servers: []nodes.ID{1, 2}, Workload: sim.Script{
		at(3*time.Second, znode.Op{Kind: znode.KindCreate, Path: "/e", Ephemeral: true}),
		at(15*time.Second, znode.Op{Kind: znode.KindExists, Path: "/e"}),
	}})
	cfg.Topology.Sites = []network.Site{{Name: "near", Servers: nodes.FirstN(3)}, {Name: "far", Servers: nodes.SetOf(4)}}
	cfg.Observers = nodes.SetOf(4)
	cfg.Topology.Between = cfg.Topology.Within
	w := sim.New(cfg, choice.Seed(1), d)
	sim.Run(w, 4*time.Second, nil)
	d.take()
	cut := sim.Action{Kind: sim.Cut, A: nodes.FirstN(3), B: nodes.SetOf(4), Both: true}
	if err := w.Apply(cut); err != nil {
		t.Fatal(err)
	}
	sim.Run(w, 14*time.Second, nil)
	cut.Kind = sim.Heal
	if err := w.Apply(cut); err != nil {
		t.Fatal(err)
	}
	sim.Run(w, 16*time.Second, nil)
	got := d.take()
	for i, line := range got { // which server it comes to is drawn
		got[i] = strings.TrimRight(line, "123")
	}
	expect(t, got, "c1 connection lost", "c1 session expired", "c1 attached to s", "c1 ok NONODE")
}

// TestAWatchFollowsTheClient: what happens while a client is between two servers
// it is told when it comes to the second.
func TestAWatchFollowsTheClient(t *testing.T) {
	d := &diary{}
	watching := sim.Client{Servers: []nodes.ID{1, 2}, Watcher: znode.Watcher{}, Workload: sim.Script{
		at(4*time.Second, znode.Op{Kind: znode.KindGet, Path: "/a", Watch: true}),
	}}
	writing := sim.Client{Servers: []nodes.ID{3}, Workload: sim.Script{
		at(3*time.Second, znode.Op{Kind: znode.KindCreate, Path: "/a"}),
		at(8*time.Second, znode.Op{Kind: znode.KindSet, Path: "/a", Data: "1", Version: znode.AnyVersion}),
		at(9*time.Second, znode.Op{Kind: znode.KindSet, Path: "/a", Data: "2", Version: znode.AnyVersion}),
	}}
	w := sim.New(trees(watching, writing), choice.Seed(1), d)
	sim.Run(w, 5*time.Second, nil)
	d.take()
	for _, kind := range []sim.ActionKind{sim.Crash, sim.Start} {
		for id := nodes.ID(1); id <= 2; id++ { // wherever it is
			if err := w.Apply(sim.Action{Kind: kind, Server: id}); err != nil {
				t.Fatal(err)
			}
		}
	}
	sim.Run(w, 10*time.Second, nil)
	var got []string
	for _, line := range d.take() {
		if strings.HasPrefix(line, "c1") {
			got = append(got, strings.TrimRight(line, "12"))
		}
	}
	expect(t, got, "c1 connection lost", "c1 attached to s", "c1 told NodeDataChanged /a")
}

// TestPingsDoNotWaitForAnswers (R-CLI-10): an operation that takes long, and then a while
// without a server, are together more than the session bears; but while the client
// waited it did ping.
func TestPingsDoNotWaitForAnswers(t *testing.T) {
	d := &diary{}
	cfg := trees(sim.Client{Site: "far", Servers: []nodes.ID{1}, Workload: sim.Script{
		at(4950*time.Millisecond, znode.Op{Kind: znode.KindExists, Path: "/a"}),
		at(5*time.Second, znode.Op{Kind: znode.KindCreate, Path: "/a"}),
	}})
	cfg.Topology.Sites = []network.Site{{Name: "near", Servers: nodes.FirstN(3)}, {Name: "far", Servers: nodes.SetOf(4)}}
	cfg.Observers = nodes.SetOf(4)
	cfg.Topology.Between = cfg.Topology.Within
	cfg.Options.(*zab.Options).SyncLimit = 20 // so that nobody gives the slow disks up
	cfg.Plan.Faults = []faults.Fault{
		{Kind: faults.SlowDisk, At: 4900 * time.Millisecond, For: 5 * time.Second, Target: faults.Selector{Role: faults.Everyone}, Amount: int64(3 * time.Second)},
	}
	w := sim.New(cfg, choice.Seed(1), d)
	sim.Run(w, 6*time.Second, nil)
	expect(t, d.take(), "c1 attached to s1", "c1 ok NONODE")
	cut := sim.Action{Kind: sim.Cut, A: nodes.FirstN(3), B: nodes.SetOf(4), Both: true}
	if err := w.Apply(cut); err != nil {
		t.Fatal(err)
	}
	sim.Run(w, 7500*time.Millisecond, nil)
	cut.Kind = sim.Heal
	if err := w.Apply(cut); err != nil {
		t.Fatal(err)
	}
	sim.Run(w, 9*time.Second, nil)
	expect(t, d.take(), "c1 connection lost", "c1 unknown", "c1 attached to s1")
}
