package sim

import (
	"fmt"
	"time"

	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// retryPause is how long a client that was turned away waits before it asks
// the next server.
var retryPause = network.Range{Min: 20 * time.Millisecond, Max: 100 * time.Millisecond}

// phase is where a client's operation is.
type phase uint8

const (
	idle     phase = iota // the next operation is not issued yet
	asking                // the request is on its way to the server
	waiting               // the server has it
	answered              // the answer is on its way back
	finished              // there are no more operations
	resting               // in a session, and waiting for news
)

// client issues the operations of one workload, one at a time.
type client struct {
	spec  *Client
	id    nodes.ClientID
	site  int
	phase phase
	op    Op
	next  int // index of op in the workload
	// seq names op to the servers; it grows by one with every operation.
	seq     uint32
	at      int      // which of spec.Servers it asks
	server  nodes.ID // the one asked last
	syncing bool     // the first half of a SyncedRead
	// inDoubt says that a server may have carried op out without our hearing
	// of it.
	inDoubt bool
	held    bool // a cut or a pause keeps request or answer from arriving
	seen    nodes.Position
	invoked uint64 // the Invoke event
	told    uint64 // the Reply event behind the answer

	outcome nodes.Outcome
	result  []byte
	pos     nodes.Position

	due      int64 // when the next of its actions happens, to tell stale ones
	patience deadline
	limit    deadline // for the operation as a whole

	load, link choice.Stream

	conn connection // of a client in a session; see session.go
}

func (w *World) initClient(i int) {
	spec := &w.cfg.Clients[i]
	c := &w.clients[i]
	*c = client{spec: spec, id: nodes.ClientID(i + 1), site: -1, seen: spec.Seen}
	c.load = choice.NewStream("load " + spec.Name)
	c.link = choice.NewStream("latency " + spec.Name)
	for s := range w.cfg.Topology.Sites {
		if w.cfg.Topology.Sites[s].Name == spec.Site {
			c.site = s
		}
	}
	if w.timed {
		c.at = spec.First(w.src)
	}
	c.conn.timeout = spec.Session
	w.plan(c)
}

// First returns which of its servers a client turns to first: it draws its place
// among them. In a world without times it is the first of them.
func (c *Client) First(src choice.Source) int {
	stream := choice.NewStream("server " + c.Name)
	return int(choice.Between(src, 0, int64(len(c.Servers)-1), &stream))
}

// plan fetches the next operation and says when it is issued.
func (w *World) plan(c *client) {
	if c.inSession() {
		w.planInSession(c, Heard{})
		return
	}
	op, more := c.spec.Workload.Op(c.next, w.src, &c.load)
	due := max(int64(op.At), w.now+int64(op.Pause))
	if !more || w.timed && c.spec.Until > 0 && due >= int64(c.spec.Until) {
		c.phase, c.op = finished, Op{}
		return
	}
	c.phase, c.op = idle, op
	w.clientDue(c, Invoke, due)
}

// Waits reports whether a client has asked for something and has no answer yet.
func (w *World) Waits(id nodes.ClientID) bool {
	switch w.client(id).phase {
	case asking, waiting, answered:
		return true
	default:
		return false
	}
}

// Poll asks the workload of a client that had no more operations whether it
// has one now, for workloads that grow as the run goes on.
func (w *World) Poll(id nodes.ClientID) {
	if c := w.client(id); c.phase == finished {
		w.plan(c)
	}
}

// clientDue queues an action of a client; what was due before is stale.
func (w *World) clientDue(c *client, k ActionKind, due int64) {
	c.due = due
	if w.timed {
		w.queue.push(due, Action{Kind: k, Client: c.id})
	}
}

func (w *World) hop(c *client) int64 {
	if !w.timed {
		return 0
	}
	r := &w.cfg.Topology.Within
	return choice.Between(w.src, int64(r.Min), int64(r.Max), &c.link)
}

func (w *World) possibleClient(a *Action) error {
	if a.Client == 0 || int(a.Client) > len(w.clients) {
		return fmt.Errorf("there is no client %d", a.Client)
	}
	c := w.client(a.Client)
	ok := false
	switch a.Kind {
	case Invoke:
		ok = c.phase == idle
	case Arrive:
		ok = c.phase == asking && w.reaches(c) && !w.servers[c.server].paused
	case Answer:
		ok = c.phase == answered && w.reaches(c) && (len(c.conn.heard) == 0 || c.conn.heard[0].behind)
	case Told:
		ok = w.newsArrives(c)
	case KeepAlive:
		ok = w.timed && c.conn.server != 0
	case Impatience:
		ok = c.phase == asking || c.phase == waiting
	case GiveUp:
		ok = c.phase != idle && c.phase != finished && !c.inSession()
	}
	if !ok {
		return fmt.Errorf("%s is not at that point", c.spec.Name)
	}
	return nil
}

func (w *World) reaches(c *client) bool { return w.net.Reaches(c.site, c.server) }

func (w *World) applyClient(a *Action) {
	c := w.client(a.Client)
	switch a.Kind {
	case Invoke:
		w.invoke(c)
	case Arrive:
		w.arrive(c)
	case Answer:
		w.answer(c)
		w.newsFollow(c)
	case Told:
		w.told(c)
	case KeepAlive:
		w.ping(c)
	case Impatience:
		if c.inSession() {
			w.loseConnection(c)
			return
		}
		c.inDoubt = c.inDoubt || c.phase == waiting
		w.askNext(c)
	case GiveUp:
		w.giveUp(c)
	}
}

func (w *World) invoke(c *client) {
	c.next++
	c.seq = uint32(c.next)
	c.inDoubt = false
	if w.happen(trace.Invoke, 0, 0, uint64(c.id)<<32|uint64(c.seq), uint64(nodes.Digest(c.op.Class).Bytes(c.op.Body))) {
		e := w.event(trace.Invoke, 0, 0, 0)
		e.Client, e.ClientSeq, e.Class, e.Op, e.Session = c.id, c.seq, c.op.Class, c.op.Body, c.conn.session
		w.show(e)
	}
	c.invoked = w.events
	if c.inSession() {
		w.run(c, operating, 0)
		return
	}
	if w.timed && c.spec.Timeout > 0 {
		w.putOff(&c.limit, w.now+int64(c.spec.Timeout), Action{Kind: GiveUp, Client: c.id})
	}
	w.ask(c, 0)
}

// ask sends the request to the server whose turn it is, after a pause.
func (w *World) ask(c *client, pause int64) {
	c.server = c.spec.Servers[c.at%len(c.spec.Servers)]
	c.syncing = c.op.Class == nodes.SyncedRead
	w.request(c, pause)
}

func (w *World) request(c *client, pause int64) {
	c.phase, c.held = asking, false
	w.clientDue(c, Arrive, w.now+pause+w.hop(c))
	begun, attempt := w.now+pause, c.spec.Attempt
	switch {
	case !w.timed:
	case c.inSession():
		c.conn.saidAt = begun
		w.keepAlive(c)
		w.putOff(&c.patience, c.patienceOf(begun), Action{Kind: Impatience, Client: c.id})
	case attempt > 0:
		w.putOff(&c.patience, begun+int64(attempt), Action{Kind: Impatience, Client: c.id})
	}
}

func (w *World) askNext(c *client) {
	c.at++
	pause := int64(0)
	if w.timed {
		pause = choice.Between(w.src, int64(retryPause.Min), int64(retryPause.Max), &c.link)
	}
	w.ask(c, pause)
}

// arrive hands the request to the server, or finds nobody there.
func (w *World) arrive(c *client) {
	if !w.Up(c.server) {
		w.settle(c, nodes.RefusedHere, nil, nodes.Position{})
		return
	}
	class := c.op.Class
	if class == nodes.SyncedRead {
		class = nodes.Read
		if c.syncing {
			class = nodes.Sync
		}
	}
	c.phase = waiting
	r := &w.in.request
	c.fill(r, class)
	if w.happen(trace.Request, c.server, 0, uint64(c.id)<<32|uint64(r.Seq), uint64(r.Class)) {
		e := w.event(trace.Request, c.server, 0, c.invoked)
		e.Client, e.ClientSeq, e.Class, e.Op, e.Session = c.id, r.Seq, r.Class, r.Op, r.Session
		w.show(e)
	}
	w.step(c.server, r, w.events)
}

// reply is the effect of a server that answers a client.
func (w *World) reply(id nodes.ID, e *nodes.Effect, root uint64) {
	if w.happen(trace.Reply, id, 0, uint64(e.Client)<<32|uint64(e.Seq), uint64(nodes.Digest(e.Outcome).Bytes(e.Op))) {
		ev := w.event(trace.Reply, id, 0, root)
		ev.Client, ev.ClientSeq, ev.Outcome, ev.Pos, ev.Op = e.Client, e.Seq, e.Outcome, e.At, e.Op
		w.show(ev)
	}
	if e.Client == 0 || int(e.Client) > len(w.clients) {
		return
	}
	if c := w.client(e.Client); c.phase == waiting && c.asked() == e.Seq && c.server == id {
		w.settle(c, e.Outcome, e.Op, e.At)
	}
}

// settle sends an outcome on its way to the client.
func (w *World) settle(c *client, o nodes.Outcome, result []byte, pos nodes.Position) {
	c.phase, c.outcome, c.result, c.pos, c.held, c.told = answered, o, result, pos, false, w.events
	due := w.now + w.hop(c)
	if k := len(c.conn.heard); k > 0 {
		due = max(due, c.conn.heard[k-1].due) // what was said before comes before
	}
	w.clientDue(c, Answer, due)
}

// answer is what the client makes of the server's answer.
func (w *World) answer(c *client) {
	if c.inSession() {
		w.hear(c)
		return
	}
	switch c.outcome {
	case nodes.Done:
		if c.seen.Less(c.pos) {
			c.seen = c.pos
		}
		if c.syncing {
			c.syncing = false
			w.request(c, 0)
			return
		}
		w.finish(c, trace.OK, c.server)
	case nodes.RefusedHere:
		if c.spec.OneTry {
			w.finish(c, trace.Failed, c.server)
			return
		}
		w.askNext(c)
	case nodes.Lost:
		c.inDoubt = true
		if c.op.Class == nodes.Write && !c.spec.Retry || c.spec.OneTry {
			w.finish(c, trace.Unknown, c.server)
			return
		}
		w.askNext(c)
	}
}

// giveUp ends an operation whose time is up. One that some server may have
// taken on is of unknown outcome, and stays open in the history for ever; one
// that was turned away everywhere failed.
func (w *World) giveUp(c *client) {
	inDoubt := c.inDoubt || c.phase == waiting || c.phase == answered && c.outcome != nodes.RefusedHere
	if inDoubt && c.op.Class == nodes.Write {
		w.finish(c, trace.Unknown, 0)
	} else {
		w.finish(c, trace.Failed, 0)
	}
}

func (w *World) finish(c *client, r trace.Result, server nodes.ID) {
	if r != trace.OK {
		c.result, c.pos = nil, nodes.Position{}
		if !c.inSession() {
			c.at++ // the next operation is better off elsewhere
		}
	}
	x := uint64(c.id)<<32 | uint64(c.seq)
	if w.happen(trace.Return, server, 0, x, uint64(nodes.Digest(r).Bytes(c.result))) {
		e := w.event(trace.Return, server, 0, c.told)
		e.Client, e.ClientSeq, e.Class, e.Result, e.Session = c.id, c.seq, c.op.Class, r, c.conn.session
		e.Pos, e.Op = c.pos, c.result
		w.show(e)
	}
	body := c.result
	c.result = nil
	if c.inSession() {
		w.planInSession(c, Heard{Ended: true, Result: r, Body: body})
		return
	}
	w.plan(c)
}

func (c *client) appendTo(b []byte) []byte {
	b = append(b, byte(c.phase), byte(c.next>>8), byte(c.next), byte(c.at%len(c.spec.Servers)), byte(c.server),
		flag(c.syncing), flag(c.inDoubt), byte(c.outcome), byte(len(c.result)>>8), byte(len(c.result)))
	b = append(b, c.result...)
	b = c.seen.AppendText(b)
	b = append(b, ' ')
	b = c.pos.AppendText(b)
	if c.inSession() || len(c.conn.heard) > 0 {
		b = c.conn.appendTo(b)
	}
	return append(b, ' ')
}
