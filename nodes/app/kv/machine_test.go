package kv

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/apptest"
)

var ops = rapid.Custom(func(t *rapid.T) []byte {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 0, 2, -1)
	key := text.Draw(t, "key")
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 4:
		return Append(key, text.Draw(t, "value"))
	case 5:
		by := rapid.OneOf(rapid.Int64Range(-2, 2), rapid.Just(int64(math.MaxInt64)), rapid.Just(int64(math.MinInt64)))
		return Increment(key, by.Draw(t, "by"))
	case 0:
		return Get(key)
	case 1:
		return Put(key, text.Draw(t, "value"))
	case 2:
		return CAS(key, text.Draw(t, "old"), text.Draw(t, "value"))
	default:
		return Delete(key)
	}
})

func TestLaws(t *testing.T) {
	apptest.Check(t, func() nodes.StateMachine { return New() }, ops)
	apptest.CheckFuzzy(t, func() nodes.StateMachine { return New() }, ops, apptest.FromBefore)
}

// TestAgainstModel compares the store with a map.
func TestAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := New()
		model := map[string]string{}
		for range rapid.IntRange(1, 60).Draw(t, "ops") {
			body := ops.Draw(t, "op")
			op, err := Parse(body)
			if err != nil {
				t.Fatal(err)
			}
			want := modelApply(model, op)
			got, err := ParseResult(body, m.Apply(nil, m.Prepare(nil, body)))
			if err != nil || got != want {
				t.Fatalf("%s: %+v, %v; want %+v", op, got, err, want)
			}
			value, found := model[op.Key]
			if got, err := ParseResult(Get(op.Key), m.Query(nil, Get(op.Key))); err != nil || got != (Result{true, found, value}) {
				t.Fatalf("after %s: get has %+v, %v; want %q, %t", op, got, err, value, found)
			}
			if len(m.entries) != len(model) {
				t.Fatalf("after %s: %d keys, want %d", op, len(m.entries), len(model))
			}
		}
	})
}

func modelApply(model map[string]string, op Op) Result {
	old, found := model[op.Key]
	switch op.Kind {
	case KindGet:
		return Result{true, found, old}
	case KindPut:
		model[op.Key] = op.Value
		return Result{OK: true}
	case KindDelete:
		delete(model, op.Key)
		return Result{OK: true, Found: found}
	case KindAppend:
		if found {
			op.Value = strings.Join([]string{old, op.Value}, ",")
		}
		model[op.Key] = op.Value
		return Result{OK: true}
	case KindIncrement:
		sum, _ := new(big.Int).SetString(op.Value, 10)
		if found {
			n, ok := new(big.Int).SetString(old, 10)
			if !ok || n.String() != old {
				return Result{false, true, old}
			}
			sum.Add(sum, n)
		}
		if !sum.IsInt64() {
			return Result{false, found, old}
		}
		model[op.Key] = sum.String()
		return Result{true, true, sum.String()}
	default:
		if found && old == op.Old {
			model[op.Key] = op.Value
			return Result{OK: true, Found: true}
		}
		return Result{false, found, old}
	}
}

