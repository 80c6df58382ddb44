package network

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
)

type word string

func (w word) Kind() string             { return "WORD" }
func (w word) AppendTo(b []byte) []byte { return append(b, w...) }

const (
	quorum nodes.Channel = iota
	election
	gossip
)

var specs = []nodes.ChannelSpec{{Name: "quorum", Mode: nodes.Stream}, {Name: "election", Mode: nodes.Mailbox}, {Name: "gossip", Mode: nodes.Datagram}}

// up returns an untimed network of servers that all run and listen.
func up(servers int) *Network {
	w := New(&Topology{}, nodes.FirstN(servers), specs)
	for id := range nodes.FirstN(servers).All() {
		w.Boot(id)
		w.Listen(id, quorum, true)
	}
	return w
}

// got is what one Take gave.
type got struct {
	arrival Arrival
	text    string
}

// drain delivers all that can be delivered from a to b on a channel.
func drain(w *Network, a, b nodes.ID, ch nodes.Channel) (all []got) {
	for {
		var next *Route
		w.Routes(a, b, func(r Route) {
			if next == nil && r.On == ch && w.Deliverable(r) {
				next = &r
			}
		})
		if next == nil {
			return all
		}
		it, arrival := w.Take(*next)
		g := got{arrival: arrival}
		if it.Msg != nil {
			g.text = string(it.Msg.(word))
		}
		all = append(all, g)
	}
}

func item(s string) *Item { return &Item{Msg: word(s)} }

// connect has s1 dial s2 and lets the dial and its answer arrive.
func connect(t *testing.T, w *Network) nodes.Conn {
	t.Helper()
	c := w.Dial(1, 2, quorum, 0)
	if g := drain(w, 1, 2, quorum); !slices.Equal(g, []got{{arrival: CameUp}}) {
		t.Fatalf("dial arrived as %v", g)
	}
	if g := drain(w, 2, 1, quorum); !slices.Equal(g, []got{{arrival: CameUp}}) {
		t.Fatalf("answer arrived as %v", g)
	}
	return c
}

func TestDialIsRefusedWhereNobodyListens(t *testing.T) {
	w := up(2)
	w.Listen(2, quorum, false)
	w.Dial(1, 2, quorum, 0)
	if g := drain(w, 1, 2, quorum); !slices.Equal(g, []got{{arrival: Nothing}}) {
		t.Errorf("dial arrived as %v", g)
	}
	if g := drain(w, 2, 1, quorum); !slices.Equal(g, []got{{arrival: WasRefused}}) {
		t.Errorf("answer arrived as %v", g)
	}
}

func TestDialToMachineWithoutPowerGetsNoAnswer(t *testing.T) {
	w := up(2)
	w.PowerLoss(2)
	c := w.Dial(1, 2, quorum, 0)
	if g := drain(w, 1, 2, quorum); !slices.Equal(g, []got{{arrival: Nothing}}) || !w.Opening(c) {
		t.Errorf("dial arrived as %v; still waiting: %v", g, w.Opening(c))
	}
	w.GiveUp(c, 0)
	if w.Opening(c) || w.Dial(1, 2, quorum, 0) != c {
		t.Error("the connection that came to nothing is not free again")
	}
}

func TestDialGivenUpAfterItWasAccepted(t *testing.T) {
	w := up(2)
	c := w.Dial(1, 2, quorum, 0)
	drain(w, 1, 2, quorum)
	w.Cut(nodes.SetOf(2), nodes.SetOf(1)) // the answer is held back
	w.GiveUp(c, 0)
	if g := drain(w, 1, 2, quorum); !slices.Equal(g, []got{{arrival: WentAway}}) {
		t.Errorf("the acceptor saw %v", g)
	}
}

