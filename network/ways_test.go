package network

import (
	"testing"

	"github.com/zabsim/zabsim/nodes"
)

// What can come to a server comes by what it has open, or half open, and by nothing
// else, until somebody dials.
func TestWays(t *testing.T) {
	w := up(3)
	ways := func(from, to, want int) {
		t.Helper()
		if got := w.Ways(nodes.ID(from), nodes.ID(to)); got != want {
			t.Errorf("%d ways from s%d to s%d, want %d", got, from, to, want)
		}
	}
	ways(1, 2, 0)
	c := w.Dial(2, 1, quorum, 0)
	ways(1, 2, 1) // the answer
	ways(2, 1, 1) // the dial
	ways(3, 1, 0)
	drain(w, 2, 1, quorum)
	drain(w, 1, 2, quorum)
	ways(1, 2, 1)
	w.Close(c, 2, 0)
	ways(1, 2, 0) // nothing reaches an end that is closed
	ways(2, 1, 1) // the other one will hear of it
	if !w.HangingUp(2, 1) || w.HangingUp(1, 2) {
		t.Error("s2 has hung up, and s1 does not know it yet")
	}
	drain(w, 2, 1, quorum)
	ways(2, 1, 0)
	if w.HangingUp(2, 1) {
		t.Error("s1 knows that s2 has hung up")
	}
}
