package incident

import (
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/nodes/zab/zkdata"
	"github.com/zabsim/zabsim/scenarios"
)

func TestLines(t *testing.T) {
	at := scenarios.Zxid{Epoch: 1, Index: 2}
	for _, c := range []struct {
		name   string
		change zkdata.Change
		want   scenarios.TxnLine
	}{
		{
			"an ephemeral node goes with the session that asked",
			zkdata.Change{Type: zkdata.Create2, Path: "/e", Data: []byte("x"), Ephemeral: true, ParentVersion: 3},
			scenarios.TxnLine{Zxid: at, TxnPart: scenarios.TxnPart{Create: "/e", Data: "x", Births: 3, Owner: 7}},
		},
		{
			"a container stays",
			zkdata.Change{Type: zkdata.CreateContainer, Path: "/c", ParentVersion: 1},
			scenarios.TxnLine{Zxid: at, TxnPart: scenarios.TxnPart{Create: "/c", Births: 1}},
		},
		{"a container that is gone", zkdata.Change{Type: zkdata.DeleteContainer, Path: "/c"}, scenarios.TxnLine{Zxid: at, TxnPart: scenarios.TxnPart{Delete: "/c"}}},
		{"reconfig", zkdata.Change{Type: zkdata.Reconfig, Path: "/zookeeper/config", Version: 4}, scenarios.TxnLine{Zxid: at, TxnPart: scenarios.TxnPart{Set: "/zookeeper/config", Version: 4}}},
		{"nobody asks for access", zkdata.Change{Type: zkdata.SetACL, Path: "/a", Version: 4}, scenarios.TxnLine{Zxid: at, TxnPart: scenarios.TxnPart{Check: "/a"}}},
		{"an error", zkdata.Change{Type: zkdata.Error, Code: -103}, scenarios.TxnLine{Zxid: at, TxnPart: scenarios.TxnPart{Error: -103}}},
		{"a session", zkdata.Change{Type: zkdata.CreateSession, Timeout: time.Second}, scenarios.TxnLine{Zxid: at, Open: 7, Timeout: time.Second}},
		{"its end", zkdata.Change{Type: zkdata.CloseSession, Paths: []string{"/e"}}, scenarios.TxnLine{Zxid: at, Close: 7, Deletes: []string{"/e"}}},
		{
			"a multi",
			zkdata.Change{Type: zkdata.Multi, Parts: []zkdata.Change{{Type: zkdata.Create, Path: "/e", Ephemeral: true, ParentVersion: 1}, {Type: zkdata.Delete, Path: "/a"}}},
			scenarios.TxnLine{Zxid: at, Multi: []scenarios.TxnPart{{Create: "/e", Births: 1, Owner: 7}, {Delete: "/a"}}},
		},
		{"a multi of nothing", zkdata.Change{Type: zkdata.Multi}, scenarios.TxnLine{Zxid: at, TxnPart: scenarios.TxnPart{Check: "/"}}},
	} {
		got, err := line(&zkdata.Txn{Zxid: zab.MakeZxid(1, 2), Session: 7, Change: c.change})
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
	for _, c := range []zkdata.Change{{Type: zkdata.Create, Path: "/old", ParentVersion: -1}, {Type: 99}} {
		if got, err := line(&zkdata.Txn{Change: c}); err == nil {
			t.Errorf("%+v becomes %+v", c, got)
		}
	}
}

func TestOwners(t *testing.T) {
	for owner, want := range map[int64]bool{0: false, 0x100004931bd0000: true, math.MinInt64: false, -0xffffffffffff00: false} {
		if got := endsWithSession(owner); got != want {
			t.Errorf("%#x: %t", uint64(owner), got)
		}
	}
}

// TestFillCloses: where the log does not say which nodes go with a session, the
// history before it does.
func TestFillCloses(t *testing.T) {
	at := func(counter uint64) scenarios.Zxid { return scenarios.Zxid{Epoch: 1, Index: counter} }
	b := builder{
		ensemble: &zkdata.Ensemble{History: zkdata.History{Stretches: []zkdata.Stretch{{Epoch: 1, Last: 9}}}},
		start: &scenarios.Start{Txns: []scenarios.TxnLine{
			{Zxid: at(2), TxnPart: scenarios.TxnPart{Create: "/b", Owner: 7}},
			{Zxid: at(3), Multi: []scenarios.TxnPart{{Create: "/c", Owner: 7}, {Create: "/d", Owner: 8}, {Delete: "/a"}}},
			{Zxid: at(4), Close: 7},
			{Zxid: at(5), Close: 8, Deletes: []string{"/d"}},
			{Zxid: at(6), Close: 7},
			{Zxid: scenarios.Zxid{Epoch: 2, Index: 1}, TxnPart: scenarios.TxnPart{Create: "/dead", Owner: 9}},
		}},
	}
	b.fillCloses(&scenarios.Tree{Nodes: []scenarios.TreeNode{{Path: "/a", Owner: 7}, {Path: "/z", Owner: 7}, {Path: "/p"}}})
	for i, want := range map[int][]string{2: {"/b", "/c", "/z"}, 3: {"/d"}, 4: nil} {
		if got := b.start.Txns[i].Deletes; !reflect.DeepEqual(got, want) {
			t.Errorf("%v closes with %v, want %v", b.start.Txns[i].Zxid, got, want)
		}
	}
}
