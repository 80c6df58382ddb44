package checker

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/bank"
	"github.com/zabsim/zabsim/nodes/app/kv"
	"github.com/zabsim/zabsim/sim/trace"
)

// story makes trace events out of lines such as these:
//
//	10.5s                            the time from here on
//	s1 delivers 1.1 1.2=x            transactions, "=x" giving the content
//	s1 keeps 1                       restarts with a snapshot of so many transactions
//	s1 copies s2                     receives a snapshot
//	s1 leads 2, syncs 2, follows 2, discovers 2, looks      its view
//	s1 follows 2 s3                                         and whom
//	s1 starts, crashes, loses-power, pauses, resumes, exits, panics
//	s1 appends 1.1 1.2=x, truncates 1.1, fsyncs 1.1         its log
//	s1 images 1.1                                           writes a snapshot
//	s1 saves currentEpoch 3, fsyncs currentEpoch 3
//	s1 sends DIFF, s1 acks 1.1 s3, s1 gets SNAP, s1 notes NAME
//	cut s1 s2 | s3                   and heal; both ways
//	ann asks transfer alice bob 80   or read, audit, get, put, cas
//	s1 commits 1.1 for ann           prepares and delivers ann's operation
//	s2 applies 1.1                   delivers what another server committed
//	ann gets s1                      the answer of s1: a write's result, or a read of its state now
//	ann gets s1 from 1.1             the same with that position
//	ann gets nothing, ann fails      unknown outcome; turned away
type story struct {
	t       testing.TB
	header  *trace.Header
	events  []trace.Event
	now     time.Duration
	servers []teller
	clients []asker
	txns    map[nodes.Position][]byte
}

// teller is a server in a story.
type teller struct {
	history []nodes.History
	contents
	status  nodes.Status
	machine nodes.StateMachine
	results map[request][]byte
	booted  bool
	log     []nodes.Position
}

// contents are the transactions of a history.
type contents struct{ txns [][]byte }

// asker is a client in a story.
type asker struct {
	seq   uint32
	class nodes.Class
	op    []byte
}

// written is a record on a disk in a story.
type written struct {
	at      nodes.Position
	content string
}

func (r written) Kind() string             { return "txn" }
func (r written) Position() nodes.Position { return r.at }
func (r written) AppendTo(b []byte) []byte { return append(appendPosition(b, r.at), r.content...) }
func (r written) Number() uint64           { return r.at.Epoch }

// message is a message in a story.
type message string

func (m message) Kind() string             { return string(m) }
func (m message) AppendTo(b []byte) []byte { return append(b, m...) }

// ack is an acknowledgement in a story.
type ack struct {
	message
	at nodes.Position
}

func (m ack) Position() nodes.Position { return m.at }

var storyFiles = []string{"log", "snapshot", "acceptedEpoch", "currentEpoch"}

// storyHeader describes three servers that replicate a bank.
func storyHeader() *trace.Header {
	return &trace.Header{
		Protocol: &nodes.Protocol{Name: "toy", Epoch: "epoch", Files: storyFiles},
		Voters:   nodes.FirstN(3),
		Clients:  []string{"ann", "bob"},
		Machine: func() nodes.StateMachine {
			return app.Once(bank.New(bank.Account{Name: "alice", Balance: 100}, bank.Account{Name: "bob"}, bank.Account{Name: "carol"}))
		},
		Describe: func(op, result []byte) string {
			_, _, body, _ := app.Body(op)
			return bank.Describe(body, result)
		},
	}
}

// kvHeader describes three servers that replicate a key-value store.
func kvHeader() *trace.Header {
	h := storyHeader()
	h.Machine = func() nodes.StateMachine { return app.Once(kv.New()) }
	h.Describe = func(op, result []byte) string {
		_, _, body, _ := app.Body(op)
		return kv.Describe(body, result)
	}
	return h
}

// tell returns the events of a story.
func tell(tb testing.TB, h *trace.Header, lines string) []trace.Event {
	tb.Helper()
	s := &story{
		t: tb, header: h, txns: make(map[nodes.Position][]byte),
		servers: make([]teller, h.Voters.Max()+1), clients: make([]asker, len(h.Clients)+1),
	}
	for i := range s.servers {
		s.servers[i].restart(h)
	}
	for line := range strings.Lines(lines) {
		if words := strings.Fields(line); len(words) > 0 {
			s.line(words)
		}
	}
	return s.events
}

func (n *teller) restart(h *trace.Header) {
	n.machine, n.results = h.Machine(), make(map[request][]byte)
}

