package network

import (
	"slices"
	"testing"

	"github.com/zabsim/zabsim/nodes"
)

func TestResetTellsBothEndsOfAStream(t *testing.T) {
	w := up(2)
	c := connect(t, w)
	w.Send(1, 2, quorum, c, item("lost"))
	w.Send(2, 1, quorum, c, item("lost too"))
	w.Reset(1, 2, 0)
	for _, end := range []nodes.ID{1, 2} {
		if g := drain(w, 3-end, end, quorum); !slices.Equal(g, []got{{arrival: WentAway}}) {
			t.Errorf("s%d saw %v", end, g)
		}
	}
	if w.Send(1, 2, quorum, c, item("late")) {
		t.Error("the connection still takes messages")
	}
	if again := connect(t, w); !w.Send(1, 2, quorum, again, item("new")) {
		t.Error("no new connection can be made")
	}
}

func TestResetRefusesADial(t *testing.T) {
	w := up(2)
	w.Dial(1, 2, quorum, 0)
	w.Reset(1, 2, 0)
	if g := drain(w, 1, 2, quorum); len(g) != 0 {
		t.Errorf("the dial arrived: %v", g)
	}
	if g := drain(w, 2, 1, quorum); !slices.Equal(g, []got{{arrival: WasRefused}}) {
		t.Errorf("the dialer saw %v", g)
	}
}

func TestResetWaitsBehindACut(t *testing.T) {
	w := up(2)
	connect(t, w)
	w.Cut(nodes.SetOf(1), nodes.SetOf(2))
	w.Reset(1, 2, 0)
	if g := drain(w, 1, 2, quorum); len(g) != 0 {
		t.Errorf("s2 was told: %v", g)
	}
	w.Heal(nodes.SetOf(1), nodes.SetOf(2), func(nodes.ID, nodes.ID) {})
	if g := drain(w, 1, 2, quorum); !slices.Equal(g, []got{{arrival: WentAway}}) {
		t.Errorf("after the cut s2 saw %v", g)
	}
}

// mailed makes a mailbox connection and returns what the messages sent after it
// arrive as.
func mailed(t *testing.T, send func(*Network)) []string {
	t.Helper()
	w := up(2)
	w.Send(2, 1, election, 0, item("first"))
	for range 4 {
		drain(w, 2, 1, election)
		drain(w, 1, 2, election)
	}
	send(w)
	var texts []string
	for range 4 {
		for _, g := range drain(w, 2, 1, election) {
			if g.arrival == Message {
				texts = append(texts, g.text)
			}
		}
		drain(w, 1, 2, election)
	}
	return texts
}

func TestMailboxTrouble(t *testing.T) {
	for _, test := range []struct {
		name string
		send func(*Network)
		want []string
	}{
		{"none", func(w *Network) {
			w.Send(2, 1, election, 0, item("a"))
			w.Send(2, 1, election, 0, item("b"))
		}, []string{"a", "b"}},
		{"overtaken", func(w *Network) {
			w.Send(2, 1, election, 0, item("a"))
			w.Send(2, 1, election, 0, item("b"))
			w.Overtake(2, 1, election)
		}, []string{"b", "a"}},
		{"nothing to overtake", func(w *Network) {
			w.Send(2, 1, election, 0, item("a"))
			w.Overtake(2, 1, election)
		}, []string{"a"}},
		// What was on its way is gone; the message that is sent last goes out on
		// the next connection.
		{"reset", func(w *Network) {
			w.Send(2, 1, election, 0, item("a"))
			w.Reset(1, 2, 0)
			drain(w, 2, 1, election)
			drain(w, 1, 2, election)
			w.Send(2, 1, election, 0, item("b"))
		}, []string{"b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := mailed(t, test.send); !slices.Equal(got, test.want) {
				t.Errorf("arrived: %v, want %v", got, test.want)
			}
		})
	}
}

