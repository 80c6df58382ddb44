package scenarios

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRange(t *testing.T) {
	for _, test := range []struct {
		text string
		want Range
		ok   bool
	}{
		{"1ms..3ms", Range{time.Millisecond, 3 * time.Millisecond}, true},
		{"5ms", Range{5 * time.Millisecond, 5 * time.Millisecond}, true},
		{"1.5ms..1m30s", Range{1500 * time.Microsecond, 90 * time.Second}, true},
		{"0s", Range{}, true},
		{"3ms..1ms", Range{}, false},
		{"-1ms..1ms", Range{}, false},
		{"1..3", Range{}, false},
		{"1ms..", Range{}, false},
		{"1ms...3ms", Range{}, false},
	} {
		var got Range
		if err := got.UnmarshalText([]byte(test.text)); (err == nil) != test.ok || got != test.want {
			t.Errorf("%q is %v (%v), want %v", test.text, got, err, test.want)
		}
	}
}

func TestRate(t *testing.T) {
	for _, test := range []struct {
		text string
		want Rate
		ok   bool
	}{
		{"0.5%", 5_000, true},
		{"0.0001%", 1, true},
		{"100%", 1_000_000, true},
		{"33.3333%", 333_333, true},
		{"200ppm", 200, true},
		{"0%", 0, true},
		{"100.0001%", 0, false},
		{"0.00001%", 0, false},
		{"0.5", 0, false},
		{".5%", 0, false},
		{"-1%", 0, false},
		{"1.5ppm", 0, false},
		{"%", 0, false},
		{"٣%", 0, false},
	} {
		var got Rate
		if err := got.UnmarshalText([]byte(test.text)); (err == nil) != test.ok || got != test.want {
			t.Errorf("%q is %d ppm (%v), want %d", test.text, got, err, test.want)
		}
	}
}

// TestTextForms: what MarshalText writes, UnmarshalText reads back.
func TestTextForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Int64Range(0, int64(time.Hour)).Draw(t, "low")
		r := Range{time.Duration(low), time.Duration(rapid.Int64Range(low, int64(time.Hour)).Draw(t, "high"))}
		text, _ := r.MarshalText()
		var readRange Range
		if err := readRange.UnmarshalText(text); err != nil || readRange != r {
			t.Fatalf("%s reads as %v (%v), not %v", text, readRange, err, r)
		}
		rate := Rate(rapid.Int64Range(0, wholePPM).Draw(t, "ppm"))
		text, _ = rate.MarshalText()
		var readRate Rate
		if err := readRate.UnmarshalText(text); err != nil || readRate != rate {
			t.Fatalf("%s reads as %d ppm (%v), not %d", text, readRate, err, rate)
		}
	})
}

// TestWriteToKeepsText: any text survives being written and read.
func TestWriteToKeepsText(t *testing.T) {
	base, err := Load("shanghai-guangzhou", nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := *base
		s.Variants = nil // scenarios of their own
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[-:#{}\[\],&*!|>'"%@ ~a0\\\n\t=.]{0,12}`))
		s.About = text.Draw(rt, "about")
		s.Notes = []Note{{time.Second, text.Draw(rt, "say")}}
		written := writeString(rt, &s)
		again, err := Parse("written.yaml", []byte(written))
		if err != nil || !reflect.DeepEqual(&s, again) {
			rt.Fatalf("%q and %q came back differently (%v):\n%s", s.About, s.Notes[0].Say, err, written)
		}
	})
}

func TestNearest(t *testing.T) {
	names := []string{"zab", "raft", "partition", "no-overdraft", "no-panic", "s1", "s2"}
	for name, want := range map[string]string{
		"zba": "zab", "rfat": "raft", "partiton": "partition", "no-overdarft": "no-overdraft", "ZAB": "zab",
		"s3": "", "xy": "", "viewstamped": "", "parity": "", "no-underdraft": "no-overdraft",
		"part": "partition", "no-": "", "over": "",
	} {
		if got, _ := Nearest(name, names); got != want {
			t.Errorf("%q is near %q, want %q", name, got, want)
		}
	}
}

func TestFieldName(t *testing.T) {
	type options struct {
		TickTime  int
		FLEPort   int
		ID        int
		SyncLimit int `json:"limit,omitempty"`
	}
	var names []string
	for field := range reflect.TypeFor[options]().Fields() {
		names = append(names, fieldName(field))
	}
	if want := []string{"tickTime", "flePort", "id", "limit"}; !reflect.DeepEqual(names, want) {
		t.Errorf("fields are called %v, want %v", names, want)
	}
}
