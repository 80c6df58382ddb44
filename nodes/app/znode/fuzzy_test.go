package znode

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/apptest"
)

// change draws an operation that has good prospects.
var change = rapid.Custom(func(t *rapid.T) Op {
	o := Op{
		Kind:    rapid.SampledFrom([]Kind{KindCreate, KindCreate, KindSet, KindDelete}).Draw(t, "kind"),
		Path:    rapid.SampledFrom([]string{"/a", "/b", "/a/a", "/a/b", "/b/a", "/a/b/c"}).Draw(t, "path"),
		Data:    rapid.SampledFrom([]string{"x", "y"}).Draw(t, "data"),
		Version: AnyVersion,
	}
	if o.Kind == KindCreate {
		o.Ephemeral, o.Sequential = rapid.Bool().Draw(t, "ephemeral"), rapid.IntRange(0, 9).Draw(t, "sequential") == 0
	}
	return o
})

// lively draws the next transaction of a few sessions that share a few nodes.
func lively(t *rapid.T, m nodes.StateMachine) []byte {
	keeper := m.(nodes.SessionKeeper)
	session := nodes.Session{ID: nodes.SessionID(rapid.IntRange(1, 2).Draw(t, "session")), Timeout: time.Second}
	open := slices.Contains(keeper.Sessions(), session)
	switch what := rapid.IntRange(0, 9).Draw(t, "what"); {
	case !open:
		return keeper.PrepareOpen(nil, session)
	case what == 0:
		return keeper.PrepareClose(nil, session.ID)
	case what == 1:
		return keeper.PrepareFor(nil, nodes.Caller{Session: session.ID}, Multi(change.Draw(t, "first"), change.Draw(t, "second")))
	default:
		return keeper.PrepareFor(nil, nodes.Caller{Session: session.ID}, change.Draw(t, "change").Body())
	}
}

func fresh() nodes.StateMachine { return New() }

func TestFuzzySnapshotAndReplay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if wrong := apptest.TryFuzzy(t, fresh, lively, apptest.FromBefore); wrong != "" {
			t.Fatal(wrong)
		}
	})
}

// TestParentsAreNotSetBack: an old transaction does not take back what a parent
// knows of later children (ZOOKEEPER-3249).
func TestParentsAreNotSetBack(t *testing.T) {
	r := nodes.Replica{Machine: New()}
	next := Op{Kind: KindCreate, Path: "/n-", Sequential: true}
	first := r.Machine.Prepare(nil, next.Body())
	r.Apply(nil, nodes.Position{Epoch: 1, Index: 1}, first, 0)
	do(&r, 2, next)
	do(&r, 3, next)
	remove := r.Machine.Prepare(nil, Delete("/n-0000000000", AnyVersion))
	root := func() Stat { return r.Machine.(*Machine).root.public() }
	before := root()
	r.Apply(nil, nodes.Position{Epoch: 1, Index: 1}, first, 0)
	if got := root(); got != before {
		t.Errorf("%+v, was %+v", got, before)
	}
	r.Apply(nil, nodes.Position{Epoch: 1, Index: 2}, remove, 0)
	if got := root(); got.Changed != before.Changed || got.Children != 2 {
		t.Errorf("%+v, was %+v", got, before)
	}
}

// forgetful is a machine that changes transactions which have happened already,
// as ZooKeeper's once did.
type forgetful struct {
	*Machine
	alter func(*Machine, *Txn)
}

func (f forgetful) ApplyAt(dst []byte, at nodes.Position, txn []byte) []byte {
	t, err := ParseTxn(txn)
	if err != nil {
		panic(err)
	}
	f.alter(f.Machine, &t)
	return f.Machine.ApplyAt(dst, at, t.appendTo(nil))
}

func (f forgetful) CopyPiece(image nodes.StateMachine, todo []string) []string {
	return f.Machine.CopyPiece(image.(forgetful).Machine, todo)
}

// TestFuzzyReplayFindsWhatIsNotIdempotent: the law above can fail, and does for
// each mistake that ZooKeeper made.
func TestFuzzyReplayFindsWhatIsNotIdempotent(t *testing.T) {
	leaveOut := func(txn *Txn) { *txn = Txn{Kind: TxnError, Code: RuntimeInconsistency} }
	for _, c := range []struct {
		mistake string
		alter   func(*Machine, *Txn)
	}{
		{"ZOOKEEPER-1046: the parent does not count a child that is there", func(m *Machine, txn *Txn) {
			if txn.Kind == TxnCreate && m.root.at(txn.Path) != nil {
				leaveOut(txn)
			}
		}},
		{"ZOOKEEPER-3125: the parent does not note a child that is gone", func(m *Machine, txn *Txn) {
			if txn.Kind == TxnDelete && m.root.at(txn.Path) == nil {
				leaveOut(txn)
			}
		}},
		{"ZOOKEEPER-3145: nor does it at the end of a session", func(m *Machine, txn *Txn) {
			txn.Paths = slices.DeleteFunc(txn.Paths, func(path string) bool { return m.root.at(path) == nil })
		}},
		{"versions are counted, not given", func(m *Machine, txn *Txn) {
			if n := m.root.at(txn.Path); txn.Kind == TxnSet && n != nil {
				txn.Version = n.stat.version + 1
			}
		}},
	} {
		trial := rapid.Custom(func(t *rapid.T) string {
			return apptest.TryFuzzy(t, func() nodes.StateMachine { return forgetful{New(), c.alter} }, lively, apptest.FromBegin)
		})
		found := 0
		for found < 3000 && trial.Example(found) == "" {
			found++
		}
		if found == 3000 {
			t.Errorf("%s: not found", c.mistake)
		}
		t.Log(found, c.mistake)
	}
}
