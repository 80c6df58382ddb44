package checker

import (
	"strings"
	"testing"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim/trace"
)

// treeStory makes the events of clients that work on a tree of znodes.
type treeStory struct {
	header *trace.Header
	leader nodes.StateMachine // prepares
	events []trace.Event
	len    uint64
}

func newTreeStory() *treeStory {
	h := kvHeader()
	h.Machine = func() nodes.StateMachine { return app.Once(znode.New()) }
	return &treeStory{header: h, leader: h.Machine()}
}

func (s *treeStory) event(e trace.Event) {
	e.Seq, e.Server = uint64(len(s.events)+1), 1
	s.events = append(s.events, e)
}

// pos is the position of the last transaction.
func (s *treeStory) pos() nodes.Position { return nodes.Position{Epoch: 1, Index: s.len} }

// delivers has a server deliver a transaction.
func (s *treeStory) delivers(txn []byte) *treeStory {
	s.len++
	s.leader.(nodes.Stamped).ApplyAt(nil, s.pos(), txn)
	s.event(trace.Event{Kind: trace.Commit, Pos: s.pos(), Len: s.len, Op: txn})
	return s
}

func (s *treeStory) opens(id nodes.SessionID) *treeStory {
	return s.delivers(s.leader.(nodes.SessionKeeper).PrepareOpen(nil, nodes.Session{ID: id}))
}

func (s *treeStory) closes(id nodes.SessionID) *treeStory {
	return s.delivers(s.leader.(nodes.SessionKeeper).PrepareClose(nil, id))
}

// writes has the client with the number of the session carry out a write.
func (s *treeStory) writes(client nodes.ClientID, seq uint32, op znode.Op) *treeStory {
	body := app.Identify(client, seq, op.Body())
	s.event(trace.Event{Kind: trace.Invoke, Client: client, ClientSeq: seq, Session: nodes.SessionID(client), Op: body})
	txn := s.leader.(nodes.SessionKeeper).PrepareFor(nil, nodes.Caller{Session: nodes.SessionID(client)}, body)
	return s.delivers(txn)
}

// forges has the client do so by a transaction that no leader would make.
func (s *treeStory) forges(client nodes.ClientID, seq uint32, txn []byte) *treeStory {
	if client != 0 {
		s.event(trace.Event{Kind: trace.Invoke, Client: client, ClientSeq: seq, Session: nodes.SessionID(client)})
	}
	return s.delivers(app.Identify(client, seq, txn))
}

// reads has a client read the state as it is now; the answer says that it is
// that of at.
func (s *treeStory) reads(client nodes.ClientID, seq uint32, op znode.Op, at uint64) *treeStory {
	body := app.Identify(client, seq, op.Body())
	s.event(trace.Event{Kind: trace.Invoke, Client: client, ClientSeq: seq, Class: nodes.Read, Session: nodes.SessionID(client), Op: body})
	s.event(trace.Event{
		Kind: trace.Return, Client: client, ClientSeq: seq, Class: nodes.Read, Session: nodes.SessionID(client),
		Pos: nodes.Position{Epoch: 1, Index: at}, Op: s.leader.Query(nil, body),
	})
	return s
}

func (s *treeStory) tells(client nodes.ClientID, t znode.EventType, path string) *treeStory {
	event := append([]byte{byte(t), byte(len(path))}, path...)
	s.event(trace.Event{Kind: trace.Told, Client: client, Session: nodes.SessionID(client), Pos: s.pos(), Op: event})
	return s
}

// judge returns what a property makes of the story.
func (s *treeStory) judge(t *testing.T, property string) string {
	t.Helper()
	p, err := ByName(property, Params{})
	if err != nil {
		t.Fatal(err)
	}
	m := p.New(s.header)
	for i := range s.events {
		e := s.events[i]
		if !m.Wants().Has(e.Kind) {
			continue
		}
		if i == len(s.events)/2 {
			m = m.Clone()
		}
		if v := m.Observe(&e); v != nil {
			return v.Message
		}
	}
	return ""
}

var (
	ephemeralE = znode.Op{Kind: znode.KindCreate, Path: "/e", Ephemeral: true}
	numbered2  = znode.Op{Kind: znode.KindCreate, Path: "/n-", Sequential: true}
	below      = znode.Op{Kind: znode.KindCreate, Path: "/a/n-", Sequential: true}
	setA       = znode.Op{Kind: znode.KindSet, Path: "/a", Data: "1", Version: znode.AnyVersion}
	createA    = znode.Op{Kind: znode.KindCreate, Path: "/a"}
	readA      = znode.Op{Kind: znode.KindGet, Path: "/a"}
	watchA     = znode.Op{Kind: znode.KindGet, Path: "/a", Watch: true}
)

// txnOf prepares a transaction on a tree where the sessions 1 and 2 are open.
func txnOf(session nodes.SessionID, op znode.Op) []byte {
	m := znode.New()
	for id := nodes.SessionID(1); id <= 2; id++ {
		m.Apply(nil, m.PrepareOpen(nil, nodes.Session{ID: id}))
	}
	return m.PrepareFor(nil, nodes.Caller{Session: session}, op.Body())
}

