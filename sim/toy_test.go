package sim_test

import (
	"encoding/binary"
	"time"

	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// toy is a protocol of a few lines for tests of the kernel: the server with
// the lowest ID accepts connections and counts; the others dial it, send it a
// number each time their timer fires, log what it echoes, and fsync.
var toy = nodes.Protocol{
	Name:     "toy",
	Channels: []nodes.ChannelSpec{{Name: "calls", Mode: nodes.Stream}, {Name: "mail", Mode: nodes.Mailbox}, {Name: "grams", Mode: nodes.Datagram}},
	Files:    []string{"log"},
	Timers:   []string{"tick", "boom"},
	Epoch:    "epoch",
	New:      func(c nodes.Config) nodes.Node { return &toyNode{ID: c.ID, All: c.Voters, Panics: c.Has("panic")} },
}

const (
	calls nodes.Channel = iota
	mail
	grams
)

type number uint64

func (n number) Kind() string             { return "NUMBER" }
func (n number) Position() nodes.Position { return nodes.Position{Index: uint64(n)} }
func (n number) AppendTo(b []byte) []byte {
	return binary.LittleEndian.AppendUint64(b, uint64(n))
}

type toyNode struct {
	ID     nodes.ID
	All    nodes.Set
	Conn   nodes.Conn
	Sent   uint64
	Logged uint64
	Mail   uint64
	Panics bool
}

func (n *toyNode) Clone() nodes.Node { c := *n; return &c }

func (n *toyNode) Status() nodes.Status {
	role := nodes.Following
	if n.hub() == n.ID {
		role = nodes.Leading
	}
	return nodes.Status{Role: role, Leader: n.hub(), Serving: true, Logged: nodes.Position{Index: n.Logged}}
}

func (n *toyNode) hub() nodes.ID { return n.All.Min() }

func (n *toyNode) Step(in nodes.Input, out *nodes.Out) {
	const tick = 10 * time.Millisecond
	switch in := in.(type) {
	case *nodes.Start:
		n.Logged = uint64(len(in.Disk.Records(0)))
		if n.ID == n.hub() {
			out.Listen(calls, true)
			return
		}
		out.SetTimer(nodes.Timer{}, tick, 2*tick)
	case *nodes.Expire:
		if n.Conn == 0 {
			out.Dial(n.hub(), calls, time.Second)
		} else {
			n.Sent++
			out.SendOn(n.Conn, n.hub(), number(n.Sent))
			out.Send(n.hub(), mail, number(n.Sent))
			out.Send(n.hub(), grams, number(n.Sent))
		}
		out.SetTimer(nodes.Timer{}, tick, 2*tick)
	case *nodes.Opened:
		if n.ID != n.hub() {
			n.Conn = in.Conn
		}
	case *nodes.Closed:
		if in.Conn == n.Conn {
			n.Conn = 0
		}
	case *nodes.Deliver:
		n.deliver(in, out)
	case *nodes.Synced:
		n.Logged++
	case *nodes.Request:
		out.Reply(in.Client, in.Seq, nodes.Position{Index: n.Logged}, in.Op)
	}
}

func (n *toyNode) deliver(in *nodes.Deliver, out *nodes.Out) {
	switch {
	case n.ID == n.hub() && in.On == calls:
		if n.Panics && in.Msg.(number) == 3 {
			panic("three")
		}
		out.SendOn(in.Conn, in.From, in.Msg)
	case n.ID != n.hub():
		out.Append(0, in.Msg.(number))
		out.Sync(0, 1)
	default:
		n.Mail++
	}
}

func toyConfig(servers int) *sim.Config {
	return &sim.Config{
		Protocol: &toy, Voters: nodes.FirstN(servers),
		Topology: network.Topology{
			Sites:   []network.Site{{Name: "north", Servers: nodes.SetOf(1, 2)}, {Name: "south", Servers: nodes.SetOf(3)}},
			Within:  network.Range{Min: time.Millisecond, Max: 3 * time.Millisecond},
			Between: network.Range{Min: 20 * time.Millisecond, Max: 30 * time.Millisecond},
			Loss:    50_000, Duplicate: 50_000, Reorder: 50_000,
		},
		Fsync: network.Range{Min: time.Millisecond, Max: 4 * time.Millisecond},
	}
}
