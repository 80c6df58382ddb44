package bank

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/apptest"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

func village() *Machine {
	return New(Account{"carol", 0}, Account{"alice", 100}, Account{"bob", 20})
}

// drawName draws an account of the village, or one that does not exist.
func drawName(t *rapid.T, label string) string {
	return rapid.SampledFrom([]string{"alice", "bob", "carol", "dave"}).Draw(t, label)
}

var ops = rapid.Custom(func(t *rapid.T) []byte {
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return Read(drawName(t, "account"))
	case 1:
		return Audit()
	default:
		return Transfer(drawName(t, "from"), drawName(t, "to"), rapid.Int64Range(-5, 80).Draw(t, "amount"))
	}
})

func TestLaws(t *testing.T) {
	apptest.Check(t, func() nodes.StateMachine { return village() }, ops)
	apptest.CheckFuzzy(t, func() nodes.StateMachine { return village() }, ops, apptest.FromBefore)
}

// TestAgainstModel compares the bank with a map and an if.
func TestAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := village()
		model := map[string]int64{"alice": 100, "bob": 20, "carol": 0}
		for range rapid.IntRange(1, 40).Draw(t, "ops") {
			body := ops.Draw(t, "op")
			op, err := Parse(body)
			if err != nil {
				t.Fatal(err)
			}
			res, err := ParseResult(body, m.Apply(nil, m.Prepare(nil, body)))
			if err != nil {
				t.Fatal(err)
			}
			if want := modelApply(model, op); res.OK != want {
				t.Fatalf("%s: ok is %t, want %t", op, res.OK, want)
			}
			if op.Kind == KindRead && res.Balance != model[op.From] {
				t.Fatalf("%s: %d, want %d", op, res.Balance, model[op.From])
			}
			audit, err := ParseResult(Audit(), m.Query(nil, Audit()))
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]int64{}
			for _, a := range audit.Balances {
				got[a.Name] = a.Balance
			}
			if !maps.Equal(got, model) {
				t.Fatalf("after %s: %v, want %v", op, got, model)
			}
		}
	})
}

func modelApply(model map[string]int64, op Op) (ok bool) {
	has, from := model[op.From]
	_, to := model[op.To]
	switch op.Kind {
	case KindRead:
		return from
	case KindTransfer:
		if !from || !to || op.From == op.To || op.Amount <= 0 || has < op.Amount {
			return false
		}
		model[op.From] -= op.Amount
		model[op.To] += op.Amount
	case KindAudit:
	}
	return true
}

