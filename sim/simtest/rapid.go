package simtest

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/sim/choice"
)

// Rapid lets rapid make the choices, and so shrink them towards the dullest: a
// message takes the shortest time, a timer fires as soon as it may.
func Rapid(t *rapid.T) choice.Source { return drawn{t} }

type drawn struct{ t *rapid.T }

// Intn implements [choice.Source].
func (d drawn) Intn(n int64, s *choice.Stream) int64 {
	s.Advance()
	return rapid.Int64Range(0, n-1).Draw(d.t, s.Name)
}

// inputSize is enough for the scenarios that package gen draws.
const inputSize = 8 << 10

// AddInputs gives a fuzz target made by rapid.MakeFuzz n inputs to start from.
// A scenario takes a few kilobytes; without these go test -fuzz, which begins
// with the empty input, spends its time with ones that are too short for any.
func AddInputs(f *testing.F, n int) {
	f.Helper()
	for i := range n {
		f.Add(input(i))
	}
}

// input returns the i-th of them.
func input(i int) []byte {
	r := rand.New(rand.NewPCG(uint64(i), 0))
	made := make([]byte, 0, inputSize)
	for range inputSize / 8 {
		made = binary.LittleEndian.AppendUint64(made, r.Uint64())
	}
	return made
}
