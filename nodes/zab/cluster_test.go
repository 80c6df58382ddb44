package zab

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// A cluster carries messages between nodes, oldest first and without delay, and
// lets timers fire only when nothing else happens. It is a small world for
// stories about several servers; package sim is the large one.
type cluster struct {
	t       *testing.T
	config  nodes.Config
	hosts   []*host // by id; hosts[0] is unused
	pending []parcel
	cut     nodes.Set // servers that nothing reaches and that reach nobody
	now     time.Duration
	seq     uint32
	seen    []string                // messages delivered, for the stories
	history map[uint64]nodes.Digest // of each length, whoever delivered it first
	done    map[uint32]nodes.Outcome
	heard   []nodes.Effect // what clients were told since the last look
}

type host struct {
	id     nodes.ID
	node   nodes.Node // nil while down
	disk   nodes.Disk
	open   bool // the quorum port
	conns  []nodes.Conn
	timers map[nodes.Timer]time.Duration // when they fire
}

// parcel is something on its way to a server: a message, or another input.
type parcel struct {
	to, from nodes.ID
	conn     nodes.Conn
	in       nodes.Input
}

func newCluster(t *testing.T, voters int, observers nodes.Set, tune func(*Options)) *cluster {
	t.Helper()
	options := DefaultOptions()
	options.TickTime = 200 * time.Millisecond
	if tune != nil {
		tune(options)
	}
	c := &cluster{
		t:       t,
		config:  nodes.Config{Voters: nodes.FirstN(voters), Observers: observers, Machine: newTape, Options: options},
		history: map[uint64]nodes.Digest{},
		done:    map[uint32]nodes.Outcome{},
	}
	all := c.config.Voters | observers
	c.hosts = make([]*host, all.Max()+1)
	for id := range all.All() {
		c.hosts[id] = &host{id: id, disk: nodes.Disk{Files: make([][]nodes.Record, 4)}}
		c.start(id)
	}
	return c
}

func (c *cluster) start(id nodes.ID) {
	h := c.hosts[id]
	config := c.config
	config.ID = id
	h.node, h.timers = New(config), map[nodes.Timer]time.Duration{}
	c.step(h, &nodes.Start{Disk: nodes.Disk{Files: slices.Clone(h.disk.Files)}})
}

// crash kills a process; what it wrote stays.
func (c *cluster) crash(id nodes.ID) {
	h := c.hosts[id]
	h.node, h.open = nil, false
	c.pending = slices.DeleteFunc(c.pending, func(p parcel) bool { return p.to == id })
	for _, k := range h.conns {
		c.pending = append(c.pending, parcel{to: k.Peer(id), from: id, conn: k, in: &nodes.Closed{Peer: id, Conn: k}})
	}
	h.conns = nil
}

// isolate cuts servers off; their connections break when they get them back.
func (c *cluster) isolate(ids ...nodes.ID) { c.cut = nodes.SetOf(ids...) }

func (c *cluster) step(h *host, in nodes.Input) {
	var out nodes.Out
	h.node.Step(in, &out)
	for _, e := range out.Effects() {
		c.perform(h, e)
	}
}

func (c *cluster) post(to, from nodes.ID, conn nodes.Conn, in nodes.Input) {
	c.pending = append(c.pending, parcel{to, from, conn, in})
}

func (c *cluster) perform(h *host, e nodes.Effect) {
	files := h.disk.Files
	switch e.Kind {
	case nodes.EffectSend:
		c.post(e.To, h.id, e.Conn, &nodes.Deliver{From: h.id, On: e.On, Conn: e.Conn, Msg: e.Msg})
	case nodes.EffectDial:
		c.dial(h, e.To)
	case nodes.EffectListen:
		h.open = e.Open
	case nodes.EffectClose:
		h.conns = slices.DeleteFunc(h.conns, func(k nodes.Conn) bool { return k == e.Conn })
		peer := e.Conn.Peer(h.id)
		c.post(peer, h.id, e.Conn, &nodes.Closed{Peer: h.id, On: e.On, Conn: e.Conn})
	case nodes.EffectSetTimer:
		h.timers[e.Timer] = c.now + e.Max
	case nodes.EffectStopTimer:
		delete(h.timers, e.Timer)
	case nodes.EffectAppend:
		files[e.File] = append(files[e.File], e.Record)
	case nodes.EffectReplace:
		files[e.File] = []nodes.Record{e.Record}
		c.post(h.id, h.id, 0, &nodes.Synced{File: e.File, Ticket: e.Ticket})
	case nodes.EffectTruncate:
		files[e.File] = slices.Clip(files[e.File][:e.Keep])
	case nodes.EffectSync:
		c.post(h.id, h.id, 0, &nodes.Synced{File: e.File, Ticket: e.Ticket})
	case nodes.EffectCommit:
		if first, known := c.history[e.Len]; known && first != e.Digest {
			c.t.Fatalf("%v delivered another transaction %d than a server before it: %v", h.id, e.Len, e.At)
		}
		c.history[e.Len] = e.Digest
	case nodes.EffectReply:
		c.done[e.Seq] = e.Outcome
		c.heard = append(c.heard, e)
	case nodes.EffectNotify, nodes.EffectHangUp:
		c.heard = append(c.heard, e)
	case nodes.EffectExit:
		c.t.Fatalf("%v exits: %s", h.id, e.Text)
	}
}

