package zab

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// A probe is one node in a test's hands. What the node asks for is kept as
// lines of text; fsyncs come back when the test says so.
type probe struct {
	t       *testing.T
	n       *Node
	out     nodes.Out
	lines   []string // since the last look, notes and timers left out
	notes   []string // of the last step
	timers  map[nodes.Timer]time.Duration
	tickets []ticketed // not come back yet
	disk    nodes.Disk
}

type ticketed struct {
	file   nodes.File
	ticket nodes.Ticket
}

// setup says what a probe is made from.
type setup struct {
	id        nodes.ID
	voters    int // 3 if 0
	accepted  Epoch
	current   Epoch
	fresh     bool // no epoch files
	log       []*Txn
	snapshots []*Snapshot
	options   func(*Options)
	defect    string
}

// txnAt is a transaction that says its own zxid.
func txnAt(epoch, counter uint64) *Txn {
	z := MakeZxid(epoch, counter)
	body := []byte(z.String())
	return &Txn{Zxid: z, Body: body, Digest: nodes.Digest(0).Bytes(body)}
}

// txns returns the transactions e.first to e.last.
func txns(epoch, first, last uint64) []*Txn {
	var ts []*Txn
	for c := first; c <= last; c++ {
		ts = append(ts, txnAt(epoch, c))
	}
	return ts
}

// newProbe boots a node and lets its recovery end: it looks for a leader.
func newProbe(t *testing.T, s setup) *probe {
	t.Helper()
	p := bootProbe(t, s)
	p.sync()
	p.forget()
	return p
}

// bootProbe boots a node, up to the first fsync.
func bootProbe(t *testing.T, s setup) *probe {
	t.Helper()
	if s.voters == 0 {
		s.voters = 3
	}
	options := DefaultOptions()
	options.TickTime = time.Second
	if s.options != nil {
		s.options(options)
	}
	c := nodes.Config{ID: s.id, Voters: nodes.FirstN(s.voters), Machine: newTape, Options: options}
	if s.defect != "" {
		c.Defects = []string{s.defect}
	}
	p := &probe{t: t, n: New(c), timers: map[nodes.Timer]time.Duration{}}
	p.disk.Files = make([][]nodes.Record, 4)
	if !s.fresh {
		p.disk.Files[acceptedEpochFile] = []nodes.Record{s.accepted}
		p.disk.Files[currentEpochFile] = []nodes.Record{s.current}
	}
	if len(s.log) > 0 && s.snapshots == nil {
		s.snapshots = []*Snapshot{{}}
	}
	for _, x := range s.snapshots {
		p.disk.Files[snapshotFile] = append(p.disk.Files[snapshotFile], x)
	}
	for _, x := range s.log {
		p.disk.Files[logFile] = append(p.disk.Files[logFile], x)
	}
	p.step(&nodes.Start{Disk: p.disk})
	return p
}

func (p *probe) step(in nodes.Input) {
	p.out.Reset()
	p.notes = nil
	p.n.Step(in, &p.out)
	for _, e := range p.out.Effects() {
		p.take(e)
	}
}

var fileNames = Protocol.Files

// take keeps an effect.
func (p *probe) take(e nodes.Effect) {
	say := func(format string, args ...any) { p.lines = append(p.lines, fmt.Sprintf(format, args...)) }
	switch e.Kind {
	case nodes.EffectSend:
		say("%v %v", e.To, nodes.Describe(e.Msg))
	case nodes.EffectDial:
		say("dial %v", e.To)
	case nodes.EffectListen:
		say("listen %v", e.Open)
	case nodes.EffectClose:
		say("close %v", e.Conn)
	case nodes.EffectSetTimer:
		p.timers[e.Timer] = e.Max
	case nodes.EffectStopTimer:
		delete(p.timers, e.Timer)
	case nodes.EffectAppend:
		say("append %v", nodes.Describe(e.Record))
		p.disk.Files[e.File] = append(p.disk.Files[e.File], e.Record)
	case nodes.EffectReplace:
		say("%s := %v", fileNames[e.File], e.Record.(Epoch))
		p.disk.Files[e.File] = []nodes.Record{e.Record}
		p.tickets = append(p.tickets, ticketed{e.File, e.Ticket})
	case nodes.EffectTruncate:
		say("truncate %s to %d", fileNames[e.File], e.Keep)
		p.disk.Files[e.File] = p.disk.Files[e.File][:e.Keep]
	case nodes.EffectSync:
		say("fsync %s", fileNames[e.File])
		p.tickets = append(p.tickets, ticketed{e.File, e.Ticket})
	case nodes.EffectCommit:
		say("deliver %v", e.At)
	case nodes.EffectReply:
		say("c%d#%d %v %s", e.Client, e.Seq, e.Outcome, e.Op)
	case nodes.EffectNote:
		p.notes = append(p.notes, e.Text)
	case nodes.EffectExit:
		say("exit: %s", e.Text)
	}
}

