package reports

import (
	"fmt"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// who returns whom an event is about: "s3", "fault", the name of a client.
func (r *Recording) who(e *event) string {
	switch e.kind {
	case trace.Cut, trace.Heal, trace.Crash, trace.MachineCrash, trace.Pause, trace.Resume, trace.Fault:
		return "fault"
	case trace.Invoke, trace.Return:
		return r.header.ClientName(e.what.(*call).client)
	}
	return e.server.String()
}

// printed returns the message or record of an event in its printed form.
func (e *event) printed() string {
	if v, ok := e.what.(interface{ Kind() string }); ok {
		return nodes.Describe(v)
	}
	return ""
}

// words says what happened, to be read after who.
func (r *Recording) words(e *event) string {
	switch e.kind {
	case trace.View:
		return r.change(e)
	case trace.Commit:
		c := e.what.(*commit)
		return "commits " + c.pos.String() + r.operation(c)
	case trace.Request:
		c := e.what.(*call)
		return "request of " + r.header.ClientName(c.client) + ": " + r.asks(c)
	case trace.Send:
		var to nodes.Set
		for _, s := range r.broadcast(e) {
			to = to.With(s.peer)
		}
		return e.printed() + " to " + bare(to)
	case trace.Deliver:
		return "receives " + e.printed() + " of " + e.peer.String()
	case trace.Drop:
		return "never receives " + e.printed() + " of " + e.peer.String()
	case trace.Append, trace.Replace:
		return "writes " + e.printed()
	case trace.Truncate:
		return "cuts a file short"
	case trace.Expire:
		return "timer " + r.header.Protocol.TimerName(e.what.(nodes.Timer)) + " expires"
	case trace.Invoke:
		return "asks: " + r.asks(e.what.(*call))
	case trace.Return:
		return r.outcome(e.what.(*call))
	case trace.Reply:
		c := e.what.(*call)
		return "answers " + r.header.ClientName(c.client) + ": " + c.outcome.String()
	case trace.Cut, trace.Heal:
		return describeSides(e.kind, e.what.(*sides))
	case trace.Crash:
		return "crash of " + e.server.String()
	case trace.MachineCrash:
		return "power loss at " + e.server.String()
	case trace.Pause, trace.Resume:
		return e.kind.String() + " of " + e.server.String()
	case trace.Start:
		return "boots"
	case trace.Exit, trace.Panic:
		return e.kind.String() + ": " + e.what.(string)
	case trace.Note, trace.Fault:
		return e.what.(string)
	case trace.Durable:
		return "fsync done"
	case trace.Fail:
		return "fsync fails"
	case trace.Open:
		return "connected with " + e.peer.String()
	case trace.Refuse:
		return "cannot connect to " + e.peer.String()
	case trace.Close:
		return "loses the connection to " + e.peer.String()
	}
	return e.kind.String()
}

// describeFault says what was done, and to whom: "s2: disk full", "{s1} to {s2
// s3}: slow link: +50ms".
func describeFault(e *trace.Event) string {
	switch {
	case e.Server != 0:
		return e.Server.String() + ": " + e.Text
	case e.A == 0:
		return e.Text
	case e.Both:
		return e.A.String() + " and " + e.B.String() + ": " + e.Text
	default:
		return e.A.String() + " to " + e.B.String() + ": " + e.Text
	}
}

// operation returns the operation that a transaction carries out, in words, with
// a colon before it, or "".
func (r *Recording) operation(c *commit) string {
	for i := range r.events {
		if e := &r.events[i]; e.kind == trace.Invoke && c.client != 0 {
			if op := e.what.(*call); op.client == c.client && op.seq == c.seq {
				return ": " + r.asks(op)
			}
		}
	}
	return ""
}

// change says what a change of view means.
func (r *Recording) change(e *event) string {
	v := e.what.(*view)
	b, a := &v.before, &v.after
	switch {
	case a.Role == nodes.Down:
		return "is down"
	case a.Role == nodes.Looking && b.Role != nodes.Looking:
		return r.reason(e, b) + "looks for a leader"
	case b.Role == a.Role && b.Serving && !a.Serving:
		return "stops serving"
	case a.Role == nodes.Leading && a.Serving:
		return strings.TrimSpace("leads " + r.epoch(a))
	case a.Role == nodes.Leading && b.Role != nodes.Leading:
		return "prepares to lead"
	case a.Role == nodes.Following && a.Serving:
		return "follows " + a.Leader.String() + r.within(a)
	case a.Role == nodes.Following && b.Role != nodes.Following:
		return "joins " + a.Leader.String()
	case a.Role == nodes.Observing:
		return "observes " + a.Leader.String() + r.within(a)
	default:
		return strings.TrimSpace("enters " + r.epoch(a))
	}
}

// reason says why a server that was settled looks for a leader, as far as the
// cause of the change shows it.
func (r *Recording) reason(e *event, b *nodes.Status) string {
	cause := r.cause(e)
	switch {
	case cause == nil:
		return ""
	case cause.kind == trace.Start:
		return "boots, "
	case cause.kind == trace.Expire && b.Role == nodes.Leading:
		return "hears from too few: "
	case cause.kind == trace.Expire && b.Leader != 0:
		return "no answer from " + b.Leader.String() + ": "
	case cause.kind == trace.Close:
		return "loses the connection to " + cause.peer.String() + ": "
	}
	return ""
}

// epoch returns "epoch 2" in the protocol's word for it, or "" if it has none.
func (r *Recording) epoch(s *nodes.Status) string {
	if r.header.Protocol.Epoch == "" {
		return ""
	}
	return fmt.Sprintf("%s %d", r.header.Protocol.Epoch, s.Epoch)
}

func (r *Recording) within(s *nodes.Status) string {
	if r.header.Protocol.Epoch == "" {
		return ""
	}
	return " in " + r.epoch(s)
}

// aside says which other servers lead, or believe so, at the moment when one
// begins to: a fact that no single event shows.
func (r *Recording) aside(e *event) string {
	v, ok := e.what.(*view)
	if !ok || v.after.Role != nodes.Leading || !v.after.Serving || v.before.Role == nodes.Leading && v.before.Serving {
		return ""
	}
	var now [nodes.MaxServers + 1]nodes.Status
	for i := range r.events {
		o := &r.events[i]
		if o.seq >= e.seq {
			break
		}
		switch w := o.what.(type) {
		case *view:
			now[o.server] = w.after
		default:
			if o.kind == trace.Crash || o.kind == trace.MachineCrash || o.kind == trace.Exit || o.kind == trace.Panic {
				now[o.server] = nodes.Status{}
			}
		}
	}
	var rivals []string
	for id := range now {
		if s := &now[id]; nodes.ID(id) != e.server && s.Role == nodes.Leading && s.Serving {
			rivals = append(rivals, strings.TrimSpace(nodes.ID(id).String()+" still leads "+r.epoch(s)))
		}
	}
	return strings.Join(rivals, ", ")
}

// asks returns a client's operation in words.
func (r *Recording) asks(c *call) string {
	if len(c.op) == 0 {
		return c.class.String() // a sync has no operation
	}
	return r.header.Describe(c.op, nil)
}

// outcome returns a client's operation with its result in words: "transfer
// alice bob 80: ok".
func (r *Recording) outcome(c *call) string {
	switch {
	case c.result != trace.OK:
		return r.asks(c) + ": " + c.result.String()
	case len(c.op) == 0 || c.answer == nil:
		return r.asks(c) + ": ok"
	default:
		return r.header.Describe(c.op, c.answer)
	}
}
