package reports

import (
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// timeline is what the overview shows of a run, before anything is drawn: all
// that a test can check without looking at pixels.
type timeline struct {
	end     time.Duration
	bars    []bar
	bands   []band
	arrows  []arrow
	commits []mark
	calls   []callBox

	heartbeats int // messages left out because they only say "I am alive"
}

// bar is a time during which a server's view, as far as the overview shows
// it, did not change. Servers that are down have a bar of role Down.
type bar struct {
	server   nodes.ID
	from, to time.Duration
	role     nodes.Role
	serving  bool
	leader   nodes.ID
	epoch    uint64
	paused   bool
	why      string // of a bar of role Down: "crash"
}

// arrow is a message on its way. One that was lost ends where it died.
type arrow struct {
	from, to  nodes.ID
	sent, got time.Duration
	answer    bool // sent on receiving a message from that server
	lost      bool
}

// held reports whether the message waited for a link to come back, or for a
// process, far longer than any network takes.
func (a *arrow) held() bool { return !a.lost && a.got-a.sent > time.Second }

// mark is the first delivery of a transaction by a leader.
type mark struct {
	server nodes.ID
	at     time.Duration
	pos    nodes.Position
}

// callBox is a client's operation, from its call to its return.
type callBox struct {
	client   nodes.ClientID
	from, to time.Duration // to is the end of the run for an operation that is open
	result   trace.Result
	open     bool
	text     string // the operation with its result
	op       string // without
}

// overview gathers the timeline of a run.
func overview(r *Run) *timeline {
	t := &timeline{end: r.Duration}
	g := gatherer{timeline: t, run: r, links: newLinks(r.header.Voters | r.header.Observers), delivered: map[delivery]bool{}}
	for id := range (r.header.Voters | r.header.Observers).All() {
		g.now[id] = bar{server: id, role: nodes.Down, why: "not started"}
	}
	for i := range r.events {
		g.take(&r.events[i])
	}
	for id := range (r.header.Voters | r.header.Observers).All() {
		last := g.now[id]
		last.to = t.end
		t.bars = append(t.bars, last)
	}
	t.bands = g.links.bands(t.end)
	t.closeCalls(g.begun)
	slices.SortStableFunc(t.calls, func(a, b callBox) int { return int(a.client) - int(b.client) })
	return t
}

// gatherer walks over the events of a run and remembers what is going on.
type gatherer struct {
	*timeline
	run       *Run
	now       [nodes.MaxServers + 1]bar // the bar that each server is in
	links     *links
	begun     []callBox // operations under way
	delivered map[delivery]bool
}

// delivery is a transaction that some leader delivered.
type delivery struct {
	pos    nodes.Position
	digest nodes.Digest
}

func (g *gatherer) take(e *event) {
	switch e.kind {
	case trace.Start:
		g.change(e.server, e.time, func(b *bar) {
			if b.role == nodes.Down {
				b.role, b.why = nodes.Looking, ""
			}
		})
	case trace.View:
		v := e.what.(*view).after
		g.change(e.server, e.time, func(b *bar) {
			if b.role != nodes.Down || v.Role != nodes.Down { // keep why it is down
				b.why = ""
			}
			b.role, b.serving, b.leader, b.epoch = v.Role, v.Serving, v.Leader, v.Epoch
		})
	case trace.Crash, trace.MachineCrash, trace.Exit, trace.Panic:
		g.change(e.server, e.time, func(b *bar) { *b = bar{server: b.server, why: downBecause[e.kind]} })
	case trace.Pause, trace.Resume:
		g.change(e.server, e.time, func(b *bar) { b.paused = e.kind == trace.Pause })
	case trace.Cut:
		g.links.cut(e.time, e.what.(*sides))
	case trace.Heal:
		g.links.heal(e.time, e.what.(*sides))
	case trace.Deliver, trace.Drop:
		g.message(e)
	case trace.Commit:
		g.commit(e)
	case trace.Invoke:
		c := e.what.(*call)
		g.begun = append(g.begun, callBox{client: c.client, from: e.time, text: g.run.asks(c), op: g.run.asks(c)})
	case trace.Return:
		g.returned(e)
	}
}

var downBecause = map[trace.Kind]string{
	trace.Crash: "crash", trace.MachineCrash: "power loss", trace.Exit: "exit", trace.Panic: "panic",
}

// change ends the bar of a server, if what it shows changes, and begins the
// next.
func (g *gatherer) change(id nodes.ID, at time.Duration, edit func(*bar)) {
	old := &g.now[id]
	next := *old
	edit(&next)
	if next.role == nodes.Looking || next.role == nodes.Down {
		next.serving, next.leader, next.epoch = false, 0, 0 // these say nothing then
	}
	if next == *old {
		return
	}
	if at > old.from {
		done := *old
		done.to = at
		g.bars = append(g.bars, done)
	}
	next.from = at
	*old = next
}

func (g *gatherer) message(e *event) {
	if e.flags&heartbeat != 0 {
		g.heartbeats++
		return
	}
	send := g.run.cause(e)
	if send == nil || send.kind != trace.Send {
		return // the sending was forgotten
	}
	before := g.run.cause(send)
	g.arrows = append(g.arrows, arrow{
		from: e.peer, to: e.server, sent: send.time, got: e.time,
		answer: before != nil && before.kind == trace.Deliver && before.peer == send.peer,
		lost:   e.kind == trace.Drop,
	})
}

// commit marks what a leader delivers. A leader that delivers again what an
// earlier one delivered gets no mark.
func (g *gatherer) commit(e *event) {
	c := e.what.(*commit)
	d := delivery{c.pos, c.digest}
	if e.flags&leading == 0 || g.delivered[d] {
		return
	}
	g.delivered[d] = true
	g.commits = append(g.commits, mark{e.server, e.time, c.pos})
}

func (g *gatherer) returned(e *event) {
	c := e.what.(*call)
	i := slices.IndexFunc(g.begun, func(b callBox) bool { return b.client == c.client })
	if i < 0 {
		return
	}
	box := g.begun[i]
	g.begun = slices.Delete(g.begun, i, i+1)
	box.to, box.result = e.time, c.result
	box.text = g.run.outcome(c)
	g.calls = append(g.calls, box)
}

// closeCalls ends the boxes of operations that never returned.
func (t *timeline) closeCalls(begun []callBox) {
	for _, box := range begun {
		box.to, box.open = t.end, true
		t.calls = append(t.calls, box)
	}
}
