package wire

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWhatIsWrittenReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := rapid.Uint64().Draw(t, "u")
		i := rapid.Int64().Draw(t, "i")
		s := rapid.String().Draw(t, "s")
		b := append(AppendText(AppendInt(AppendUint(nil, u), i), s), 7)

		r := Read(b)
		if got := r.Uint(); got != u {
			t.Errorf("read %d, wrote %d", got, u)
		}
		if got := r.Int(); got != i {
			t.Errorf("read %d, wrote %d", got, i)
		}
		if got := string(r.Text()); got != s {
			t.Errorf("read %q, wrote %q", got, s)
		}
		if r.End() == nil {
			t.Error("a byte is left over and End did not say so")
		}
		if got := r.Byte(); got != 7 {
			t.Errorf("read %d, wrote 7", got)
		}
		if err := r.End(); err != nil {
			t.Error(err)
		}
	})
}

func TestCompare(t *testing.T) {
	short := rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 0, 3, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := short.Draw(t, "a"), short.Draw(t, "b")
		if got, want := Compare(a, []byte(b)), strings.Compare(a, b); got != want {
			t.Fatalf("%q, %q: %d, want %d", a, b, got, want)
		}
	})
}

func TestMalformed(t *testing.T) {
	for _, tt := range []struct {
		name string
		b    []byte
		take func(*Reader)
	}{
		{"byte of nothing", nil, func(r *Reader) { r.Byte() }},
		{"number of nothing", nil, func(r *Reader) { r.Uint() }},
		{"unfinished number", []byte{0x80}, func(r *Reader) { r.Uint() }},
		{"number too long", bytes.Repeat([]byte{0xff}, 11), func(r *Reader) { r.Uint() }},
		{"zero in two bytes", []byte{0x80, 0}, func(r *Reader) { r.Uint() }},
		{"text shorter than it says", []byte{3, 'a', 'b'}, func(r *Reader) { r.Text() }},
		{"more values than bytes", []byte{3, 1, 1}, func(r *Reader) { r.Count() }},
		{"left over", []byte{1, 2}, func(r *Reader) { r.Uint() }},
	} {
		r := Read(tt.b)
		tt.take(&r)
		if r.End() == nil {
			t.Errorf("%s: no error", tt.name)
		}
	}
}

func TestFailureIsForGood(t *testing.T) {
	r := Read([]byte{9, 'a'})
	r.Text()
	if !r.Failed() || r.Byte() != 0 || r.End() == nil {
		t.Error("the reader went on after a text that was not there")
	}
}