// A narrow link lets one message after the other through; lag is on top.
func TestWait(t *testing.T) {
	w := up(3)
	if wait := w.Wait(1, 2, 0, 1000); wait != 0 {
		t.Errorf("a link without trouble adds %d ns", wait)
	}
	w.SetLag(1, 2, 7)
	w.SetRate(1, 2, 1000)
	const millisecond = second / 1000
	for i, want := range []int64{100 * millisecond, 200 * millisecond, 300 * millisecond} {
		if wait := w.Wait(1, 2, 0, 60); wait != want+7 {
			t.Errorf("message %d waits %d ns, want %d", i+1, wait, want+7)
		}
	}
	c := w.Clone()
	if a, b := w.Wait(1, 2, second, 60), c.Wait(1, 2, second, 60); a != 100*millisecond+7 || a != b {
		t.Errorf("when the queue is empty again it waits %d ns, in a clone %d", a, b)
	}
	if wait := w.Wait(2, 1, 0, 60) + w.Wait(1, 3, 0, 60); wait != 0 {
		t.Errorf("other directions wait %d ns", wait)
	}
	w.SetRate(1, 2, 0)
	if wait := w.Wait(1, 2, 0, 60); wait != 7 {
		t.Errorf("without a limit it waits %d ns", wait)
	}
}

func TestOddsBelongToADirectionOfAChannel(t *testing.T) {
	w := New(&Topology{Loss: 5}, nodes.FirstN(2), specs)
	if w.Lossy(election) || !w.Lossy(gossip) || w.Odds(gossip, 1, 2) != (Odds{Loss: 5}) {
		t.Errorf("without trouble: %v", w.Odds(gossip, 1, 2))
	}
	w.OddsOn(election, 1, 2).Duplicate = 9
	c := w.Clone()
	c.OddsOn(election, 1, 2).Duplicate = 3
	if w.Odds(election, 1, 2) != (Odds{Duplicate: 9}) || w.Odds(election, 2, 1) != (Odds{}) || w.Odds(gossip, 1, 2) != (Odds{Loss: 5}) {
		t.Errorf("%v there, %v back", w.Odds(election, 1, 2), w.Odds(election, 2, 1))
	}
	if !w.Lossy(election) || w.Lossy(quorum) {
		t.Error("it is mailboxes that may lose, not streams")
	}
}

func TestFilterIsAimed(t *testing.T) {
	w := New(&Topology{}, nodes.FirstN(2), specs, Filter{On: gossip})
	w.Boot(1)
	w.Boot(2)
	c := w.Clone()
	w.AimFilter(0, nodes.SetOf(1), nodes.SetOf(2))
	for _, x := range []*Network{w, c} {
		x.SwitchFilter(0, true, nil)
		x.Send(1, 2, gossip, 0, item("a"))
		x.Send(2, 1, gossip, 0, item("b"))
	}
	if there, back := drain(w, 1, 2, gossip), drain(w, 2, 1, gossip); len(there) != 0 || len(back) != 1 {
		t.Errorf("through came %v, and back %v", there, back)
	}
	if len(drain(c, 1, 2, gossip)) != 1 {
		t.Error("it is aimed in a clone too")
	}
}

// inASecond has all that is sent by s1 arrive a second later than what it sent
// before, and the rest at once.
type inASecond struct{}

func (inASecond) Due(r Route, _ *Item, after int64) int64 {
	if r.From == 1 {
		return after + second
	}
	return after
}

func (inASecond) GiveUp(Route) int64 { return 0 }

// A message does not wait for those of a connection that is gone.
func TestNothingWaitsForWhatWasDropped(t *testing.T) {
	w := up(2)
	w.Scheduler = inASecond{}
	due := func(what string) {
		w.Pending(1, 2, func(r Route, it *Item) {
			if it.Due != second {
				t.Errorf("%s on channel %d arrives after %d ns, not one second", what, r.On, it.Due)
			}
		})
	}
	c := connect(t, w)
	for range 10 {
		w.Send(1, 2, quorum, c, item("backlog"))
	}
	w.Reset(1, 2, 0)
	due("the end of the connection")
	drain(w, 1, 2, quorum)
	drain(w, 2, 1, quorum)
	w.Dial(1, 2, quorum, 0)
	due("the next dial")
}
