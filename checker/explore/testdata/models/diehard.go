package models

import (
	"fmt"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
)

// DieHard is a jug of 3 and one of 5 gallons, water without end, and the task
// to measure out 4 gallons.
type DieHard struct{}

// Jugs is how much water is in each.
type Jugs struct{ Small, Big int }

// Pour is one thing to do with the jugs.
type Pour uint8

// What can be done.
const (
	FillSmall Pour = iota
	FillBig
	EmptySmall
	EmptyBig
	SmallIntoBig
	BigIntoSmall
)

// String returns "fill the small jug" and the like.
func (p Pour) String() string {
	return [...]string{"fill small", "fill big", "empty small", "empty big", "small into big", "big into small"}[p]
}

// Initial implements [explore.Model].
func (DieHard) Initial() []Jugs { return []Jugs{{}} }

// Actions implements [explore.Model].
func (DieHard) Actions(_ Jugs, dst []Pour) []Pour {
	return append(dst, FillSmall, FillBig, EmptySmall, EmptyBig, SmallIntoBig, BigIntoSmall)
}

// Next implements [explore.Model].
func (DieHard) Next(j Jugs, p Pour) (Jugs, bool) {
	const small, big = 3, 5
	switch p {
	case FillSmall:
		j.Small = small
	case FillBig:
		j.Big = big
	case EmptySmall:
		j.Small = 0
	case EmptyBig:
		j.Big = 0
	case SmallIntoBig:
		n := min(j.Small, big-j.Big)
		j.Small, j.Big = j.Small-n, j.Big+n
	case BigIntoSmall:
		n := min(j.Big, small-j.Small)
		j.Small, j.Big = j.Small+n, j.Big-n
	default:
		panic(fmt.Sprintf("models: pour %d", p))
	}
	return j, true
}

// AppendTo implements [explore.Model].
func (DieHard) AppendTo(b []byte, j Jugs) []byte { return append(b, byte(j.Small), byte(j.Big)) }

// Properties implements [explore.Model]. The first one fails: the
// counterexample is the solution.
func (DieHard) Properties() []explore.Property[Jugs] {
	return []explore.Property[Jugs]{
		{Name: "never 4 gallons", Kind: checker.Always, Holds: func(j Jugs) bool { return j.Big != 4 }},
		{Name: "both full", Kind: checker.Sometimes, Holds: func(j Jugs) bool { return j == Jugs{3, 5} }},
		{Name: "never overflows", Kind: checker.Always, Holds: func(j Jugs) bool { return j.Small <= 3 && j.Big <= 5 }},
	}
}
