package choice

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Known values: a change of the generator changes the meaning of every seed.
func TestSeedIsPinned(t *testing.T) {
	s := NewStream("latency s5>s1")
	var got [4]int64
	for i := range got {
		got[i] = Seed(42).Intn(1000, &s)
	}
	if want := [4]int64{974, 846, 248, 413}; got != want {
		t.Errorf("drew %v, want %v", got, want)
	}
}

func TestDrawsDependOnSeedNameAndIndexOnly(t *testing.T) {
	a, b := NewStream("a"), NewStream("b")
	alone := make([]int64, 50)
	for i := range alone {
		alone[i] = Seed(1).Intn(1_000_000, &a)
	}
	a = NewStream("a")
	same := 0
	for i := range alone {
		other := Seed(1).Intn(1_000_000, &b)
		if got := Seed(1).Intn(1_000_000, &a); got != alone[i] {
			t.Fatalf("draw %d on a is %d beside draws on b, %d alone", i, got, alone[i])
		}
		if other == alone[i] {
			same++
		}
	}
	if same > 1 {
		t.Errorf("%d of 50 draws on b equal those on a", same)
	}
}

func TestDrawsAreSpreadEvenly(t *testing.T) {
	s := NewStream("even")
	var counts [10]int
	for range 100_000 {
		counts[Seed(7).Intn(10, &s)]++
	}
	for v, n := range counts {
		if n < 9_500 || n > 10_500 {
			t.Errorf("%d was drawn %d times in 100,000", v, n)
		}
	}
}

// Pairs of neighbouring draws fall evenly into the cells of a table: a
// chi-square with 63 degrees of freedom stays below 120 but for one case in
// 100,000.
func TestNeighbouringDrawsAreIndependent(t *testing.T) {
	for seed := range Seed(8) {
		s := NewStream("pairs")
		var cells [8][8]int
		const pairs = 64_000
		last := seed.Intn(8, &s)
		for range pairs {
			next := seed.Intn(8, &s)
			cells[last][next]++
			last = next
		}
		chi := 0
		for _, row := range cells {
			for _, n := range row {
				chi += (n - pairs/64) * (n - pairs/64)
			}
		}
		if chi /= pairs / 64; chi > 120 {
			t.Errorf("seed %d: chi-square %d", seed, chi)
		}
	}
}

func TestBetweenAndChance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Int64Range(-1000, 1000).Draw(t, "low")
		high := rapid.Int64Range(-1000, 1000).Draw(t, "high")
		s := NewStream("x")
		v := Between(Seed(rapid.Uint64().Draw(t, "seed")), low, high, &s)
		if low >= high && (v != low || s.Drawn() != 0) || low < high && (v < low || v > high) {
			t.Fatalf("between %d and %d: %d, after %d draws", low, high, v, s.Drawn())
		}
	})
	s := NewStream("chance")
	n := 0
	for range 100_000 {
		if Chance(Seed(1), 250_000, &s) {
			n++
		}
	}
	if n < 24_000 || n > 26_000 || Chance(Seed(1), 0, &s) || !Chance(Seed(1), 1_000_000, &s) {
		t.Errorf("a chance of a quarter came true %d times in 100,000", n)
	}
}

func TestPlaybackNamesTheFirstDifference(t *testing.T) {
	a, b := NewStream("a"), NewStream("b")
	rec := &Recorder{From: Seed(1)}
	want := rec.Intn(10, &a)
	rec.Intn(10, &b)

	a, b = NewStream("a"), NewStream("b")
	p := &Playback{Choices: rec.Choices}
	if got := p.Intn(10, &a); got != want || p.Mismatch != nil {
		t.Fatalf("played back %d, want %d; mismatch %v", got, want, p.Mismatch)
	}
	if got := p.Intn(11, &b); got != 0 || p.Mismatch == nil {
		t.Fatalf("a choice out of 11 instead of 10 gave %d and no mismatch", got)
	}
	if text := "choice 1 differs: recorded b (out of 10), now b (out of 11)"; p.Mismatch.Error() != text {
		t.Errorf("mismatch reads %q, want %q", p.Mismatch, text)
	}
}

// What was recorded comes back from the text of it, stream by stream, in
// another order too.
func TestTableAnswersByStreamAndIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rec := &Recorder{From: Seed(rapid.Uint64().Draw(t, "seed"))}
		names := []string{"latency s5>s1", "timer s3 election #2"}
		streams := []Stream{NewStream(names[0]), NewStream(names[1])}
		want := make([][]int64, len(streams))
		for range rapid.IntRange(0, 20).Draw(t, "choices") {
			i := rapid.IntRange(0, 1).Draw(t, "stream")
			want[i] = append(want[i], rec.Intn(100, &streams[i]))
		}
		var text bytes.Buffer
		if err := Write(&text, rec.Choices); err != nil {
			t.Fatal(err)
		}
		choices, err := Read(&text)
		if err != nil {
			t.Fatal(err)
		}
		table := NewTable(choices)
		for i, values := range want {
			s := NewStream(names[i])
			for k, v := range values {
				if got := table.Intn(100, &s); got != v {
					t.Fatalf("choice %d on %s is %d, was %d", k, names[i], got, v)
				}
			}
			if got := table.Intn(100, &s); got != 0 {
				t.Fatalf("a choice that nobody made is %d", got)
			}
		}
	})
	if _, err := Read(strings.NewReader("a #0: 1 of 2\nnonsense\n")); err == nil || err.Error() != `line 2 is not a choice: "nonsense"` {
		t.Errorf("error %v", err)
	}
}
