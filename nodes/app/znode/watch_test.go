package znode

import (
	"slices"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/nodes"
)

// told prints events with the watches they use up.
func told(t *testing.T, firings []nodes.Firing) []string {
	t.Helper()
	var all []string
	for _, f := range firings {
		e, err := ParseEvent(f.Event)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.String()+" to "+strings.Join(f.Keys, ", "))
	}
	return all
}

func TestWhatTransactionsTell(t *testing.T) {
	m := New()
	m.Apply(nil, m.PrepareOpen(nil, nodes.Session{ID: 7}))
	for _, c := range []struct {
		body []byte
		want []string
	}{
		{Create("/a", ""), []string{"NodeCreated /a to data /a", "NodeChildrenChanged / to child /"}},
		{Create("/a", ""), nil},
		{Set("/a", "1", AnyVersion), []string{"NodeDataChanged /a to data /a"}},
		{
			Multi(Op{Kind: KindCreate, Path: "/a/b"}, Op{Kind: KindDelete, Path: "/a/b", Version: AnyVersion}),
			[]string{
				"NodeCreated /a/b to data /a/b", "NodeChildrenChanged /a to child /a",
				"NodeDeleted /a/b to data /a/b, child /a/b", "NodeChildrenChanged /a to child /a",
			},
		},
		{Multi(Op{Kind: KindSet, Path: "/a", Version: AnyVersion}, Op{Kind: KindCheck, Path: "/no"}), nil},
		{ephemeral("/e"), []string{"NodeCreated /e to data /e", "NodeChildrenChanged / to child /"}},
		{CloseSession(), []string{"NodeDeleted /e to data /e, child /e", "NodeChildrenChanged / to child /"}},
	} {
		txn := m.PrepareFor(nil, nodes.Caller{Session: 7}, c.body)
		result := m.Apply(nil, txn)
		if got := told(t, m.Fire(txn, result)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", Describe(c.body, nil), got, c.want)
		}
	}
}

func TestWhatReadsWatch(t *testing.T) {
	m := New()
	m.Apply(nil, m.Prepare(nil, Create("/a", "")))
	for _, c := range []struct {
		op   Op
		want string
	}{
		{Op{Kind: KindGet, Path: "/a", Watch: true}, "data /a"},
		{Op{Kind: KindGet, Path: "/a"}, ""},
		{Op{Kind: KindGet, Path: "/no", Watch: true}, ""},
		{Op{Kind: KindExists, Path: "/a", Watch: true}, "data /a"},
		{Op{Kind: KindExists, Path: "/no", Watch: true}, "data /no"},
		{Op{Kind: KindExists, Path: "no", Watch: true}, ""},
		{Op{Kind: KindChildren, Path: "/a", Watch: true}, "child /a"},
		{Op{Kind: KindChildren, Path: "/no", Watch: true}, ""},
	} {
		keys, events := m.Watch(c.op.Body(), m.Query(nil, c.op.Body()))
		if got := strings.Join(keys, " "); got != c.want || events != nil {
			t.Errorf("%v: %q, want %q", c.op, got, c.want)
		}
	}
}

// TestSetWatches: what happened while the client was away is told at once, the
// rest is armed (R-CLI-15).
func TestSetWatches(t *testing.T) {
	r := nodes.Replica{Machine: New()}
	for i, op := range []Op{
		{Kind: KindCreate, Path: "/old"},
		{Kind: KindCreate, Path: "/parent"},
		{Kind: KindCreate, Path: "/set"},
		{Kind: KindSet, Path: "/set", Version: AnyVersion},
		{Kind: KindCreate, Path: "/parent/child"},
	} {
		do(&r, uint64(i+1), op)
	}
	op := Op{Kind: KindSetWatches, Watches: Watches{
		Seen: nodes.Position{Epoch: 1, Index: 3},
		Data: []string{"/old", "/set", "/gone"}, Exist: []string{"/not-yet", "/old"}, Children: []string{"/old", "/parent", "/gone", "/lost"},
	}}
	keys, events := r.Machine.(*Machine).Watch(op.Body(), nil)
	var got []string
	for _, e := range events {
		event, err := ParseEvent(e)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, event.String())
	}
	if want := []string{"data /old", "data /not-yet", "child /old"}; !slices.Equal(keys, want) {
		t.Errorf("armed %q, want %q", keys, want)
	}
	want := []string{"NodeDataChanged /set", "NodeDeleted /gone", "NodeCreated /old", "NodeChildrenChanged /parent", "NodeDeleted /lost"}
	if !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// TestOpText pins the printed form of operations, and that they are read back
// as they were written.
func TestOpText(t *testing.T) {
	for _, c := range []struct {
		op   Op
		want string
	}{
		{Op{Kind: KindCreate, Path: "/a", Data: "1", Ephemeral: true, Sequential: true}, "create /a=1 ephemeral sequential"},
		{Op{Kind: KindChildren, Path: "/a", Watch: true}, "children /a watch"},
		{Op{Kind: KindMulti, Ops: []Op{{Kind: KindCheck, Path: "/a", Version: 3}, {Kind: KindDelete, Path: "/b", Version: -1}}}, "multi [check /a if v3; delete /b]"},
		{Op{Kind: KindCloseSession}, "close session"},
		{Op{Kind: KindSetWatches, Watches: Watches{Data: []string{"/a"}, Children: []string{"/b"}}}, "set watches /a /b"},
	} {
		got, err := Parse(c.op.Body())
		if err != nil || got.String() != c.want || string(got.Body()) != string(c.op.Body()) {
			t.Errorf("%q, %v; want %q", got, err, c.want)
		}
	}
	for _, body := range [][]byte{
		Multi(Op{Kind: KindGet, Path: "/a"}), Multi(Op{Kind: KindMulti}), Multi(Op{Kind: KindCloseSession}),
		append([]byte{byte(KindGet)}, 2, '/', 'a', 2),
	} {
		if _, err := Parse(body); err == nil {
			t.Errorf("%x is no operation", body)
		}
	}
}
