package nodes

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"pgregory.net/rapid"
)

// zabLike has the shape of a protocol's state: about a hundred bytes, numbers,
// a few slices, a message that waits, a history shared with clones.
type zabLike struct {
	id       ID `zabsim:"-"`
	role     Role
	leader   ID
	epoch    uint64
	accepted uint64
	log      []logged
	votes    []vote
	members  Set
	conn     Conn
	held     Message
	base     *snapshot
	timer    Timer
	serving  bool
}

type logged struct {
	at  Position
	txn *snapshot
}

type vote struct {
	from, leader ID
	at           Position
	round        uint64
}

// snapshot stands for an immutable value that many nodes point to.
type snapshot struct{ digest Digest }

func (s *snapshot) AppendTo(b []byte) []byte { return append(b, byte(s.digest), byte(s.digest>>8)) }

type hello struct{ N uint8 }

func (hello) Kind() string               { return "HELLO" }
func (h hello) AppendTo(b []byte) []byte { return append(b, h.N) }

func newZabLike() *zabLike {
	s := &snapshot{300}
	return &zabLike{
		id: 1, role: Following, leader: 3, epoch: 7, accepted: 8,
		log:     []logged{{Position{7, 1}, s}, {Position{7, 2}, s}, {Position{7, 3}, s}},
		votes:   []vote{{1, 3, Position{7, 3}, 4}, {2, 3, Position{7, 2}, 4}, {3, 3, Position{7, 3}, 4}},
		members: SetOf(1, 2, 3), conn: MakeConn(1, 3, 0, 0), held: hello{4}, base: s, timer: Timer{1, 2}, serving: true,
	}
}

// TestEncoding pins the bytes: files that carry fingerprints depend on them.
func TestEncoding(t *testing.T) {
	type pair struct {
		A uint8
		B int8
	}
	type tree struct {
		Left *tree `zabsim:"own"`
		N    uint8
	}
	for _, tt := range []struct {
		name  string
		value any
		want  []byte
	}{
		{"uint", struct{ n uint64 }{300}, []byte{0xac, 2}},
		{"int", struct{ n, m int }{-1, 1}, []byte{1, 2}},
		{"bool", struct{ a, b bool }{true, false}, []byte{1, 0}},
		{"string", struct{ s string }{"ab"}, []byte{2, 'a', 'b'}},
		{"bytes", struct{ s []byte }{[]byte{9, 8}}, []byte{2, 9, 8}},
		{"named bytes", struct{ s []ID }{[]ID{9, 8}}, []byte{2, 9, 8}},
		{"nil slice", struct{ s []int }{}, []byte{0}},
		{"empty slice", struct{ s []int }{[]int{}}, []byte{0}},
		{"slice", struct{ s []pair }{[]pair{{1, 2}, {3, -4}}}, []byte{2, 1, 4, 3, 7}},
		{"array", struct{ s [2]pair }{[2]pair{{1, 2}, {3, -4}}}, []byte{1, 4, 3, 7}},
		{"left out", struct {
			a uint8
			b func() `zabsim:"-"`
			_ func()
		}{a: 1}, []byte{1}},
		{"nil interface", struct{ m Message }{}, []byte{0}},
		{"message", struct{ m Message }{hello{5}}, []byte("\x0bnodes.hello\x00\x00\x00\x01\x05")},
		{"any", struct{ x any }{uint8(7)}, []byte("\x05uint8\x07")},
		{"struct in any", struct{ x any }{pair{1, 2}}, []byte("\x0anodes.pair\x01\x04")},
		{"interface in struct in any", struct{ x any }{struct{ m Message }{}}, []byte("\x1astruct { m nodes.Message }\x00")},
		{"shared pointer", struct{ s, t *snapshot }{s: &snapshot{0x102}}, []byte{1, 0, 0, 0, 2, 2, 1, 0}},
		{"own method", struct{ s snapshot }{snapshot{0x102}}, []byte{0, 0, 0, 2, 2, 1}},
		{"method through a value in any", struct{ x any }{snapshot{0x102}}, []byte("\x0enodes.snapshot\x00\x00\x00\x02\x02\x01")},
		{"own pointers", tree{&tree{nil, 2}, 1}, []byte{1, 0, 2, 1}},
		{"own slice", struct {
			s []*pair `zabsim:"own"`
		}{[]*pair{{1, 2}, nil}}, []byte{2, 1, 1, 4, 0}},
		{"own interface", struct {
			x any `zabsim:"own"`
		}{&pair{1, 2}}, []byte("\x0b*nodes.pair\x01\x01\x04")},
		{"machine", struct{ m StateMachine }{&till{7}}, []byte("\x0b*nodes.till\x00\x00\x00\x01\x07")},
		{"duration", struct{ d time.Duration }{1}, []byte{2}},
		{"by itself", hello{5}, []byte{0, 0, 0, 1, 5}},
	} {
		if got := AppendValue(nil, tt.value); !bytes.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// till is a state machine without a method AppendTo.
type till struct{ n byte }

func (m *till) Prepare(dst, op []byte) []byte { return append(dst, op...) }
func (m *till) Apply(dst, txn []byte) []byte  { m.n = txn[0]; return dst }
func (m *till) Query(dst, _ []byte) []byte    { return append(dst, m.n) }
func (m *till) Snapshot(dst []byte) []byte    { return append(dst, m.n) }
func (m *till) Restore(b []byte)              { m.n = b[0] }
func (m *till) Clone() StateMachine           { c := *m; return &c }

func TestPointerAndValueAreEncodedAlike(t *testing.T) {
	n := newZabLike()
	if a, b := AppendValue(nil, n), AppendValue(nil, *n); !bytes.Equal(a, b) {
		t.Errorf("pointer %x, value %x", a, b)
	}
}

func TestRefused(t *testing.T) {
	type point struct{ X int }
	type deep struct{ list []struct{ bad map[ID]int } }
	for _, tt := range []struct {
		value any
		want  string // in the panic
	}{
		{struct{ m map[int]int }{}, ".m: a map[int]int has no canonical form"},
		{struct{ f func() }{}, ".f: a func()"},
		{struct{ c chan int }{}, ".c: a chan int"},
		{struct{ f float64 }{}, ".f: a float64"},
		{struct{ f float32 }{}, ".f: a float32"},
		{struct{ c complex128 }{}, ".c: a complex128"},
		{struct{ p unsafe.Pointer }{}, ".p: a unsafe.Pointer"},
		{struct{ p uintptr }{}, ".p: a uintptr"},
		{struct{ p *point }{}, ".p: *nodes.point may be shared"},
		{struct{ x any }{&point{}}, ".x: *nodes.point may be shared"},
		{struct {
			p *int `zabsim:"own"`
		}{}, ".p: *int may be shared"},
		{struct {
			p **point `zabsim:"own"`
		}{}, ".p: **nodes.point may be shared"},
		{struct {
			p int `zabsim:"omit"`
		}{}, `.p has an unknown tag zabsim:"omit"`},
		{&deep{list: nil}, "nodes.deep.list[].bad: a map[nodes.ID]int"},
		{nil, "nil cannot be encoded"},
		{(*point)(nil), "nil cannot be encoded"},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, tt.want) {
					t.Errorf("%T: panic %q, want one with %q", tt.value, got, tt.want)
				}
			}()
			AppendValue(nil, tt.value)
		}()
	}
}

