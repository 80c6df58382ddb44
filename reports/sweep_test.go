package reports

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

// A column that has figures for some of the values, one that is all zero, and
// values that are too long for their place.
var swept = &Sweep{
	Title: "heartbeat", Caption: "zab, 3 values of options.tickTime, seeds 1-20", Param: "options.tickTime",
	Values: []string{"100ms", "1s", "[s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14]"},
	Columns: []Column{
		{"detection", []float64{0.2, math.NaN(), 2.1}, []string{"200ms", "none", "2.1s"}},
		{"false-elections", []float64{0, 0, 0}, []string{"0", "0", "0"}},
		{"unserved", []float64{4, 2, 3}, []string{"4s", "2s", "3s"}},
	},
}

func TestSweepPicture(t *testing.T) {
	goldenPicture(t, "sweep.png", Sweeps(swept))
}

func TestSweepSaysEverything(t *testing.T) {
	var svg bytes.Buffer
	if _, err := Sweeps(swept).Write(&svg, "svg"); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"heartbeat", "detection", "false-elections", "unserved", "200ms", "none", "2.1s", "100ms", ">3<"} {
		if !strings.Contains(svg.String(), word) {
			t.Errorf("the picture does not say %q", word)
		}
	}
	if strings.Contains(svg.String(), "s14") {
		t.Error("a value is written over its neighbours")
	}
}
