package zab

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
)

// mustQuorum returns the quorums of some options.
func mustQuorum(t *testing.T, voters nodes.Set, groups [][]Member, weights map[Member]int) *quorum {
	t.Helper()
	q, err := newQuorum(&Options{Groups: groups, Weights: weights}, voters)
	if err != nil {
		t.Fatal(err)
	}
	return &q
}

func TestR_QV_1_MajorityOfVoters(t *testing.T) {
	q := mustQuorum(t, nodes.FirstN(4), nil, nil)
	for _, c := range []struct {
		acks nodes.Set
		want bool
	}{
		{0, false},
		{nodes.SetOf(1, 2), false}, // half is not more than half
		{nodes.SetOf(1, 2, 3), true},
		{nodes.SetOf(1, 2, 9), false}, // s9 is no voter
		{nodes.SetOf(1, 2, 3, 4), true},
	} {
		if got := q.decides(c.acks); got != c.want {
			t.Errorf("%v decides: %v", c.acks, got)
		}
	}
}

func TestR_QV_2_HierarchicalQuorums(t *testing.T) {
	three := [][]Member{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}
	for _, c := range []struct {
		name    string
		groups  [][]Member
		weights map[Member]int
		acks    nodes.Set
		want    bool
	}{
		{"two in each of two groups", three, nil, nodes.SetOf(1, 2, 4, 5), true},
		{"five of nine, but in one group only", three, nil, nodes.SetOf(1, 2, 3, 4, 7), false},
		{"all of one group", three, nil, nodes.SetOf(1, 2, 3), false},
		{"a majority in two groups and one in the third", three, nil, nodes.SetOf(2, 3, 8, 9, 4), true},
		{"half of a group is not more than half", [][]Member{{1, 2}, {3, 4, 5, 6, 7, 8, 9}}, nil, nodes.SetOf(1, 3, 4, 5, 6), false},
		{"of two groups both are needed", [][]Member{{1, 2}, {3, 4, 5, 6, 7, 8, 9}}, nil, nodes.SetOf(1, 2, 3, 4, 5, 6), true},
		{"a heavy server is a majority of its group", three, map[Member]int{1: 3}, nodes.SetOf(1, 4, 5), true},
		{"a server without weight does not count", three, map[Member]int{1: 0, 2: 0}, nodes.SetOf(1, 2, 4, 5), false},
		{"nor is it missed", three, map[Member]int{1: 0, 2: 0}, nodes.SetOf(3, 4, 5), true},
		{"a group without weight is left out", three, map[Member]int{7: 0, 8: 0, 9: 0}, nodes.SetOf(1, 2, 4, 5), true},
		{"so that one of two groups is not enough", three, map[Member]int{7: 0, 8: 0, 9: 0}, nodes.SetOf(1, 2, 7, 8, 9), false},
		{"the unknown are ignored", three, nil, nodes.SetOf(1, 2, 20, 21, 22), false},
	} {
		if got := mustQuorum(t, nodes.FirstN(9), c.groups, c.weights).decides(c.acks); got != c.want {
			t.Errorf("%s: %v decides: %v", c.name, c.acks, got)
		}
	}
}

func TestR_QV_3_WeightsWithoutGroupsAreOneGroup(t *testing.T) {
	q := mustQuorum(t, nodes.FirstN(5), nil, map[Member]int{1: 3})
	for acks, want := range map[nodes.Set]bool{
		nodes.SetOf(1, 2):       true, // 4 of 7
		nodes.SetOf(1):          false,
		nodes.SetOf(2, 3, 4):    false,
		nodes.SetOf(2, 3, 4, 5): true,
	} {
		if got := q.decides(acks); got != want {
			t.Errorf("%v decides: %v", acks, got)
		}
	}
}

