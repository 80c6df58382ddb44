package sim_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
)

// recorded returns a configuration and a run of it.
func recorded(t *testing.T) (*sim.Config, sim.Schedule) {
	t.Helper()
	cfg := stormy()
	var s sim.Schedule
	sim.Run(sim.New(cfg, choice.Seed(4), nil), time.Second, &s)
	return cfg, s
}

func TestSchedulesSayWhatIsDelivered(t *testing.T) {
	_, s := recorded(t)
	var text bytes.Buffer
	if err := (sim.Names{Protocol: &toy, Clients: []string{"c"}}).Write(&text, s); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"calls on s2>s1 # (dial)\n", "calls on s2>s1 # (accepted)\n", "grams # NUMBER\n", "start s1\n"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no line ends in %q", want)
		}
	}
	for _, step := range s {
		if (step.Action.Kind == sim.Deliver) != (step.What != "") {
			t.Fatalf("%+v delivers %q", step.Action, step.What)
		}
	}
}

// A connection that has another number than it had when it was recorded is
// found, by what it delivers.
func TestFitFindsTheConnection(t *testing.T) {
	cfg, s := recorded(t)
	dialled := slices.IndexFunc(s, func(s sim.Scheduled) bool { return s.What == "(dial)" && s.Action.Conn != 0 })
	w := sim.New(cfg, choice.Seed(4), nil)
	if _, err := sim.Replay(w, s[:dialled], true); err != nil {
		t.Fatal(err)
	}
	step := s[dialled]
	step.Action.Conn = nodes.MakeConn(step.Action.Conn.Dialer(), step.Action.Conn.Acceptor(), calls, 7)
	if got, ok := w.Fit(&step); !ok || got != s[dialled] {
		t.Errorf("it becomes %+v (%v), want %+v", got, ok, s[dialled])
	}
	step.What = "NUMBER"
	if got, ok := w.Fit(&step); ok {
		t.Errorf("a number is to be delivered, and %q passes for it", got.What)
	}
}

func TestExplainSaysSinceWhen(t *testing.T) {
	start := func(id nodes.ID) sim.Scheduled { return sim.Scheduled{Action: sim.Action{Kind: sim.Start, Server: id}} }
	crash := sim.Scheduled{Action: sim.Action{Kind: sim.Crash, Server: 2}}
	conn := nodes.MakeConn(2, 1, calls, 0)
	for _, c := range []struct {
		last  sim.Action
		since int
		why   string
	}{
		{sim.Action{Kind: sim.Crash, Server: 2}, 3, "s2 is down"},
		{sim.Action{Kind: sim.Start, Server: 1}, 0, "s1 is up"},
		{sim.Action{Kind: sim.Resume, Server: 1}, -1, "s1 is not paused"},
		{sim.Action{Kind: sim.Deliver, Server: 1, Peer: 2, On: calls, Conn: conn}, -1, "s1 has no stream to s2"},
	} {
		s := sim.Schedule{start(1), start(2), start(3), crash, {Action: c.last}}
		m := sim.Explain(sim.New(toyConfig(3), choice.Seed(1), nil), s, 4)
		if m.Index != 4 || m.Since != c.since || m.Why == nil || m.Why.Error() != c.why {
			t.Errorf("%+v: %+v, want %q since %d", c.last, m, c.why, c.since)
		}
	}
}

// Schedules are files: they can name anything.
func TestApplyRefusesWhatDoesNotExist(t *testing.T) {
	conn := nodes.MakeConn(2, 3, calls, 0)
	for want, a := range map[string]sim.Action{
		"there is no server s9":               {Kind: sim.Deliver, Server: 9, Peer: 1},
		"there is no server s62":              {Kind: sim.DialTimeout, Server: 1, Peer: 62},
		"there is no server s7":               {Kind: sim.Cut, A: nodes.SetOf(1), B: nodes.SetOf(7)},
		"there is no server s8":               {Kind: sim.Start, Server: 8},
		"s2>s3 is no connection of s1 and s2": {Kind: sim.Deliver, Server: 1, Peer: 2, Conn: conn},
	} {
		if err := sim.New(toyConfig(3), choice.Seed(1), nil).Apply(a); err == nil || err.Error() != want {
			t.Errorf("%+v: %v, want %s", a, err, want)
		}
	}
}
