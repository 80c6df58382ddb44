package nodestest

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/bank"
)

// world is a group of servers with what lies between them. It does one thing
// at a time, which rapid chooses.
type world struct {
	*trial
	servers []server
	dials   []dial
	conns   []conn
	links   []link
	clients []client
	trouble int // how often something goes wrong, in percent
}

// server is one server: its node, and copies that live the same life.
type server struct {
	id         nodes.ID
	node, twin nodes.Node      // nil while the server is down
	oblivious  nodes.Forgetful // forgets after each step; nil if the protocol cannot
	files      []file
	timers     []nodes.Timer // armed
	ports      []nodes.Channel
}

// client asks one server after the other.
type client struct {
	seq   uint32
	class nodes.Class
	op    []byte
	seen  nodes.Position

	session nodes.Admission
}

func newWorld(tr *trial) *world {
	w := &world{trial: tr, clients: make([]client, 2)}
	w.trouble = []int{0, 1, 4, 10}[tr.pick(4, "trouble")]
	for id := range (tr.voters | tr.observers).All() {
		s := server{id: id, files: make([]file, len(tr.protocol.Files))}
		for i := range s.files {
			s.files[i].versions = [][]nodes.Record{nil}
		}
		w.servers = append(w.servers, s)
	}
	return w
}

// clone returns a world that can have another future.
func (w *world) clone() *world {
	c := *w
	c.servers = slices.Clone(w.servers)
	for i := range c.servers {
		s := &c.servers[i]
		if s.node != nil {
			s.node, s.twin = s.node.Clone(), s.twin.Clone()
		}
		if s.oblivious != nil {
			s.oblivious = s.oblivious.Clone().(nodes.Forgetful)
		}
		s.files = slices.Clone(s.files)
		for f := range s.files {
			s.files[f] = s.files[f].clone()
		}
		s.timers, s.ports = slices.Clone(s.timers), slices.Clone(s.ports)
	}
	c.dials, c.clients = slices.Clone(w.dials), slices.Clone(w.clients)
	c.conns, c.links = slices.Clone(w.conns), slices.Clone(w.links)
	for i := range c.conns {
		for e := range c.conns[i].ends {
			c.conns[i].ends[e].inbox = slices.Clone(c.conns[i].ends[e].inbox)
		}
	}
	for i := range c.links {
		c.links[i].inbox = slices.Clone(c.links[i].inbox)
	}
	return &c
}

// states returns the encodings of all nodes, in the order of servers; that of
// one that is down is empty.
func (w *world) states() [][]byte {
	states := make([][]byte, len(w.servers))
	for i := range w.servers {
		if s := &w.servers[i]; s.node != nil {
			states[i] = w.enc.Append(w.encode(s.node), s.twin)
		}
	}
	return states
}

func (w *world) server(id nodes.ID) *server { return &w.servers[id-1] }

// step lets a server take a step and does what it asks for.
func (w *world) step(s *server, in nodes.Input) {
	w.trial.step(s, in)
	effects := w.out.Effects()
	for i := range effects {
		if w.err != nil || !w.declared(s, &effects[i]) || !w.perform(s, &effects[i]) {
			return
		}
	}
}

// perform does one thing a server asked for. It reports false if the process is
// gone afterwards.
func (w *world) perform(s *server, e *nodes.Effect) bool {
	switch e.Kind {
	case nodes.EffectSend:
		w.send(s.id, e)
	case nodes.EffectDial:
		w.dials = append(w.dials, dial{s.id, e.To, e.On})
	case nodes.EffectListen:
		s.ports = slices.DeleteFunc(s.ports, func(c nodes.Channel) bool { return c == e.On })
		if e.Open {
			s.ports = append(s.ports, e.On)
		}
	case nodes.EffectClose:
		if c := w.conn(e.Conn); c != nil {
			c.close(c.side(s.id))
			w.sweep()
		}
	case nodes.EffectSetTimer:
		if !slices.Contains(s.timers, e.Timer) {
			s.timers = append(s.timers, e.Timer)
		}
	case nodes.EffectStopTimer:
		s.timers = slices.DeleteFunc(s.timers, func(t nodes.Timer) bool { return t == e.Timer })
	case nodes.EffectAppend:
		f := &s.files[e.File]
		f.write(append(slices.Clip(f.now()), e.Record))
	case nodes.EffectTruncate:
		f := &s.files[e.File]
		f.write(f.now()[:min(e.Keep, len(f.now()))])
	case nodes.EffectReplace, nodes.EffectSync:
		f := &s.files[e.File]
		f.syncs = append(f.syncs, fsync{e.Ticket, len(f.versions) - 1, e.Record})
	case nodes.EffectReply:
		c := &w.clients[e.Client-1]
		if c.seen.Less(e.At) {
			c.seen = e.At
		}
		c.connected(e)
	case nodes.EffectExit:
		w.crash(s)
		return false
	case nodes.EffectCommit, nodes.EffectNote, nodes.EffectNotify, nodes.EffectHangUp:
	}
	return true
}

