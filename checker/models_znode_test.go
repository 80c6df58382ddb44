package checker

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/checker/internal/search"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim/trace"
)

// asked is an operation on a tree in a history that is being made.
type asked struct {
	from, until uint64 // events; until 0: the outcome is unknown
	op          znode.Op
	// as gives the answer: that of a tree on which these were carried out before.
	as []znode.Op
}

// callsOf makes calls of clients that ask once each. Where the answers stand in
// the order of transactions they do not say.
func callsOf(history []asked) []call {
	var calls []call
	for i, a := range history {
		c := call{client: nodes.ClientID(i + 1), seq: 1, op: app.Identify(nodes.ClientID(i+1), 1, a.op.Body()), invoked: a.from, returned: a.until}
		if a.until > 0 {
			m := znode.New()
			for n, before := range a.as {
				m.ApplyAt(nil, nodes.Position{Epoch: 1, Index: uint64(n + 1)}, m.Prepare(nil, before.Body()))
			}
			c.ended, c.result = done, answerOf(m, &a.op)
		}
		calls = append(calls, c)
	}
	return calls
}

func answerOf(m *znode.Machine, o *znode.Op) []byte {
	if o.Reads() {
		return m.Query(nil, o.Body())
	}
	return m.ApplyAt(nil, nodes.Position{Epoch: 1, Index: 99}, m.Prepare(nil, o.Body()))
}

func treeHeader() *trace.Header {
	return &trace.Header{Machine: func() nodes.StateMachine { return app.Once(znode.New()) }}
}

// verdictOn searches for an order of a history of znodes.
func verdictOn(t interface{ Fatal(...any) }, history []asked) search.Verdict {
	s := newZnodeSearch(treeHeader(), callsOf(history), func(*call) string { return "" })
	if s == nil {
		t.Fatal("there is no model")
	}
	return s.Check(10 * time.Second)
}