// TestTreeProperties tells each property a story that holds and some that
// violate it.
func TestTreeProperties(t *testing.T) {
	sessions := func() *treeStory { return newTreeStory().opens(1).opens(2) }
	empty := znode.New()
	for _, c := range []struct {
		property, name string
		story          *treeStory
		want           string // part of the message; "": it holds
	}{
		{"ephemeral-life", "a session takes its node along", sessions().writes(1, 1, ephemeralE).closes(1).writes(2, 1, ephemeralE), ""},
		{"ephemeral-life", "a node of a closed session", sessions().closes(1).forges(1, 1, txnOf(1, ephemeralE)), "which is not open"},
		{
			"ephemeral-life", "a node is forgotten",
			sessions().writes(1, 1, ephemeralE).forges(0, 0, empty.PrepareClose(nil, 1)), "leaves its node /e",
		},
		{
			"one-ephemeral-owner", "one after the other",
			sessions().writes(1, 1, ephemeralE).writes(2, 1, ephemeralE).closes(1).writes(2, 2, ephemeralE), "",
		},
		{
			"one-ephemeral-owner", "two at once",
			sessions().writes(1, 1, ephemeralE).forges(2, 1, txnOf(2, ephemeralE)), "while it is that of session 1",
		},
		{
			"sequence-numbers", "numbers grow over deletions",
			sessions().writes(1, 1, numbered2).
				writes(1, 2, znode.Op{Kind: znode.KindDelete, Path: "/n-0000000000", Version: -1}).writes(2, 1, numbered2), "",
		},
		{
			"sequence-numbers", "a parent is made anew",
			sessions().writes(1, 1, createA).writes(1, 2, below).
				writes(1, 3, znode.Op{Kind: znode.KindDelete, Path: "/a/n-0000000000", Version: -1}).
				writes(1, 4, znode.Op{Kind: znode.KindMulti, Ops: []znode.Op{{Kind: znode.KindDelete, Path: "/a", Version: -1}, createA}}).
				writes(2, 1, below), "",
		},
		{
			"sequence-numbers", "a number comes again",
			func() *treeStory {
				s := sessions().writes(1, 1, numbered2)
				s.event(trace.Event{Kind: trace.Invoke, Client: 2, ClientSeq: 1, Op: app.Identify(2, 1, numbered2.Body())})
				return s.forges(2, 1, txnOf(2, numbered2))
			}(), "comes after number 0",
		},
		{"fifo-client-order", "in order", sessions().writes(1, 1, createA).writes(2, 9, setA).writes(1, 2, setA), ""},
		{"fifo-client-order", "overtaken", sessions().writes(1, 2, createA).forges(1, 1, txnOf(1, ephemeralE)), "after its operation 2"},
		{"fifo-client-order", "overtaken and refused", sessions().writes(1, 2, createA).forges(1, 1, txnOf(3, ephemeralE)), ""},
		{"monotonic-zxid", "forward", sessions().reads(1, 1, readA, 1).reads(2, 1, readA, 0).reads(1, 2, readA, 1), ""},
		{"monotonic-zxid", "back", sessions().reads(1, 1, readA, 2).reads(1, 2, readA, 1), "was shown 1.2 by s1, and now 1.1"},
		{
			"monotonic-zxid", "an event that is older than an answer",
			sessions().reads(1, 1, readA, 3).tells(1, znode.NodeDeleted, "/a"), "was shown 1.3 by s1, and now 1.2",
		},
		{
			"watch-order", "told first",
			sessions().writes(2, 1, createA).reads(1, 1, watchA, 3).writes(2, 2, setA).
				tells(1, znode.NodeDataChanged, "/a").reads(1, 2, readA, 4), "",
		},
		{
			"watch-order", "not told yet and not shown",
			sessions().writes(2, 1, createA).reads(1, 1, watchA, 3).writes(2, 2, setA).reads(1, 2, readA, 3), "",
		},
		{
			"watch-order", "shown first",
			sessions().writes(2, 1, createA).reads(1, 1, watchA, 3).writes(2, 2, setA).reads(1, 2, readA, 4), "had not been told of the change at 1.4",
		},
		{
			"watch-order", "told twice",
			sessions().writes(2, 1, createA).reads(1, 1, watchA, 3).writes(2, 2, setA).
				tells(1, znode.NodeDataChanged, "/a").tells(1, znode.NodeDataChanged, "/a"), "does not watch",
		},
	} {
		t.Run(c.property+"/"+strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			got := c.story.judge(t, c.property)
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestTreePropertiesNeedATree: over anything else that is replicated they have
// nothing to say.
func TestTreePropertiesNeedATree(t *testing.T) {
	for _, name := range []string{"fifo-client-order", "ephemeral-life", "one-ephemeral-owner", "sequence-numbers", "watch-order"} {
		p, err := ByName(name, Params{})
		if err != nil {
			t.Fatal(err)
		}
		if p.New(kvHeader()).Wants() != 0 {
			t.Errorf("%s watches a key-value store", name)
		}
	}
}
