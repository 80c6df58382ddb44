package znode

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/apptest"
)

var paths = rapid.SampledFrom([]string{"/", "/a", "/b", "/a/a", "/a/b", "/a/b/c", "a", "/a/", "//", "/a/../b"})

// plain draws operations on one node that need no session.
var plain = rapid.Custom(func(t *rapid.T) Op {
	return Op{
		Kind:       Kind(rapid.IntRange(int(KindCreate), int(KindCheck)).Draw(t, "kind")),
		Path:       paths.Draw(t, "path"),
		Data:       rapid.StringOfN(rapid.RuneFrom([]rune("xy")), 0, 2, -1).Draw(t, "data"),
		Version:    rapid.Int32Range(-1, 2).Draw(t, "version"),
		Sequential: rapid.IntRange(0, 4).Draw(t, "sequential") == 0,
		Watch:      rapid.Bool().Draw(t, "watch"),
	}
})

// ops draws their bodies.
var ops = rapid.Custom(func(t *rapid.T) []byte { return plain.Draw(t, "op").Body() })

func TestLaws(t *testing.T) {
	apptest.Check(t, func() nodes.StateMachine { return New() }, ops)
}

// TestOutcomes walks through ZooKeeper's answers one after the other: which
// error comes first, which version follows (R-CLI-7, R-CLI-11).
func TestOutcomes(t *testing.T) {
	r := nodes.Replica{Machine: New()}
	for i, step := range []struct {
		op   Op
		want string
	}{
		{Op{Kind: KindCreate, Path: "/a", Data: "0"}, "create /a=0: ok"},
		{Op{Kind: KindCreate, Path: "/a", Data: "0"}, "create /a=0: NODEEXISTS"},
		{Op{Kind: KindCreate, Path: "/", Data: "0"}, "create /=0: NODEEXISTS"},
		{Op{Kind: KindCreate, Path: "/no/child"}, "create /no/child: NONODE"},
		{Op{Kind: KindCreate, Path: "/a/"}, "create /a/: BADARGUMENTS"},
		{Op{Kind: KindSet, Path: "/a", Data: "1", Version: AnyVersion}, "set /a=1: ok"},
		{Op{Kind: KindSet, Path: "/a", Data: "2", Version: 1}, "set /a=2 if v1: ok"},
		{Op{Kind: KindSet, Path: "/a", Data: "3", Version: 1}, "set /a=3 if v1: BADVERSION"},
		{Op{Kind: KindSet, Path: "/b", Version: AnyVersion}, "set /b: NONODE"},
		{Op{Kind: KindGet, Path: "/a"}, "get /a: 2 v2"},
		{Op{Kind: KindCreate, Path: "/a/b", Data: "c"}, "create /a/b=c: ok"},
		{Op{Kind: KindDelete, Path: "/a", Version: AnyVersion}, "delete /a: NOTEMPTY"},
		{Op{Kind: KindDelete, Path: "/a", Version: 1}, "delete /a if v1: BADVERSION"},
		{Op{Kind: KindDelete, Path: "/a/b", Version: 0}, "delete /a/b if v0: ok"},
		{Op{Kind: KindExists, Path: "/a/b"}, "exists /a/b: NONODE"},
		{Op{Kind: KindDelete, Path: "/", Version: AnyVersion}, "delete /: BADARGUMENTS"},
	} {
		if got := Describe(step.op.Body(), do(&r, uint64(i+1), step.op)); got != step.want {
			t.Errorf("%d: %q, want %q", i, got, step.want)
		}
	}
	got, err := ParseResult(r.Machine.Query(nil, Get("/a")))
	want := Stat{
		Created: nodes.Position{Epoch: 1, Index: 1}, Modified: nodes.Position{Epoch: 1, Index: 7},
		Changed: nodes.Position{Epoch: 1, Index: 14}, Version: 2, Cversion: 2,
	}
	if err != nil || got.Stat != want {
		t.Errorf("/a: %+v, %v; want %+v", got.Stat, err, want)
	}
}