// dial connects, or refuses, by the lowest slot that both ends have free.
func (c *cluster) dial(h *host, to nodes.ID) {
	peer := c.hosts[to]
	if peer.node == nil || !peer.open || c.apart(h.id, to) {
		c.post(h.id, h.id, 0, &nodes.Refused{Peer: to, On: quorumChannel})
		return
	}
	k := nodes.MakeConn(h.id, to, quorumChannel, 0)
	for slices.Contains(h.conns, k) || slices.Contains(peer.conns, k) ||
		slices.ContainsFunc(c.pending, func(p parcel) bool { return p.conn == k }) {
		k++
	}
	h.conns, peer.conns = append(h.conns, k), append(peer.conns, k)
	c.post(h.id, to, k, &nodes.Opened{Peer: to, On: quorumChannel, Conn: k})
	c.post(to, h.id, k, &nodes.Opened{Peer: h.id, On: quorumChannel, Conn: k})
}

func (c *cluster) apart(a, b nodes.ID) bool { return a != b && c.cut.Has(a) != c.cut.Has(b) }

// settle lets everything happen that takes no time.
func (c *cluster) settle() {
	for len(c.pending) > 0 {
		p := c.pending[0]
		c.pending = c.pending[1:]
		h := c.hosts[p.to]
		if h.node == nil || c.apart(p.to, p.from) || p.conn != 0 && !slices.Contains(h.conns, p.conn) {
			continue
		}
		switch in := p.in.(type) {
		case *nodes.Closed:
			h.conns = slices.DeleteFunc(h.conns, func(k nodes.Conn) bool { return k == p.conn })
		case *nodes.Deliver:
			c.seen = append(c.seen, fmt.Sprintf("%v>%v %s", p.from, p.to, nodes.Describe(in.Msg)))
		}
		c.step(h, p.in)
	}
}

// run lets d pass.
func (c *cluster) run(d time.Duration) {
	c.settle()
	end := c.now + d
	for {
		h, timer := c.nextTimer()
		if h == nil || h.timers[timer] > end {
			break
		}
		c.now = max(c.now, h.timers[timer])
		delete(h.timers, timer)
		c.step(h, &nodes.Expire{Timer: timer})
		c.settle()
	}
	c.now = end
}

// nextTimer returns the timer that fires next: the earliest, of the lowest
// server, of the lowest name.
func (c *cluster) nextTimer() (*host, nodes.Timer) {
	var next *host
	var first nodes.Timer
	for _, h := range c.hosts[1:] {
		if h == nil || h.node == nil {
			continue
		}
		for timer, at := range h.timers {
			less := func() bool {
				switch was := next.timers[first]; {
				case at != was:
					return at < was
				case h != next:
					return false
				default:
					return timer.Name < first.Name || timer.Name == first.Name && timer.Key < first.Key
				}
			}
			if next == nil || less() {
				next, first = h, timer
			}
		}
	}
	return next, first
}

// write has a client write through a server, and returns how it ended.
func (c *cluster) write(via nodes.ID, op string) (nodes.Outcome, bool) {
	c.seq++
	c.step(c.hosts[via], &nodes.Request{Client: 1, Seq: c.seq, Op: []byte(op)})
	c.run(50 * time.Millisecond)
	o, ended := c.done[c.seq]
	return o, ended
}

func (c *cluster) mustWrite(via nodes.ID, ops ...string) {
	c.t.Helper()
	for _, op := range ops {
		if o, ended := c.write(via, op); !ended || o != nodes.Done {
			c.t.Fatalf("writing %q through %v: %v, ended %v", op, via, o, ended)
		}
	}
}

// leader returns the established leader of the newest epoch.
func (c *cluster) leader() nodes.ID {
	var id nodes.ID
	var epoch uint64
	for _, h := range c.hosts[1:] {
		if h == nil || h.node == nil {
			continue
		}
		if s := h.node.Status(); s.Role == nodes.Leading && s.Serving && s.Epoch >= epoch {
			id, epoch = h.id, s.Epoch
		}
	}
	return id
}

// wantsAgreement fails unless every server is up, serves, and has the history
// that its leader has.
func (c *cluster) wantsAgreement(tape string) {
	c.t.Helper()
	for _, h := range c.hosts[1:] {
		if h == nil {
			continue
		}
		s := h.node.Status()
		if got := string(h.node.(*Node).db.replica.Machine.Query(nil, nil)); !s.Serving || got != tape {
			c.t.Errorf("%v is %v, serves: %v, holds %q, want %q", h.id, s.Role, s.Serving, got, tape)
		}
	}
}

// wantsSeen fails unless a message was delivered since the last look.
func (c *cluster) wantsSeen(line string) {
	c.t.Helper()
	if !slices.ContainsFunc(c.seen, func(s string) bool { return strings.HasPrefix(s, line) }) {
		c.t.Errorf("nobody received %q", line)
	}
	c.seen = nil
}
