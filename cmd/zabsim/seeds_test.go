package main

import (
	"slices"
	"strings"
	"testing"
)

func TestParseSeeds(t *testing.T) {
	for _, c := range []struct {
		text, printed string
		want          []uint64
	}{
		{"7", "7", []uint64{7}},
		{"1-3", "1-3", []uint64{1, 2, 3}},
		{"1,5,9-12", "1,5,9-12", []uint64{1, 5, 9, 10, 11, 12}},
		{" 2 , 4-4", "2,4", []uint64{2, 4}},
		{"18446744073709551614-18446744073709551615", "18446744073709551614-18446744073709551615", []uint64{1<<64 - 2, 1<<64 - 1}},
	} {
		rs, err := parseSeeds(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if got := slices.Collect(rs.all()); !slices.Equal(got, c.want) || rs.count() != len(c.want) || rs.String() != c.printed {
			t.Errorf("%q gives %v (%d, %q), want %v", c.text, got, rs.count(), rs.String(), c.want)
		}
	}
}

func TestParseSeedsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "are no seeds",
		"1-":                     "are no seeds",
		"a-b":                    "are no seeds",
		"0":                      "are no seeds",
		"0-9":                    "are no seeds",
		"-5":                     "are no seeds",
		"9-1":                    "write 1-9",
		"1-18446744073709551615": "more than 1,000,000,000 seeds",
		"1-999999999,1-2":        "more than 1,000,000,000 seeds",
	} {
		if rs, err := parseSeeds(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, %v; want an error with %q", text, rs, err, want)
		}
	}
}

func TestParseSeed(t *testing.T) {
	for text, want := range map[string]uint64{
		"42":                   42,
		"18446744073709551615": 1<<64 - 1,
		"5f0c9e1b22334455667788990000000000000abc": 0xabc,
	} {
		if got, err := parseSeed(text); err != nil || got != want {
			t.Errorf("%q gives %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "1.5", "5f0c9e1b", "18446744073709551616"} {
		if got, err := parseSeed(text); err == nil {
			t.Errorf("%q gives %d, want an error", text, got)
		}
	}
}
