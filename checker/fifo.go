package checker

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim/trace"
)

func fifoClientOrder() Property {
	return Property{
		Name: "fifo-client-order", Source: "INV-28; Hunt et al., ZooKeeper (ATC 2010), section 2.3", Kind: Always,
		Doc: "What a client asks for in a session is carried out in the order in which it asked, unless it is refused.",
		New: func(h *trace.Header) Monitor { return &fifo{inSessions: newTree(h).state != nil} },
	}
}

// fifo remembers which operation of each session took effect last. Each
// transaction counts once, when some server delivers it first.
type fifo struct {
	inSessions bool
	len        uint64
	asked      []effect // writes that have not taken effect, as they were asked for
	last       []effect // by session
}

// effect is an operation of a client in a session, and where it took effect.
type effect struct {
	session nodes.SessionID
	client  nodes.ClientID
	seq     uint32
	at      nodes.Position
}

func (m *fifo) Wants() trace.Set {
	if !m.inSessions {
		return 0
	}
	return trace.Of(trace.Invoke, trace.Commit)
}

func (m *fifo) Observe(e *trace.Event) *Violation {
	if e.Kind == trace.Invoke {
		if e.Class == nodes.Write && e.Session != 0 {
			m.asked = append(slices.Clip(m.asked), effect{e.Session, e.Client, e.ClientSeq, nodes.Position{}})
		}
		return nil
	}
	if e.Len != m.len+1 {
		return nil
	}
	m.len++
	client, seq, body, err := app.Body(e.Op)
	asked := slices.IndexFunc(m.asked, func(x effect) bool { return x.client == client && x.seq == seq })
	if err != nil || asked < 0 {
		return nil
	}
	now := m.asked[asked]
	now.at = e.Pos
	m.asked = slices.Delete(slices.Clone(m.asked), asked, asked+1)
	if t, err := znode.ParseTxn(body); err == nil && t.Kind == znode.TxnError {
		return nil // refused
	}
	return m.follows(e, now)
}

// follows demands that an operation was asked for after the one before it.
func (m *fifo) follows(e *trace.Event, now effect) *Violation {
	i, known := slices.BinarySearchFunc(m.last, now.session, func(x effect, id nodes.SessionID) int { return cmp.Compare(x.session, id) })
	switch {
	case !known:
		m.last = slices.Insert(slices.Clip(m.last), i, now)
		return nil
	case now.seq < m.last[i].seq:
		v := &Violation{
			Property: "fifo-client-order", Server: e.Server,
			Message: fmt.Sprintf("operation %d of client %d takes effect at %v, after its operation %d at %v, in session %x",
				now.seq, now.client, now.at, m.last[i].seq, m.last[i].at, uint64(now.session)),
		}
		return v.at(e)
	}
	m.last = slices.Clone(m.last)
	m.last[i] = now
	return nil
}

func (m *fifo) Finish() *Violation { return nil }

func (m *fifo) Clone() Monitor {
	c := *m
	return &c
}

func (m *fifo) AppendTo(b []byte) []byte {
	b = appendWord(b, m.len)
	for _, xs := range [...][]effect{m.asked, m.last} {
		b = appendWord(b, uint64(len(xs)))
		for _, x := range xs {
			b = appendPosition(appendWord(appendWord(b, uint64(x.session)), uint64(x.client)<<32|uint64(x.seq)), x.at)
		}
	}
	return b
}

func monotonicZxid() Property {
	return Property{
		Name: "monotonic-zxid", Source: "INV-28; R-CLI-2, R-CLI-14", Kind: Always,
		Doc: "The zxids that a session is shown, with answers and with events, never go back, whichever server it is connected to.",
		New: func(*trace.Header) Monitor { return &zxids{} },
	}
}

// zxids remembers the newest position each session was shown.
type zxids struct{ seen []shown } // by session

type shown struct {
	session nodes.SessionID
	pos     nodes.Position
	server  nodes.ID
	seq     uint64 // the event
}

func (m *zxids) Wants() trace.Set { return trace.Of(trace.Return, trace.Told) }

func (m *zxids) Observe(e *trace.Event) *Violation {
	if e.Session == 0 || e.Kind == trace.Return && e.Result != trace.OK {
		return nil
	}
	i, known := slices.BinarySearchFunc(m.seen, e.Session, func(x shown, id nodes.SessionID) int { return cmp.Compare(x.session, id) })
	now := shown{e.Session, e.Pos, e.Server, e.Seq}
	switch {
	case !known:
		m.seen = slices.Insert(slices.Clip(m.seen), i, now)
		return nil
	case e.Pos.Less(m.seen[i].pos):
		v := &Violation{
			Property: "monotonic-zxid", Server: e.Server, Evidence: []uint64{m.seen[i].seq},
			Message: fmt.Sprintf("session %x was shown %v by %v, and now %v by %v",
				uint64(e.Session), m.seen[i].pos, m.seen[i].server, e.Pos, e.Server),
		}
		return v.at(e)
	}
	m.seen = slices.Clone(m.seen)
	m.seen[i] = now
	return nil
}

func (m *zxids) Finish() *Violation { return nil }

func (m *zxids) Clone() Monitor { return &zxids{m.seen} }

func (m *zxids) AppendTo(b []byte) []byte {
	for _, x := range m.seen {
		b = appendPosition(appendWord(b, uint64(x.session)), x.pos)
	}
	return b
}
