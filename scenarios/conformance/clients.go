package conformance

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// queue is a workload that grows as the timeline goes on.
type queue struct {
	ops  []sim.Op
	more sim.Workload // what follows when ops are done; may be nil
}

// Op implements [sim.Workload].
func (q *queue) Op(i int, src choice.Source, s *choice.Stream) (sim.Op, bool) {
	switch {
	case i < len(q.ops):
		return q.ops[i], true
	case q.more != nil:
		return q.more.Op(i, src, s)
	default:
		return sim.Op{}, false
	}
}

// endless is a workload that goes on until it is stopped.
type endless struct {
	op      func(i int) sim.Op
	stopped func(i int) bool // before the i-th operation, from 0
}

// Op implements [sim.Workload].
func (e *endless) Op(i int, _ choice.Source, _ *choice.Stream) (sim.Op, bool) {
	if e.stopped(i) {
		return sim.Op{}, false
	}
	return e.op(i), true
}

// session is the standing session of the timeline with one server. A client of
// the world does one operation at a time, so a session that has several under
// way is several clients: lanes.
type session struct {
	lanes []nodes.ClientID
	used  int // lanes of the cast that belong to some session
	// closed is how often the server had stopped serving when the session was
	// opened; a session does not outlive that.
	closed  int
	pending []*operation
}

// operation is one operation of the timeline, under way or done.
type operation struct {
	step   *Step
	op     znode.Op
	sync   bool
	server nodes.ID
	id     call
	// In a session: which, or that one is to be opened or taken up.
	session  nodes.Admission
	connects bool
	timeout  time.Duration
}

// result is how an operation ended, in the words of the cases.
type result struct {
	status string // ok, err, connloss, timeout, noservice; "" while under way
	pos    nodes.Position
	znode.Result
}

func (o *operation) writes() bool { return o.class() == nodes.Write }

func (o *operation) class() nodes.Class {
	switch {
	case o.connects:
		return nodes.Connect
	case o.sync:
		return nodes.Sync
	case o.op.Reads():
		return nodes.Read
	default:
		return nodes.Write
	}
}

// result looks an operation up in a record.
func (o *operation) result(seen *record) result {
	a, found := seen.answers[o.id]
	switch {
	case !found:
		return result{}
	case a.result == trace.Failed:
		return result{status: "noservice"}
	case a.result == trace.Unknown:
		return result{status: "connloss"}
	case o.sync, o.connects:
		return result{status: "ok", pos: a.pos}
	}
	res, err := znode.ParseResult(a.body)
	if err != nil {
		panic(fmt.Sprintf("conformance: %v answered with %x", o.op, a.body))
	}
	r := result{status: "ok", pos: a.pos, Result: res}
	if res.Code != znode.OK {
		r.status = "err"
	}
	return r
}

// parseOp reads the operation of a step.
func (a *Args) parseOp(data string) (op znode.Op, sync bool, err error) {
	op = znode.Op{Path: a.Path, Data: data, Version: a.version()}
	switch a.Op {
	case "create":
		op.Kind, op.Version = znode.KindCreate, 0
		op.Ephemeral, op.Sequential = a.Ephemeral, a.Sequential
	case "set":
		op.Kind = znode.KindSet
	case "delete":
		op.Kind = znode.KindDelete
	case "get":
		op = znode.Op{Kind: znode.KindGet, Path: a.Path}
	case "exists":
		op = znode.Op{Kind: znode.KindExists, Path: a.Path}
	case "children":
		op = znode.Op{Kind: znode.KindChildren, Path: a.Path}
	case "multi":
		op, err = parseMulti(a.Ops)
		return op, false, err
	case "sync":
		return op, true, nil
	default:
		return op, false, fmt.Errorf("unknown operation %q", a.Op)
	}
	return op, false, nil
}

// issue sends an operation on the session of a server, or on a new one.
func (r *replay) issue(s *Step, server nodes.ID, op znode.Op, sync, fresh bool) (*operation, error) {
	o := &operation{step: s, op: op, sync: sync, server: server}
	lane, err := r.lane(o, fresh)
	if err != nil {
		return nil, err
	}
	r.enqueue(o, lane)
	return o, nil
}

func (r *replay) enqueue(o *operation, lane nodes.ClientID) {
	q := r.cast.queues[lane-1]
	q.ops = append(q.ops, sim.Op{Class: o.class(), Body: o.op.Body(), Session: o.session.ID, Password: o.session.Password, Timeout: o.timeout})
	o.id = call{lane, uint32(len(q.ops))}
	r.w.Poll(lane)
}

