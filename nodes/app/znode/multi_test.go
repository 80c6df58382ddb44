package znode

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
)

// TestMultiIsTheSameAsItsParts: a multi whose parts would all succeed one after
// the other does what they do; any other changes nothing. Applied twice it
// changes nothing more. (Its second result may tell of parts that found
// nothing, where a later part removed what an earlier one changed.)
func TestMultiIsTheSameAsItsParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := New()
		for _, op := range rapid.SliceOfN(ops, 0, 10).Draw(t, "before") {
			m.Apply(nil, m.Prepare(nil, op))
		}
		parts := rapid.SliceOfN(plain.Filter(func(o Op) bool { return o.Kind <= KindDelete || o.Kind == KindCheck }), 0, 4).Draw(t, "parts")
		one := m.Clone().(*Machine)
		failed := -1
		for i, part := range parts {
			txn, code := one.prepare(nodes.Caller{}, part)
			if code != OK {
				failed = i
				break
			}
			one.carryOut(txn, nodes.Position{})
		}
		before := m.Snapshot(nil)
		txn := m.Prepare(nil, Multi(parts...))
		r, err := ParseResult(m.Apply(nil, txn))
		after := m.Snapshot(nil)
		switch {
		case err != nil:
			t.Fatal(err)
		case failed < 0 && (r.Code != OK || !bytes.Equal(after, one.Snapshot(nil))):
			t.Fatalf("%v: not what the parts do", r.Code)
		case failed >= 0 && (r.Code == OK || !bytes.Equal(after, before)):
			t.Fatalf("part %d fails, and the multi changed something", failed)
		}
		for i := range r.Results {
			want := OK
			if failed >= 0 && i > failed {
				want = RuntimeInconsistency
			}
			if i != failed && r.Results[i].Code != want {
				t.Fatalf("part %d: %v, want %v", i, r.Results[i].Code, want)
			}
		}
		if m.Apply(nil, txn); !bytes.Equal(m.Snapshot(nil), after) {
			t.Fatal("applied twice, it changed something more")
		}
	})
}

// caller carries out an operation of a session.
func caller(r *nodes.Replica, index uint64, who nodes.Caller, body []byte) Result {
	txn := r.Machine.(nodes.SessionKeeper).PrepareFor(nil, who, body)
	res, err := ParseResult(r.Apply(nil, nodes.Position{Epoch: 1, Index: index}, txn, 0))
	if err != nil {
		panic(err)
	}
	return res
}

func withSessions(ids ...nodes.SessionID) *nodes.Replica {
	r := &nodes.Replica{Machine: New()}
	for i, id := range ids {
		m := r.Machine.(nodes.SessionKeeper)
		r.Apply(nil, nodes.Position{Epoch: 1, Index: uint64(i + 1)}, m.PrepareOpen(nil, nodes.Session{ID: id, Timeout: 4}), 0)
	}
	return r
}

func ephemeral(path string) []byte { return Op{Kind: KindCreate, Path: path, Ephemeral: true}.Body() }

func TestEphemeralNodes(t *testing.T) {
	local := nodes.MakeSessionID(1, 1, 1, true)
	r := withSessions(7, 8)
	for i, c := range []struct {
		who  nodes.Caller
		body []byte
		want Code
	}{
		{nodes.Caller{Session: 7}, ephemeral("/e"), OK},
		{nodes.Caller{Session: 7}, Create("/e/child", ""), NoChildrenForEphemerals},
		{nodes.Caller{Session: 8}, ephemeral("/e"), NodeExists},
		{nodes.Caller{Session: 8}, ephemeral("/f"), OK},
		{nodes.Caller{Session: 9}, ephemeral("/g"), SessionExpired},
		{nodes.Caller{Session: 9}, Create("/g", ""), SessionExpired},
		{nodes.Caller{Session: 8, Moved: true}, Create("/g", ""), SessionMoved},
		{nodes.Caller{Session: local}, ephemeral("/g"), EphemeralOnLocalSession},
		{nodes.Caller{Session: local}, Create("/p", ""), OK},
		{nodes.Caller{}, ephemeral("/g"), SessionExpired},
		{nodes.Caller{}, CloseSession(), Unimplemented},
	} {
		if got := caller(r, uint64(i+10), c.who, c.body); got.Code != c.want {
			t.Errorf("%s by %x: %v, want %v", Describe(c.body, nil), c.who.Session, got.Code, c.want)
		}
	}
	m := r.Machine.(*Machine)
	if got := m.root.at("/e").public().Owner; got != 7 {
		t.Errorf("/e belongs to %d", got)
	}
	if got := caller(r, 30, nodes.Caller{Session: 7}, CloseSession()); got.Code != OK {
		t.Error(got.Code)
	}
	if m.root.at("/e") != nil || m.root.at("/f") == nil || m.root.at("/p") == nil {
		t.Error("closing a session removes its own nodes and no others")
	}
	if got := m.Sessions(); len(got) != 1 || got[0].ID != 8 {
		t.Errorf("open: %v", got)
	}
	if got := m.root.public(); got.Changed != (nodes.Position{Epoch: 1, Index: 30}) || got.Cversion != 4 {
		t.Errorf("the root: %+v", got)
	}
}

