package zab

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// Clone implements [nodes.Node]. What only grows is shared, clipped so that
// neither copy can write where the other reads; what shrinks is copied.
func (n *Node) Clone() nodes.Node {
	c := *n
	c.scratch, c.acks, c.commits = nil, slab[Ack]{}, slab[Commit]{}
	c.files = n.files.clone()
	c.log.queue = slices.Clone(n.log.queue)
	c.snap = n.snap.clone()
	c.db = n.db.clone()
	c.fle = n.fle.clone()
	c.polling = n.polling.clone()
	c.auth = n.auth.clone()
	c.learner = n.learner.clone()
	c.leader = n.leader.clone()
	c.clients = n.clients.clone()
	return &c
}

func (f files) clone() files {
	f.log = slices.Clip(f.log)
	f.starts = slices.Clip(f.starts)
	f.snapshots = slices.Clip(f.snapshots)
	return f
}

func (s snapThread) clone() snapThread {
	if s.image != nil {
		s.image = s.image.Clone()
	}
	return s
}

func (d database) clone() database {
	if d.replica.Machine != nil {
		d.replica = d.replica.Clone()
	}
	d.committedLog = slices.Clip(d.committedLog)
	d.unannounced = slices.Clip(d.unannounced)
	return d
}

func (p polling) clone() polling {
	p.votes = slices.Clone(p.votes)
	p.unread = slices.Clone(p.unread)
	return p
}

func (e authElection) clone() authElection {
	e.recvset = slices.Clone(e.recvset)
	e.outside = slices.Clone(e.outside)
	e.received = slices.Clone(e.received)
	e.letters = slices.Clone(e.letters)
	e.given = slices.Clone(e.given)
	return e
}

func (e fastElection) clone() fastElection {
	e.recvset = slices.Clone(e.recvset)
	e.outside = slices.Clone(e.outside)
	e.received = slices.Clone(e.received)
	return e
}

func (l learner) clone() learner {
	l.unread = slices.Clone(l.unread)
	l.notLogged = slices.Clone(l.notLogged)
	l.committed = slices.Clone(l.committed)
	l.pending = slices.Clone(l.pending)
	l.syncs = slices.Clone(l.syncs)
	return l
}

func (l leader) clone() leader {
	l.handlers = slices.Clone(l.handlers)
	for i := range l.handlers {
		l.handlers[i].unread = slices.Clone(l.handlers[i].unread)
	}
	l.outstanding = slices.Clone(l.outstanding)
	l.parked = slices.Clone(l.parked)
	l.sessions = l.sessions.clone()
	if l.ahead != nil {
		l.ahead = l.ahead.Clone()
	}
	return l
}