// TestQuorumsIntersect: of any two quorums somebody is in both, and adding
// servers to a quorum leaves it one. On nothing else of quorums does ZAB rest.
func TestQuorumsIntersect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		voters := nodes.FirstN(rapid.IntRange(1, 9).Draw(t, "voters"))
		groups := make([][]Member, rapid.IntRange(1, 4).Draw(t, "groups"))
		weights := map[Member]int{}
		for id := range voters.All() {
			g := rapid.IntRange(0, len(groups)-1).Draw(t, "group")
			groups[g] = append(groups[g], Member(id))
			weights[Member(id)] = rapid.IntRange(0, 3).Draw(t, "weight")
		}
		filled := groups[:0]
		for _, g := range groups {
			if len(g) > 0 {
				filled = append(filled, g)
			}
		}
		q, err := newQuorum(&Options{Groups: filled, Weights: weights}, voters)
		if err != nil {
			t.Skip(err) // no weight at all
		}
		a := nodes.Set(rapid.Uint64().Draw(t, "a")) & voters
		b := nodes.Set(rapid.Uint64().Draw(t, "b")) & voters
		if q.decides(a) && q.decides(b) && a&b == 0 {
			t.Fatalf("%v and %v both decide", a, b)
		}
		if q.decides(a) && !q.decides(a|b) {
			t.Fatalf("%v decides, %v does not", a, a|b)
		}
		if !q.decides(voters) {
			t.Fatalf("all voters do not decide")
		}
	})
}

func TestQuorumsThatMakeNoSense(t *testing.T) {
	for want, o := range map[string]Options{
		"groups: s2 stands in two places":                                   {Groups: [][]Member{{1, 2}, {2, 3}}},
		"groups: s4 is not a voter":                                         {Groups: [][]Member{{1, 2}, {3, 4}}},
		"groups: s3 is in no group":                                         {Groups: [][]Member{{1, 2}}},
		"groups: group 2 is empty":                                          {Groups: [][]Member{{1, 2, 3}, {}}},
		"weights: s7 is not a voter":                                        {Weights: map[Member]int{7: 2}},
		"weights: s1 weighs -1; a weight is 0 or more":                      {Weights: map[Member]int{1: -1}},
		"weights: no server has any weight, so nobody can be elected":       {Weights: map[Member]int{1: 0, 2: 0, 3: 0}},
		"electionAlg 0 counts heads; groups and weights need electionAlg 3": {Weights: map[Member]int{1: 2}, ElectionAlg: -3},
	} {
		options := DefaultOptions()
		options.Groups, options.Weights = o.Groups, o.Weights
		options.ElectionAlg += o.ElectionAlg
		if err := Protocol.Check(options, nodes.FirstN(3), 0); err == nil || err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

// TestQuorumsOfUnknownVoters: before it is known who votes, options are refused
// only for what no voters can make good.
func TestQuorumsOfUnknownVoters(t *testing.T) {
	o := DefaultOptions()
	o.Groups = [][]Member{{1, 2, 3}, {4, 5}}
	if err := Protocol.Check(o, 0, 0); err != nil {
		t.Error(err)
	}
	o.Groups = [][]Member{{1, 2, 3}, {3}}
	if err := Protocol.Check(o, 0, 0); err == nil {
		t.Error("s3 may stand in two groups")
	}
}

func TestMembersAreNamed(t *testing.T) {
	var m Member
	if err := m.UnmarshalText([]byte("s12")); err != nil || m != 12 {
		t.Errorf("s12 is %d (%v)", m, err)
	}
	if text, _ := m.MarshalText(); string(text) != "s12" {
		t.Errorf("12 is written %q", text)
	}
	if err := m.UnmarshalText([]byte("12")); err == nil || !strings.Contains(err.Error(), "s1 to s63") {
		t.Errorf("12: %v", err)
	}
}

func TestR_FLE_11_AServerWithoutWeightIsNeverElected(t *testing.T) {
	s := setup{id: 1, options: func(o *Options) { o.Weights = map[Member]int{3: 0} }}
	t.Run("nobody adopts its vote, however good", func(t *testing.T) {
		p := newProbe(t, s)
		p.hear(3, looking(3, MakeZxid(5, 5), 5, 1))
		p.wants()
		p.hear(2, looking(2, 0, 0, 1))
		if got := p.n.fle.proposal.leader; got != 2 {
			t.Errorf("s1 proposes %v", got)
		}
	})
	t.Run("and its own does not count", func(t *testing.T) {
		p := newProbe(t, s)
		p.hear(2, looking(2, 0, 0, 1))
		if !p.n.fle.finalizing {
			t.Error("s1 and s2, all of the weight, do not decide")
		}
	})
}
