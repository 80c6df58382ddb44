// Package network is what lies between servers: streams, mailboxes and
// datagrams over links that can be cut.
//
// A Network holds what is in flight and the state of every connection. It has
// no clock: package sim decides when the next item of a [Route] arrives, and
// calls [Network.Take]; the item then turns into an input of the server it was
// sent to, or into nothing. So one Network serves the simulator, where arrival
// times are drawn, and the model checker, where any head of a route may be
// next.
//
// A cut tells nobody. Items stay where they are until the cut heals or one end
// gives the connection up; a backlog then arrives in order.
package network

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
)

// Route is one direction of one connection: where items arrive in the order
// they were sent. Conn is 0 for mailboxes, datagrams and streams that the
// world connects by itself.
type Route struct {
	From, To nodes.ID
	On       nodes.Channel
	Conn     nodes.Conn
}

// ItemKind says what travels.
type ItemKind uint8

// The kinds of items.
const (
	Data    ItemKind = iota // a message
	Syn                     // a dial on its way to the acceptor
	Opened                  // the acceptor's answer
	Refused                 // nobody listens there
	Fin                     // the sender closed or died

	// unseen stands for what else is on its way: see Outline.
	unseen
)

// String returns the form that schedules use for what is no message.
func (k ItemKind) String() string {
	return [...]string{"message", "(dial)", "(accepted)", "(refused)", "(closed)", "(unseen)"}[k]
}

// Item is one thing in flight.
type Item struct {
	Kind   ItemKind
	inc    uint8  // mailboxes: which incarnation of the connection it belongs to
	Size   uint32 // of the message, in bytes
	Cause  uint64
	Digest nodes.Digest
	Due    int64 // when it arrives, in the simulator
	Msg    nodes.Message
}

// Arrival is what an item turned into at its destination.
type Arrival uint8

// What can come of an item.
const (
	Nothing    Arrival = iota // it concerned a connection that is gone, or the network itself
	Message                   // a message for the server
	CameUp                    // a connection is up at this end
	WasRefused                // a dial failed
	WentAway                  // the other end closed
	Discarded                 // a message that nobody can receive
)

// Network is the state of all links between servers.
type Network struct {
	top    *Topology
	specs  []nodes.ChannelSpec
	n      int    // highest server ID + 1
	links  []link // by channel, lower ID, higher ID
	cut    []nodes.Set
	listen []nodes.Set // by channel: whose port is open
	down   nodes.Set   // no process runs there
	off    nodes.Set   // the machine has no power
	delays []Range
	chance []choice.Stream // by from, to
	// shapes (by from, to) and odds (by channel, from, to) are nil until
	// something is wrong with a link.
	shapes []shape
	odds   []Odds

	filters []Filter
	on      []int // which of them are on

	touched touches // which links were looked at: see Touched

	// Scheduler is told of everything sent; nil where there is no time. It is
	// not cloned: it belongs to the world around the network.
	Scheduler Scheduler
}

// Scheduler says when things arrive.
type Scheduler interface {
	// Due returns when an item, just sent on r, arrives. after is when the item
	// before it does: streams stay in order.
	Due(r Route, it *Item, after int64) int64
	// GiveUp returns when a mailbox that just began to dial on r gives up.
	GiveUp(r Route) int64
}

// link is all that one channel has between two servers. Which fields are in
// use follows from the channel's mode.
type link struct {
	conns []conn    // Stream: by slot, see slot
	auto  [2]pipe   // Stream without connections of its own, by receiver
	mail  [2]mailer // Mailbox, by end
	grams [2]pipe   // Datagram, by receiver
}

// New returns a network between servers, all of them down, nothing in flight.
func New(top *Topology, servers nodes.Set, specs []nodes.ChannelSpec, filters ...Filter) *Network {
	n := int(servers.Max()) + 1
	w := &Network{
		top: top, specs: specs, n: n, down: servers, filters: slices.Clone(filters),
		links:  make([]link, len(specs)*n*n),
		cut:    make([]nodes.Set, n),
		listen: make([]nodes.Set, len(specs)),
		delays: make([]Range, n*n),
		chance: make([]choice.Stream, n*n),
	}
	for a := range servers.All() {
		for b := range servers.All() {
			w.delays[int(a)*n+int(b)] = top.Latency(a, b)
			w.chance[int(a)*n+int(b)] = choice.NewStream("latency " + a.String() + ">" + b.String())
		}
	}
	return w
}

// link returns the link of two servers and which end a is: 0 for the lower ID.
func (w *Network) link(ch nodes.Channel, a, b nodes.ID) (*link, int) {
	end := 0
	if a > b {
		a, b, end = b, a, 1
	}
	w.touched.add(ch, int(a)*w.n+int(b))
	return &w.links[(int(ch)*w.n+int(a))*w.n+int(b)], end
}

// Delay draws how long the next item from a to b takes.
func (w *Network) Delay(src choice.Source, a, b nodes.ID) int64 {
	i := int(a)*w.n + int(b)
	r := &w.delays[i]
	return choice.Between(src, int64(r.Min), int64(r.Max), &w.chance[i])
}

