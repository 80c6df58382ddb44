package checker

import (
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/bank"
)

func TestNoOverdraft(t *testing.T) {
	hold(t, "no-overdraft", storyHeader(), []trial{
		{
			name: "one is refused",
			story: `ann asks transfer alice bob 80
				bob asks transfer alice carol 70
				s3 commits 1.1 for ann
				s3 commits 1.2 for bob
				ann gets s3
				bob gets s3`,
		},
		{
			name: "money that came in between can be spent",
			story: `ann asks transfer alice bob 80
				s3 commits 1.1 for ann
				ann gets s3
				bob asks transfer bob alice 60
				s3 commits 1.2 for bob
				bob gets nothing
				ann asks transfer alice carol 80
				s3 commits 1.3 for ann
				ann gets s3`,
		},
		{
			name: "a transfer that two servers committed, asked for again",
			story: `ann asks transfer alice bob 80
				s3 commits 1.1 for ann
				s3 commits 1.2 for ann
				ann gets s3`,
		},
		{
			name: "both sides of a partition",
			story: `10.002s
				ann asks transfer alice bob 80
				bob asks transfer alice carol 70
				10.004s
				s3 commits 1.1 for ann
				ann gets s3
				10.031s
				s1 commits 1.1 for bob
				bob gets s1`,
			want: "both transfers were acknowledged; together they leave alice at -50",
			has: []string{
				"transfer alice bob 80     committed by s3 at 10.004s   asked by ann",
				"transfer alice carol 70   committed by s1 at 10.031s   asked by bob",
			},
		},
		{
			name: "even with what came in",
			story: `ann asks transfer alice bob 80
				s3 commits 1.1 for ann
				ann gets s3
				ann asks transfer bob alice 10
				ann gets nothing
				bob asks transfer alice carol 70
				s1 commits 1.1 for bob
				bob gets s1`,
			want: "both transfers were acknowledged; together they leave alice at -40, even if every transfer to it went through",
		},
	})
}

// TestNoOverdraftOnTheChain plants a transaction that a bank would not prepare.
func TestNoOverdraftOnTheChain(t *testing.T) {
	events := tell(t, storyHeader(), "s1 delivers 1.1")
	events[0].Op = plantedTxn(7, bank.Account{Name: "alice", Balance: -20}, bank.Account{Name: "bob", Balance: 120})
	v := judged(t, noOverdraft(), storyHeader(), events)
	if want := "1.1, delivered by s1, leaves alice at -20"; said(v) != want {
		t.Errorf("got %q, want %q", said(v), want)
	}
	if v := judged(t, conservation(), storyHeader(), events); v != nil {
		t.Errorf("nothing was lost, but: %s", v.Message)
	}
}

// plantedTxn returns ann's transaction that leaves two accounts with these
// balances, as another bank prepares it for a transfer of 1 from b to a.
func plantedTxn(seq uint32, a, b bank.Account) []byte {
	m := bank.New(bank.Account{Name: a.Name, Balance: a.Balance - 1}, bank.Account{Name: b.Name, Balance: b.Balance + 1})
	return app.Once(m).Prepare(nil, app.Identify(1, seq, bank.Transfer(b.Name, a.Name, 1)))
}

func TestConservation(t *testing.T) {
	hold(t, "conservation", storyHeader(), []trial{
		{
			name: "transfers and audits",
			story: `ann asks transfer alice bob 80
				s3 commits 1.1 for ann
				ann gets s3
				bob asks audit
				bob gets s3
				bob asks audit
				bob gets s1
				ann asks transfer alice bob 80
				s3 commits 1.2 for ann
				ann gets s3`,
		},
		{
			name: "sides that disagree keep the sum, each by itself",
			story: `ann asks transfer alice bob 80
				bob asks transfer alice carol 70
				s3 commits 1.1 for ann
				s1 commits 1.1 for bob
				ann asks audit
				ann gets s3
				bob asks audit
				bob gets s1`,
		},
		{
			name: "a transaction prepared on another state",
			story: `1s
				ann asks transfer alice bob 80
				bob asks transfer alice carol 70
				s3 commits 1.1 for ann
				s1 commits 1.2 for bob
				s2 applies 1.1
				s2 applies 1.2`,
			want: "1.2, delivered by s2, makes 80 out of nothing: all accounts held 100 before and hold 180 after it",
			has:  []string{"it sets alice to 30, carol to 70; asked by bob"},
		},
		{
			name: "an audit of such a state",
			story: `ann asks transfer alice bob 80
				bob asks transfer alice carol 70
				s3 commits 1.1 for ann
				s1 commits 1.1 for bob
				s2 applies 1.1
				bob asks audit
				bob gets s2`,
		},
	})
}

// TestConservationOfAudits plants the result of an audit.
func TestConservationOfAudits(t *testing.T) {
	events := tell(t, storyHeader(), "2s \n bob asks audit \n bob gets s3")
	rich := app.Once(bank.New(bank.Account{Name: "alice", Balance: 100}, bank.Account{Name: "bob", Balance: 20}))
	events[1].Op = rich.Query(nil, events[0].Op)
	v := judged(t, conservation(), storyHeader(), events)
	if want := "an audit that s3 gave bob finds 120 in all; there are 100"; said(v) != want {
		t.Errorf("got %q, want %q", said(v), want)
	}
}

func TestBankPropertiesWithoutABank(t *testing.T) {
	for _, p := range []Property{conservation(), noOverdraft()} {
		v := judged(t, p, kvHeader(), tell(t, kvHeader(), "ann asks put x 1 \n s3 commits 1.1 for ann \n ann gets s3"))
		if v == nil || !v.Inconclusive {
			t.Errorf("%s of a store: %+v, not inconclusive", p.Name, v)
		}
	}
}