func (s *story) line(words []string) {
	if d, err := time.ParseDuration(words[0]); err == nil {
		s.now = d
		return
	}
	if id, ok := nodes.ParseID(words[0]); ok {
		s.server(id, words[1], words[2:])
		return
	}
	if words[0] == "cut" || words[0] == "heal" {
		s.network(words)
		return
	}
	for i, name := range s.header.Clients {
		if name == words[0] {
			s.client(nodes.ClientID(i+1), words[1], words[2:])
			return
		}
	}
	s.t.Fatalf("what is %q?", strings.Join(words, " "))
}

func (s *story) add(e trace.Event) {
	e.Seq, e.Time = uint64(len(s.events)+1), s.now
	s.events = append(s.events, e)
}

func (s *story) network(words []string) {
	e := trace.Event{Kind: trace.Cut, Both: true}
	if words[0] == "heal" {
		e.Kind = trace.Heal
	}
	side := &e.A
	for _, w := range words[1:] {
		if id, ok := nodes.ParseID(w); ok {
			*side = side.With(id)
		} else {
			side = &e.B
		}
	}
	s.add(e)
}

func (s *story) position(word string) nodes.Position {
	epoch, index, _ := strings.Cut(word, ".")
	e, err := strconv.ParseUint(epoch, 10, 64)
	i, _ := strconv.ParseUint(index, 10, 64)
	if err != nil {
		s.t.Fatalf("%q is no position", word)
	}
	return nodes.Position{Epoch: e, Index: i}
}

var plainKinds = map[string]trace.Kind{
	"crashes": trace.Crash, "loses-power": trace.MachineCrash, "pauses": trace.Pause, "resumes": trace.Resume,
	"exits": trace.Exit, "panics": trace.Panic,
}

func (s *story) server(id nodes.ID, verb string, args []string) {
	n := &s.servers[id]
	if kind, plain := plainKinds[verb]; plain {
		s.add(trace.Event{Kind: kind, Server: id, Text: strings.Join(args, " ")})
		if kind != trace.Pause && kind != trace.Resume {
			s.view(id, nodes.Status{})
		}
		return
	}
	switch verb {
	case "starts":
		s.add(trace.Event{Kind: trace.Start, Server: id, Restart: n.booted})
		n.booted = true
	case "delivers":
		for _, word := range args {
			at, content, _ := strings.Cut(word, "=")
			s.deliver(id, s.position(at), app.Identify(0, 0, []byte(content)))
		}
	case "keeps":
		keep, _ := strconv.Atoi(args[0])
		s.load(id, n.history[:keep], n.txns[:keep])
	case "copies":
		from, _ := nodes.ParseID(args[0])
		s.load(id, s.servers[from].history, s.servers[from].txns)
	case "leads", "syncs", "discovers", "follows", "looks":
		s.role(id, verb, args)
	case "appends":
		for _, word := range args {
			at, content, _ := strings.Cut(word, "=")
			r := written{s.position(at), content}
			n.log = append(n.log, r.at)
			s.add(trace.Event{Kind: trace.Append, Server: id, Record: r, Pos: r.at})
		}
	case "truncates":
		for len(n.log) > 0 && s.position(args[0]).Less(n.log[len(n.log)-1]) {
			n.log = n.log[:len(n.log)-1]
		}
		s.add(trace.Event{Kind: trace.Truncate, Server: id, Pos: s.position(args[0]), Len: uint64(len(n.log))})
	case "images":
		s.add(trace.Event{Kind: trace.Append, Server: id, File: 1, Record: written{at: s.position(args[0])}, Pos: s.position(args[0])})
	case "acks":
		to, _ := nodes.ParseID(args[1])
		s.add(trace.Event{Kind: trace.Send, Server: id, Peer: to, Conn: 1, Msg: ack{"ACK", s.position(args[0])}})
	case "gets":
		s.add(trace.Event{Kind: trace.Deliver, Server: id, Msg: message(args[0])})
	case "fsyncs", "saves":
		s.write(id, verb, args)
	case "sends":
		s.add(trace.Event{Kind: trace.Send, Server: id, Msg: message(args[0])})
	case "notes":
		s.add(trace.Event{Kind: trace.Note, Server: id, Text: args[0], Detail: strings.Join(args[1:], " ")})
	case "expires":
		s.add(trace.Event{Kind: trace.Expire, Server: id})
	case "commits":
		s.commit(id, s.position(args[0]), args[2])
	case "applies":
		at := s.position(args[0])
		s.apply(id, at, s.txns[at])
	default:
		s.t.Fatalf("%v does not know how it %s", id, verb)
	}
}

func (s *story) write(id nodes.ID, verb string, args []string) {
	e := trace.Event{Kind: trace.Durable, Server: id}
	if verb == "saves" {
		e.Kind = trace.Replace
	}
	for i, name := range storyFiles {
		if name == args[0] {
			e.File = nodes.File(i)
			args = args[1:]
			break
		}
	}
	e.Pos = s.position(args[0])
	e.Record = written{at: e.Pos}
	s.add(e)
}

