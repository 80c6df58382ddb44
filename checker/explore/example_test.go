package explore_test

import (
	"context"
	"fmt"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
)

// lock is two processes that take a lock by looking whether it is free and
// then, in a second step, taking it.
type lock struct{}

// processes is where each process is: 0 outside, 1 about to take the lock, 2 inside.
type processes [2]int

func (lock) Initial() []processes { return []processes{{}} }

func (lock) Actions(s processes, dst []int) []int {
	for i := range s {
		if s[i] != 0 || s[1-i] != 2 { // it waits outside while the other is inside
			dst = append(dst, i)
		}
	}
	return dst
}

func (lock) Next(s processes, i int) (processes, bool) {
	s[i] = (s[i] + 1) % 3
	return s, true
}

func (lock) AppendTo(b []byte, s processes) []byte { return append(b, byte(s[0]), byte(s[1])) }

func (lock) Properties() []explore.Property[processes] {
	return []explore.Property[processes]{
		{Name: "never both inside", Kind: checker.Always, Holds: func(s processes) bool { return s != processes{2, 2} }},
	}
}

// A lock that is looked at in one step and taken in another is no lock.
func ExampleSearch() {
	r, err := explore.Search(context.Background(), lock{}, explore.Options{Workers: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	f := r.Finding("never both inside")
	fmt.Printf("%s: %v after %d steps\n%v", f.Property, f.Answer, len(f.Path.Steps), f.Path)
	// Output:
	// never both inside: fails after 4 steps
	//   1 0
	//   2 1
	//   3 0
	//   4 1
}
