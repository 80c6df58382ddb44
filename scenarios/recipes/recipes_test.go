package recipes_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/scenarios/recipes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// properties are all that say something about clients and their tree.
var properties = []string{
	"agreement", "total-order", "integrity", "no-panic", "no-exit", "sequential", "fifo-client-order", "monotonic-zxid",
	"ephemeral-life", "one-ephemeral-owner", "sequence-numbers", "watch-order",
}

// trouble is what goes wrong while the clients are at work.
func trouble() faults.Plan {
	at := func(s int, f faults.Fault) faults.Fault {
		f.At, f.For = time.Duration(s)*time.Second, 3*time.Second
		return f
	}
	leader := faults.Selector{Role: faults.Leader}
	return faults.Plan{Faults: []faults.Fault{
		at(8, faults.Fault{Kind: faults.Crash, Target: leader}),
		at(15, faults.Fault{Kind: faults.Crash, Target: faults.Selector{Role: faults.Follower}}),
		at(22, faults.Fault{Kind: faults.Pause, Target: leader}),
		at(30, faults.Fault{Kind: faults.MachineCrash, Target: faults.Selector{Role: faults.Everyone}}),
		at(38, faults.Fault{Kind: faults.Crash, Target: leader}),
	}}
}

// hesitation cuts followers off from the leader, again and again, for less than
// the time after which either gives the other up: requests are late, not lost.
func hesitation() faults.Plan {
	var plan faults.Plan
	for i := range 25 {
		plan.Faults = append(plan.Faults, faults.Fault{
			Kind: faults.Partition, At: time.Duration(5+2*i) * time.Second, For: 800 * time.Millisecond,
			Sides: []faults.Selector{{Role: faults.Follower}, {Role: faults.Others}},
		})
	}
	return plan
}

// game is a world in which clients follow a recipe.
type game struct {
	cfg   *sim.Config
	seed  uint64
	watch *checker.Watch
	tee   *trace.Tee
	tree  *znode.Machine // that all transactions lead to
}

func newGame(t *testing.T, name string, seed uint64, plan faults.Plan) *game {
	t.Helper()
	const players = 3
	options := zab.DefaultOptions()
	options.TickTime = 200 * time.Millisecond
	cfg := &sim.Config{
		Protocol: &zab.Protocol, Options: options, Voters: nodes.FirstN(3), Plan: plan,
		Topology: network.Topology{Within: network.Range{Min: time.Millisecond, Max: 3 * time.Millisecond}},
		Fsync:    network.Range{Min: time.Millisecond, Max: 4 * time.Millisecond},
		Machine:  func() nodes.StateMachine { return app.Once(znode.New()) },
	}
	h := &trace.Header{
		Protocol: &zab.Protocol, Seed: seed, Voters: cfg.Voters, Machine: cfg.Machine,
		Describe: func(op, result []byte) string {
			_, _, body, _ := app.Body(op)
			return znode.Describe(body, result)
		},
	}
	for i := range players {
		id := nodes.ClientID(i + 1)
		cfg.Clients = append(cfg.Clients, sim.Client{
			Name: fmt.Sprintf("c%d", id), Servers: []nodes.ID{1, 2, 3}, Session: 2 * time.Second, Watcher: recipes.Watcher{Client: id},
			Recipe: recipes.ByName(name, recipes.Player{
				Client: id, ThinkMin: 10 * time.Millisecond, ThinkMax: 100 * time.Millisecond, Players: players,
			}),
		})
		h.Clients = append(h.Clients, cfg.Clients[i].Name)
	}
	var on []checker.Property
	for _, property := range properties {
		p, err := checker.ByName(property, checker.Params{})
		if err != nil {
			t.Fatal(err)
		}
		on = append(on, p)
	}
	g := &game{cfg: cfg, seed: seed, watch: checker.NewWatch(h, on), tree: znode.New()}
	g.tee = trace.NewTee(g.watch)
	var length uint64
	g.tee.Add(trace.Func{Kinds: trace.Of(trace.Commit), Do: func(e *trace.Event) {
		if e.Len == length+1 {
			length++
			if _, _, body, _ := app.Body(e.Op); len(body) > 0 { // else it came too late
				g.tree.ApplyAt(nil, e.Pos, body)
			}
		}
	}})
	return g
}

// run plays for a minute.
func (g *game) run() []*checker.Violation {
	sim.Run(sim.New(g.cfg, choice.Seed(g.seed), g.tee), time.Minute, nil)
	return g.watch.Finish()
}

// play lets clients follow a recipe, and returns the tree they leave behind.
// Extra, if any, is told of all events.
func play(t *testing.T, name string, seed uint64, extra ...trace.Observer) *znode.Machine {
	t.Helper()
	g := newGame(t, name, seed, trouble())
	for _, o := range extra {
		g.tee.Add(o)
	}
	for _, v := range g.run() {
		t.Errorf("%s, seed %d: %s: %s %q", name, seed, v.Property, v.Message, v.Details)
	}
	return g.tree
}

func get(t *testing.T, m *znode.Machine, path string) znode.Result {
	t.Helper()
	r, err := znode.ParseResult(m.Query(nil, znode.Get(path)))
	if err != nil || r.Code != znode.OK {
		t.Fatalf("%s: %v, %v", path, r.Code, err)
	}
	return r
}

