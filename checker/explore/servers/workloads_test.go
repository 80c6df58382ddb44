package servers_test

import (
	"slices"
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/scenarios/recipes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// workload is what clients do in a search for a bug.
type workload uint8

const (
	writer   workload = iota // one asks s3 to write values
	wanderer                 // as writer, and goes to s2 if s3 turns it away
	// The others work on a tree of znodes.
	twins    // two share a session: one closes it, the other creates an ephemeral node
	counters // two create a sequential node each
	mover    // one in a session at s1, and then at s2, creates two nodes
	watcher  // one in a session watches a node that it changes
	owner    // one creates an ephemeral node in a session, and looks for it, by way of s3 or s2
)

func (l workload) String() string {
	return [...]string{"writer", "wanderer", "twins", "counters", "mover", "watcher", "owner"}[l]
}

// trees are the properties of a tree of znodes, and of the sessions of its clients.
var trees = []string{
	"ephemeral-life", "one-ephemeral-owner", "sequence-numbers", "fifo-client-order", "monotonic-zxid", "watch-order",
	"sequential",
}

// sessionTimeout is how long sessions are to last. No time passes.
const sessionTimeout = 4 * time.Second

// of returns a setup in which clients do that, of one with the writer.
func (l workload) of(t *testing.T, setup servers.Setup) servers.Setup {
	t.Helper()
	at := func(ids ...nodes.ID) sim.Client { return sim.Client{Servers: ids} }
	node := znode.Op{Kind: znode.KindCreate, Path: "/n"}
	opens := sim.Op{Class: nodes.Connect, Timeout: sessionTimeout}
	switch l {
	case wanderer:
		setup.Config.Clients[0].Servers = []nodes.ID{3, 2}
	case twins:
		node.Ephemeral = true
		s := opened(t, setup, asks(at(3), opens))
		setup = grow(setup, asks(at(3), opens, in(s, writes(znode.CloseSession()))),
			asks(at(3), in(s, sim.Op{Class: nodes.Connect}), in(s, writes(node.Body()))))
	case counters:
		node.Sequential = true
		setup = grow(setup, asks(at(3), writes(node.Body())), asks(at(3), writes(node.Body())))
	case mover:
		c := at(1, 2)
		c.Session = sessionTimeout
		setup = grow(setup, asks(c, writes(znode.Create("/a", "")), writes(znode.Create("/b", ""))))
	case watcher:
		c := at(3)
		c.Session, c.Watcher = sessionTimeout, recipes.Watcher{Client: 1}
		get := znode.Op{Kind: znode.KindGet, Path: "/n", Watch: true}
		set := writes(znode.Set("/n", "", znode.AnyVersion))
		setup = grow(setup, asks(c, writes(node.Body()), reads(get.Body()), set, reads(get.Body()), set))
	case owner:
		node.Ephemeral = true
		before := writes(znode.Create("/before", ""))
		s := opened(t, setup, asks(at(3), before, opens))
		setup = grow(setup, asks(at(3, 2), before, opens, in(s, writes(node.Body())), reads(znode.Get("/n"))))
	}
	return setup
}

func writes(body []byte) sim.Op { return sim.Op{Body: body} }
func reads(body []byte) sim.Op  { return sim.Op{Class: nodes.Read, Body: body} }

// asks returns a client that asks for operations on a tree.
func asks(c sim.Client, ops ...sim.Op) sim.Client {
	c.Workload = sim.Script(ops)
	return c
}

// grow puts a tree of znodes, and such clients, in the place of a setup's.
func grow(setup servers.Setup, clients ...sim.Client) servers.Setup {
	cfg, header := *setup.Config, *setup.Header
	cfg.Machine = func() nodes.StateMachine { return app.Once(znode.New()) }
	cfg.Clients, header.Machine, header.Clients = clients, cfg.Machine, nil
	for i := range clients {
		c := &clients[i]
		c.Name = string(rune('a' + i))
		header.Clients = append(header.Clients, c.Name)
		ops := slices.Clone(c.Workload.(sim.Script))
		c.Workload = ops
		for n := range ops {
			if ops[n].Class != nodes.Connect {
				ops[n].Body = app.Identify(nodes.ClientID(i+1), uint32(n+1), ops[n].Body)
			}
		}
	}
	setup.Config, setup.Header = &cfg, &header
	return setup
}

// opened returns the session that a client opens, as the last thing it does.
func opened(t *testing.T, setup servers.Setup, c sim.Client) (s nodes.Admission) {
	t.Helper()
	setup = grow(setup, c)
	all := uint64(len(c.Workload.(sim.Script)))
	setup = established(t, setup, servers.Established{Transactions: all})
	replies := trace.Func{Kinds: trace.Of(trace.Reply), Do: func(e *trace.Event) { s, _ = nodes.ParseAdmission(e.Op) }}
	if _, err := sim.Replay(sim.New(setup.Config, nil, replies), setup.Prefix, true); err != nil {
		t.Fatal(err)
	}
	return s
}

// in returns an operation that a client without a session of its own asks for in one.
func in(s nodes.Admission, op sim.Op) sim.Op {
	op.Session, op.Password = s.ID, s.Password
	return op
}
