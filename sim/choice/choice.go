// Package choice is the one door through which every choice of a run goes.
//
// Whoever needs one owns a [Stream], named for its purpose ("latency s5>s1",
// "timer s3 election"), and asks a [Source] for the next number on it. Draws
// are keyed: the k-th number on a stream depends on the run's seed, the name
// and k only. Adding a server, a client or a draw elsewhere therefore does not
// reshuffle the rest: seeds outlive edits, and two runs that differ in one
// setting stay comparable draw by draw.
package choice

import (
	"fmt"
	"math/bits"

	"github.com/zabsim/zabsim/nodes"
)

// Stream is the sequence of choices made for one purpose. It belongs to the
// part of the world that makes them and is copied with it.
type Stream struct {
	Name string
	key  uint64
	next uint64
}

// NewStream returns the stream of that name, at its beginning.
func NewStream(name string) Stream {
	return Stream{Name: name, key: uint64(nodes.Digest(0).Text(name))}
}

// Drawn returns how many choices were made on the stream so far.
func (s *Stream) Drawn() uint64 { return s.next }

// Advance counts one more choice as made: what a [Source] does of its own.
func (s *Stream) Advance() { s.next++ }

// Source answers every choice of a run.
type Source interface {
	// Intn returns a number in [0, n) and advances the stream. n must be
	// positive. 0 is the dullest choice: sources that shrink move towards it.
	Intn(n int64, s *Stream) int64
}

// Between draws from [low, high], both included, and draws nothing when they
// are equal.
func Between(src Source, low, high int64, s *Stream) int64 {
	if low >= high {
		return low
	}
	return low + src.Intn(high-low+1, s)
}

// Chance reports true with the given probability in parts per million.
func Chance(src Source, ppm int64, s *Stream) bool {
	return ppm > 0 && src.Intn(1_000_000, s) >= 1_000_000-ppm
}

// Seed is a Source whose choices follow from one number.
type Seed uint64

// Intn implements [Source].
func (seed Seed) Intn(n int64, s *Stream) int64 {
	if n <= 0 {
		panic(fmt.Sprintf("choice: no number below %d to choose for %q", n, s.Name))
	}
	// Seeds are small and alike, so they are spread over the word first. next
	// changes in its low bits only: without the second Word neighbouring draws
	// would be correlated.
	word := uint64(nodes.Digest(uint64(seed)*0x9e3779b97f4a7c15 ^ s.key).Word(s.next).Word(0))
	s.next++
	hi, _ := bits.Mul64(word, uint64(n)) // bias below n/2^64
	return int64(hi)
}

// Choice is one recorded choice.
type Choice struct {
	Stream string
	Index  uint64 // which choice on that stream, from 0
	N      int64  // it was out of [0, N)
	Value  int64
}

// String returns "latency s5>s1 #3: 120 of 2001".
func (c Choice) String() string {
	return fmt.Sprintf("%s #%d: %d of %d", c.Stream, c.Index, c.Value, c.N)
}

// Recorder passes choices through from another source and keeps them.
type Recorder struct {
	From    Source
	Choices []Choice
}

// Intn implements [Source].
func (r *Recorder) Intn(n int64, s *Stream) int64 {
	at := s.next
	v := r.From.Intn(n, s)
	r.Choices = append(r.Choices, Choice{s.Name, at, n, v})
	return v
}

// Playback answers with recorded choices, in the order they were made. A
// choice that does not fit the record is a [Mismatch]; from there on, and after
// the end of the record, Playback answers 0.
type Playback struct {
	Choices  []Choice
	next     int
	Mismatch *Mismatch // the first one, or nil
}

// Mismatch says where a run left its record: it is not deterministic, or the
// code has changed since.
type Mismatch struct {
	At        int // place in the record
	Want, Got Choice
}

// Error implements error.
func (m *Mismatch) Error() string {
	return fmt.Sprintf("choice %d differs: recorded %s (out of %d), now %s (out of %d)",
		m.At, m.Want.Stream, m.Want.N, m.Got.Stream, m.Got.N)
}

// Intn implements [Source].
func (p *Playback) Intn(n int64, s *Stream) int64 {
	got := Choice{Stream: s.Name, Index: s.next, N: n}
	s.next++
	if p.Mismatch != nil {
		return 0
	}
	var want Choice
	if p.next < len(p.Choices) {
		want = p.Choices[p.next]
	}
	if want.Stream != got.Stream || want.Index != got.Index || want.N != n {
		p.Mismatch = &Mismatch{p.next, want, got}
		return 0
	}
	p.next++
	return want.Value
}
