package conformance

import (
	"maps"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim/trace"
)

// record keeps what the facts ask about: a [trace.Observer]. Like the world it
// belongs to it can be cloned.
type record struct {
	now     time.Duration // of the newest event
	views   []view
	packets []parcel
	said    []saying
	answers map[call]answer
	// closed counts how often a server stopped serving: sessions from before are
	// gone then.
	closed [nodes.MaxServers + 1]int
	// reads are the answers to watchers: what each server shows at which time.
	reads    []glance
	watchers map[nodes.ClientID]nodes.ID
	told     []uint64 // the events by which clients were told of changes
	// pings are when the leader pinged one of its followers.
	pings  []time.Duration
	pinged nodes.ID
}

// view is a server that changed its role or began or stopped to serve.
type view struct {
	at     time.Duration
	server nodes.ID
	before nodes.Status
	after  nodes.Status
}

// parcel is a packet on the quorum port, sent or delivered.
type parcel struct {
	at        time.Duration
	from, to  nodes.ID
	delivered bool
	msg       nodes.Message
}

// saying is what a server logs: a note, or why it ended itself.
type saying struct {
	server nodes.ID
	note   string
	words  string
}

// call names an operation of a client.
type call struct {
	client nodes.ClientID
	seq    uint32
}

// answer is how it ended.
type answer struct {
	at     time.Duration
	result trace.Result
	pos    nodes.Position
	body   []byte
	event  uint64 // the number of the event
}

// glance is one read of a watcher.
type glance struct {
	at     time.Duration
	server nodes.ID
	ok     bool
	body   []byte
}

func newRecord(k *cast) *record {
	r := &record{answers: map[call]answer{}, watchers: map[nodes.ClientID]nodes.ID{}}
	for server, client := range k.watchers {
		r.watchers[client] = server
	}
	return r
}

func (r *record) clone() *record {
	c := *r
	c.views, c.packets = slices.Clip(r.views), slices.Clip(r.packets)
	c.said, c.reads, c.pings = slices.Clip(r.said), slices.Clip(r.reads), slices.Clip(r.pings)
	c.told = slices.Clip(r.told)
	c.answers = maps.Clone(r.answers)
	return &c
}

// Wants implements [trace.Observer].
func (r *record) Wants() trace.Set {
	return trace.Of(trace.View, trace.Send, trace.Deliver, trace.Note, trace.Exit, trace.Panic, trace.Return, trace.Told)
}

// Observe implements [trace.Observer].
func (r *record) Observe(e *trace.Event) {
	r.now = e.Time
	switch e.Kind {
	case trace.View:
		r.views = append(r.views, view{e.Time, e.Server, *e.Before, *e.After})
		if e.Before.Serving && !e.After.Serving {
			r.closed[e.Server]++
		}
	case trace.Send, trace.Deliver:
		r.packet(e)
	case trace.Note:
		r.said = append(r.said, saying{e.Server, e.Text, e.Detail})
	case trace.Exit, trace.Panic:
		r.said = append(r.said, saying{e.Server, e.Kind.String(), e.Text})
	case trace.Return:
		if server, watches := r.watchers[e.Client]; watches {
			r.reads = append(r.reads, glance{e.Time, server, e.Result == trace.OK, e.Op})
			return
		}
		r.answers[call{e.Client, e.ClientSeq}] = answer{e.Time, e.Result, e.Pos, e.Op, e.Seq}
	case trace.Told:
		r.told = append(r.told, e.Seq)
	}
}

func (r *record) packet(e *trace.Event) {
	if e.Channel != quorumPort {
		return
	}
	p := parcel{at: e.Time, from: e.Server, to: e.Peer, msg: e.Msg}
	if e.Kind == trace.Deliver {
		p.from, p.to, p.delivered = e.Peer, e.Server, true
	}
	if _, ping := p.msg.(zab.Ping); ping {
		r.countPing(p) // they would bury the rest
		return
	}
	r.packets = append(r.packets, p)
}

// first returns when a server first showed what is asked for, from a time on.
func (r *record) first(from time.Duration, shows func(*view) bool) (time.Duration, bool) {
	for i := range r.views {
		if v := &r.views[i]; v.at >= from && shows(v) {
			return v.at, true
		}
	}
	return 0, false
}

// countPing remembers when the leader pinged the follower that it pinged first.
func (r *record) countPing(p parcel) {
	if p.delivered || p.from < p.to { // in the cases with timings the leader has the highest id
		return
	}
	if r.pinged == 0 {
		r.pinged = p.to
	}
	if r.pinged == p.to {
		r.pings = append(r.pings, p.at)
	}
}
