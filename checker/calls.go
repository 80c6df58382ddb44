package checker

import (
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// call is an operation as its client saw it.
type call struct {
	client nodes.ClientID
	seq    uint32
	class  nodes.Class
	ended  ending
	server nodes.ID       // who answered
	pos    nodes.Position // the newest one in the state it was answered from
	op     []byte
	result []byte

	invoked, returned     uint64 // events; returned is 0 while it is open
	invokedAt, returnedAt time.Duration

	// rank encodes the operation and all that had ended before it began.
	rank nodes.Digest
}

// ending says how much a client knows about what became of an operation.
type ending uint8

const (
	open   ending = iota // not ended, or it may or may not have happened
	done                 // the result is known
	failed               // it did not happen
)

// calls keeps the operations of all clients.
type calls struct {
	ended   []call // in the order of their ends
	pending []call // by client; seq 0: none

	// endings and history encode ended: as sums, since operations that ended in
	// another order are the same history unless one began after the other.
	endings, history nodes.Digest
}

func newCalls(h *trace.Header) *calls {
	return &calls{pending: make([]call, len(h.Clients)+1)}
}

// newCallKeeper returns the keeper of a monitor that looks at what clients ask for
// and get.
func newCallKeeper(h *trace.Header) keeper {
	k := newKeeper(h)
	k.calls = newCalls(h)
	return k
}

func (c *calls) observe(e *trace.Event) {
	if e.Kind == trace.Invoke {
		c.begin(e)
	} else {
		c.end(e)
	}
}

// last returns the call that ended last.
func (c *calls) last() *call { return &c.ended[len(c.ended)-1] }

func (c *calls) begin(e *trace.Event) {
	for int(e.Client) >= len(c.pending) {
		c.pending = append(c.pending, call{})
	}
	c.pending[e.Client] = call{
		client: e.Client, seq: e.ClientSeq, class: e.Class, op: e.Op, invoked: e.Seq, invokedAt: e.Time,
		rank: c.endings.Word(uint64(e.Client)<<32 | uint64(e.ClientSeq)).Word(uint64(e.Class)).Bytes(e.Op),
	}
}

func (c *calls) end(e *trace.Event) {
	p := &c.pending[e.Client]
	op := *p
	*p = call{}
	op.server, op.pos, op.returnedAt = e.Server, e.Pos, e.Time
	switch e.Result {
	case trace.OK:
		op.ended, op.returned, op.result = done, e.Seq, e.Op
		c.endings += nodes.Digest(1).Word(uint64(op.client)<<32 | uint64(op.seq))
	case trace.Failed:
		op.ended, op.returned = failed, e.Seq
	case trace.Unknown:
	}
	c.history += op.rank.Word(uint64(op.ended)).Word(op.pos.Epoch).Word(op.pos.Index).Bytes(op.result)
	c.ended = append(c.ended, op)
}

// all returns every operation that may have happened: those that are open
// last.
func (c *calls) all() []call {
	var all []call
	for _, op := range c.ended {
		if op.ended != failed {
			all = append(all, op)
		}
	}
	for _, op := range c.pending {
		if op.seq != 0 {
			all = append(all, op)
		}
	}
	return all
}

func (c *calls) clone() *calls {
	return &calls{
		ended: slices.Clip(c.ended), pending: slices.Clone(c.pending),
		endings: c.endings, history: c.history,
	}
}

func (c *calls) appendTo(b []byte) []byte {
	b = appendWord(appendWord(b, uint64(c.endings)), uint64(c.history))
	for i := range c.pending {
		if c.pending[i].seq != 0 {
			b = appendWord(append(b, byte(i)), uint64(c.pending[i].rank))
		}
	}
	return b
}