func (s *story) role(id nodes.ID, verb string, args []string) {
	now := nodes.Status{Role: nodes.Looking, Phase: "election"}
	if len(args) > 0 {
		now.Epoch = s.position(args[0]).Epoch
	}
	switch verb {
	case "leads":
		now.Leader = id
		now.Role, now.Phase, now.Serving = nodes.Leading, "broadcast", true
	case "syncs":
		now.Role, now.Phase = nodes.Leading, "synchronization"
	case "discovers":
		now.Role, now.Phase = nodes.Leading, "discovery"
	case "follows":
		now.Role, now.Phase, now.Serving = nodes.Following, "broadcast", true
		if len(args) > 1 {
			now.Leader, _ = nodes.ParseID(args[1])
		}
	}
	s.view(id, now)
}

func (s *story) view(id nodes.ID, now nodes.Status) {
	n := &s.servers[id]
	now.History = n.tip()
	before := n.status
	n.status = now
	s.add(trace.Event{Kind: trace.View, Server: id, Before: &before, After: &now})
}

func (n *teller) tip() nodes.History {
	if len(n.history) == 0 {
		return nodes.History{}
	}
	return n.history[len(n.history)-1]
}

// load gives a server a history that it does not show it delivers.
func (s *story) load(id nodes.ID, history []nodes.History, txns [][]byte) {
	n := &s.servers[id]
	n.restart(s.header)
	n.history, n.txns = nil, nil
	for i := range history {
		n.history, n.txns = append(n.history, history[i]), append(n.txns, txns[i])
		if client, _, _, _ := app.Body(txns[i]); client != 0 {
			n.machine.Apply(nil, txns[i])
		}
	}
}

func (s *story) deliver(id nodes.ID, at nodes.Position, txn []byte) {
	n := &s.servers[id]
	h := n.tip().Append(at, nodes.Digest(0).Bytes(txn))
	n.history, n.txns = append(n.history, h), append(n.txns, txn)
	s.add(trace.Event{Kind: trace.Commit, Server: id, Pos: at, Op: txn, Len: h.Len, Digest: h.Digest})
}

func (s *story) apply(id nodes.ID, at nodes.Position, txn []byte) {
	client, seq, _, err := app.Body(txn)
	if err != nil {
		s.t.Fatalf("nobody has committed %v", at)
	}
	n := &s.servers[id]
	n.results[request{client, seq}] = n.machine.Apply(nil, txn)
	s.deliver(id, at, txn)
}

func (s *story) commit(id nodes.ID, at nodes.Position, name string) {
	for i, client := range s.header.Clients {
		if client == name {
			txn := s.servers[id].machine.Prepare(nil, s.clients[i+1].op)
			s.txns[at] = txn
			s.apply(id, at, txn)
			return
		}
	}
	s.t.Fatalf("who is %s?", name)
}

func (s *story) client(id nodes.ClientID, verb string, args []string) {
	c := &s.clients[id]
	e := trace.Event{Kind: trace.Return, Client: id, ClientSeq: c.seq, Class: c.class}
	switch {
	case verb == "asks":
		c.seq++
		body, class := s.operation(args)
		c.class, c.op = class, app.Identify(id, c.seq, body)
		e = trace.Event{Kind: trace.Invoke, Client: id, ClientSeq: c.seq, Class: c.class, Op: c.op}
	case verb == "fails":
		e.Result = trace.Failed
	case args[0] == "nothing":
		e.Result = trace.Unknown
	default:
		e.Server, _ = nodes.ParseID(args[0])
		n := &s.servers[e.Server]
		e.Pos = n.tip().Last
		e.Op = n.results[request{id, c.seq}]
		if c.class != nodes.Write {
			e.Op = n.machine.Query(nil, c.op)
		}
		if len(args) > 2 {
			e.Pos = s.position(args[2])
		}
	}
	s.add(e)
}

func (s *story) operation(args []string) ([]byte, nodes.Class) {
	class := nodes.Read
	if args[0] == "synced" {
		class, args = nodes.SyncedRead, args[1:]
	}
	switch args[0] {
	case "transfer":
		amount, _ := strconv.ParseInt(args[3], 10, 64)
		return bank.Transfer(args[1], args[2], amount), nodes.Write
	case "read":
		return bank.Read(args[1]), class
	case "audit":
		return bank.Audit(), class
	case "get":
		return kv.Get(args[1]), class
	case "put":
		return kv.Put(args[1], args[2]), nodes.Write
	case "cas":
		return kv.CAS(args[1], args[2], args[3]), nodes.Write
	}
	s.t.Fatalf("what is %q?", fmt.Sprint(args))
	return nil, 0
}