func TestWhatWasSentBeforeCloseArrives(t *testing.T) {
	w := up(2)
	c := connect(t, w)
	w.Send(1, 2, quorum, c, item("a"))
	w.Send(2, 1, quorum, c, item("lost"))
	w.Close(c, 1, 0)
	if g := drain(w, 1, 2, quorum); !slices.Equal(g, []got{{Message, "a"}, {arrival: WentAway}}) {
		t.Errorf("s2 saw %v", g)
	}
	if g := drain(w, 2, 1, quorum); len(g) != 0 {
		t.Errorf("s1 closed and saw %v", g)
	}
	if w.Send(2, 1, quorum, c, item("b")) {
		t.Error("sent on a connection that is gone")
	}
}

func TestCutHoldsBackAndTellsNobody(t *testing.T) {
	w := up(3)
	c := connect(t, w)
	w.Cut(nodes.SetOf(1), nodes.SetOf(2, 3))
	w.Send(1, 2, quorum, c, item("a"))
	w.Send(1, 2, quorum, c, item("b"))
	w.Send(2, 1, quorum, c, item("back")) // the cut is one-way
	if g := drain(w, 1, 2, quorum); len(g) != 0 {
		t.Errorf("through the cut came %v", g)
	}
	if g := drain(w, 2, 1, quorum); !slices.Equal(g, []got{{Message, "back"}}) {
		t.Errorf("the other way came %v", g)
	}
	var healed []string
	w.Heal(nodes.FirstN(3), nodes.FirstN(3), func(a, b nodes.ID) { healed = append(healed, a.String()+b.String()) })
	if !slices.Equal(healed, []string{"s1s2", "s1s3"}) || w.AnyCut() {
		t.Errorf("healed %v", healed)
	}
	if g := drain(w, 1, 2, quorum); !slices.Equal(g, []got{{Message, "a"}, {Message, "b"}}) {
		t.Errorf("the backlog was %v", g)
	}
}

func TestProcessCrashTellsThePeer(t *testing.T) {
	w := up(2)
	c := connect(t, w)
	w.Send(1, 2, quorum, c, item("a"))
	w.Send(2, 1, quorum, c, item("lost"))
	w.Crash(1)
	if g := drain(w, 1, 2, quorum); !slices.Equal(g, []got{{Message, "a"}, {arrival: WentAway}}) {
		t.Errorf("s2 saw %v", g)
	}
	if g := drain(w, 2, 1, quorum); len(g) != 0 {
		t.Errorf("a dead process saw %v", g)
	}
}

func TestPowerLossTellsNobodyUntilTheMachineIsBack(t *testing.T) {
	w := up(2)
	c := connect(t, w)
	w.Send(1, 2, quorum, c, item("on the wire"))
	w.PowerLoss(1)
	if g := drain(w, 1, 2, quorum); !slices.Equal(g, []got{{Message, "on the wire"}}) {
		t.Errorf("s2 saw %v", g)
	}
	if w.Send(2, 1, quorum, c, item("lost")) {
		t.Error("s2 could send to a machine without power and have it kept")
	}
	w.Boot(1)
	if g := drain(w, 1, 2, quorum); !slices.Equal(g, []got{{arrival: WentAway}}) {
		t.Errorf("after the machine was back s2 saw %v", g)
	}
}

func TestPowerLossBehindACutTakesTheBacklog(t *testing.T) {
	w := up(2)
	c := connect(t, w)
	w.Cut(nodes.SetOf(1), nodes.SetOf(2))
	w.Send(1, 2, quorum, c, item("in the kernel's buffer"))
	w.PowerLoss(1)
	w.Heal(nodes.FirstN(2), nodes.FirstN(2), func(nodes.ID, nodes.ID) {})
	if g := drain(w, 1, 2, quorum); len(g) != 0 {
		t.Errorf("s2 saw %v", g)
	}
}

