package app_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/apptest"
	"github.com/zabsim/zabsim/nodes/app/kv"
	"github.com/zabsim/zabsim/nodes/app/znode"
)

func onceTree() nodes.StateMachine { return app.Once(znode.New()) }

func TestOnceKeepsTheLawsOverATree(t *testing.T) {
	apptest.Check(t, onceTree, rapid.Custom(func(t *rapid.T) []byte {
		op := znode.Op{Kind: znode.KindCreate + znode.Kind(rapid.IntRange(0, 4).Draw(t, "kind")), Path: "/a", Version: znode.AnyVersion}
		return app.Identify(nodes.ClientID(rapid.IntRange(1, 2).Draw(t, "client")), uint32(rapid.IntRange(1, 5).Draw(t, "seq")), op.Body())
	}))
}

// TestOnceOverATreeIsFuzzy: what nobody asked for is not remembered, and the
// rest is the tree's.
func TestOnceOverATreeIsFuzzy(t *testing.T) {
	apptest.CheckFuzzy(t, onceTree, rapid.Custom(func(t *rapid.T) []byte {
		kind := rapid.SampledFrom([]znode.Kind{znode.KindCreate, znode.KindSet, znode.KindDelete}).Draw(t, "kind")
		path := rapid.SampledFrom([]string{"/a", "/a/b"}).Draw(t, "path")
		return app.Identify(0, 0, znode.Op{Kind: kind, Path: path, Version: znode.AnyVersion}.Body())
	}), apptest.FromBefore)
}

// TestOncePassesSessionsOn: what a machine with sessions and watches can do it
// can do under Once, and no other machine seems to.
func TestOncePassesSessionsOn(t *testing.T) {
	if _, ok := app.Once(kv.New()).(nodes.SessionKeeper); ok {
		t.Error("a key-value store keeps sessions")
	}
	m := onceTree().(nodes.SessionKeeper)
	m.Apply(nil, m.PrepareOpen(nil, nodes.Session{ID: 7}))
	m = m.Clone().(nodes.SessionKeeper)
	if got := m.Sessions(); len(got) != 1 || got[0].ID != 7 {
		t.Fatalf("open: %v", got)
	}
	op := app.Identify(1, 1, znode.Op{Kind: znode.KindCreate, Path: "/e", Ephemeral: true}.Body())
	txn := m.PrepareFor(nil, nodes.Caller{Session: 7}, op)
	result := m.Apply(nil, txn)
	if got := znode.Describe(mustBody(t, op), result); got != "create /e ephemeral: ok" {
		t.Error(got)
	}
	if got := m.(nodes.Watchable).Fire(txn, result); len(got) != 2 || got[0].Keys[0] != "data /e" {
		t.Errorf("it tells %v", got)
	}
	get := app.Identify(1, 2, znode.Op{Kind: znode.KindGet, Path: "/e", Watch: true}.Body())
	if keys, _ := m.(nodes.Watchable).Watch(get, m.Query(nil, get)); len(keys) != 1 {
		t.Errorf("it watches %v", keys)
	}
	if got := m.Closes(m.PrepareClose(nil, 7)); got != 7 {
		t.Errorf("it closes %d", got)
	}
}

// TestALateRequestOfASessionIsRefused: in a session nobody asks again, so what
// comes late is judged like anything else.
func TestALateRequestOfASessionIsRefused(t *testing.T) {
	m := onceTree().(nodes.SessionKeeper)
	m.Apply(nil, m.PrepareOpen(nil, nodes.Session{ID: 7}))
	m.Apply(nil, m.PrepareFor(nil, nodes.Caller{Session: 7}, app.Identify(1, 5, znode.Create("/a", ""))))
	for _, who := range []nodes.Caller{{Session: 7, Moved: true}, {Session: 8}} {
		txn, err := znode.ParseTxn(mustBody(t, m.PrepareFor(nil, who, app.Identify(1, 3, znode.Create("/late", "")))))
		if err != nil || txn.Kind != znode.TxnError {
			t.Errorf("%+v: %v, %v", who, txn, err)
		}
	}
}

func mustBody(t *testing.T, opOrTxn []byte) []byte {
	t.Helper()
	_, _, body, err := app.Body(opOrTxn)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