func TestSequential(t *testing.T) {
	hold(t, "sequential", storyHeader(), []trial{
		{
			name: "a stale read",
			story: `ann asks transfer alice bob 80
				s3 commits 1.1 for ann
				ann gets s3
				bob asks read alice
				bob gets s1
				bob asks read alice
				bob gets s3`,
		},
		{
			name: "a position between transactions, as a new leader's",
			story: `ann asks transfer alice bob 80
				s3 commits 1.1 for ann
				ann gets s3
				ann asks read alice
				ann gets s3 from 2.0`,
		},
		{
			name: "unknown, and carried out after all",
			story: `ann asks transfer alice bob 80
				ann gets nothing
				ann asks read alice
				ann gets s3
				ann asks transfer alice carol 1
				s3 commits 1.1 for ann
				ann gets s3`,
		},
		{
			name: "carried out twice: the first time counts",
			story: `ann asks transfer alice bob 80
				s3 commits 1.1 for ann
				s3 commits 1.2 for ann
				ann gets s3 from 1.1`,
		},
		{
			name: "back in time",
			story: `bob asks transfer alice bob 80
				s3 commits 1.1 for bob
				s3 applies 1.1
				bob gets s3
				ann asks read alice
				ann gets s3 from 1.2
				ann asks read alice
				ann gets s1 from 1.1`,
			want: "ann went back in time: s3 answered it from 1.2, and now s1 from 1.1",
		},
		{
			name: "a wrong answer",
			story: `ann asks transfer alice bob 80
				s3 commits 1.1 for ann
				bob asks read alice
				bob gets s1 from 1.1`,
			want: `bob: got "read alice: 100" at 1.1, where the right answer is "read alice: 20"`,
			has:  []string{"read alice: 100, answered by s1"},
		},
		{
			name: "delivered and lost: that is for no-lost-commit",
			story: `ann asks transfer alice bob 80
				s3 commits 1.1 for ann
				ann gets s3
				s3 crashes
				s1 leads 2`,
		},
		{
			name: "not even its own write",
			story: `ann asks transfer alice bob 80
				s3 commits 1.1 for ann
				ann gets s3 from 0.9
				ann asks read bob
				ann gets s1 from 0.9`,
			want: "ann: transfer alice bob 80: ok was answered from 0.9, before its own place 1.1",
		},
		{
			name: "any history may justify it",
			story: `ann asks transfer alice bob 80
				bob asks transfer alice carol 70
				s3 commits 1.1 for ann
				s1 commits 1.1 for bob
				ann gets s3
				bob gets s1`,
		},
	})
}

// TestSequentialDemandsDelivery takes the delivery out of a story in which all
// is well with it.
func TestSequentialDemandsDelivery(t *testing.T) {
	events := tell(t, storyHeader(), "ann asks transfer alice bob 80 \n s3 commits 1.1 for ann \n ann gets s3")
	if v := judged(t, sequential(), storyHeader(), events); v != nil {
		t.Fatal(v.Message)
	}
	lost := append(events[:1:1], events[2])
	v := judged(t, sequential(), storyHeader(), lost)
	if want := "ann: transfer alice bob 80: ok was acknowledged, and no server delivered it"; said(v) != want {
		t.Errorf("got %q, want %q", said(v), want)
	}
}

// TestSequentialKeepsTheOrderOfAClient swaps the deliveries of one client's
// writes.
func TestSequentialKeepsTheOrderOfAClient(t *testing.T) {
	h := storyHeader()
	events := tell(t, h, `ann asks transfer alice bob 10
		s3 commits 1.1 for ann
		ann gets s3
		ann asks transfer alice carol 20
		s3 commits 1.2 for ann
		ann gets s3`)
	events[1].Op, events[4].Op = events[4].Op, events[1].Op
	events[2].Pos = events[5].Pos
	v := judged(t, sequential(), h, events)
	want := `ann: got "transfer alice bob 10: ok" at 1.2, where the right answer is ` +
		`"transfer alice bob 10: stale: a later operation of the client was carried out"`
	if said(v) != want {
		t.Errorf("got %q, want %q", said(v), want)
	}
}

// TestBooksFollowTheMachine carries out random transfers, some of them twice,
// and compares the books with the bank.
func TestBooksFollowTheMachine(t *testing.T) {
	h := storyHeader()
	m, b, l := h.Machine(), newBooks(h), newLedger(h)
	names := []string{"alice", "bob", "carol"}
	var history nodes.History
	for i := range 300 {
		seq := uint32(1 + i - i%7/6) // now and then the same one again
		op := app.Identify(1, seq, bank.Transfer(names[i%3], names[(i*i+1)%3], int64(i%50)))
		txn := m.Prepare(nil, op)
		m.Apply(nil, txn)
		at := nodes.Position{Epoch: 1, Index: uint64(i + 1)}
		history = history.Append(at, nodes.Digest(0).Bytes(txn))
		e := deliveryOf(1, history, txn)
		e.Seq, e.Time = uint64(i+1), time.Duration(i)
		l.observe(&e)
		b.read(l, 1)
		audit, err := bank.ParseResult(bank.Audit(), m.Query(nil, app.Identify(1, 0, bank.Audit())))
		if err != nil {
			t.Fatal(err)
		}
		for j, a := range audit.Balances {
			if b.branches[0].accounts[j] != a {
				t.Fatalf("after %d operations the books have %v, the bank has %v", i+1, b.branches[0].accounts, audit.Balances)
			}
		}
	}
}