// declared reports whether an effect names only what exists, and notes it as a
// broken law if not.
func (w *world) declared(s *server, e *nodes.Effect) bool {
	p := w.protocol
	everyone := w.voters | w.observers
	switch e.Kind {
	case nodes.EffectSend, nodes.EffectDial:
		if !everyone.Has(e.To) {
			w.fail("declaration", "%s sends to or dials %s, which is not one of %s", s.id, e.To, everyone)
		}
		if int(e.On) >= len(p.Channels) {
			w.fail("declaration", "%s uses channel %d, which is not declared", s.id, e.On)
		}
	case nodes.EffectListen:
		if int(e.On) >= len(p.Channels) || p.Channels[e.On].Mode != nodes.Stream {
			w.fail("declaration", "%s listens on channel %d, which is no stream", s.id, e.On)
		}
	case nodes.EffectSetTimer, nodes.EffectStopTimer:
		if int(e.Timer.Name) >= len(p.Timers) || e.Min < 0 || e.Max < e.Min {
			w.fail("declaration", "%s uses timer %+v, between %s and %s", s.id, e.Timer, e.Min, e.Max)
		}
	case nodes.EffectAppend, nodes.EffectReplace, nodes.EffectTruncate, nodes.EffectSync:
		if int(e.File) >= len(p.Files) || e.Keep < 0 {
			w.fail("declaration", "%s writes file %d (keep %d), which is not declared", s.id, e.File, e.Keep)
		}
	case nodes.EffectReply, nodes.EffectNotify, nodes.EffectHangUp:
		if e.Client == 0 || int(e.Client) > len(w.clients) {
			w.fail("declaration", "%s replies to client %d, which did not ask", s.id, e.Client)
		}
	case nodes.EffectClose, nodes.EffectCommit, nodes.EffectNote, nodes.EffectExit:
	}
	return w.err == nil
}

// boot starts a server with what is on its disk.
func (w *world) boot(s *server) {
	s.node, s.twin = w.newNode(s.id), w.newNode(s.id)
	s.oblivious, _ = w.newNode(s.id).(nodes.Forgetful)
	w.step(s, &nodes.Start{Disk: image(s.files)})
}

// crash ends a server's process. What it wrote stays written.
func (w *world) crash(s *server) {
	s.node, s.twin, s.oblivious, s.timers, s.ports = nil, nil, nil, nil, nil
	for i := range s.files {
		s.files[i].syncs = nil
	}
	w.hangUp(s.id)
}

// ask lets a client send an operation, or its last one again.
func (w *world) ask(s *server) {
	i := w.pick(len(w.clients), "client")
	if _, tree := w.machine().(nodes.SessionKeeper); tree {
		w.step(s, w.inSession(i))
		return
	}
	c := &w.clients[i]
	if c.seq == 0 || w.pick(4, "again") < 3 {
		c.seq++
		c.class = []nodes.Class{nodes.Write, nodes.Write, nodes.Read, nodes.Sync}[w.pick(4, "class")]
		body := bank.Read("bob")
		if c.class == nodes.Write {
			body = bank.Transfer("alice", "bob", int64(1+w.pick(60, "amount")))
		}
		c.op = app.Identify(nodes.ClientID(i+1), c.seq, body)
	}
	w.step(s, &nodes.Request{Client: nodes.ClientID(i + 1), Seq: c.seq, Class: c.class, Seen: c.seen, Op: slices.Clone(c.op)})
}
