package app_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/apptest"
	"github.com/zabsim/zabsim/nodes/app/bank"
)

func village() nodes.StateMachine {
	return app.Once(bank.New(bank.Account{Name: "alice", Balance: 100}, bank.Account{Name: "bob"}))
}

// do carries out one operation.
func do(m nodes.StateMachine, op []byte) []byte { return m.Apply(nil, m.Prepare(nil, op)) }

func TestLaws(t *testing.T) {
	ops := rapid.Custom(func(t *rapid.T) []byte {
		amount := rapid.Int64Range(0, 40).Draw(t, "amount")
		client := nodes.ClientID(rapid.IntRange(0, 3).Draw(t, "client"))
		return app.Identify(client, rapid.Uint32Range(1, 6).Draw(t, "seq"), bank.Transfer("alice", "bob", amount))
	})
	apptest.Check(t, village, ops)
	apptest.CheckFuzzy(t, village, ops, apptest.FromBegin) // before that, operations that are known would be left out
}

// TestAtMostOnce lets clients repeat operations at will, also while the first
// copy is prepared and not yet applied, and counts what was carried out.
func TestAtMostOnce(t *testing.T) {
	type name struct {
		client nodes.ClientID
		seq    uint32
	}
	rapid.Check(t, func(t *rapid.T) {
		inner := new(counter)
		m := app.Once(inner)
		results := map[name][]byte{}
		last := map[nodes.ClientID]uint32{}
		executed := uint64(0)
		for range rapid.IntRange(1, 30).Draw(t, "rounds") {
			var txns [][]byte
			var names []name
			for range rapid.IntRange(1, 3).Draw(t, "at once") {
				n := name{nodes.ClientID(rapid.IntRange(1, 3).Draw(t, "client")), rapid.Uint32Range(1, 8).Draw(t, "seq")}
				names = append(names, n)
				txns = append(txns, m.Prepare(nil, app.Identify(n.client, n.seq, []byte("op"))))
			}
			for i, txn := range txns {
				n, result := names[i], m.Apply(nil, txn)
				switch {
				case n.seq > last[n.client]:
					executed++
					last[n.client] = n.seq
					results[n] = result
				case n.seq == last[n.client] && !bytes.Equal(result, results[n]):
					t.Fatalf("client %d asked %d again: %x, the first time %x", n.client, n.seq, result, results[n])
				case n.seq < last[n.client] && !app.IsStale(result):
					t.Fatalf("client %d asked %d after %d: %x, want stale", n.client, n.seq, last[n.client], result)
				}
				if uint64(*inner) != executed {
					t.Fatalf("%d operations carried out, want %d", *inner, executed)
				}
			}
		}
	})
}

// counter is a machine that is not idempotent: it counts what it applies, so
// that nothing carried out twice goes unnoticed.
type counter uint64

func (c *counter) Prepare(dst, op []byte) []byte { return append(dst, op...) }
func (c *counter) Query(dst, _ []byte) []byte    { return append(dst, byte(*c)) }
func (c *counter) Snapshot(dst []byte) []byte    { return append(dst, byte(*c)) }
func (c *counter) Restore(b []byte)              { *c = counter(b[0]) }
func (c *counter) Clone() nodes.StateMachine     { d := *c; return &d }
func (c *counter) Apply(dst, _ []byte) []byte {
	*c++
	return append(dst, byte(*c))
}

// TestRetryAfterFailover is the case the table is part of the snapshot for: a
// client asks a server again that knows the first attempt only from a snapshot.
func TestRetryAfterFailover(t *testing.T) {
	first, second := village(), village()
	pay := app.Identify(1, 1, bank.Transfer("alice", "bob", 80))
	result := do(first, pay)
	second.Restore(first.Snapshot(nil))
	if again := do(second, pay); !bytes.Equal(again, result) {
		t.Errorf("the second server says %x, the first said %x", again, result)
	}
	read := bank.Read("bob")
	if got := bank.Describe(read, second.Query(nil, app.Identify(2, 1, read))); got != "read bob: 80" {
		t.Error(got)
	}
}