// sync lets all fsyncs come back, and those that they lead to.
func (p *probe) sync() {
	for len(p.tickets) > 0 {
		p.syncOne()
	}
}

// syncOne lets the oldest fsync come back.
func (p *probe) syncOne() {
	s := p.tickets[0]
	p.tickets = p.tickets[1:]
	p.step(&nodes.Synced{File: s.file, Ticket: s.ticket})
}

func (p *probe) hear(from nodes.ID, m Notification) {
	p.step(&nodes.Deliver{From: from, On: electionChannel, Msg: m})
}

// receive delivers messages on a connection, from its other end.
func (p *probe) receive(c nodes.Conn, ms ...nodes.Message) {
	for _, m := range ms {
		p.step(&nodes.Deliver{From: c.Peer(p.n.cfg.id), On: quorumChannel, Conn: c, Msg: m})
	}
}

func (p *probe) open(c nodes.Conn) {
	p.step(&nodes.Opened{Peer: c.Peer(p.n.cfg.id), On: quorumChannel, Conn: c})
}

func (p *probe) hangUp(c nodes.Conn) {
	p.step(&nodes.Closed{Peer: c.Peer(p.n.cfg.id), On: quorumChannel, Conn: c})
}

func (p *probe) expire(name uint8) { p.expireTimer(nodes.Timer{Name: name}) }

func (p *probe) expireTimer(timer nodes.Timer) {
	p.t.Helper()
	if _, armed := p.timers[timer]; !armed {
		p.t.Fatalf("timer %s is not armed", Protocol.TimerName(timer))
	}
	delete(p.timers, timer)
	p.step(&nodes.Expire{Timer: timer})
}

func (p *probe) armed(name uint8) time.Duration { return p.timers[nodes.Timer{Name: name}] }

func (p *probe) forget() { p.lines = nil }

// wants fails unless exactly these lines were seen since the last look.
func (p *probe) wants(lines ...string) {
	p.t.Helper()
	if !slices.Equal(p.lines, lines) {
		p.t.Fatalf("got\n\t%s\nwant\n\t%s", strings.Join(p.lines, "\n\t"), strings.Join(lines, "\n\t"))
	}
	p.forget()
}

func (p *probe) wantsNote(name string) {
	p.t.Helper()
	if !slices.Contains(p.notes, name) {
		p.t.Fatalf("no note %q, only %q", name, p.notes)
	}
}

func (p *probe) wantsRole(r nodes.Role, ph phase) {
	p.t.Helper()
	if p.n.role != r || p.n.phase != ph {
		p.t.Fatalf("%v in %v, want %v in %v", p.n.role, p.n.phase, r, ph)
	}
}

// conn is the connection of a learner to its leader.
func conn(learner, leader nodes.ID) nodes.Conn {
	return nodes.MakeConn(learner, leader, quorumChannel, 0)
}

// settledOn lets the voters but this one say that they have a leader.
func (p *probe) settledOn(leader nodes.ID) {
	for id := range p.n.cfg.voters.voters.All() {
		state := nodes.Following
		if id == leader {
			state = nodes.Leading
		}
		if id != p.n.cfg.id && p.n.role == nodes.Looking {
			p.hear(id, Notification{Leader: leader, Round: 1, State: state})
		}
	}
}

