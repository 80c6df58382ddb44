package shrink_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/shrink"
	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// toy is a protocol in which every server greets every other whenever its timer
// fires. A rude one makes a note when the same server greets it twice; a jumpy
// one when its timer fires after it was greeted; a weary one when its timer has
// fired eight times, or when it starts again.
var toy = nodes.Protocol{
	Name:     "toy",
	Channels: []nodes.ChannelSpec{{Name: "calls", Mode: nodes.Datagram}},
	Files:    []string{"log"},
	Timers:   []string{"tick"},
	Defects:  []nodes.Defect{{Name: "rude"}, {Name: "jumpy"}, {Name: "weary"}},
	New: func(c nodes.Config) nodes.Node {
		return &toyNode{ID: c.ID, All: c.Voters, Rude: c.Has("rude"), Jumpy: c.Has("jumpy"), Weary: c.Has("weary")}
	},
}

type greeting struct{}

func (greeting) Kind() string             { return "HELLO" }
func (greeting) AppendTo(b []byte) []byte { return append(b, 1) }

type toyNode struct {
	ID      nodes.ID
	All     nodes.Set
	Greeted nodes.Set
	Rude    bool
	Jumpy   bool
	Weary   bool
	Fired   int
}

// mark is what a weary server has on its disk once it has started.
type mark struct{}

func (mark) Kind() string             { return "mark" }
func (mark) Position() nodes.Position { return nodes.Position{} }
func (mark) AppendTo(b []byte) []byte { return append(b, 1) }

func (n *toyNode) Clone() nodes.Node    { c := *n; return &c }
func (n *toyNode) Status() nodes.Status { return nodes.Status{Role: nodes.Following} }

func (n *toyNode) Step(in nodes.Input, out *nodes.Out) {
	switch in := in.(type) {
	case *nodes.Start:
		if n.Weary && len(in.Disk.Files[0]) > 0 {
			out.Note("weary", "")
		} else if n.Weary {
			out.Append(0, mark{})
		}
		out.SetTimer(nodes.Timer{}, 10*time.Millisecond, 20*time.Millisecond)
	case *nodes.Expire:
		if n.Fired++; n.Weary && n.Fired == 8 {
			out.Note("weary", "")
		}
		if n.Greeted != 0 && n.Jumpy {
			out.Note("jumpy", "")
		}
		for id := range n.All.Without(n.ID).All() {
			out.Send(id, 0, greeting{})
		}
		out.SetTimer(nodes.Timer{}, 10*time.Millisecond, 20*time.Millisecond)
	case *nodes.Deliver:
		if n.Greeted.Has(in.From) && n.Rude {
			out.Note("rude", "")
		}
		n.Greeted = n.Greeted.With(in.From)
	}
}

// polite is violated by the first note.
func polite() checker.Property {
	return checker.Property{
		Name: "polite", Kind: checker.Always,
		New: func(*trace.Header) checker.Monitor { return &politeMonitor{} },
	}
}

type politeMonitor struct{}

func (politeMonitor) Wants() trace.Set { return trace.Of(trace.Note) }
func (politeMonitor) Observe(e *trace.Event) *checker.Violation {
	return &checker.Violation{Property: "polite", Message: fmt.Sprintf("%v is impolite", e.Server), Evidence: []uint64{e.Seq}}
}
func (politeMonitor) Finish() *checker.Violation { return nil }
func (m politeMonitor) Clone() checker.Monitor   { return m }
func (politeMonitor) AppendTo(b []byte) []byte   { return b }

// rudeness is a run of the toy that violates polite.
func rudeness(defects ...string) (*shrink.Case, sim.Schedule) {
	cfg := &sim.Config{
		Protocol: &toy, Voters: nodes.FirstN(4), Defects: defects,
		Topology: network.Topology{Within: network.Range{Min: time.Millisecond, Max: 3 * time.Millisecond}},
	}
	c := &shrink.Case{Config: cfg, Seed: 3, Header: &trace.Header{Protocol: &toy, Voters: cfg.Voters}, Property: polite()}
	var s sim.Schedule
	sim.Run(sim.New(cfg, choice.Seed(c.Seed), nil), 200*time.Millisecond, &s)
	return c, s
}

func kinds(s sim.Schedule) []sim.ActionKind {
	all := make([]sim.ActionKind, len(s))
	for i := range s {
		all[i] = s[i].Action.Kind
	}
	slices.Sort(all)
	return all
}
