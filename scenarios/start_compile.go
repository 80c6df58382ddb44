package scenarios

import (
	"cmp"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// begin puts what a start says into the configuration and the header of a run:
// the disks, the state in which the history begins, and what of the history a
// quorum has.
func (s *Start) begin(cfg *sim.Config, header *trace.Header) {
	l := s.library()
	cfg.Disks = map[nodes.ID]nodes.Disk{}
	for i := range s.Servers {
		r := &s.Servers[i]
		id, _ := nodes.ParseID(r.Server)
		cfg.Disks[id] = l.disk(id, r)
	}
	root := s.root().state()
	header.Machine = func() nodes.StateMachine { return restored(root) }
	eachIn(s.History, func(z Zxid) bool {
		if s.Decided.less(z) {
			return false
		}
		header.Past = append(header.Past, trace.Past{At: nodes.Position(z), Op: l.survivor(z), Server: l.holder(z)})
		return true
	})
}

// root returns the tree from which the history goes on.
func (s *Start) root() *Tree {
	if len(s.Trees) == 0 {
		return &Tree{}
	}
	return &s.Trees[0]
}

// restored returns the state machine in a state.
func restored(state []byte) nodes.StateMachine {
	m := app.Once(znode.New())
	m.Restore(state)
	return m
}

// library finds what transactions and snapshots hold.
type library struct {
	start  *Start
	txns   map[Zxid][]*TxnLine
	bodies map[*TxnLine][]byte
	// along has the places of the history where snapshots were taken.
	along map[Zxid]chapter
}

// chapter is a state and the history that led to it.
type chapter struct {
	history nodes.History
	state   []byte
}

func (s *Start) library() *library {
	l := &library{start: s, txns: map[Zxid][]*TxnLine{}, bodies: map[*TxnLine][]byte{}, along: map[Zxid]chapter{}}
	for i := range s.Txns {
		t := &s.Txns[i]
		l.txns[t.Zxid] = append(l.txns[t.Zxid], t)
		l.bodies[t] = t.body()
	}
	l.walk(s.root())
	return l
}

// walk goes through the history, and stops at each snapshot.
func (l *library) walk(root *Tree) {
	var stops []Zxid
	for _, r := range l.start.Servers {
		if r.Snapshot != nil && !r.Snapshot.Zxid.less(root.Zxid) {
			stops = append(stops, r.Snapshot.Zxid)
		}
	}
	slices.SortFunc(stops, func(a, b Zxid) int { return nodes.Position(a).Compare(nodes.Position(b)) })
	machine := restored(root.state())
	var history nodes.History
	arrive := func() {
		l.along[stops[0]] = chapter{history, machine.Snapshot(nil)}
		stops = stops[1:]
	}
	eachIn(l.start.History, func(z Zxid) bool {
		for len(stops) > 0 && stops[0].less(z) {
			arrive()
		}
		body := l.survivor(z)
		history = history.Append(nodes.Position(z), nodes.Digest(0).Bytes(body))
		machine.(nodes.Stamped).ApplyAt(nil, nodes.Position(z), body)
		return len(stops) > 0
	})
	for len(stops) > 0 {
		arrive()
	}
}

// survivor returns what a transaction of the history does: where servers differ
// the file has that first which survived.
func (l *library) survivor(z Zxid) []byte {
	if found := l.txns[z]; len(found) > 0 {
		return l.bodies[found[0]]
	}
	return nil
}

// of returns a transaction as a server has it, or nil.
func (l *library) of(z Zxid, server string) *TxnLine {
	for _, t := range l.txns[z] {
		if len(t.On) == 0 || slices.Contains(t.On, server) {
			return t
		}
	}
	return nil
}

// holder returns a server that has a transaction in its log or behind its
// snapshot.
func (l *library) holder(z Zxid) nodes.ID {
	for _, r := range l.start.Servers {
		if r.holds(z) || r.Snapshot != nil && !r.Snapshot.Zxid.less(z) {
			id, _ := nodes.ParseID(r.Server)
			return id
		}
	}
	return 0
}

// holds reports whether a transaction is in the logs of a server.
func (r *Remnant) holds(z Zxid) bool {
	return slices.ContainsFunc(r.Logs, func(l LogPiece) bool {
		return slices.ContainsFunc(l.Holds, func(s Span) bool { return !z.less(s.From) && !s.To.less(z) })
	})
}

// disk returns the disk of a server.
func (l *library) disk(id nodes.ID, r *Remnant) nodes.Disk {
	remains := zab.Remains{ID: id, AcceptedEpoch: r.AcceptedEpoch, CurrentEpoch: r.CurrentEpoch}
	if r.Snapshot != nil {
		c := l.image(r)
		remains.Snapshot = zab.MakeZxid(r.Snapshot.Zxid.Epoch, r.Snapshot.Zxid.Index)
		remains.SnapshotSize, remains.State, remains.History = int64(r.Snapshot.Bytes), c.state, c.history
	}
	for _, piece := range r.Logs {
		file := zab.RemainsOfLog{Size: int64(piece.Bytes)}
		eachIn(piece.Holds, func(z Zxid) bool {
			file.Txns = append(file.Txns, zab.Txn{Zxid: zab.MakeZxid(z.Epoch, z.Index), Body: l.bodies[l.of(z, r.Server)]})
			return true
		})
		remains.Log = append(remains.Log, file)
	}
	return remains.Disk()
}

// image returns what the snapshot of a server holds, and the history it stands
// for. One that was taken off the history is no part of it: its digest is its
// own.
func (l *library) image(r *Remnant) chapter {
	z := r.Snapshot.Zxid
	c := l.along[z]
	if t := l.start.tree(z, r.Server); t != nil {
		c.state = t.state()
	}
	if !l.start.survived(z) {
		c.history = c.history.Append(nodes.Position(z), nodes.Digest(0).Bytes(c.state))
	}
	return c
}

// tree returns the tree of a snapshot if it is written down, or nil.
func (s *Start) tree(z Zxid, server string) *Tree {
	var found *Tree
	for i := range s.Trees {
		switch t := &s.Trees[i]; {
		case t.Zxid != z:
		case slices.Contains(t.On, server):
			return t
		case len(t.On) == 0:
			found = t
		}
	}
	return found
}

// survived reports whether a snapshot of that name was taken on the history.
func (s *Start) survived(z Zxid) bool {
	if s.root().Zxid == z || z.Index == 0 {
		return true
	}
	return slices.ContainsFunc(s.History, func(span Span) bool { return !z.less(span.From) && !span.To.less(z) })
}

// body returns the transaction as servers replicate it. It is nobody's request.
func (t *TxnLine) body() []byte {
	txn := t.TxnPart.txn()
	switch {
	case t.Open != 0:
		txn = znode.Txn{Kind: znode.TxnOpen, Session: nodes.Session{ID: nodes.SessionID(t.Open), Timeout: t.Timeout}}
	case t.Close != 0:
		txn = znode.Txn{Kind: znode.TxnClose, Session: nodes.Session{ID: nodes.SessionID(t.Close)}, Paths: t.Deletes}
	case t.Multi != nil:
		txn = znode.Txn{Kind: znode.TxnMulti}
		for i := range t.Multi {
			txn.Txns = append(txn.Txns, t.Multi[i].txn())
		}
	}
	return app.Identify(0, 0, txn.Body())
}

func (p *TxnPart) txn() znode.Txn {
	switch {
	case p.Create != "":
		return znode.Txn{Kind: znode.TxnCreate, Path: p.Create, Data: string(p.Data), Births: p.Births, Owner: nodes.SessionID(p.Owner)}
	case p.Set != "":
		return znode.Txn{Kind: znode.TxnSet, Path: p.Set, Data: string(p.Data), Version: p.Version}
	case p.Delete != "":
		return znode.Txn{Kind: znode.TxnDelete, Path: p.Delete}
	case p.Check != "":
		return znode.Txn{Kind: znode.TxnCheck, Path: p.Check}
	default:
		return znode.Txn{Kind: znode.TxnError, Code: znode.Code(p.Error)}
	}
}

// state returns a tree as the state machine writes it. It gets there by
// transactions: those that made each node and changed it last, and for a node
// that has lost children one that comes and goes.
func (t *Tree) state() []byte {
	m := app.Once(znode.New())
	at := func(z Zxid, txn znode.Txn) {
		m.(nodes.Stamped).ApplyAt(nil, nodes.Position(z), app.Identify(0, 0, txn.Body()))
	}
	for _, s := range t.Sessions {
		at(Zxid{}, znode.Txn{Kind: znode.TxnOpen, Session: nodes.Session{ID: nodes.SessionID(s.Session), Timeout: s.Timeout}})
	}
	for _, n := range t.Nodes {
		if n.Path != "/" {
			at(n.Created, znode.Txn{Kind: znode.TxnCreate, Path: n.Path, Data: string(n.Data), Owner: nodes.SessionID(n.Owner)})
		}
		if modified := cmp.Or(n.Modified, n.Created); n.Path == "/" || n.Version != 0 || modified != n.Created {
			at(modified, znode.Txn{Kind: znode.TxnSet, Path: n.Path, Data: string(n.Data), Version: n.Version})
		}
	}
	for _, n := range t.Nodes { // the children are there: what they changed above them is put right
		passing := n.Path + "/passing by"
		if n.Path == "/" {
			passing = n.Path + "passing by"
		}
		changed := cmp.Or(n.Changed, n.Created)
		at(changed, znode.Txn{Kind: znode.TxnCreate, Path: passing, Births: n.Births})
		at(changed, znode.Txn{Kind: znode.TxnDelete, Path: passing})
	}
	return m.Snapshot(nil)
}
