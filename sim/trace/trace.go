// Package trace says what happened in an execution: one [Event] after the
// other, each with the event that caused it. Whoever wants to know (monitors,
// the trace file, counters, pictures) is an [Observer]. Nothing flows back
// from an observer to the world.
package trace

import (
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// Kind says what sort of event it is and which fields mean something.
type Kind uint8

// The kinds of events. In brackets, the fields that mean something besides
// Seq, Cause, Time and Kind.
const (
	None Kind = iota

	// What happened to a server: the inputs of its steps.
	Start   // booted [Server, Restart, Disk]
	Deliver // a message arrived [Server, Peer, Channel, Conn, Msg]
	Open    // a connection came up at this end [Server, Peer, Channel, Conn]
	Refuse  // a dial failed [Server, Peer, Channel]
	Close   // this end learnt that the connection is gone [Server, Peer, Channel, Conn]
	Expire  // a timer fired [Server, Timer]
	Durable // an fsync came back [Server, File, Ticket, Pos: last durable record of the file]
	Fail    // an fsync or write failed [Server, File, Ticket]
	Request // a client's operation arrived [Server, Client, Seq of the client, Class, Op]

	// What a server did: the effects of its steps.
	Send     // [Server, Peer, Channel, Conn, Msg]
	Append   // [Server, File, Record, Pos]
	Replace  // [Server, File, Record]
	Truncate // [Server, File, Len: records kept, Pos: last one kept]
	Commit   // delivered a transaction [Server, Pos, Op, Len, Digest]
	Reply    // answered a client [Server, Client, ClientSeq, Outcome, Pos, Op: the result]
	Note     // [Server, Text, Detail]
	Exit     // ended its own process [Server, Text]
	Panic    // Step panicked [Server, Text]
	View     // role, leader, epoch, phase or serving changed [Server, Before, After]

	// What the network did.
	Drop // a message died on its way [Server: receiver, Peer: sender, Channel, Conn, Msg, Text: why]

	// What was done to servers and network.
	Crash        // process crash [Server]
	MachineCrash // power loss [Server]
	Pause        // [Server]
	Resume       // [Server]
	Cut          // nothing passes from A to B any more [A, B; Both when also back]
	Heal         // everything passes from A to B again [A, B, Both]

	// What clients saw.
	Invoke // an operation begins [Client, ClientSeq, Class, Op]
	Return // it ended for the client [Client, ClientSeq, Class, Result, Server, Pos, Op: the result]

	// Fault is all else that was done to servers, disks, clocks and network, or
	// the end of it [Server, if to one; A and B, if to what passes from A to B; Both; Text: what, in words]
	Fault

	// Sessions and watches.
	Attach // a client got a session, or took it up again, at a server [Client, Session, Server, Pos]
	Detach // it lost the connection or learnt that the session has ended [Client, Session, Server, Text: why]
	Notify // a server told a client of an event [Server, Client, Pos, Op: the event]
	Told   // the event reached the client [Client, Session, Server, Pos, Op]

	Kinds // how many kinds there are
)

var kindNames = [Kinds]string{
	"none", "start", "deliver", "open", "refuse", "close", "expire", "durable", "fail", "request",
	"send", "append", "replace", "truncate", "commit", "reply", "note", "exit", "panic", "view", "drop",
	"crash", "machine-crash", "pause", "resume", "cut", "heal", "invoke", "return", "fault",
	"attach", "detach", "notify", "told",
}

// String returns the kind as it stands in trace files.
func (k Kind) String() string { return kindNames[k] }

// Set is a set of kinds.
type Set uint64

// Of returns the set of the given kinds.
func Of(kinds ...Kind) Set {
	var s Set
	for _, k := range kinds {
		s |= 1 << k
	}
	return s
}

// Has reports whether k is in s.
func (s Set) Has(k Kind) bool { return s&(1<<k) != 0 }

// Every is the set of all kinds.
const Every Set = 1<<Kinds - 1

// Result says how an operation ended for its client.
type Result uint8

// The ways an operation ends. There is no event for an operation that never
// ends: it stays open.
const (
	OK      Result = iota // the answer is known
	Failed                // it did not happen and never will
	Unknown               // it may have happened, or may happen yet
)

// String returns "ok", "failed" or "unknown".
func (r Result) String() string { return [...]string{"ok", "failed", "unknown"}[r] }

// Event is one thing that happened. Observers get a pointer to an event that
// is reused: they copy what they keep. What Msg, Record and Op refer to is
// immutable and may be kept.
type Event struct {
	Seq   uint64        // 1, 2, 3 ...
	Cause uint64        // the event that led to it; 0 for what came from outside
	Time  time.Duration // virtual time since the run began

	Kind    Kind
	Server  nodes.ID
	Peer    nodes.ID
	Channel nodes.Channel
	File    nodes.File
	Class   nodes.Class
	Outcome nodes.Outcome
	Result  Result
	Restart bool
	Both    bool
	Client  nodes.ClientID
	Session nodes.SessionID // also of Request, Invoke and Return; 0: none
	Conn    nodes.Conn
	Timer   nodes.Timer
	Ticket  nodes.Ticket

	ClientSeq uint32
	Pos       nodes.Position
	Len       uint64
	Digest    nodes.Digest
	Msg       nodes.Message
	Record    nodes.Record
	Op        []byte
	Text      string
	Detail    string
	// Fault is the kind of fault that begins with a Crash, MachineCrash, Pause,
	// Cut or Fault, in the words of scenarios: "latency"; "" if one ends. It is no
	// part of trace files.
	Fault string
	A, B  nodes.Set
	// Disk is what a server finds when it boots. It is no part of trace files.
	Disk *nodes.Disk `zabsim:"own"`

	// Before and After are owned by the world: copy them to keep them.
	Before, After *nodes.Status `zabsim:"own"`
}

// Observer is told of every event of the kinds it wants, in order.
type Observer interface {
	Wants() Set
	Observe(*Event)
}

// Header says what the numbers in events stand for, so that a trace can be
// read without the scenario it came from.
type Header struct {
	Scenario  string
	Protocol  *nodes.Protocol
	Seed      uint64
	Voters    nodes.Set
	Observers nodes.Set
	// Quorum says whether a set of voters may decide for all of them; nil: a
	// majority may.
	Quorum  func(nodes.Set) bool
	Sites   []Site   // in the order of the scenario
	Clients []string // by ClientID, the first is client 1
	// Describe prints an operation and its result in words: op "transfer alice
	// bob 80", result "ok". result is nil when there is none.
	Describe func(op, result []byte) string
	// Machine makes the replicated state machine in its initial state.
	Machine func() nodes.StateMachine
	// Past is what was added to that state before the run and is on the disks of
	// a quorum, in order. It is empty unless servers bring disks along.
	Past []Past
	// Faults are the faults of the plan in words, for captions.
	Faults []string
	// Swarm is what was drawn about each kind of fault, in words, if the plan
	// was drawn.
	Swarm []string
	// Captions tell whoever looks at the run what to see, in the order of their
	// times.
	Captions []Caption
}

// Caption says what happens at a time, as its scenario tells it.
type Caption struct {
	At   time.Duration
	Text string
}

// Past is a transaction from before the run.
type Past struct {
	At nodes.Position
	Op []byte
	// Server is one that has it.
	Server nodes.ID
}

// Site is a named group of servers.
type Site struct {
	Name    string
	Servers nodes.Set
}

// IsQuorum reports whether the voters among s may decide for all.
func (h *Header) IsQuorum(s nodes.Set) bool {
	if h.Quorum == nil {
		return s.Majority(h.Voters)
	}
	return h.Quorum(s)
}

// ClientName returns the name of a client.
func (h *Header) ClientName(c nodes.ClientID) string {
	if c == 0 || int(c) > len(h.Clients) {
		return "-"
	}
	return h.Clients[c-1]
}

// SiteOf returns the site of a server, or "".
func (h *Header) SiteOf(id nodes.ID) string {
	for _, s := range h.Sites {
		if s.Servers.Has(id) {
			return s.Name
		}
	}
	return ""
}