func TestDescribe(t *testing.T) {
	m := New(Account{"alice", 100}, Account{"bob", 0}, Account{"carol", 0}, Account{"rich", 1<<63 - 1})
	for _, tt := range []struct { // each step builds on those before
		op   []byte
		want string
	}{
		{Transfer("alice", "bob", 80), "transfer alice bob 80: ok"},
		{Read("alice"), "read alice: 20"},
		{Transfer("alice", "carol", 70), "transfer alice carol 70: refused, alice has 20"},
		{Transfer("alice", "alice", 7), "transfer alice alice 7: refused, from and to are the same"},
		{Transfer("alice", "bob", 0), "transfer alice bob 0: refused, the amount must be positive"},
		{Transfer("alice", "rich", 1), "transfer alice rich 1: refused, rich would have too much"},
		{Transfer("dave", "bob", 1), "transfer dave bob 1: refused, no account dave"},
		{Transfer("bob", "dave", 1), "transfer bob dave 1: refused, no account dave"},
		{Read("dave"), "read dave: refused, no account dave"},
		{Transfer("alice", "carol", 20), "transfer alice carol 20: ok"}, // all it has
		{Audit(), "audit: alice 0, bob 80, carol 20, rich 9223372036854775807"},
		{[]byte("?"), "malformed operation"},
	} {
		if got := Describe(tt.op, m.Apply(nil, m.Prepare(nil, tt.op))); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
	unusual := Transfer("alice", "bob", 80)
	for _, tt := range []struct{ got, want string }{
		{Describe(unusual, nil), "transfer alice bob 80"},
		{Describe(unusual, m.Query(nil, unusual)), "transfer alice bob 80: refused, a transfer is not a read"},
		{Describe(unusual, []byte{0xff}), "transfer alice bob 80: " + app.ErrStale.Error()},
		{Describe(unusual, []byte{}), "transfer alice bob 80: malformed"},
	} {
		if tt.got != tt.want {
			t.Errorf("got  %s\nwant %s", tt.got, tt.want)
		}
	}
}

// TestTransactionsAreNewValues pins what makes a transaction idempotent.
func TestTransactionsAreNewValues(t *testing.T) {
	m := village()
	changed, err := ParseTxn(m.Prepare(nil, Transfer("alice", "bob", 30)))
	if want := []Account{{"alice", 70}, {"bob", 50}}; err != nil || !slices.Equal(changed, want) {
		t.Errorf("changed %v, %v; want %v", changed, err, want)
	}
	for _, op := range [][]byte{Transfer("alice", "bob", 101), Read("alice"), Audit(), []byte("?")} {
		if changed, err := ParseTxn(m.Prepare(nil, op)); err != nil || len(changed) != 0 {
			t.Errorf("%s sets %v, %v; want nothing", Describe(op, nil), changed, err)
		}
	}
	if changed, err := ParseTxn(nil); err != nil || len(changed) != 0 {
		t.Errorf("the empty transaction sets %v, %v", changed, err)
	}
}

func TestMisuse(t *testing.T) {
	for name, f := range map[string]func(){
		"two accounts of one name":     func() { New(Account{"a", 1}, Account{"a", 2}) },
		"transaction of another bank":  func() { New(Account{"a", 1}).Apply(nil, village().Prepare(nil, Transfer("alice", "bob", 1))) },
		"half a transaction":           func() { village().Apply(nil, []byte{2, 5, 'a', 'l', 'i', 'c', 'e'}) },
		"number that is not canonical": func() { village().Apply(nil, []byte{0x80, 0}) },
		"snapshot with a byte too many": func() {
			village().Restore(append(village().Snapshot(nil), 0))
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// FuzzParse demands of the three parsers that they return an error for what
// they do not understand, and that what they understand has no other form.
func FuzzParse(f *testing.F) {
	m := village()
	for _, op := range [][]byte{Transfer("alice", "bob", 30), Transfer("bob", "alice", 30), Read("bob"), Audit(), {}} {
		f.Add(op, m.Query(nil, op), m.Prepare(nil, op))
	}
	f.Fuzz(func(t *testing.T, body, result, txn []byte) {
		if op, err := Parse(body); err == nil {
			var again []byte
			switch op.Kind {
			case KindTransfer:
				again = Transfer(op.From, op.To, op.Amount)
			case KindRead:
				again = Read(op.From)
			case KindAudit:
				again = Audit()
			}
			if !slices.Equal(again, body) {
				t.Errorf("%x and %x are both %s", body, again, op)
			}
		} else if !errors.Is(err, app.ErrMalformed) {
			t.Error(err)
		}
		if res, err := ParseResult(body, result); err == nil && res.OK == (res.Refused != "") {
			t.Errorf("%+v is neither ok nor refused, or both", res)
		}
		if changed, err := ParseTxn(txn); err == nil && len(txn) > 0 {
			again := wire.AppendUint(nil, uint64(len(changed)))
			for _, a := range changed {
				again = appendAccount(again, a.Name, a.Balance)
			}
			if !bytes.HasPrefix(txn, again) {
				t.Errorf("%x sets %v, which has another form", txn, changed)
			}
		}
	})
}

func BenchmarkTransfer(b *testing.B) {
	m := village()
	there, back := Transfer("alice", "bob", 30), Transfer("bob", "alice", 30)
	var txn, result []byte
	b.ReportAllocs()
	for b.Loop() {
		txn = m.Prepare(txn[:0], there)
		result = m.Apply(result[:0], txn)
		there, back = back, there
	}
}

func BenchmarkQuery(b *testing.B) {
	m, op := village(), Read("bob")
	var result []byte
	b.ReportAllocs()
	for b.Loop() {
		result = m.Query(result[:0], op)
	}
}

func BenchmarkClone(b *testing.B) {
	m := village()
	b.ReportAllocs()
	for b.Loop() {
		m.Clone()
	}
}
