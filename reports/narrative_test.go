package reports

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/sim/trace"
)

func failure(t *testing.T, r *Run, f *Finding, dir string) string {
	t.Helper()
	var b strings.Builder
	again := Hint{"from seed", fmt.Sprintf("zabsim run %s --protocol %s --seed %d", r.header.Scenario, r.header.Protocol.Name, r.header.Seed)}
	hints := []Hint{{"see", dir}, again}
	if dir == "" {
		hints = hints[1:]
	}
	if err := Failure(&b, r, f, hints...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFailureReport(t *testing.T) {
	r := stageBully()
	golden(t, "bully.failure.txt", failure(t, r, &r.Findings[0], "zabsim-out/shanghai-guangzhou-bully-42"))
}

// What the model checker found has no times: events are told by their numbers,
// and servers that change alike do not count as changing together.
func TestFailureWithoutTimes(t *testing.T) {
	timed, r := stageBully(), stageBully()
	r.Untimed = true
	for i := range r.events {
		r.events[i].time = 0
	}
	f := &r.Findings[0]
	text := failure(t, r, f, "")
	if want := fmt.Sprintf("FAIL  shanghai-guangzhou  bully  explored  at event %d\n", f.Seq); !strings.HasPrefix(text, want) {
		t.Errorf("it begins with\n%s\nwant %s", text[:60], want)
	}
	for _, l := range tell(r, f).lines {
		if !strings.HasPrefix(l.when, "#") || strings.Contains(l.who, " ") {
			t.Errorf("line %+v", l)
		}
	}
	if lines, all := len(tell(timed, &timed.Findings[0]).lines), len(tell(r, f).lines); lines > all {
		t.Errorf("%d lines with times, %d without", lines, all)
	}
	if svg := string(render(t, Closeup(r, f), "svg")); !strings.Contains(svg, "explored") {
		t.Error("the close-up does not say where it is from")
	}
}

// A witness violates nothing: its report and its picture say what it shows.
func TestWitnessReport(t *testing.T) {
	r := stageSplit(0)
	f := findingAt(lastCommit(r))
	f.Property, f.Shown = "diff-sent", true
	text := failure(t, r, f, "")
	if !strings.HasPrefix(text, "ok  ") || !strings.Contains(text, "< shown") || strings.Contains(text, "violation") {
		t.Errorf("the report is\n%s", text)
	}
	svg := string(render(t, Closeup(r, f), "svg"))
	if !strings.Contains(svg, "shows diff-sent") || strings.Contains(svg, "violates") {
		t.Error("the close-up does not say that it shows something")
	}
}

// The story of a follower's commit: through the leader's, the proposal and the
// request, and how both came to their roles; not how they came to those they
// had before.
func TestStoryFollowsMessagesAndRoles(t *testing.T) {
	r := stageSplit(0)
	golden(t, "split.failure.txt", failure(t, r, findingAt(lastCommit(r)), ""))
}

func findingAt(e *event) *Finding {
	return &Finding{Seq: e.seq, Time: e.time, Violation: &checker.Violation{
		Property: "agreement", Message: "made up for the test", Evidence: []uint64{e.seq}, Server: e.server,
	}}
}

func lastCommit(r *Run) *event {
	for i := len(r.events) - 1; ; i-- {
		if r.events[i].kind == trace.Commit {
			return &r.events[i]
		}
	}
}

// chain makes a run in which a message is handed on and on, interrupted by
// crashes: n messages, then a commit.
func chain(n int) *Run {
	s := newStage(stagedHeader("zab"), 0)
	s.emit(0, trace.Event{Kind: trace.Cut, A: nodes.SetOf(1), B: nodes.SetOf(5), Both: true})
	var cause uint64
	for i := range n {
		s.now += time.Second
		from, to := nodes.ID(i%3+1), nodes.ID((i+1)%3+1)
		cause = s.emit(cause, trace.Event{Kind: trace.Send, Server: from, Peer: to, Msg: said(fmt.Sprintf("TOKEN %d", i))})
		cause = s.emit(cause, trace.Event{Kind: trace.Deliver, Server: to, Peer: from, Msg: said(fmt.Sprintf("TOKEN %d", i))})
	}
	s.emit(cause, trace.Event{Kind: trace.Commit, Server: nodes.ID(n%3 + 1), Pos: nodes.Position{Epoch: 1, Index: 1}})
	return &Run{Recording: s.rec, Duration: s.now, Events: s.seq}
}

func TestLongStoryKeepsWhatMattersAndSaysSo(t *testing.T) {
	r := chain(40)
	s := tell(r, findingAt(lastCommit(r)))
	if len(s.lines) != maxLines || s.leftOut != 42-maxLines {
		t.Errorf("%d lines, %d left out", len(s.lines), s.leftOut)
	}
	if s.lines[0].who != "fault" {
		t.Errorf("the fault gave way to messages: first line %+v", s.lines[0])
	}
	if got := s.lines[1].text; got != "TOKEN 22 to s3" {
		t.Errorf("first message is %q; the latest should stay", got)
	}
	if report := failure(t, r, findingAt(lastCommit(r)), ""); !strings.Contains(report, "22 lesser events left out\n") {
		t.Errorf("it does not say how much is left out:\n%s", report)
	}
}

func TestHeartbeatsAreNoStory(t *testing.T) {
	s := newStage(stagedHeader("zab"), 0)
	ping := s.emit(0, trace.Event{Kind: trace.Send, Server: 1, Peer: 2, Msg: said("PING")})
	got := s.emit(ping, trace.Event{Kind: trace.Deliver, Server: 2, Peer: 1, Msg: said("PING")})
	s.emit(got, trace.Event{Kind: trace.Commit, Server: 2})
	r := &Run{Recording: s.rec}
	if lines := tell(r, findingAt(lastCommit(r))).lines; len(lines) != 1 {
		t.Errorf("%+v", lines)
	}
}

// Faults at servers that have nothing to do with it are another story too.
func TestFaultsElsewhereAreLeftOut(t *testing.T) {
	s := newStage(stagedHeader("zab"), 0)
	s.now = time.Second
	s.emit(0, trace.Event{Kind: trace.Crash, Server: 1})
	s.emit(0, trace.Event{Kind: trace.MachineCrash, Server: 2})
	s.emit(0, trace.Event{Kind: trace.Commit, Server: 2})
	s.emit(0, trace.Event{Kind: trace.Crash, Server: 2}) // after it
	r := &Run{Recording: s.rec}
	lines := tell(r, findingAt(lastCommit(r))).lines
	if len(lines) != 2 || lines[0].text != "power loss at s2" {
		t.Errorf("%+v", lines)
	}
}

func TestWordsForEveryKind(t *testing.T) {
	h := stagedHeader("zab")
	s := newStage(h, 0)
	status := nodes.Status{Role: nodes.Leading, Serving: true, Leader: 3, Epoch: 2}
	s.emit(0, trace.Event{Kind: trace.Invoke, Client: 1, ClientSeq: 1, Op: app.Identify(1, 1, []byte("read alice"))})
	for k := trace.None + 1; k < trace.Kinds; k++ {
		before := nodes.Status{Role: nodes.Looking}
		s.emit(s.seq, trace.Event{
			Kind: k, Server: 3, Op: app.Identify(1, 1, []byte("read alice")), Peer: 4, Client: 1, ClientSeq: 1, Msg: said("PROPOSAL 1.3"), Record: record("txn 1.3"),
			Pos: nodes.Position{Epoch: 1, Index: 3}, A: nodes.SetOf(1), B: nodes.SetOf(2), Text: "as it was noted",
			Before: &before, After: &status,
		})
	}
	var b strings.Builder
	for i := range s.rec.events {
		e := &s.rec.events[i]
		fmt.Fprintf(&b, "%-14v %-10s %s\n", e.kind, s.rec.who(e), s.rec.words(e))
	}
	golden(t, "words.txt", b.String())
}

type record string

func (r record) Kind() string             { return string(r) }
func (r record) AppendTo(b []byte) []byte { return append(b, r...) }
func (r record) Position() nodes.Position { return nodes.Position{} }

func TestWordsForChangesOfView(t *testing.T) {
	const none = trace.None
	looking := nodes.Status{Role: nodes.Looking, Epoch: 1}
	leading := nodes.Status{Role: nodes.Leading, Leader: 3, Epoch: 2}
	leads := nodes.Status{Role: nodes.Leading, Serving: true, Leader: 3, Epoch: 2}
	joining := nodes.Status{Role: nodes.Following, Leader: 5, Epoch: 1}
	follows := nodes.Status{Role: nodes.Following, Serving: true, Leader: 5, Epoch: 1}
	observes := nodes.Status{Role: nodes.Observing, Serving: true, Leader: 5, Epoch: 1}
	promised := joining
	promised.Epoch = 3
	for _, c := range []struct {
		cause         trace.Kind
		before, after nodes.Status
		want          string
	}{
		{trace.Expire, follows, looking, "no answer from s5: looks for a leader"},
		{trace.Expire, leads, looking, "hears from too few: looks for a leader"},
		{trace.Close, follows, looking, "loses the connection to s5: looks for a leader"},
		{trace.Start, nodes.Status{}, looking, "boots, looks for a leader"},
		{none, follows, looking, "looks for a leader"},
		{none, looking, leading, "prepares to lead"},
		{none, leading, leads, "leads epoch 2"},
		{none, leads, leading, "stops serving"},
		{none, looking, joining, "joins s5"},
		{none, joining, follows, "follows s5 in epoch 1"},
		{none, joining, promised, "enters epoch 3"},
		{none, looking, observes, "observes s5 in epoch 1"},
		{none, follows, nodes.Status{}, "is down"},
	} {
		s := newStage(stagedHeader("zab"), 0)
		var cause uint64
		if c.cause != none {
			cause = s.emit(0, trace.Event{Kind: c.cause, Server: 3, Peer: 5})
		}
		s.emit(cause, trace.Event{Kind: trace.View, Server: 3, Before: &c.before, After: &c.after})
		if got := s.rec.words(&s.rec.events[len(s.rec.events)-1]); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestSuccessLine(t *testing.T) {
	for _, c := range []struct {
		run  *Run
		want string
	}{
		{stageSplit(0), "ok    shanghai-guangzhou  zab    seed 42   30s   736 events  2 committed  trace 5f0c9e1b  (0.02s)\n"},
		{stageBully(), "ok    shanghai-guangzhou  bully  seed 42   violates no-overdraft, as expected\n"},
	} {
		var b strings.Builder
		if err := Success(&b, c.run, 20*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if b.String() != c.want {
			t.Errorf("got  %swant %s", b.String(), c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 2207: "2,207", 1234567: "1,234,567", 100000: "100,000"} {
		if got := Grouped(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0.000s", 10031 * time.Millisecond: "10.031s", 999600 * time.Microsecond: "1.000s", 3600 * time.Second: "3,600.000s",
	} {
		if got := seconds(d); got != want {
			t.Errorf("%d: %s", d, got)
		}
	}
}

// What has not happened has no evidence: the story is then how each server
// came to be what it is.
func TestStoryWithoutEvidence(t *testing.T) {
	r := stageSplit(0)
	f := &Finding{Seq: r.Events, Time: r.Duration, Violation: &checker.Violation{Property: "converged", Message: "made up for the test"}}
	golden(t, "stuck.failure.txt", failure(t, r, f, ""))
}

// A server that restarts delivers what is on its disk: no chain of messages
// leads from there to the client that asked for it.
func TestStoryFindsTheRequestOfACommitAfterARestart(t *testing.T) {
	s := newStage(stagedHeader("zab"), 0)
	op := app.Identify(1, 1, []byte("transfer alice bob 80"))
	s.emit(0, trace.Event{Kind: trace.Invoke, Client: 1, ClientSeq: 1, Op: op})
	s.emit(1, trace.Event{Kind: trace.Request, Server: 5, Client: 1, ClientSeq: 1, Op: op})
	s.emit(0, trace.Event{Kind: trace.Commit, Server: 5, Op: app.Identify(1, 1, []byte("alice=20"))})
	r := &Run{Recording: s.rec}
	lines := tell(r, findingAt(lastCommit(r))).lines
	if len(lines) != 2 || lines[0].text != "request of teller-sh: transfer alice bob 80" {
		t.Errorf("%+v", lines)
	}
}
