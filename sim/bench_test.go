package sim_test

import (
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker/cputime"
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
)

// echo answers every message with the same message: all that is measured is
// the kernel.
var echo = nodes.Protocol{
	Name: "echo", Channels: []nodes.ChannelSpec{{Name: "wire", Mode: nodes.Stream}}, Timers: []string{"tick"}, Epoch: "epoch",
	New: func(c nodes.Config) nodes.Node { return &echoNode{c.ID, c.Voters} },
}

type echoNode struct {
	id  nodes.ID
	all nodes.Set
}

func (n *echoNode) Clone() nodes.Node    { c := *n; return &c }
func (n *echoNode) Status() nodes.Status { return nodes.Status{Role: nodes.Following} }
func (n *echoNode) Step(in nodes.Input, out *nodes.Out) {
	switch in := in.(type) {
	case *nodes.Start:
		for peer := range n.all.Without(n.id).All() {
			out.Send(peer, 0, number(7))
		}
	case *nodes.Deliver:
		out.Send(in.From, 0, in.Msg)
	}
}

// BenchmarkKernel measures the bare kernel: queue, links, latency draws, trace
// hash and dispatch, with five servers that only echo and 20 messages under
// way. One op is one event: an action applied.
func BenchmarkKernel(b *testing.B) {
	cfg := &sim.Config{
		Protocol: &echo, Voters: nodes.FirstN(5),
		Topology:  network.Topology{Within: network.Range{Min: time.Millisecond, Max: 3 * time.Millisecond}},
		MaxEvents: 1 << 62,
	}
	w := sim.New(cfg, choice.Seed(1), nil)
	sim.Run(w, time.Second, nil)
	b.ReportAllocs()
	b.ResetTimer()
	start, until, cpu := w.Steps(), w.Now(), cputime.Used()
	for w.Steps()-start < uint64(b.N) {
		until += 10 * time.Millisecond
		sim.Run(w, until, nil)
	}
	b.ReportMetric(float64(w.Steps()-start)/(cputime.Used()-cpu).Seconds(), "events/cpu-s")
}