func (w *Network) push(p *pipe, r Route, it *Item) {
	placed := p.push(it)
	if w.Scheduler != nil {
		after := p.last
		if w.specs[r.On].Mode == nodes.Datagram {
			after = 0
		}
		p.last = w.Scheduler.Due(r, placed, after)
		placed.Due = p.last
	}
}

// Send sends a message. conn is 0 where the channel has no connections of its
// own. It reports false if the message vanished at once: its connection is
// gone.
func (w *Network) Send(from, to nodes.ID, ch nodes.Channel, conn nodes.Conn, it *Item) bool {
	it.Kind = Data
	switch w.specs[ch].Mode {
	case nodes.Mailbox:
		w.post(from, to, ch, it)
	case nodes.Datagram:
		l, end := w.link(ch, to, from)
		w.push(&l.grams[end], Route{from, to, ch, 0}, it)
	case nodes.Stream:
		if conn != 0 {
			return w.sendOn(conn, from, it)
		}
		l, end := w.link(ch, to, from)
		w.push(&l.auto[end], Route{from, to, ch, 0}, it)
	}
	return true
}

// pipe returns what is in flight on a route, or nil if its connection is gone.
func (w *Network) pipe(r Route) *pipe {
	if r.Conn != 0 {
		c := w.conn(r.Conn)
		if c == nil {
			return nil
		}
		return &c.ends[c.side(r.To)].in
	}
	l, end := w.link(r.On, r.To, r.From)
	switch w.specs[r.On].Mode {
	case nodes.Mailbox:
		return &l.mail[end].in
	case nodes.Datagram:
		return &l.grams[end]
	default:
		return &l.auto[end]
	}
}

// Head returns the next item of a route, or nil. On datagram channels that is
// the one due first.
func (w *Network) Head(r Route) *Item {
	p := w.pipe(r)
	if p == nil || p.len() == 0 {
		return nil
	}
	if w.specs[r.On].Mode == nodes.Datagram {
		return &p.items[p.earliest()]
	}
	return p.peek()
}

// Deliverable reports whether the head of a route can arrive now: there is one
// and neither a cut nor a filter stops it.
func (w *Network) Deliverable(r Route) bool {
	return w.Head(r) != nil && !w.Blocked(r)
}

// Take removes the head of a route, which must be deliverable, changes the
// connection it belongs to and says what came of it.
func (w *Network) Take(r Route) (Item, Arrival) {
	p := w.pipe(r)
	var it Item
	if w.specs[r.On].Mode == nodes.Datagram {
		it = p.remove(p.earliest())
	} else {
		it = p.pop()
	}
	if it.Kind == unseen {
		panic("network: an outline does not say what is on its way")
	}
	if w.off.Has(r.To) {
		if it.Kind == Data {
			return it, Discarded
		}
		return it, Nothing // no kernel there to answer
	}
	switch {
	case len(w.on) > 0 && w.filtered(r, &it, true):
		return it, Discarded
	case r.Conn != 0:
		return it, w.arriveOn(r, it)
	case w.specs[r.On].Mode == nodes.Mailbox:
		return it, w.arriveMail(r, it)
	case w.down.Has(r.To):
		return it, Discarded
	}
	return it, Message
}

// Listen opens or closes the port of a server on a stream channel.
func (w *Network) Listen(id nodes.ID, ch nodes.Channel, open bool) {
	if open {
		w.listen[ch] = w.listen[ch].With(id)
	} else {
		w.listen[ch] = w.listen[ch].Without(id)
	}
}

// Boot says that a process runs at id again. If the machine had lost power,
// its kernel answers what comes in for old connections with a reset.
func (w *Network) Boot(id nodes.ID) {
	w.down = w.down.Without(id)
	if !w.off.Has(id) {
		return
	}
	w.off = w.off.Without(id)
	w.eachLink(id, func(ch nodes.Channel, peer nodes.ID, l *link) {
		w.resetStreams(id, peer, ch, l)
		w.resetMail(id, peer, ch, l)
	})
}

// Crash says that the process at id died. Its kernel closes its connections:
// what it had sent still arrives, then the other ends learn of it.
func (w *Network) Crash(id nodes.ID) { w.die(id, false) }

// PowerLoss says that the machine of id died. Nobody is told before it is back
// (see Boot); what it had sent and a cut was holding back is gone.
func (w *Network) PowerLoss(id nodes.ID) {
	w.die(id, true)
	w.off = w.off.With(id)
}

func (w *Network) die(id nodes.ID, silent bool) {
	w.down = w.down.With(id)
	for ch := range w.listen {
		w.listen[ch] = w.listen[ch].Without(id)
	}
	w.eachLink(id, func(ch nodes.Channel, peer nodes.ID, l *link) {
		_, end := w.link(ch, id, peer)
		l.auto[end].clear()
		if silent && w.IsCut(id, peer) {
			l.auto[1-end].clear()
		}
		w.dieStreams(id, peer, l, silent)
		w.dieMail(id, peer, ch, l, silent)
	})
}

func (w *Network) eachLink(id nodes.ID, do func(nodes.Channel, nodes.ID, *link)) {
	for ch := range w.specs {
		for peer := nodes.ID(1); int(peer) < w.n; peer++ {
			if peer != id {
				l, _ := w.link(nodes.Channel(ch), id, peer)
				do(nodes.Channel(ch), peer, l)
			}
		}
	}
}