// lane finds a client for an operation. Operations of a session are answered in
// the order they were issued; a write goes its own way at once, so that several
// can be under way, but a read waits in line behind what is not answered.
func (r *replay) lane(o *operation, fresh bool) (nodes.ClientID, error) {
	ss := &r.sessions[o.server]
	if fresh {
		return r.newLane(o.server)
	}
	if now := r.seen.closed[o.server]; ss.lanes == nil || ss.closed != now {
		ss.lanes, ss.closed, ss.pending = nil, now, nil
	}
	ss.pending = slices.DeleteFunc(ss.pending, func(p *operation) bool { return p.result(r.seen).status != "" })
	if k := len(ss.pending); k > 0 && !o.writes() {
		lane := ss.pending[k-1].id.client
		ss.pending = append(ss.pending, o)
		return lane, nil
	}
	for _, lane := range ss.lanes {
		if !slices.ContainsFunc(ss.pending, func(p *operation) bool { return p.id.client == lane }) {
			ss.pending = append(ss.pending, o)
			return lane, nil
		}
	}
	lane, err := r.newLane(o.server)
	if err == nil {
		ss.lanes = append(ss.lanes, lane)
		ss.pending = append(ss.pending, o)
	}
	return lane, err
}

// newLane takes a client that no server has shown anything yet.
func (r *replay) newLane(server nodes.ID) (nodes.ClientID, error) {
	ss := &r.sessions[server]
	if ss.used == len(r.cast.lanes[server]) {
		return 0, errors.New("the replay ran out of clients")
	}
	ss.used++
	return r.cast.lanes[server][ss.used-1], nil
}

// finish waits for the end of an operation.
func (r *replay) finish(o *operation) error {
	what := o.class().String()
	if o.writes() || o.class() == nodes.Read {
		what = o.op.String()
	}
	return r.wait(fmt.Sprintf("%s via %v to end", what, o.server), func() bool { return o.result(r.seen).status != "" })
}

func (r *replay) op(s *Step) error {
	if err := r.opBegin(s); err != nil || r.steps[s.N].op == nil {
		return err
	}
	return r.finish(r.steps[s.N].op)
}

// opBegin issues an operation and gives the request the time to get to the
// server, so that the next one comes behind it.
func (r *replay) opBegin(s *Step) error {
	a := &s.args
	op, sync, err := r.parse(s)
	if err != nil {
		return err
	}
	if a.Session != "" {
		n, err := r.session(a.Session)
		if err != nil {
			return err
		}
		r.steps[s.N].op = r.inSession(s, n, a.Conn, op)
		return r.advance(2 * latency.Max)
	}
	o, err := r.issue(s, a.Via.server, op, sync, a.NewSession)
	if err != nil {
		return err
	}
	r.steps[s.N].op = o
	return r.advance(2 * latency.Max)
}

// parse reads the operation of a step, with data that it leaves out.
func (r *replay) parse(s *Step) (op znode.Op, sync bool, err error) {
	data := s.args.Data
	if data == "" {
		data = unrecorded[r.c.Name()][s.N]
	}
	return s.args.parseOp(data)
}

// opEnd waits for the operation that an op_begin with the same arguments
// issued.
func (r *replay) opEnd(s *Step) error {
	for n := s.N - 1; n > 0; n-- {
		b := &r.c.Timeline[n-1]
		if b.Action != "op_begin" || b.args.Op != s.args.Op || b.args.Path != s.args.Path || b.args.Via != s.args.Via ||
			b.args.Data != s.args.Data {
			continue
		}
		o := r.steps[n].op
		if o == nil {
			r.skip(s, r.steps[n].skipped)
			return nil
		}
		r.steps[s.N].op = o
		return r.finish(o)
	}
	return errors.New("no op_begin is like it")
}

// probe tries one server after the other until a write succeeds.
func (r *replay) probe(s *Step) error {
	op, _, err := r.parse(s)
	if err != nil {
		return err
	}
	for end := r.w.Now() + r.c.ticks(limit); r.w.Now() < end; {
		for _, server := range s.args.Servers {
			o, err := r.probeOnce(s, server, op)
			if err != nil {
				return err
			}
			if o.result(r.seen).status == "ok" {
				r.steps[s.N].op = o
				return nil
			}
		}
	}
	return fmt.Errorf("no write succeeded within %d ticks", limit)
}

// probeOnce uses the standing session, which is opened anew when the last one
// was turned away.
func (r *replay) probeOnce(s *Step, server nodes.ID, op znode.Op) (*operation, error) {
	o, err := r.issue(s, server, op, false, false)
	if err != nil {
		return nil, err
	}
	return o, r.finish(o)
}

// openWith lets a client that has seen a certain zxid ask for something: a
// server that is behind refuses it.
func (r *replay) openWith(s *Step, opener nodes.ClientID) *operation {
	o := &operation{step: s, op: znode.Op{Kind: znode.KindExists, Path: "/"}, server: s.args.Via.server}
	r.enqueue(o, opener)
	return o
}