const seeds = 3

// TestRecipesGetOn: every recipe does a fair amount of work whatever goes wrong,
// and no property of sessions, watches and nodes is violated.
func TestRecipesGetOn(t *testing.T) {
	for _, name := range recipes.Names {
		t.Run(name, func(t *testing.T) {
			for seed := uint64(1); seed <= seeds; seed++ {
				m := play(t, name, seed)
				done := int32(0)
				switch name {
				case "lock":
					done = get(t, m, "/locked").Stat.Version
				case "election":
					done = get(t, m, "/leader").Stat.Version
				case "barrier":
					done = get(t, m, "/barrier").Stat.Cversion / 6
				case "counter":
					done = get(t, m, "/counter").Stat.Version
				case "tree":
					done = get(t, m, "/").Stat.Cversion
				}
				if done < 20 {
					t.Errorf("seed %d: %d rounds in a minute", seed, done)
				}
			}
		})
	}
}

// tokens watches the fencing tokens that a resource is written with.
func tokens(t *testing.T, path string) trace.Observer {
	t.Helper()
	last, length := 0, uint64(0)
	return trace.Func{Kinds: trace.Of(trace.Commit), Do: func(e *trace.Event) {
		if e.Len != length+1 {
			return
		}
		length++
		_, _, body, _ := app.Body(e.Op)
		txn, err := znode.ParseTxn(body)
		if err != nil || txn.Kind != znode.TxnMulti {
			return
		}
		for _, part := range txn.Txns {
			switch token, err := strconv.Atoi(part.Data); {
			case part.Kind == znode.TxnError:
				return
			case part.Kind != znode.TxnSet || part.Path != path:
			case err != nil || token < last:
				t.Errorf("%v: %s is written with token %q after %d", e.Pos, path, part.Data, last)
			default:
				last = token
			}
		}
	}}
}

// TestFencing: the resource is never written by one whose turn is over.
func TestFencing(t *testing.T) {
	for seed := uint64(1); seed <= seeds; seed++ {
		play(t, "lock", seed, tokens(t, "/locked"))
		play(t, "election", seed, tokens(t, "/leader"))
	}
}

// TestTheCounterIsNotShort: it has every addition that a client was told of.
func TestTheCounterIsNotShort(t *testing.T) {
	for seed := uint64(1); seed <= seeds; seed++ {
		told := 0
		asked := map[nodes.ClientID]znode.Op{}
		watch := trace.Func{Kinds: trace.Of(trace.Invoke, trace.Return), Do: func(e *trace.Event) {
			if e.Kind == trace.Invoke {
				_, _, body, _ := app.Body(e.Op)
				op, err := znode.Parse(body)
				if err != nil {
					t.Fatal(err)
				}
				asked[e.Client] = op
				return
			}
			if r, err := znode.ParseResult(e.Op); e.Result == trace.OK && err == nil && r.Code == znode.OK && asked[e.Client].Kind == znode.KindSet {
				told++
			}
		}}
		r := get(t, play(t, "counter", seed, watch), "/counter")
		if n, err := strconv.Atoi(r.Data); err != nil || n < told || n != int(r.Stat.Version) || told == 0 {
			t.Errorf("seed %d: the counter is at %q (version %d), %d additions were acknowledged", seed, r.Data, r.Stat.Version, told)
		}
	}
}

// TestPlantedDefectsAreFound: each property of sessions, watches and nodes is
// violated by a protocol that has the defect it is there for.
func TestPlantedDefectsAreFound(t *testing.T) {
	for _, c := range []struct {
		defect, property string
		plan             faults.Plan
		session          time.Duration
	}{
		{"prepare-from-committed", "sequence-numbers", trouble(), 2 * time.Second},
		{"prepare-from-committed", "one-ephemeral-owner", trouble(), 2 * time.Second},
		{"close-without-nodes", "ephemeral-life", trouble(), time.Second},
		{"session-owner-unchecked", "fifo-client-order", hesitation(), 400 * time.Millisecond},
		{"client-zxid-unchecked", "monotonic-zxid", trouble(), 2 * time.Second},
		{"watch-events-lost", "watch-order", trouble(), 2 * time.Second},
	} {
		t.Run(c.defect+"/"+c.property, func(t *testing.T) {
			for seed := uint64(1); seed <= 50; seed++ {
				g := newGame(t, "tree", seed, c.plan)
				g.cfg.Defects = []string{c.defect}
				for i := range g.cfg.Clients {
					g.cfg.Clients[i].Session = c.session
				}
				for _, v := range g.run() {
					if v.Property == c.property {
						return
					}
				}
			}
			t.Errorf("%s is not violated in 50 seeds", c.property)
		})
	}
}

// TestShortSessionsSurviveHesitation: nothing is violated either where clients
// move from server to server while their old requests are still on the way.
func TestShortSessionsSurviveHesitation(t *testing.T) {
	for seed := uint64(1); seed <= seeds; seed++ {
		for _, name := range recipes.Names {
			g := newGame(t, name, seed, hesitation())
			for i := range g.cfg.Clients {
				g.cfg.Clients[i].Session = 400 * time.Millisecond
			}
			for _, v := range g.run() {
				t.Errorf("%s, seed %d: %s: %s %q", name, seed, v.Property, v.Message, v.Details)
			}
		}
	}
}
