package nodestest

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// register is a toy: every server keeps the largest number it has heard of, on
// disk, and tells the others; an operation makes it larger. There is no leader.
// plant names a mistake to make.
type register struct {
	id      nodes.ID  `zabsim:"-"`
	others  nodes.Set `zabsim:"-"`
	plant   string    `zabsim:"-"`
	secret  int       `zabsim:"-"` // what plant "hidden" hides
	sizes   []uint64  // of what the register was, the newest last
	waiting []waiting
	conns   []nodes.Conn
	app     nodes.Replica
	disk    nodes.Disk // only plant "keeps the input" has one
	told    told
}

type waiting struct {
	client nodes.ClientID
	seq    uint32
	ticket nodes.Ticket
}

// told counts how often others were told; it encodes itself.
type told struct {
	odd       bool
	last      nodes.ID
	forgetful bool `zabsim:"-"`
}

func (t told) AppendTo(b []byte) []byte {
	if t.odd {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	if t.forgetful {
		return b
	}
	return append(b, byte(t.last))
}

// size is a record, gossip a message.
type size struct{ Max uint64 }

func (size) Kind() string                { return "size" }
func (size) Position() nodes.Position    { return nodes.Position{} }
func (s *size) AppendTo(b []byte) []byte { return binary.BigEndian.AppendUint64(b, s.Max) }

type gossip struct {
	Recent []uint64
	Round  uint64
	plant  string `zabsim:"-"`
}

func (gossip) Kind() string { return "GOSSIP" }
func (g gossip) AppendTo(b []byte) []byte {
	for _, n := range g.Recent {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	switch g.plant {
	case "message forgets a field":
		return b
	case "message forgets high bits":
		return binary.BigEndian.AppendUint32(b, uint32(g.Round))
	default:
		return binary.BigEndian.AppendUint64(b, g.Round)
	}
}

const (
	mailbox nodes.Channel = iota
	stream
)

var retell = nodes.Timer{Name: 0}

// What the impure variants keep outside their nodes.
var (
	steps    uint64
	survivor [64]uint64
)

func registerProtocol(plant string) nodes.Protocol {
	return nodes.Protocol{
		Name:     "register",
		Channels: []nodes.ChannelSpec{{Name: "gossip", Mode: nodes.Mailbox}, {Name: "talk", Mode: nodes.Stream}},
		Files:    []string{"sizes"},
		Timers:   []string{"retell"},
		New: func(c nodes.Config) nodes.Node {
			return &register{
				id: c.ID, others: (c.Voters | c.Observers).Without(c.ID), plant: plant,
				app: nodes.Replica{Machine: c.Machine()}, told: told{forgetful: plant == "node forgets a field"},
			}
		},
	}
}

func (r *register) Status() nodes.Status {
	return nodes.Status{Role: nodes.Following, Serving: true, History: r.app.History}
}

func (r *register) Clone() nodes.Node {
	c := *r
	c.app = r.app.Clone()
	c.conns = slices.Clone(r.conns)
	c.waiting = slices.Clone(r.waiting)
	c.sizes = slices.Clone(r.sizes)
	switch r.plant {
	case "clones share a slice", "writes what clones share":
		c.sizes = r.sizes
	case "clone forgets a field":
		c.conns = nil
	case "clone forgets something hidden":
		c.secret = 0
	}
	return &c
}

func (r *register) Forget() {
	if r.plant == "forgets what it needs" {
		r.conns = nil
	}
}

func (r *register) Step(in nodes.Input, out *nodes.Out) {
	steps++
	switch in := in.(type) {
	case *nodes.Start:
		r.start(in, out)
	case *nodes.Deliver:
		r.hear(in.Msg.(gossip), out)
	case *nodes.Opened:
		r.conns = append(r.conns, in.Conn)
		if r.plant == "writes what clones share" {
			r.sizes[0]++
		}
	case *nodes.Closed:
		r.conns = slices.DeleteFunc(r.conns, func(c nodes.Conn) bool { return c == in.Conn })
	case *nodes.Expire:
		r.tell(out)
		for id := range r.others.All() {
			if len(r.conns) < 2 {
				out.Dial(id, stream, time.Second)
			}
		}
		out.SetTimer(retell, time.Second, 2*time.Second)
	case *nodes.Synced:
		r.waiting = slices.DeleteFunc(r.waiting, func(w waiting) bool {
			if w.ticket == in.Ticket {
				out.Reply(w.client, w.seq, r.app.History.Last, []byte{0})
			}
			return w.ticket == in.Ticket
		})
		r.tell(out)
	case *nodes.Failed:
		out.Exit("disk failed")
	case *nodes.Request:
		r.request(in, out)
	case *nodes.Refused:
	}
}

func (r *register) start(in *nodes.Start, out *nodes.Out) {
	r.sizes = []uint64{0}
	if last := in.Disk.Last(0); last != nil {
		r.sizes = append(r.sizes, last.(*size).Max)
	}
	switch r.plant {
	case "survives a crash":
		r.sizes = append(r.sizes, survivor[r.id])
	case "keeps the input":
		r.disk = in.Disk
	case "undeclared timer":
		out.StopTimer(nodes.Timer{Name: 1})
	}
	out.Listen(stream, true)
	out.SetTimer(retell, time.Second, 2*time.Second)
}

func (r *register) hear(g gossip, out *nodes.Out) {
	if r.plant == "changes its input" {
		slices.Sort(g.Recent)
		slices.Reverse(g.Recent)
	}
	r.adopt(slices.Max(g.Recent), out)
}

// adopt makes n the largest size, unless a larger one is known.
func (r *register) adopt(n uint64, out *nodes.Out) {
	if n <= r.sizes[len(r.sizes)-1] {
		return
	}
	if r.plant == "reuses what it sent" && len(r.sizes) == 3 {
		r.sizes = append(r.sizes[:0], r.sizes[1:]...)
	}
	r.sizes = append(r.sizes, n)
	survivor[r.id] = n
	out.Append(0, &size{n})
	out.Sync(0, nodes.Ticket(n))
}

func (r *register) tell(out *nodes.Out) {
	r.secret++
	if r.plant == "decides by something hidden" && r.secret%3 == 0 {
		return
	}
	recent := r.sizes[max(0, len(r.sizes)-3):]
	g := gossip{recent, uint64(r.told.last), r.plant}
	switch r.plant {
	case "global counter":
		g.Round = steps
	case "clone forgets something hidden":
		g.Round = uint64(r.secret)
	}
	r.told.odd = !r.told.odd
	for id := range r.others.All() {
		out.Send(id, mailbox, g)
		r.told.last = id
	}
	for _, c := range r.conns {
		out.SendOn(c, c.Peer(r.id), g)
	}
}

func (r *register) request(in *nodes.Request, out *nodes.Out) {
	if in.Class != nodes.Write {
		out.Reply(in.Client, in.Seq, r.app.History.Last, r.app.Machine.Query(nil, in.Op))
		return
	}
	at := nodes.Position{Epoch: 1, Index: r.app.History.Len + 1}
	txn := r.app.Machine.Prepare(nil, in.Op)
	result := r.app.Apply(nil, at, txn, nodes.Digest(0).Bytes(txn))
	out.Commit(at, txn, r.app.History)
	n := r.sizes[len(r.sizes)-1] + uint64(len(result)) + uint64(in.Seq)
	r.adopt(n, out)
	r.waiting = append(r.waiting, waiting{in.Client, in.Seq, nodes.Ticket(n)})
}