// learn takes a probe to the point where it has promised an epoch to leader s3
// and waits to be synchronized.
func learn(t *testing.T, s setup, epoch uint64) *probe {
	t.Helper()
	p := newProbe(t, s)
	p.settledOn(3)
	p.open(conn(s.id, 3))
	p.receive(conn(s.id, 3), LeaderInfo{epoch})
	p.sync()
	p.forget()
	return p
}

// follow takes a probe all the way to broadcast, by an empty DIFF.
func follow(t *testing.T, s setup, epoch uint64) *probe {
	t.Helper()
	p := learn(t, s, epoch)
	c := conn(s.id, 3)
	p.receive(c, Diff{p.n.db.lastProcessed}, NewLeader{epoch})
	p.sync()
	p.receive(c, UpToDate{})
	p.forget()
	return p
}

// elected takes a probe to the point where it has won the election.
func elected(t *testing.T, s setup) *probe {
	t.Helper()
	p := newProbe(t, s)
	v := p.n.selfVote()
	for id := range p.n.cfg.voters.voters.All() {
		if id != s.id && p.n.fle.running && !p.n.fle.finalizing {
			p.hear(id, Notification{v.leader, v.zxid, v.epoch, 1, nodes.Looking})
		}
	}
	p.expire(finalizeTimer)
	p.forget()
	return p
}

// join lets a learner connect to the probe, which leads, with the given history
// and go as far as it gets.
func (p *probe) join(id nodes.ID, accepted uint64, ack AckEpoch) {
	c := conn(id, p.n.cfg.id)
	p.open(c)
	if p.n.cfg.voters.votes(id) {
		p.receive(c, FollowerInfo{accepted})
	} else {
		p.receive(c, ObserverInfo{accepted})
	}
	p.sync()
	p.receive(c, ack)
	p.sync()
}

// lead takes a probe all the way to broadcast with the given voters as equal
// followers; the probe has the highest id.
func lead(t *testing.T, s setup, followers ...nodes.ID) *probe {
	t.Helper()
	p := elected(t, s)
	for _, id := range followers {
		p.join(id, uint64(s.accepted), AckEpoch{int64(s.current), p.n.db.lastProcessed})
	}
	for _, id := range followers {
		p.receive(conn(id, s.id), &Ack{MakeZxid(p.n.leader.epoch, 0)})
	}
	p.wantsRole(nodes.Leading, broadcasting)
	p.forget()
	return p
}

// write lets a client of the probe write.
func (p *probe) write(client nodes.ClientID, seq uint32, op string) {
	p.step(&nodes.Request{Client: client, Seq: seq, Class: nodes.Write, Op: []byte(op)})
}

// tape is the state machine of these tests: it keeps every transaction, so that
// two servers with equal tapes have done the same in the same order.
type tape struct{ text []byte }

func newTape() nodes.StateMachine { return &tape{} }

func (m *tape) Prepare(dst, op []byte) []byte { return append(dst, op...) }
func (m *tape) Apply(dst, txn []byte) []byte {
	m.text = append(append(m.text, txn...), ' ')
	return append(append(dst, "did "...), txn...)
}
func (m *tape) Query(dst, _ []byte) []byte { return append(dst, m.text...) }
func (m *tape) Snapshot(dst []byte) []byte { return append(dst, m.text...) }
func (m *tape) Restore(snapshot []byte)    { m.text = slices.Clone(snapshot) }
func (m *tape) Clone() nodes.StateMachine  { return &tape{slices.Clone(m.text)} }
func (p *probe) state() string             { return string(p.n.db.replica.Machine.Query(nil, nil)) }
func image(z Zxid, state string) *Snapshot { return &Snapshot{Zxid: z, State: []byte(state)} }
func propose(ts ...*Txn) (ms []nodes.Message) {
	for _, t := range ts {
		ms = append(ms, Proposal{t})
	}
	return ms
}

func committed(ts ...*Txn) (ms []nodes.Message) {
	for _, t := range ts {
		ms = append(ms, Proposal{t}, &Commit{t.Zxid})
	}
	return ms
}
