package reports

import (
	"cmp"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/sim/trace"
)

// DefaultLimit is how many events a [Recording] holds unless told otherwise:
// half an hour of five busy servers, in 43 MB besides the messages that it
// keeps alive.
const DefaultLimit = 1_000_000

// Recording is a [trace.Observer] that keeps of a run what pictures and
// stories need: for each event a few words, printed only when somebody asks.
//
// Its memory is bounded. When there are more events than its limit it thins
// out the older half: landmarks stay (changes of role, faults, clients'
// operations, commits at leaders), everything else is forgotten. Pictures and
// stories say so.
type Recording struct {
	header    *trace.Header
	limit     int
	events    []event // in order of seq
	forgotten int     // events thinned out
	since     uint64  // all events from this one on are there
	committed uint64  // length of the longest history somebody delivered

	roles  [nodes.MaxServers + 1]nodes.Role
	asked  []call              // by ClientID: the operation it issued last
	timers map[nodes.Timer]any // one boxed value for each timer
}

// event is the stored form of a trace event: 40 bytes and what it refers to.
// Messages and records are immutable, so the simulator's own are kept.
type event struct {
	seq    uint64
	time   time.Duration
	what   any    // see Observe
	back   uint32 // its cause is the event seq-back; 0: none
	kind   trace.Kind
	server nodes.ID
	peer   nodes.ID
	flags  flags
}

type flags uint8

const (
	leading   flags = 1 << iota // the server led when it happened
	heartbeat                   // the message says no more than "I am alive"
)

// What events refer to, besides messages, records, timers and text.
type (
	view struct{ before, after nodes.Status }

	commit struct {
		pos    nodes.Position
		digest nodes.Digest // of the history up to here
		client nodes.ClientID
		seq    uint32
	}

	sides struct {
		a, b nodes.Set
		both bool
	}

	call struct {
		client  nodes.ClientID
		seq     uint32
		class   nodes.Class
		op      []byte
		answer  []byte       // of a return
		result  trace.Result // of a return
		outcome nodes.Outcome
	}
)

// landmarks are the kinds of events that are never thinned out. Commits are
// landmarks at leaders only.
var landmarks = trace.Of(trace.Start, trace.View, trace.Crash, trace.MachineCrash, trace.Exit, trace.Panic,
	trace.Pause, trace.Resume, trace.Cut, trace.Heal, trace.Fault, trace.Invoke, trace.Return)

// NewRecording returns an empty Recording that holds at most limit events; 0
// means DefaultLimit.
func NewRecording(h *trace.Header, limit int) *Recording {
	return &Recording{
		header: h,
		limit:  cmp.Or(limit, DefaultLimit),
		since:  1,
		asked:  make([]call, len(h.Clients)+1),
		timers: map[nodes.Timer]any{},
	}
}

// Wants implements [trace.Observer]: every kind, since any event may be the
// cause of one that matters.
func (r *Recording) Wants() trace.Set { return trace.Every }

// Observe implements [trace.Observer].
func (r *Recording) Observe(e *trace.Event) {
	if len(r.events) >= r.limit {
		r.thin()
	}
	s := event{seq: e.Seq, time: e.Time, kind: e.Kind, server: e.Server, peer: e.Peer}
	if back := e.Seq - e.Cause; e.Cause != 0 && back == uint64(uint32(back)) {
		s.back = uint32(back)
	}
	if r.roles[e.Server] == nodes.Leading {
		s.flags |= leading
	}
	switch e.Kind {
	case trace.Send, trace.Deliver, trace.Drop:
		s.what = e.Msg
		if h, ok := e.Msg.(nodes.Heartbeat); ok && h.Heartbeat() {
			s.flags |= heartbeat
		}
	case trace.Append, trace.Replace:
		s.what = e.Record
	case trace.Expire:
		s.what = r.timer(e.Timer)
	case trace.View:
		s.what = &view{*e.Before, *e.After}
		r.roles[e.Server] = e.After.Role
	case trace.Commit:
		c := &commit{pos: e.Pos, digest: e.Digest}
		if client, seq, _, err := app.Body(e.Op); err == nil {
			c.client, c.seq = client, seq
		}
		s.what = c
		r.committed = max(r.committed, e.Len)
	case trace.Cut, trace.Heal:
		s.what = &sides{e.A, e.B, e.Both}
	case trace.Note, trace.Exit, trace.Panic:
		s.what = e.Text
	case trace.Fault:
		s.what = describeFault(e)
	case trace.Request, trace.Reply, trace.Invoke, trace.Return:
		s.what = r.call(e)
	}
	r.events = append(r.events, s)
}

// call returns what an event says about a client's operation. Only its
// invocation is sure to carry it.
func (r *Recording) call(e *trace.Event) *call {
	c := &call{client: e.Client, seq: e.ClientSeq, class: e.Class, result: e.Result, outcome: e.Outcome}
	if int(e.Client) >= len(r.asked) {
		return c
	}
	last := &r.asked[e.Client]
	if e.Kind == trace.Invoke {
		c.op = e.Op
		*last = *c
	} else if last.seq == e.ClientSeq {
		c.op = last.op
	}
	if e.Kind == trace.Return {
		c.answer = e.Op
	}
	return c
}

// timer boxes a timer once: there are few timers and they expire often.
func (r *Recording) timer(t nodes.Timer) any {
	boxed, ok := r.timers[t]
	if !ok {
		boxed = t
		r.timers[t] = boxed
	}
	return boxed
}

// thin forgets the older half of the events, except landmarks. If these alone
// fill half of the room, the oldest of them go as well.
func (r *Recording) thin() {
	half := len(r.events) / 2
	r.since = r.events[half].seq
	kept := 0
	for _, e := range r.events[:half] {
		if landmarks.Has(e.kind) || e.kind == trace.Commit && e.flags&leading != 0 {
			r.events[kept] = e
			kept++
		}
	}
	drop := max(0, kept-r.limit/4)
	n := copy(r.events, r.events[drop:kept])
	n += copy(r.events[n:], r.events[half:])
	r.forgotten += len(r.events) - n
	clear(r.events[n:])
	r.events = r.events[:n]
}

// index returns the place of the event of that number, or where it would be.
func (r *Recording) index(seq uint64) int {
	i, _ := slices.BinarySearchFunc(r.events, seq, func(e event, seq uint64) int { return cmp.Compare(e.seq, seq) })
	return i
}

// find returns the event of that number, or nil if it is not kept.
func (r *Recording) find(seq uint64) *event {
	if i := r.index(seq); i < len(r.events) && r.events[i].seq == seq {
		return &r.events[i]
	}
	return nil
}

// cause returns the event that led to e, or nil.
func (r *Recording) cause(e *event) *event {
	if e.back == 0 {
		return nil
	}
	return r.find(e.seq - uint64(e.back))
}