func TestRepeatedTransactionIsEmpty(t *testing.T) {
	m := village()
	pay := app.Identify(1, 1, bank.Transfer("alice", "bob", 80))
	do(m, pay)
	client, seq, body, err := app.Body(m.Prepare(nil, pay))
	if client != 1 || seq != 1 || len(body) != 0 || err != nil {
		t.Errorf("got client %d, seq %d, body %x, %v; want 1, 1 and nothing", client, seq, body, err)
	}
}

func TestNobodysOperationsAreNotRemembered(t *testing.T) {
	m := village()
	pay := app.Identify(0, 1, bank.Transfer("alice", "bob", 10))
	do(m, pay)
	do(m, pay)
	read := bank.Read("bob")
	if got := bank.Describe(read, m.Query(nil, app.Identify(0, 0, read))); got != "read bob: 20" {
		t.Error(got)
	}
}

func TestBody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		client := nodes.ClientID(rapid.Uint16().Draw(t, "client"))
		seq := rapid.Uint32().Draw(t, "seq")
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		c, s, b, err := app.Body(app.Identify(client, seq, body))
		if c != client || s != seq || !bytes.Equal(b, body) || err != nil {
			t.Fatalf("got %d %d %x %v", c, s, b, err)
		}
	})
	for _, b := range [][]byte{nil, {1}, {0x80, 0x80, 4, 1}, {1, 0x80, 0x80, 0x80, 0x80, 0x10}} {
		if _, _, _, err := app.Body(b); !errors.Is(err, app.ErrMalformed) {
			t.Errorf("%x: %v, want ErrMalformed", b, err)
		}
	}
}

func FuzzBody(f *testing.F) {
	f.Add(app.Identify(1, 300, []byte("body")))
	f.Fuzz(func(t *testing.T, b []byte) {
		client, seq, body, err := app.Body(b)
		if err == nil && !bytes.Equal(app.Identify(client, seq, body), b) {
			t.Errorf("%x is operation %d of client %d, which has another form", b, seq, client)
		}
	})
}

func TestMisuse(t *testing.T) {
	for name, f := range map[string]func(){
		"transaction of nobody": func() { village().Apply(nil, nil) },
		"empty snapshot":        func() { village().Restore(nil) },
		"half a table":          func() { village().Restore([]byte{2, 1, 1, 0}) },
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

// BenchmarkOnce lets three clients send transfers.
func BenchmarkOnce(b *testing.B) {
	m := village()
	there, back := bank.Transfer("alice", "bob", 30), bank.Transfer("bob", "alice", 30)
	var op, txn, result []byte
	seq := uint32(0)
	b.ReportAllocs()
	for b.Loop() {
		seq++
		op = append(binary.AppendUvarint(append(op[:0], byte(1+seq%3)), uint64(seq)), there...)
		txn = m.Prepare(txn[:0], op)
		result = m.Apply(result[:0], txn)
		there, back = back, there
	}
}

// stamping remembers where it was told that a transaction stands.
type stamping struct {
	nodes.StateMachine
	at nodes.Position
}

func (s *stamping) ApplyAt(dst []byte, at nodes.Position, txn []byte) []byte {
	s.at = at
	return s.Apply(dst, txn)
}

func TestOncePassesPositionsOn(t *testing.T) {
	inner := &stamping{StateMachine: bank.New(bank.Account{Name: "alice", Balance: 1}, bank.Account{Name: "bob"})}
	r := nodes.Replica{Machine: app.Once(inner)}
	txn := r.Machine.Prepare(nil, app.Identify(1, 1, bank.Transfer("alice", "bob", 1)))
	at := nodes.Position{Epoch: 2, Index: 7}
	r.Apply(nil, at, txn, 0)
	if inner.at != at {
		t.Errorf("the machine inside was told %v, want %v", inner.at, at)
	}
}