// R-CNX-3, R-CNX-4: while the connection is down the newest message waits;
// what was sent last is sent again on reconnect.
func TestMailboxKeepsTheNewestAndRepeatsTheLast(t *testing.T) {
	for _, dialer := range []nodes.ID{1, 2} { // R-CNX-1: whoever dials first
		w := up(2)
		other := 3 - dialer
		w.Send(dialer, other, election, 0, item("old"))
		w.Send(dialer, other, election, 0, item("new"))
		var seen []got
		for range 6 {
			seen = append(seen, drain(w, dialer, other, election)...)
			drain(w, other, dialer, election)
		}
		seen = slices.DeleteFunc(seen, func(g got) bool { return g.arrival != Message })
		if !slices.Equal(seen, []got{{Message, "new"}}) {
			t.Fatalf("s%d dialled: the other saw %v", dialer, seen)
		}

		w.Crash(other)
		w.Boot(other)
		drain(w, other, dialer, election) // dialer learns that it broke
		w.Send(other, dialer, election, 0, item("hello"))
		seen = nil
		for range 6 {
			drain(w, other, dialer, election)
			seen = append(seen, drain(w, dialer, other, election)...)
		}
		seen = slices.DeleteFunc(seen, func(g got) bool { return g.arrival != Message })
		if !slices.Equal(seen, []got{{Message, "new"}}) {
			t.Errorf("s%d dialled; after a reconnect the other saw %v", dialer, seen)
		}
	}
}

func TestMailboxDialThatIsCutAwayIsGivenUp(t *testing.T) {
	w := up(2)
	w.Cut(nodes.SetOf(2), nodes.SetOf(1))
	w.Send(2, 1, election, 0, item("a"))
	if !w.Dialing(2, 1, election) {
		t.Fatal("no dial was started")
	}
	w.GiveUpMail(2, 1, election)
	w.Heal(nodes.FirstN(2), nodes.FirstN(2), func(nodes.ID, nodes.ID) {})
	if g := drain(w, 2, 1, election); len(g) != 0 || w.Dialing(2, 1, election) {
		t.Errorf("after giving up: %v in flight, dialling %v", g, w.Dialing(2, 1, election))
	}
	w.Send(2, 1, election, 0, item("b"))
	drain(w, 2, 1, election)
	drain(w, 1, 2, election)
	if g := drain(w, 2, 1, election); !slices.Equal(g, []got{{Message, "b"}}) {
		t.Errorf("the next message arrived as %v", g)
	}
}

// Whatever happens to a pair of servers: on each connection messages arrive in
// the order they were sent, none is left out, and none of one connection
// arrives on another.
func TestStreamsAreFIFOAndWholeOrBroken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := up(2)
		type key struct {
			c    nodes.Conn
			life int
			to   nodes.ID
		}
		life := map[nodes.Conn]int{} // how often each name was given out
		sent, arrived := map[key]int{}, map[key]int{}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			a := nodes.ID(rapid.IntRange(1, 2).Draw(t, "server"))
			b := 3 - a
			what := rapid.IntRange(0, 7).Draw(t, "what")
			if what < 3 && w.down.Has(a) {
				continue // the dead do not dial or send
			}
			switch what {
			case 0:
				life[w.Dial(a, b, quorum, 0)]++
			case 1, 2:
				for _, c := range slices.Sorted(maps.Keys(life)) {
					n := life[c]
					k := key{c, n, b}
					if w.Send(a, b, quorum, c, item(fmt.Sprintf("%d %d", n, sent[k]))) {
						sent[k]++
					}
				}
			case 3, 4, 5:
				w.Routes(b, a, func(r Route) {
					if r.On != quorum || !w.Deliverable(r) {
						return
					}
					it, arrival := w.Take(r)
					if arrival != Message {
						return
					}
					k := key{r.Conn, life[r.Conn], a}
					if want := fmt.Sprintf("%d %d", k.life, arrived[k]); string(it.Msg.(word)) != want {
						t.Fatalf("on %v came %q, want %q", r.Conn, it.Msg, want)
					}
					arrived[k]++
				})
			case 6:
				if w.IsCut(a, b) {
					w.Heal(nodes.FirstN(2), nodes.FirstN(2), func(nodes.ID, nodes.ID) {})
				} else {
					w.Cut(nodes.SetOf(a), nodes.SetOf(b))
				}
			case 7:
				switch {
				case w.down.Has(a):
					w.Boot(a)
					w.Listen(a, quorum, true)
				case rapid.Bool().Draw(t, "power"):
					w.PowerLoss(a)
				default:
					if len(life) > 0 {
						w.Close(rapid.SampledFrom(slices.Sorted(maps.Keys(life))).Draw(t, "close"), a, 0)
					}
				}
			}
		}
	})
}