func TestDescribe(t *testing.T) {
	m := New()
	for _, tt := range []struct { // each step builds on those before
		op   []byte
		want string
	}{
		{Get("x"), "get x: not found"},
		{CAS("x", "", "1"), `cas x "" 1: not found`},
		{Put("x", "1"), "put x 1: ok"},
		{CAS("x", "1", "two words"), `cas x 1 "two words": ok`},
		{CAS("x", "1", "2"), `cas x 1 2: refused, x is "two words"`},
		{Get("x"), `get x: "two words"`},
		{Delete("x"), "delete x: ok"},
		{Delete("x"), "delete x: not found"},
		{Get(""), `get "": not found`},
		{Increment("n", 5), "increment n 5: 5"},
		{Increment("n", -7), "increment n -7: -2"},
		{Append("l", "a"), "append l a: ok"},
		{Append("l", "b"), "append l b: ok"},
		{Get("l"), "get l: a,b"},
		{Increment("l", 1), "increment l 1: refused, l is a,b"},
		{[]byte{byte(KindIncrement), 1, 'n', 2, '0', '1'}, "malformed operation"},
		{[]byte("?"), "malformed operation"},
	} {
		if got := Describe(tt.op, m.Apply(nil, m.Prepare(nil, tt.op))); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
	for _, tt := range []struct{ got, want string }{
		{Describe(Put("x", "1"), nil), "put x 1"},
		{Describe(Put("x", "1"), m.Query(nil, Put("x", "1"))), "put x 1: not a read"},
		{Describe(Get("x"), []byte{0xff}), "get x: " + app.ErrStale.Error()},
		{Describe(Get("x"), []byte{}), "get x: malformed"},
	} {
		if tt.got != tt.want {
			t.Errorf("got  %s\nwant %s", tt.got, tt.want)
		}
	}
}

func TestMisuse(t *testing.T) {
	for _, f := range []func(){
		func() { New().Apply(nil, []byte{9}) },
		func() { New().Apply(nil, []byte{byte(nothing)}) }, // no result
		func() { New().Restore([]byte{1}) },
		func() { New().Restore(nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		}()
	}
}

// FuzzParse demands of the three parsers that they return an error for what
// they do not understand, and that what they understand has no other form.
func FuzzParse(f *testing.F) {
	m := New()
	m.Apply(nil, m.Prepare(nil, Put("x", "1")))
	for _, op := range [][]byte{Get("x"), Put("x", "2"), CAS("x", "1", "2"), CAS("x", "3", "2"), Delete("x"), Increment("x", 2), Append("x", "2"), {}} {
		f.Add(op, m.Query(nil, op), m.Prepare(nil, op))
	}
	f.Fuzz(func(t *testing.T, body, result, txn []byte) {
		op, err := Parse(body)
		if err == nil {
			again := [][]byte{
				KindGet: Get(op.Key), KindPut: Put(op.Key, op.Value),
				KindCAS: CAS(op.Key, op.Old, op.Value), KindDelete: Delete(op.Key),
				KindAppend: Append(op.Key, op.Value), KindIncrement: Increment(op.Key, by(op.Value)),
			}[op.Kind]
			if !slices.Equal(again, body) {
				t.Errorf("%x and %x are both %s", body, again, op)
			}
		} else if !errors.Is(err, app.ErrMalformed) {
			t.Error(err)
		}
		if res, err := ParseResult(body, result); err == nil && res.Value != "" && !res.Found {
			t.Errorf("%s: %+v has a value that was not found", op, res)
		}
		if parsed, err := parseTxn(txn); err == nil {
			m := New()
			m.Apply(nil, txn)
			if i, found := m.find(parsed.key); found != (parsed.change == set) || found && m.entries[i].value != string(parsed.value) {
				t.Errorf("%x is %+v, and makes %v", txn, parsed, m.entries)
			}
		}
	})
}

func by(text string) int64 {
	n, _ := number(text)
	return n
}

func thousand() *Machine {
	m := New()
	for i := range 1000 {
		m.Apply(nil, m.Prepare(nil, Put(fmt.Sprintf("key-%d", i), "some value")))
	}
	return m
}

// BenchmarkPut has one allocation: the new value, which the machine keeps.
func BenchmarkPut(b *testing.B) {
	m := thousand()
	one, other := Put("key-500", "this value"), Put("key-500", "that value")
	var txn, result []byte
	b.ReportAllocs()
	for b.Loop() {
		txn = m.Prepare(txn[:0], one)
		result = m.Apply(result[:0], txn)
		one, other = other, one
	}
}

func BenchmarkGet(b *testing.B) {
	m, op := thousand(), Get("key-500")
	var result []byte
	b.ReportAllocs()
	for b.Loop() {
		result = m.Query(result[:0], op)
	}
}

func BenchmarkClone(b *testing.B) {
	m := thousand()
	b.ReportAllocs()
	for b.Loop() {
		m.Clone()
	}
}
