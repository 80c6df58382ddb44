package sim

import (
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// A client in a session behaves as ZooKeeper's does (R-CLI-9, R-CLI-10): it is
// connected to one server at a time, says something often enough to keep its
// session alive, gives a silent server up after two thirds of the session's
// timeout, and goes on to another one, where it takes the session up again and
// sets its watches anew. What becomes of an operation that was under way when a
// connection broke it does not know, and it does not ask again.

// connection is the session of a client, and its way to a server.
type connection struct {
	session  nodes.SessionID // 0: none yet, or it has ended
	password nodes.Password  // of the session
	timeout  time.Duration   // of the session; what to ask for while there is none
	server   nodes.ID        // the one connected to, or 0
	errand   errand          // what the request under way is for
	errands  uint32          // how many there were besides operations
	due      int64           // when the next operation begins, if an errand does not delay it
	rests    bool            // there is no next operation, for now
	saidAt   int64           // when the client last said something
	heardAt  int64           // when it last heard something

	heard   []news   // what the server says, not arrived yet
	watches []string // that the client waits for, in the words of its Watcher
	alive   deadline // for the next word to the server

	// What the recipe has not been told yet, and what it remembers.
	events  [][]byte
	expired bool
	state   []byte
}

// errand is what a request is for.
type errand uint8

const (
	operating  errand = iota // the operation
	connecting               // a server and a session
	rewatching               // the watches, at a new server
	pinging
)

// firstErrand is where the sequence numbers begin of requests that are not
// operations.
const firstErrand = 1 << 31

// inSession reports whether the client keeps a session.
func (c *client) inSession() bool { return c.spec.Session > 0 }

// asked returns the sequence number of the request under way.
func (c *client) asked() uint32 {
	if c.conn.errand == operating {
		return c.seq
	}
	return firstErrand + c.conn.errands
}

// fill writes down the request under way.
func (c *client) fill(r *nodes.Request, class nodes.Class) {
	*r = nodes.Request{
		Client: c.id, Seq: c.asked(), Class: class, Seen: c.seen, Op: c.op.Body,
		Session: c.op.Session, Password: c.op.Password, Timeout: c.op.Timeout,
	}
	if !c.inSession() {
		return
	}
	r.Session, r.Password, r.Timeout = c.conn.session, c.conn.password, c.conn.timeout
	switch c.conn.errand {
	case connecting:
		r.Class, r.Op = nodes.Connect, nil
	case rewatching:
		r.Class, r.Op = nodes.Read, c.spec.Watcher.Again(c.conn.watches, c.seen)
	case pinging:
		r.Class, r.Op = nodes.Ping, nil
	}
}

// run sends the request of an errand, after a pause.
func (w *World) run(c *client, e errand, pause int64) {
	c.conn.errand = e
	switch e {
	case operating:
		c.syncing = c.op.Class == nodes.SyncedRead
	case connecting:
		c.server = c.spec.Servers[c.at%len(c.spec.Servers)]
	}
	if e != operating {
		c.conn.errands++
	}
	w.request(c, pause)
}

// proceed is what a client does when nothing is under way.
func (w *World) proceed(c *client) {
	k := &c.conn
	switch {
	case k.server == 0:
		w.run(c, connecting, w.breather(c))
	case len(k.watches) > 0 && k.errand == connecting:
		w.run(c, rewatching, 0)
	case k.rests && c.spec.Recipe != nil && (len(k.events) > 0 || k.expired):
		w.follow(c, Heard{})
	case k.rests:
		c.phase = resting
		w.keepAlive(c)
	default:
		c.phase = idle
		w.clientDue(c, Invoke, max(w.now, k.due))
		w.keepAlive(c)
	}
}

// breather is the pause before a client tries another server.
func (w *World) breather(c *client) int64 {
	if !w.timed {
		return 0
	}
	return choice.Between(w.src, int64(retryPause.Min), int64(retryPause.Max), &c.link)
}

// hear is what a client in a session makes of an answer.
func (w *World) hear(c *client) {
	k := &c.conn
	if c.outcome != nodes.Done {
		if c.outcome == nodes.RefusedHere && k.errand != operating && !w.timed {
			k.errands-- // nobody will ever answer to that number, so it need not tell states apart
		}
		w.loseConnection(c)
		return
	}
	w.heardFrom(c)
	// Only answers show the client anything: what it watches is set again from
	// where they left off, not from where the new server is.
	if (k.errand == operating || k.errand == rewatching) && c.seen.Less(c.pos) {
		c.seen = c.pos
	}
	switch {
	case k.errand == connecting:
		w.attached(c)
	case k.errand != operating:
		w.proceed(c)
	case c.syncing:
		c.syncing = false
		w.request(c, 0)
	default:
		if c.spec.Watcher != nil {
			k.watches = c.spec.Watcher.Armed(slices.Clone(k.watches), c.op.Body, c.result)
		}
		w.finish(c, trace.OK, c.server)
	}
}

// attached takes note of the session that a server opened or took up again.
func (w *World) attached(c *client) {
	k := &c.conn
	s, _ := nodes.ParseAdmission(c.result)
	if s.ID == 0 {
		w.expire(c)
		return
	}
	k.session, k.password, k.timeout, k.server = s.ID, s.Password, s.Timeout, c.server
	if w.happen(trace.Attach, c.server, 0, uint64(c.id), uint64(s.ID)) {
		e := w.event(trace.Attach, c.server, 0, c.told)
		e.Client, e.Session, e.Pos = c.id, s.ID, c.pos
		w.show(e)
	}
	w.proceed(c)
}

// loseConnection gives a server up, or finds that it refuses. The outcome of an
// operation that it was asked for is unknown (R-CLI-9).
func (w *World) loseConnection(c *client) {
	k := &c.conn
	wasOperating := k.errand == operating && c.phase != idle && c.phase != resting
	if k.server != 0 {
		w.signal(c, nodes.HangUp)
		w.detached(c, "connection lost")
	}
	k.server, k.heard = 0, nil
	w.elsewhere(c)
	switch {
	case k.session != 0 && w.timed && w.now-k.heardAt > int64(k.timeout)*4/3:
		w.expire(c)
	case wasOperating && c.op.Class == nodes.Write:
		w.finish(c, trace.Unknown, c.server)
	case wasOperating:
		w.finish(c, trace.Failed, c.server)
	default:
		w.proceed(c)
	}
}

// elsewhere turns to another server.
func (w *World) elsewhere(c *client) {
	step := int64(1)
	if others := int64(len(c.spec.Servers) - 1); w.timed && others > 1 {
		step = choice.Between(w.src, 1, others, &c.link)
	}
	c.at += int(step)
}

// expire takes note that the session has ended, and goes for a new one.
func (w *World) expire(c *client) {
	k := &c.conn
	w.detached(c, "session expired")
	k.session, k.password, k.server, k.timeout = 0, 0, 0, c.spec.Session
	k.watches, k.heard, k.events, k.expired = nil, nil, nil, true
	w.proceed(c)
}

func (w *World) detached(c *client, why string) {
	if w.happen(trace.Detach, c.server, 0, uint64(c.id), uint64(c.conn.session)) {
		e := w.event(trace.Detach, c.server, 0, 0)
		e.Client, e.Session, e.Text = c.id, c.conn.session, why
		w.show(e)
	}
}

// planInSession fetches what the client does next. Without a next operation it
// rests, and only keeps its session.
func (w *World) planInSession(c *client, h Heard) {
	if c.spec.Recipe != nil {
		w.follow(c, h)
		return
	}
	op, more := c.spec.Workload.Op(c.next, w.src, &c.load)
	w.arrange(c, op, more)
}

// follow asks the recipe what comes next.
func (w *World) follow(c *client, h Heard) {
	k := &c.conn
	h.Session, h.Events, h.Expired = k.session, k.events, k.expired
	k.events, k.expired = nil, false
	state, op, more := c.spec.Recipe.Next(k.state, c.next, h, w.src, &c.load)
	k.state = state
	w.arrange(c, op, more)
}

func (w *World) arrange(c *client, op Op, more bool) {
	due := max(int64(op.At), w.now+int64(op.Pause))
	c.op, c.conn.due = op, due
	if c.conn.rests = !more || w.timed && c.spec.Until > 0 && due >= int64(c.spec.Until); c.conn.rests {
		c.op = Op{}
	}
	w.proceed(c)
}

func (k *connection) appendTo(b []byte) []byte {
	b = nodes.Session{ID: k.session, Timeout: k.timeout}.AppendTo(b) // the password follows from the id
	b = append(b, byte(k.errands>>8), byte(k.errands))               // sessions are named by them
	b = append(b, byte(k.server), byte(k.errand), flag(k.rests), flag(k.expired), byte(len(k.heard)), byte(len(k.watches)), byte(len(k.events)))
	for _, n := range k.heard {
		b = append(b, flag(n.behind), flag(n.hangUp), byte(len(n.event)))
		b = append(b, n.event...)
	}
	for _, watch := range k.watches {
		b = append(append(b, byte(len(watch))), watch...)
	}
	for _, event := range k.events {
		b = append(append(b, byte(len(event))), event...)
	}
	b = append(b, byte(len(k.state)>>8), byte(len(k.state)))
	return append(b, k.state...)
}