// TestCloseIsFrozen: the leader says which nodes go, and counts what is on its
// way (R-CLI-6). A node that has another owner by then stays.
func TestCloseIsFrozen(t *testing.T) {
	r := withSessions(7, 8)
	m := r.Machine.(*Machine)
	caller(r, 10, nodes.Caller{Session: 7}, ephemeral("/a"))
	caller(r, 11, nodes.Caller{Session: 7}, ephemeral("/b"))
	caller(r, 12, nodes.Caller{Session: 7}, Delete("/b", AnyVersion))
	txn := m.PrepareClose(nil, 7)
	if got, _ := ParseTxn(txn); !slices.Equal(got.Paths, []string{"/a"}) || m.Closes(txn) != 7 {
		t.Fatalf("%v", got)
	}
	caller(r, 13, nodes.Caller{}, Delete("/a", AnyVersion))
	caller(r, 14, nodes.Caller{Session: 8}, ephemeral("/a"))
	m.ApplyAt(nil, nodes.Position{Epoch: 1, Index: 15}, txn)
	if m.root.at("/a") == nil {
		t.Error("it removed the node of another session")
	}
}

// TestSessionsSurviveSnapshots: which nodes go with a session follows from the
// nodes.
func TestSessionsSurviveSnapshots(t *testing.T) {
	r := withSessions(7, 8)
	caller(r, 10, nodes.Caller{Session: 7}, Create("/p", ""))
	caller(r, 11, nodes.Caller{Session: 7}, ephemeral("/p/e"))
	caller(r, 12, nodes.Caller{Session: 8}, ephemeral("/e"))
	image := r.Machine.Snapshot(nil)
	other := New()
	other.Restore(image)
	if !bytes.Equal(other.Snapshot(nil), image) {
		t.Error("the snapshot of what was restored is another")
	}
	for _, id := range []nodes.SessionID{7, 8} {
		want, got := r.Machine.(*Machine).PrepareClose(nil, id), other.PrepareClose(nil, id)
		if !bytes.Equal(got, want) {
			t.Errorf("closing %d: %x, want %x", id, got, want)
		}
	}
}

// TestSequentialNames: plain children count, failed and deleted ones do not
// take numbers back (R-CLI-12, R-CLI-13).
func TestSequentialNames(t *testing.T) {
	r := nodes.Replica{Machine: New()}
	next := Op{Kind: KindCreate, Path: "/q/n-", Sequential: true}
	for i, c := range []struct {
		op   Op
		want string
	}{
		{Op{Kind: KindCreate, Path: "/q"}, "/q"},
		{next, "/q/n-0000000000"},
		{next, "/q/n-0000000001"},
		{Op{Kind: KindDelete, Path: "/q/n-0000000001", Version: AnyVersion}, ""},
		{next, "/q/n-0000000002"},
		{Op{Kind: KindCreate, Path: "/q/plain"}, "/q/plain"},
		{Op{Kind: KindCreate, Path: "/q/plain"}, ""},
		{next, "/q/n-0000000004"},
		{Op{Kind: KindCreate, Path: "/q/", Sequential: true}, "/q/0000000005"},
	} {
		got, err := ParseResult(do(&r, uint64(i+1), c.op))
		if err != nil || got.Path != c.want {
			t.Errorf("%d: %q, %v; want %q", i, got.Path, err, c.want)
		}
	}
	got, _ := ParseResult(r.Machine.Query(nil, Children("/q")))
	if got.Stat.Cversion != 7 || !slices.Equal(got.Children, []string{"0000000005", "n-0000000000", "n-0000000002", "n-0000000004", "plain"}) {
		t.Errorf("%v, cversion %d", got.Children, got.Stat.Cversion)
	}
}
