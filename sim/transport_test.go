package sim_test

import (
	"testing"
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// poster is a protocol whose s2 posts a message to s1 every 900 ms.
var poster = nodes.Protocol{
	Name:     "poster",
	Channels: []nodes.ChannelSpec{{Name: "mail", Mode: nodes.Mailbox}},
	Timers:   []string{"post"},
	New:      func(c nodes.Config) nodes.Node { return &postNode{ID: c.ID} },
}

type postNode struct{ ID nodes.ID }

func (n *postNode) Clone() nodes.Node    { c := *n; return &c }
func (n *postNode) Status() nodes.Status { return nodes.Status{Role: nodes.Following} }

func (n *postNode) Step(in nodes.Input, out *nodes.Out) {
	switch in.(type) {
	case *nodes.Start, *nodes.Expire:
		if n.ID == 2 {
			out.Send(1, 0, number(1))
			out.SetTimer(nodes.Timer{}, 900*time.Millisecond, 900*time.Millisecond)
		}
	}
}

// posted runs poster and returns when s1 received something first. s1 starts
// late, so that the first dial is refused; the second, at 0.9 s, meets a cut.
func posted(t *testing.T, heal, dialTimeout time.Duration) time.Duration {
	t.Helper()
	both := faults.Selector{Set: nodes.FirstN(2)}
	cfg := &sim.Config{
		Protocol: &poster, Voters: nodes.FirstN(2),
		Topology: network.Topology{DialTimeout: dialTimeout, Within: network.Range{Min: time.Millisecond, Max: time.Millisecond}},
		Plan: faults.Plan{
			Held: nodes.SetOf(1),
			Faults: []faults.Fault{
				{At: 100 * time.Millisecond, Kind: faults.Restart, Target: faults.Selector{Set: nodes.SetOf(1)}},
				{At: 500 * time.Millisecond, Kind: faults.Cut, Target: both, Other: both},
				{At: heal, Kind: faults.Heal},
			},
		},
	}
	seen := record(trace.Deliver)
	sim.Run(sim.New(cfg, choice.Seed(1), seen), 10*time.Second, nil)
	if len(seen.events) == 0 {
		t.Fatal("s1 received nothing")
	}
	return seen.events[0].Time
}

func TestR_CNX_7_ADialIsGivenUpAfterItsOwnTime(t *testing.T) {
	for _, c := range []struct {
		name            string
		heal, timeout   time.Duration
		earliest, limit time.Duration
	}{
		{"the dial of 0.9 s outlives the time of the first", 1500 * time.Millisecond, time.Second, 1500 * time.Millisecond, 1600 * time.Millisecond},
		{"after its own it takes the next message to dial again", 1500 * time.Millisecond, 200 * time.Millisecond, 1800 * time.Millisecond, 1900 * time.Millisecond},
		{"by default it lasts 5 s", 5500 * time.Millisecond, 0, 5500 * time.Millisecond, 5600 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			if at := posted(t, c.heal, c.timeout); at < c.earliest || at > c.limit {
				t.Errorf("s1 received the message at %v, want %v to %v", at, c.earliest, c.limit)
			}
		})
	}
}

// TestCutLosesDatagrams: nobody sends a datagram again, so what is sent into a
// cut is gone; what others hold back for later is not.
func TestCutLosesDatagrams(t *testing.T) {
	cfg := toyConfig(2)
	cfg.Topology.Loss, cfg.Topology.Duplicate = 0, 0
	both := faults.Selector{Set: nodes.FirstN(2)}
	cfg.Plan.Faults = []faults.Fault{
		{At: time.Second, Kind: faults.Cut, Target: both, Other: both},
		{At: 2 * time.Second, Kind: faults.Heal},
	}
	seen := record(trace.Send, trace.Drop)
	sim.Run(sim.New(cfg, choice.Seed(1), seen), 3*time.Second, nil)
	sent, lost := 0, 0
	for _, e := range seen.events {
		switch {
		case e.Channel != grams || e.Time <= time.Second || e.Time > 2*time.Second:
		case e.Kind == trace.Send:
			sent++
		case e.Text == "cut":
			lost++
		}
	}
	if sent == 0 || lost != sent {
		t.Errorf("%d of %d datagrams sent into the cut were lost", lost, sent)
	}
}