// do carries out one operation as a leader and its replica do; the index says
// where it stands in epoch 1.
func do(r *nodes.Replica, index uint64, o Op) []byte {
	if o.Reads() {
		return r.Machine.Query(nil, o.Body())
	}
	return r.Apply(nil, nodes.Position{Epoch: 1, Index: index}, r.Machine.Prepare(nil, o.Body()), 0)
}

// TestAgainstModel compares the tree with a flat map from path to data.
func TestAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := nodes.Replica{Machine: New()}
		model := map[string]string{"/": ""}
		for i := range rapid.IntRange(1, 60).Draw(t, "ops") {
			o := plain.Draw(t, "op")
			if !valid(o.Path) || o.Sequential || o.Kind == KindCheck {
				continue
			}
			got, err := ParseResult(do(&r, uint64(i), o))
			if err != nil {
				t.Fatalf("%s: %v", o, err)
			}
			_, exists := model[o.Path]
			switch {
			case o.Kind != KindCreate && !exists && got.Code != NoNode, got.Code == NoNode && exists:
				t.Fatalf("%s: %v, exists: %t", o, got.Code, exists)
			case o.Kind == KindGet && exists && got.Data != model[o.Path]:
				t.Fatalf("%s: %q, want %q", o, got.Data, model[o.Path])
			case got.Code != OK:
			case o.Kind == KindCreate && exists:
				t.Fatalf("%s: created twice", o)
			case o.Kind == KindDelete:
				for path := range model {
					if strings.HasPrefix(path, o.Path+"/") {
						t.Fatalf("%s: it has %s", o, path)
					}
				}
				delete(model, o.Path)
			case !o.Reads():
				model[o.Path] = o.Data
			}
		}
	})
}

// TestTxnText pins the printed form of transactions, and that they are read
// back as they were written.
func TestTxnText(t *testing.T) {
	for _, c := range []struct {
		txn  Txn
		want string
	}{
		{Txn{Kind: TxnCreate, Path: "/a", Data: "0", Births: 3}, "create /a=0"},
		{Txn{Kind: TxnCreate, Path: "/a"}, "create /a"},
		{Txn{Kind: TxnSet, Path: "/a", Data: "1", Version: 1}, "setData /a=1 v1"},
		{Txn{Kind: TxnDelete, Path: "/a"}, "delete /a"},
		{Txn{Kind: TxnError, Code: BadVersion}, "error BADVERSION"},
		{Txn{Kind: TxnCheck, Path: "/a"}, "check /a"},
		{Txn{Kind: TxnCreate, Path: "/e", Data: "eph", Owner: 7}, "create /e=eph ephemeral"},
		{Txn{Kind: TxnOpen, Session: nodes.Session{ID: 7, Timeout: 4}}, "createSession"},
		{Txn{Kind: TxnClose, Session: nodes.Session{ID: 7}}, "closeSession"},
		{Txn{Kind: TxnClose, Session: nodes.Session{ID: 7}, Paths: []string{"/e", "/f"}}, "closeSession deletes /e /f"},
		{
			Txn{Kind: TxnMulti, Txns: []Txn{{Kind: TxnCheck, Path: "/a"}, {Kind: TxnError, Code: NoNode}}},
			"multi [check /a; error NONODE]",
		},
	} {
		got, err := ParseTxn(c.txn.appendTo(nil))
		if err != nil || !reflect.DeepEqual(got, c.txn) || got.String() != c.want {
			t.Errorf("%+v (%q), %v; want %+v (%q)", got, got, err, c.txn, c.want)
		}
	}
}

// TestZeroStampIsHarmless: a leader applies to the state ahead of what is
// committed without stamps; what it prepares there is the same.
func TestZeroStampIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stamped, ahead := New(), New()
		for i, op := range rapid.SliceOfN(ops, 1, 30).Draw(t, "ops") {
			txn := stamped.Prepare(nil, op)
			if other := ahead.Prepare(nil, op); string(other) != string(txn) {
				t.Fatalf("%x, want %x", other, txn)
			}
			stamped.ApplyAt(nil, nodes.Position{Epoch: 1, Index: uint64(i + 1)}, txn)
			ahead.Apply(nil, txn)
		}
	})
}
