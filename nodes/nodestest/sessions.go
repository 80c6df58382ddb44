package nodestest

import (
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
)

// Sessions has the servers replicate a tree of nodes, and clients keep sessions:
// they connect here and there, watch, and leave ephemeral nodes behind.
func Sessions() Option { return func(s *suite) { s.machine = newTree } }

func newTree() nodes.StateMachine { return app.Once(znode.New()) }

// inSession makes a request of a client of a tree.
func (w *world) inSession(i int) *nodes.Request {
	c := &w.clients[i]
	c.seq++
	c.class = []nodes.Class{
		nodes.Connect, nodes.Write, nodes.Write, nodes.Write, nodes.Read, nodes.Read, nodes.Sync, nodes.Ping, nodes.HangUp,
	}[w.pick(9, "class")]
	if c.session.ID == 0 {
		c.class = nodes.Connect
	}
	op := znode.Op{Path: []string{"/a", "/b", "/a/a"}[w.pick(3, "path")], Version: znode.AnyVersion}
	switch {
	case c.class == nodes.Read:
		op.Kind, op.Watch = znode.KindGet+znode.Kind(w.pick(3, "kind")), true
	case w.pick(20, "close") == 0:
		op = znode.Op{Kind: znode.KindCloseSession}
	default:
		op.Kind = znode.KindCreate + znode.Kind(w.pick(3, "kind"))
		op.Ephemeral = op.Kind == znode.KindCreate && w.pick(2, "ephemeral") == 0
	}
	c.op = app.Identify(nodes.ClientID(i+1), c.seq, op.Body())
	return &nodes.Request{
		Client: nodes.ClientID(i + 1), Seq: c.seq, Class: c.class, Seen: c.seen,
		Session: c.session.ID, Password: c.session.Password, Timeout: time.Second, Op: slices.Clone(c.op),
	}
}

// connected notes the session that a client was given, or lost.
func (c *client) connected(e *nodes.Effect) {
	if s, ok := nodes.ParseAdmission(e.Op); ok && c.class == nodes.Connect && e.Seq == c.seq {
		c.session = s
	}
}