func TestZnodeModel(t *testing.T) {
	create := znode.Op{Kind: znode.KindCreate, Path: "/a", Data: "0"}
	numbered := znode.Op{Kind: znode.KindCreate, Path: "/n-", Sequential: true}
	set := func(data string, version int32) znode.Op {
		return znode.Op{Kind: znode.KindSet, Path: "/a", Data: data, Version: version}
	}
	get := znode.Op{Kind: znode.KindGet, Path: "/a"}
	children := znode.Op{Kind: znode.KindChildren, Path: "/"}
	del := znode.Op{Kind: znode.KindDelete, Path: "/a", Version: znode.AnyVersion}
	both := znode.Op{Kind: znode.KindMulti, Ops: []znode.Op{{Kind: znode.KindCheck, Path: "/a", Version: 0}, {Kind: znode.KindCreate, Path: "/b"}}}
	for _, c := range []struct {
		name    string
		history []asked
		want    search.Verdict
	}{
		{"one creates, the other finds it there", []asked{{1, 4, create, nil}, {2, 3, create, []znode.Op{create}}}, search.Found},
		{"both create it", []asked{{1, 4, create, nil}, {2, 3, create, nil}}, search.None},
		{"one wins by version", []asked{{1, 2, create, nil}, {3, 6, set("x", 0), []znode.Op{create}}, {4, 5, set("y", 0), []znode.Op{create, set("x", 0)}}}, search.Found},
		{"both win by version", []asked{{1, 2, create, nil}, {3, 6, set("x", 0), []znode.Op{create}}, {4, 5, set("y", 0), []znode.Op{create}}}, search.None},
		{"a stale read", []asked{{1, 2, create, nil}, {3, 4, set("x", 0), []znode.Op{create}}, {5, 6, get, []znode.Op{create}}}, search.None},
		{"a write that may have been", []asked{{1, 2, create, nil}, {3, 0, set("x", 0), nil}, {5, 6, get, []znode.Op{create, set("x", 0)}}}, search.Found},
		{"a write that came and went", []asked{{1, 2, create, nil}, {3, 0, set("x", 0), nil}, {5, 6, get, []znode.Op{create, set("x", 0)}}, {7, 8, get, []znode.Op{create}}}, search.None},
		{"two numbers", []asked{{1, 4, numbered, nil}, {2, 3, numbered, []znode.Op{numbered}}}, search.Found},
		{"the same number twice", []asked{{1, 4, numbered, nil}, {2, 3, numbered, nil}}, search.None},
		{"a multi that is carried out", []asked{{1, 2, create, nil}, {3, 4, both, []znode.Op{create}}, {5, 6, children, []znode.Op{create, both}}}, search.Found},
		{"half a multi", []asked{{1, 2, create, nil}, {3, 4, both, []znode.Op{create, set("x", 0)}}, {5, 6, children, []znode.Op{create, {Kind: znode.KindCreate, Path: "/b"}}}}, search.None},
		{"gone and there again", []asked{{1, 2, create, nil}, {3, 4, del, []znode.Op{create}}, {5, 6, get, []znode.Op{create}}}, search.None},
	} {
		if got := verdictOn(t, c.history); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	expired := callsOf([]asked{{1, 2, create, nil}, {3, 4, create, nil}})
	expired[1].result = []byte{0xdf, 1, 0} // SESSIONEXPIRED
	if r, err := znode.ParseResult(expired[1].result); err != nil || r.Code != znode.SessionExpired {
		t.Fatal(r, err)
	}
	if s := newZnodeSearch(treeHeader(), expired, func(*call) string { return "" }); s.Check(time.Second) != search.Found {
		t.Error("an operation after the end of the session counts")
	}
}

// TestZnodeModelLeavesOut: what clients ask for does not say when sessions end,
// nor what servers brought along.
func TestZnodeModelLeavesOut(t *testing.T) {
	ephemeral := znode.Op{Kind: znode.KindCreate, Path: "/e", Ephemeral: true}
	plain := znode.Op{Kind: znode.KindCreate, Path: "/p"}
	for name, op := range map[string]znode.Op{
		"an ephemeral node": ephemeral, "in a multi": {Kind: znode.KindMulti, Ops: []znode.Op{plain, ephemeral}}, "the end of a session": {Kind: znode.KindCloseSession},
	} {
		if newZnodeSearch(treeHeader(), callsOf([]asked{{1, 0, op, nil}}), nil) != nil {
			t.Errorf("there is a model of %s", name)
		}
	}
	started := treeHeader()
	started.Past = []trace.Past{{}}
	if newZnodeSearch(started, callsOf([]asked{{1, 0, plain, nil}}), nil) != nil {
		t.Error("there is a model of what began before")
	}
}

// TestZnodeParts: it makes no difference whether a tree is judged as one or in
// parts.
func TestZnodeParts(t *testing.T) {
	verdicts := map[search.Verdict]int{}
	rapid.Check(t, func(rt *rapid.T) {
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "pick") }
		m := znode.New()
		var history []call
		for i := range 12 {
			o := znode.Op{Kind: znode.KindCreate + znode.Kind(pick(5)), Path: []string{"/a", "/b", "/a/x", "/b/y"}[pick(4)], Version: int32(pick(3) - 1)}
			if o.Kind == znode.KindCreate || o.Kind == znode.KindSet {
				o.Data = string(rune('0' + pick(3)))
			}
			c := call{client: nodes.ClientID(i + 1), seq: 1, op: app.Identify(nodes.ClientID(i+1), 1, o.Body()), invoked: uint64(2*i + 1), returned: uint64(2*i + 4), ended: done}
			if c.result = answerOf(m, &o); pick(12) == 0 {
				c.result = answerOf(znode.New(), &o)
			}
			history = append(history, c)
		}
		var found [2]search.Verdict
		for i, whole := range []bool{false, true} {
			found[i] = newSearch(znodeModel(whole), history, func(*call) string { return "" }).Check(time.Minute)
		}
		if found[0] != found[1] {
			rt.Fatalf("%v in parts, %v as one", found[0], found[1])
		}
		verdicts[found[0]]++
	})
	if verdicts[search.Found] == 0 || verdicts[search.None] == 0 {
		t.Errorf("verdicts %v", verdicts)
	}
}
