package network

import (
	"slices"
	"testing"

	"github.com/zabsim/zabsim/nodes"
)

// What was sent before a process died may be lost, and then the end is all that
// arrives; while the sender lives a stream loses nothing.
func TestStreamOfTheDeadMayLoseTheRest(t *testing.T) {
	w := up(2)
	c := w.Dial(2, 1, quorum, 0)
	drain(w, 2, 1, quorum)
	drain(w, 1, 2, quorum)
	r := Route{From: 1, To: 2, On: quorum, Conn: c}
	for _, text := range []string{"a", "b"} {
		w.Send(1, 2, quorum, c, &Item{Msg: word(text)})
	}
	if w.Severable(r) {
		t.Error("a living server's messages can be lost")
	}
	w.Crash(1)
	if !w.Severable(r) {
		t.Fatal("a dead server's messages cannot be lost")
	}
	w.Cut(nodes.SetOf(1), nodes.SetOf(2))
	if w.Severable(r) {
		t.Error("the reset of a connection passes a cut")
	}
	w.Heal(nodes.SetOf(1), nodes.SetOf(2), func(nodes.ID, nodes.ID) {})
	var lost []string
	w.Sever(r, func(it *Item) { lost = append(lost, string(it.Msg.(word))) })
	if !slices.Equal(lost, []string{"a", "b"}) {
		t.Errorf("lost %q", lost)
	}
	if w.Severable(r) {
		t.Error("there is nothing left to lose")
	}
	if rest := drain(w, 1, 2, quorum); len(rest) != 1 || rest[0].arrival != WentAway {
		t.Errorf("then %v arrives", rest)
	}
}