func TestCloneIsIndependentAndEncodesAlike(t *testing.T) {
	w := up(3)
	c := connect(t, w)
	w.Send(1, 2, quorum, c, item("a"))
	w.Send(3, 1, election, 0, item("b"))
	w.Send(1, 3, gossip, 0, item("c"))
	clone := w.Clone()
	before := w.AppendTo(nil)
	if !bytes.Equal(before, clone.AppendTo(nil)) {
		t.Fatal("a clone is encoded differently")
	}
	drain(clone, 1, 2, quorum)
	drain(clone, 3, 1, election)
	drain(clone, 1, 3, gossip)
	clone.Send(1, 2, quorum, c, item("z"))
	clone.Cut(nodes.SetOf(1), nodes.SetOf(2))
	if !bytes.Equal(before, w.AppendTo(nil)) {
		t.Error("what happened to the clone changed the original")
	}
	if bytes.Equal(before, clone.AppendTo(nil)) {
		t.Error("what happened to the clone is not in its encoding")
	}
}

func TestReaches(t *testing.T) {
	top := &Topology{Sites: []Site{{"shanghai", nodes.SetOf(1, 2)}, {"guangzhou", nodes.SetOf(3)}}}
	w := New(top, nodes.FirstN(3), specs)
	w.Cut(nodes.SetOf(1, 2), nodes.SetOf(3))
	for site, want := range map[int][]bool{-1: {true, true, true}, 0: {true, true, false}, 1: {false, false, true}} {
		for i, reach := range want {
			if got := w.Reaches(site, nodes.ID(i+1)); got != reach {
				t.Errorf("a client at site %d reaches s%d: %v", site, i+1, got)
			}
		}
	}
}

func TestFilters(t *testing.T) {
	for _, test := range []struct {
		name   string
		filter Filter
		before []got // what arrives while it is on
		after  []got // and when it is off again
	}{
		{"hold", Filter{Kinds: []string{"WORD"}}, nil, []got{{Message, "a"}, {arrival: WentAway}}},
		{"hold another kind", Filter{Kinds: []string{"PING"}}, []got{{Message, "a"}, {arrival: WentAway}}, nil},
		{"block", Filter{}, nil, []got{{Message, "a"}, {arrival: WentAway}}},
		{"drop", Filter{Kinds: []string{"WORD"}, Drop: true}, []got{{Discarded, "a"}, {arrival: WentAway}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.filter.From, test.filter.To = nodes.SetOf(1), nodes.SetOf(2)
			w := New(&Topology{}, nodes.FirstN(2), specs, test.filter)
			w.Boot(1)
			w.Boot(2)
			w.Listen(2, quorum, true)
			c := connect(t, w)
			w.SwitchFilter(0, true, nil)
			w.Send(1, 2, quorum, c, item("a"))
			w.Close(c, 1, 0)
			if g := drain(w, 1, 2, quorum); !slices.Equal(g, test.before) {
				t.Errorf("while it was on came %v, want %v", g, test.before)
			}
			w.SwitchFilter(0, false, func(nodes.ID, nodes.ID) {})
			if g := drain(w, 1, 2, quorum); !slices.Equal(g, test.after) {
				t.Errorf("afterwards came %v, want %v", g, test.after)
			}
		})
	}
}