// TestNamesAreUnambiguous has two types that print alike.
func TestNamesAreUnambiguous(t *testing.T) {
	a := func() any {
		type local struct{ A uint8 }
		return local{1}
	}()
	b := func() any {
		type local struct{ B uint8 }
		return local{1}
	}()
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "two types are called nodes.local") {
			t.Errorf("panic %q", got)
		}
	}()
	AppendValue(nil, struct{ x, y any }{a, b})
}

// sample has all forms in one place; TestCanonicalAndPrefixFree draws it.
type sample struct {
	A []byte
	B []string
	C []struct {
		D int16
		E bool
	}
	F any
	G *sample `zabsim:"own"`
	H [2]uint8
}

func drawSample(t *rapid.T, depth int) *sample {
	s := &sample{
		A: rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "A"),
		B: rapid.SliceOfN(rapid.StringN(0, 2, -1), 0, 3).Draw(t, "B"),
		H: [2]uint8{rapid.Byte().Draw(t, "H0"), rapid.Byte().Draw(t, "H1")},
	}
	for range rapid.IntRange(0, 2).Draw(t, "C") {
		s.C = append(s.C, struct {
			D int16
			E bool
		}{rapid.Int16().Draw(t, "D"), rapid.Bool().Draw(t, "E")})
	}
	s.F = rapid.SampledFrom([]any{nil, uint8(1), int8(1), "", "a", hello{1}, hello{2}, [1]uint8{1}}).Draw(t, "F")
	if depth > 0 && rapid.Bool().Draw(t, "G") {
		s.G = drawSample(t, depth-1)
	}
	return s
}

// TestCanonicalAndPrefixFree: one encoding begins with another one only if the
// values are equal, and then the encodings are too.
func TestCanonicalAndPrefixFree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawSample(t, 2), drawSample(t, 2)
		if rapid.Bool().Draw(t, "alike") { // otherwise they hardly ever are
			b.A, b.B, b.C, b.F, b.G = a.A, a.B, a.C, a.F, a.G
		}
		var e Encoder
		x, y := e.Append(nil, a), e.Append(nil, b)
		if equal := reflect.DeepEqual(a, b); equal != bytes.Equal(x, y) {
			t.Fatalf("equal is %t: %+v %x, %+v %x", equal, a, x, b, y)
		}
		if !bytes.Equal(x, y) && bytes.HasPrefix(x, y) {
			t.Fatalf("%x begins with %x", x, y)
		}
	})
}

func TestEncoderAllocatesNothing(t *testing.T) {
	n := newZabLike()
	var e Encoder
	b := e.Append(nil, n)
	if allocs := testing.AllocsPerRun(100, func() { b = e.Append(b[:0], n) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkEncoder(b *testing.B) {
	n := newZabLike()
	var e Encoder
	buf := e.Append(nil, n)
	b.ReportAllocs()
	b.ReportMetric(float64(len(buf)), "bytes")
	for b.Loop() {
		buf = e.Append(buf[:0], n)
	}
}

// BenchmarkAppendValue is what it costs not to keep an Encoder.
func BenchmarkAppendValue(b *testing.B) {
	n := newZabLike()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendValue(buf[:0], n)
	}
}
