package servers_test

import (
	"strings"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// polite is a protocol of two servers, of which each lets the other lead: a server asks
// the other one to, and serves once that one has agreed. The one with the lower ID asks
// only when it is asked to, unless both are eager: then their questions can cross, and
// each waits for the other to agree first. With retry they ask again by and by.
func polite(eager, retry bool) servers.Setup {
	protocol := &nodes.Protocol{
		Name:     "polite",
		Channels: []nodes.ChannelSpec{{Name: "talk", Mode: nodes.Mailbox}},
		Timers:   []string{"retry"},
		Epoch:    "epoch",
		New:      func(c nodes.Config) nodes.Node { return &politeNode{ID: c.ID, Eager: eager, Retry: retry} },
	}
	cfg := &sim.Config{Protocol: protocol, Voters: nodes.FirstN(2), Budget: faults.Budget{Crashes: 1}}
	return servers.Setup{Config: cfg, Header: &trace.Header{Protocol: protocol, Voters: cfg.Voters}}
}

type politeNode struct {
	ID           nodes.ID
	Eager, Retry bool
	Asked, Owes  bool
	Leader       nodes.ID
}

// word is what they say.
type word string

const (
	lead  word = "LEAD" // lead, please
	agree word = "AGREE"
)

func (w word) Kind() string             { return string(w) }
func (w word) AppendTo(b []byte) []byte { return append(b, w...) }

func (n *politeNode) Clone() nodes.Node { c := *n; return &c }

func (n *politeNode) Status() nodes.Status {
	switch n.Leader {
	case 0:
		return nodes.Status{Role: nodes.Looking}
	case n.ID:
		return nodes.Status{Role: nodes.Leading, Serving: true, Leader: n.ID}
	}
	return nodes.Status{Role: nodes.Following, Serving: true, Leader: n.Leader}
}

func (n *politeNode) Step(in nodes.Input, out *nodes.Out) {
	other := 3 - n.ID
	switch in := in.(type) {
	case *nodes.Start:
		if n.ID == 2 || n.Eager {
			n.Asked = true
			out.Send(other, 0, lead)
		}
		if n.Retry {
			out.SetTimer(nodes.Timer{}, 1, 1)
		}
	case *nodes.Deliver:
		switch {
		case in.Msg == agree:
			n.Leader = other
		case n.Asked: // after you
			n.Owes = true
		default:
			n.Leader = n.ID
			out.Send(other, 0, agree)
		}
	}
}

// Two servers that wait for each other are in a deadlock, also if one of them can still
// crash; but not if one of them waits for a timer.
func TestDeadlockOfServers(t *testing.T) {
	for _, c := range []struct {
		name         string
		eager, retry bool
		deadlock     bool
	}{
		{"eager", true, false, true},
		{"eager, and asks again", true, true, false},
		{"one of them waits to be asked", false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, o := range map[string]explore.Options{"all": {Workers: 2}, "layered": {Layered: true}} {
				o.Deadlock = true
				w := world(t, polite(c.eager, c.retry))
				r := exploretest.Search(t, w, o)
				f := r.Finding(explore.NoDeadlock)
				if (f.Answer == explore.Fails) != c.deadlock || f.Answer == explore.Unknown {
					t.Fatalf("%s: %v\n%s", name, f.Answer, r.Report())
				}
				if f.Path == nil {
					continue
				}
				if due := w.Due(f.Path.Last()); !strings.Contains(due, "{s1 s2} do not serve") {
					t.Errorf("%s: due is %q after\n%v", name, due, f.Path)
				}
				for i := range f.Path.Steps {
					if k := f.Path.Steps[i].Action.Action.Kind; k != sim.Deliver {
						t.Errorf("%s: a %v is no part of a shortest deadlock", name, k)
					}
				}
			}
		})
	}
}

// Servers of ZAB wait for nothing without a timer.
func TestNoDeadlockOfZAB(t *testing.T) {
	for name, setup := range map[string]servers.Setup{
		"boot":   cluster(2, 1, faults.Budget{Crashes: 1}),
		"atomic": established(t, merged.of(cluster(3, 1, faults.Budget{Crashes: 1, Restarts: 1})), servers.Established{}),
		"cut":    established(t, merged.of(cluster(3, 1, faults.Budget{Cuts: 1})), servers.Established{}),
	} {
		t.Run(name, func(t *testing.T) {
			setup.Epochs = 2
			r := exploretest.Search(t, world(t, setup), explore.Options{Workers: 2, Layered: true, Deadlock: true})
			if f := r.Finding(explore.NoDeadlock); f.Answer != explore.Holds {
				t.Errorf("%v\n%v%s", f.Answer, f.Path, r.Report())
			}
		})
	}
}
