package zab

import (
	"testing"

	"github.com/zabsim/zabsim/nodes"
)

// candidate returns a server as an election in one step finds it.
func candidate(id nodes.ID, role nodes.Role, leader nodes.ID, epoch uint64, last Zxid) nodes.Node {
	n := New(nodes.Config{ID: id, Voters: nodes.FirstN(3), Observers: nodes.SetOf(4), Oracle: true})
	n.role, n.booted, n.currentEpoch, n.db.lastProcessed = role, true, epoch, last
	n.fle.running, n.learner.leader = role == nodes.Looking, leader
	return n
}

func TestElectionInOneStep(t *testing.T) {
	looking := func(id nodes.ID, epoch uint64, last Zxid) nodes.Node {
		return candidate(id, nodes.Looking, 0, epoch, last)
	}
	leader := candidate(3, nodes.Leading, 0, 1, MakeZxid(1, 1))
	follower := candidate(2, nodes.Following, 3, 1, MakeZxid(1, 1))
	for name, c := range map[string]struct {
		heard    []nodes.Node
		leader   nodes.ID
		electors nodes.Set
	}{
		"the highest id":                   {[]nodes.Node{looking(1, 1, 0), looking(2, 1, 0), looking(3, 1, 0)}, 3, nodes.SetOf(1, 2, 3)},
		"the newest history":               {[]nodes.Node{looking(1, 1, MakeZxid(1, 2)), looking(2, 1, MakeZxid(1, 1))}, 1, nodes.SetOf(1, 2)},
		"the newest epoch":                 {[]nodes.Node{looking(1, 2, MakeZxid(1, 1)), looking(3, 1, MakeZxid(1, 2))}, 1, nodes.SetOf(1, 3)},
		"no quorum":                        {[]nodes.Node{looking(1, 1, 0)}, 0, 0},
		"no quorum of voters":              {[]nodes.Node{looking(1, 1, 0), looking(4, 1, 0)}, 0, 0},
		"an observer has no say":           {[]nodes.Node{looking(1, 1, 0), looking(2, 1, 0), looking(4, 9, 0)}, 2, nodes.SetOf(1, 2)},
		"a latecomer joins":                {[]nodes.Node{looking(1, 9, 0), follower, leader}, 3, nodes.SetOf(1)},
		"an observer joins":                {[]nodes.Node{looking(4, 1, 0), follower, leader}, 3, nodes.SetOf(4)},
		"followers do not make a leader":   {[]nodes.Node{looking(1, 1, 0), follower}, 0, 0},
		"nor does a leader make followers": {[]nodes.Node{looking(1, 1, 0), leader}, 0, 0},
	} {
		if leader, electors := elect(c.heard); leader != c.leader || electors != c.electors {
			t.Errorf("%s: %v by %v, want %v by %v", name, leader, electors, c.leader, c.electors)
		}
	}
}

// A server that is told so takes up its role, and asks nobody before that.
func TestElectedByOracle(t *testing.T) {
	n := New(nodes.Config{ID: 1, Voters: nodes.FirstN(3), Oracle: true, Machine: newTape})
	var out nodes.Out
	n.out = &out
	n.booted, n.files.snapshots = true, []*Snapshot{n.emptyImage()}
	n.lookForLeader()
	for _, e := range out.Effects() {
		if e.Kind == nodes.EffectSend || e.Kind == nodes.EffectSetTimer {
			t.Errorf("it does not wait: %+v", e)
		}
	}
	out.Reset()
	n.Step(&nodes.Elected{Leader: 2}, &out)
	if n.role != nodes.Following || n.learner.leader != 2 {
		t.Errorf("%v, follows %v", n.role, n.learner.leader)
	}
}
