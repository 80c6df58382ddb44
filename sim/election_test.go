package sim_test

import (
	"testing"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// voter is a node that does nothing but look for a leader.
type voter struct {
	ID     nodes.ID
	Leader nodes.ID
}

func (v *voter) Clone() nodes.Node    { c := *v; return &c }
func (v *voter) Status() nodes.Status { return nodes.Status{Leader: v.Leader} }

func (v *voter) Step(in nodes.Input, _ *nodes.Out) {
	if e, ok := in.(*nodes.Elected); ok {
		v.Leader = e.Leader
	}
}

// highest elects the highest ID of two or more that have no leader.
func highest(heard []nodes.Node) (leader nodes.ID, electors nodes.Set) {
	for _, n := range heard {
		if v := n.(*voter); v.Leader == 0 {
			leader, electors = max(leader, v.ID), electors.With(v.ID)
		}
	}
	if electors.Len() < 2 {
		return 0, 0
	}
	return leader, electors
}

func voters(oracle bool) *sim.World {
	w := sim.New(&sim.Config{
		Protocol: &nodes.Protocol{Name: "voters", New: func(c nodes.Config) nodes.Node { return &voter{ID: c.ID} }, Elect: highest},
		Voters:   nodes.FirstN(3), Oracle: oracle,
	}, nil, nil)
	for id := range nodes.FirstN(3).All() {
		if err := w.Apply(sim.Action{Kind: sim.Start, Server: id}); err != nil {
			panic(err)
		}
	}
	return w
}

// Any servers that reach each other can elect a leader, and only they.
func TestElectionsInOneStep(t *testing.T) {
	all := sim.Action{Kind: sim.Elect, Server: 3, A: nodes.SetOf(1, 2, 3)}
	w := voters(true)
	if n := len(w.Elections(nil)); n != 4 {
		t.Errorf("%d elections are possible, want one of all and three of two", n)
	}
	if err := w.Apply(sim.Action{Kind: sim.Cut, A: nodes.SetOf(1, 2), B: nodes.SetOf(3), Both: true}); err != nil {
		t.Fatal(err)
	}
	if err := w.Apply(all); err == nil {
		t.Error("servers elect one that they do not reach")
	}
	if err := w.Apply(sim.Action{Kind: sim.Elect, Server: 1, A: nodes.SetOf(1, 2)}); err == nil {
		t.Error("the wrong one is elected")
	}
	if err := w.Apply(sim.Action{Kind: sim.Elect, Server: 2, A: nodes.SetOf(1, 2)}); err != nil {
		t.Error(err)
	}
	for id, leader := range map[nodes.ID]nodes.ID{1: 2, 2: 2, 3: 0} {
		if got := w.Status(id).Leader; got != leader {
			t.Errorf("%v follows %v, want %v", id, got, leader)
		}
	}
	if err := voters(false).Apply(all); err == nil {
		t.Error("an election in one step where elections are held by messages")
	}
}

// Where some of those who elected a leader are not there, the others elect it, as
// many as possible; somebody else they do not elect.
func TestFitFindsTheElection(t *testing.T) {
	all := sim.Scheduled{Action: sim.Action{Kind: sim.Elect, Server: 3, A: nodes.SetOf(1, 2, 3)}}
	w := voters(true)
	if got, ok := w.Fit(&all); !ok || got != all {
		t.Errorf("all three are there, and it is %v, %v", got.Action, ok)
	}
	for _, c := range []struct {
		down nodes.ID
		want nodes.Set
	}{{1, nodes.SetOf(2, 3)}, {2, 0}} {
		if err := w.Apply(sim.Action{Kind: sim.Crash, Server: c.down}); err != nil {
			t.Fatal(err)
		}
		if got, ok := w.Fit(&all); ok != (c.want != 0) || got.Action.A != c.want {
			t.Errorf("without s%d it is an election by %v, want %v", c.down, got.Action.A, c.want)
		}
	}
}
