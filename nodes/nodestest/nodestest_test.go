package nodestest

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPureProtocolPasses(t *testing.T) {
	Run(t, registerProtocol(""))
}

func TestObservers(t *testing.T) {
	Run(t, registerProtocol(""), Voters(2), Observers(1), Steps(50))
}

// find looks for a broken law in at most tries runs.
func find(plant string, tries int) error {
	survivor = [64]uint64{}
	p := registerProtocol(plant)
	s := newSuite(&p, nil)
	run := rapid.Custom(s.try)
	for seed := range tries {
		if err := run.Example(seed); err != nil {
			return err
		}
	}
	return nil
}

// TestPlantsAreCaught proves that the suite catches what it is there for.
func TestPlantsAreCaught(t *testing.T) {
	for _, tt := range []struct{ plant, law, words string }{
		{"global counter", "determinism", "a copy with the same past"},
		{"decides by something hidden", "determinism", "what decides is not in its encoding"},
		{"clones share a slice", "clone", "changed when another clone of it took a step"},
		{"writes what clones share", "clone", "the step changed a clone made before it"},
		{"clone forgets a field", "clone", "its clone has another encoding"},
		{"clone forgets something hidden", "clone", "and its clone did"},
		{"node forgets a field", "encoding", "nodestest.register.told.last can change"},
		{"message forgets a field", "encoding", "GOSSIP.Round can change"},
		{"message forgets high bits", "encoding", "GOSSIP.Round (its highest bit) can change"},
		{"survives a crash", "restart", "something else when it met the same input in the same state"},
		{"changes its input", "purity", "Step changed the input"},
		{"reuses what it sent", "purity", "changed after it left the node"},
		{"keeps the input", "purity", "memory of the input"},
		{"forgets what it needs", "forgetting", "a copy that has forgotten something did"},
		{"undeclared timer", "declaration", "uses timer"},
	} {
		t.Run(tt.plant, func(t *testing.T) {
			err := find(tt.plant, 60)
			if err == nil {
				t.Fatal("not caught")
			}
			if got := err.Error(); !strings.HasPrefix(got, tt.law+": ") || !strings.Contains(got, tt.words) {
				t.Errorf("caught as\n%s\nwant the law of %s and %q", got, tt.law, tt.words)
			}
		})
	}
}

// TestReach makes sure that runs come to the places where laws can be broken.
func TestReach(t *testing.T) {
	p := registerProtocol("")
	s := newSuite(&p, nil)
	run := rapid.Custom(s.try)
	for seed := range 20 {
		if err := run.Example(seed); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"GOSSIP", "size"}; !slices.Equal(s.kinds, want) {
		t.Errorf("saw %v, want %v", s.kinds, want)
	}
}
