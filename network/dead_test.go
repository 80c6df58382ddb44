package network

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
)

// Whatever happens to two servers: a network that drops dead mail at once delivers
// the same messages as one that has it arrive, and is what that one would be if it
// dropped it now.
func TestDeadMailComesToNothing(t *testing.T) {
	dropped := 0
	rapid.Check(t, func(t *rapid.T) {
		w, r := up(2), up(2)
		both := func(do func(w *Network)) { do(w); do(r) }
		for step := range rapid.IntRange(1, 60).Draw(t, "steps") {
			a := nodes.ID(rapid.IntRange(1, 2).Draw(t, "server"))
			b := 3 - a
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0, 1:
				if !w.IsDown(a) {
					both(func(w *Network) { w.Send(a, b, election, 0, item(string(rune('a'+step)))) })
				}
			case 2:
				if w.IsDown(a) {
					both(func(w *Network) { w.Boot(a) })
				} else {
					both(func(w *Network) { w.Crash(a) })
				}
			case 3:
				if !w.IsDown(a) && rapid.Bool().Draw(t, "power") {
					both(func(w *Network) { w.PowerLoss(a) })
				}
			case 4:
				if w.Dialing(a, b, election) {
					both(func(w *Network) { w.GiveUpMail(a, b, election) })
				}
			default:
				route := Route{From: a, To: b, On: election}
				if !w.Deliverable(route) {
					break
				}
				l, end := w.link(election, b, a)
				dead := l.isDead(end, w.Head(route))
				_, arrival := w.Take(route)
				switch {
				case dead && arrival == Message:
					t.Fatal("a message that is dead reached a server")
				case dead:
					dropped++
				default:
					if _, again := r.Take(route); again != arrival {
						t.Fatalf("without dead mail %v comes of it instead of %v", again, arrival)
					}
				}
			}
			r.DropDead(1, 2)
			now := w.Clone()
			now.DropDead(1, 2)
			if !bytes.Equal(now.AppendTo(nil), r.AppendTo(nil)) {
				t.Fatal("without dead mail the link is another one")
			}
		}
	})
	if dropped == 0 {
		t.Error("nothing was dead")
	}
}
