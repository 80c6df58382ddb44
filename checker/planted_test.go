package checker

import (
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim/trace"
)

// planted are histories that violate properties which are not among the rules
// and the assertions, with the message that this gives: the servers, clients
// and transactions concerned.
var planted = []struct {
	property, story, want string
}{
	{"one-leader-per-epoch", "s3 leads 2 \n s1 syncs 2", "s3 and s1 both led epoch 2"},
	{"agreement", "s1 delivers 1.1 \n s2 delivers 2.1", "s2 delivered 2.1 and s1 delivered 1.1, and neither delivered the other's"},
	{"total-order", "s1 delivers 1.1 1.2 \n s2 delivers 1.2", "s1 delivered 1.1 before 1.2; s2 delivered 1.2 without 1.1"},
	{"prefix-consistency", "s1 delivers 1.1=x \n s2 delivers 1.1=y", "s2 and s1 both delivered 1.1 as transaction 1, with different contents"},
	{"integrity", "s3 appends 1.1 \n s1 delivers 1.2", "s1 delivered 1.2, which no server had written"},
	{"no-lost-commit", "s3 leads 1 \n s3 delivers 1.1 \n s2 leads 2", "s2 leads epoch 2 without 1.1, which s3 had delivered"},
	{"no-resurrection", "s2 leads 2 \n s3 delivers 1.1", "s3 delivered 1.1, which was not in the history with which s2 began to lead epoch 2"},
	{"epochs-monotonic", "s1 saves acceptedEpoch 3 \n s1 saves acceptedEpoch 2", "s1 went back from epoch 3 to 2 in its file acceptedEpoch"},
	{"durable-before-commit", "s3 appends 1.1 \n s3 fsyncs 1.1 \n s3 delivers 1.1", "s3 delivered 1.1, which is on the disks of {s3} only, no quorum of {s1 s2 s3}"},
	{"no-panic", "s2 panics index out of range", "s2 panicked: index out of range"},
	{"no-exit", "s2 exits disk error", "s2 ended its own process: disk error"},
	{"conservation", "ann asks transfer alice bob 80 \n bob asks transfer alice carol 70 \n s3 commits 1.1 for ann \n s1 commits 1.2 for bob \n " +
		"s2 applies 1.1 \n s2 applies 1.2", "1.2, delivered by s2, makes 80 out of nothing: all accounts held 100 before and hold 180 after it"},
	{"boots", "s2 starts \n s2 exits the current epoch is older", "s2 refuses to start: the current epoch is older"},
	{
		"no-overdraft", "ann asks transfer alice bob 80 \n s1 commits 1.1 for ann \n ann gets s1 \n bob asks transfer alice carol 70 \n s2 commits 2.1 for bob \n bob gets s2",
		"both transfers were acknowledged; together they leave alice at -50",
	},
	{"sequential", "ann asks read alice \n ann gets s1 from 1.2 \n ann asks read alice \n ann gets s2 from 1.1", "ann went back in time: s1 answered it from 1.2, and now s2 from 1.1"},
	{"linearizable-writes", splitBrain, `"transfer alice bob 80: ok", which ann got from s3, fits into no order of the operations`},
	{"linearizable", splitBrain, `"transfer alice bob 80: ok", which ann got from s3, fits into no order of the operations`},
	{"leader-stays", "1s \n s3 leads 1 \n 2s \n s2 leads 2", "s2 is established as a leader at 2.000s; s3 was at 1.000s"},
	{"leader", "s3 leads 1 \n s3 crashes", "in the end no server is an established leader"},
	{"no-livelock", strings.Repeat("s1 discovers 2 \n s1 notes late \n s1 looks \n", manyRounds), "s1 leads 5 times, and gives up: late"},
	{"converged", "s1 starts \n s1 looks", "in the end s1 is up and does not serve"},
	{"served", "ann asks transfer alice bob 1", "no write was acknowledged after the last fault; clients asked from 0.000s on"},
	{"write-gap", "ann asks transfer alice bob 1 \n 9s \n ann gets s1", "clients asked for writes and none was answered from 0.000s to 9.000s, for 9s; the bound is 5s"},
	{"read-gap", "ann asks read alice \n 9s \n ann gets s1", "clients asked for reads and none was answered from 0.000s to 9.000s, for 9s; the bound is 5s"},
}

// plantedTrees are the same of properties of clients that work on a tree.
var plantedTrees = []struct {
	property string
	story    *treeStory
	want     string
}{
	{
		"fifo-client-order", newTreeStory().opens(1).writes(1, 2, createA).forges(1, 1, txnOf(1, ephemeralE)),
		"operation 1 of client 1 takes effect at 1.3, after its operation 2 at 1.2, in session 1",
	},
	{"monotonic-zxid", newTreeStory().opens(1).reads(1, 1, readA, 2).reads(1, 2, readA, 1), "session 1 was shown 1.2 by s1, and now 1.1 by s1"},
	{"ephemeral-life", newTreeStory().opens(1).closes(1).forges(1, 1, txnOf(1, ephemeralE)), "1.3 creates /e in session 1, which is not open"},
	{
		"one-ephemeral-owner", newTreeStory().opens(1).opens(2).writes(1, 1, ephemeralE).forges(2, 1, txnOf(2, ephemeralE)),
		"1.4 gives /e to session 2 while it is that of session 1",
	},
	{"sequence-numbers", func() *treeStory {
		s := newTreeStory().opens(1).opens(2).writes(1, 1, numbered2)
		s.event(trace.Event{Kind: trace.Invoke, Client: 2, ClientSeq: 1, Op: app.Identify(2, 1, numbered2.Body())})
		return s.forges(2, 1, txnOf(2, numbered2))
	}(), "comes after number 0"},
	{"watch-order", newTreeStory().opens(1).opens(2).writes(2, 1, createA).reads(1, 1, watchA, 3).writes(2, 2, setA).
		tells(1, znode.NodeDataChanged, "/a").tells(1, znode.NodeDataChanged, "/a"), "does not watch"},
}

// TestEveryPropertyIsViolated: for each property there is a history that
// violates it, or it would be none. What must happen sometimes is violated by
// the history in which nothing happens.
func TestEveryPropertyIsViolated(t *testing.T) {
	violated := map[string]bool{}
	for _, c := range planted {
		t.Run(c.property, func(t *testing.T) {
			p, err := ByName(c.property, Params{Within: 5 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			events := tell(t, storyHeader(), c.story)
			v := judged(t, p, storyHeader(), events)
			if !strings.Contains(said(v), c.want) {
				t.Fatalf("got  %q\nwant %q", said(v), c.want)
			}
			check(t, v, trial{want: v.Message}, c.property, len(events))
			violated[c.property] = true
		})
	}
	for _, c := range plantedTrees {
		if got := c.story.judge(t, c.property); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.property, got, c.want)
		}
		violated[c.property] = true
	}
	for _, r := range rules { // TestRules tells them
		for _, tr := range r.trials {
			violated[r.property] = violated[r.property] || tr.want != ""
		}
	}
	for _, a := range assertions { // TestAssertions tells them
		violated[a.property] = true
	}
	for _, p := range All {
		if p.Kind == Sometimes {
			v := p.New(storyHeader()).Finish()
			violated[p.Name] = v != nil && v.Property == p.Name && v.Message != ""
		}
		if !violated[p.Name] {
			t.Errorf("no planted history violates %s", p.Name)
		}
	}
}
