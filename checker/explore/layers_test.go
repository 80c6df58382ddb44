package explore_test

import (
	"slices"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/testdata/models"
)

// A layered search visits every state that another visits, but for what was
// spent on the way; it visits fewer, since it comes to most of them cheaper
// first.
func TestLayeredSearchMissesNothing(t *testing.T) {
	for m, states := range map[models.Zab]uint64{
		{Servers: 3, Timeouts: 1, Transactions: 1, Epochs: 1, Restarts: 1}: 5_533, // of 10,319
		{Servers: 2, Timeouts: 2, Transactions: 1, Epochs: 2, Restarts: 1}: 6_817, // of 9,068
	} {
		plain, _ := seen(t, m, false)
		cores, r := seen(t, m, true)
		if !slices.Equal(plain, cores) {
			t.Errorf("%+v: %d different states, layered %d", m, len(plain), len(cores))
		}
		if r.States != states || r.Verdict != explore.Complete || r.Frontier != 0 {
			t.Errorf("%+v: %v with %d states, want %d, %d to expand", m, r.Verdict, r.States, states, r.Frontier)
		}
	}
}

// The counts of another program that searched the same specification in layers.
func TestLayersOfZabSpecification(t *testing.T) {
	for m, states := range map[models.Zab]uint64{
		{Servers: 3, Timeouts: 1, Transactions: 1, Epochs: 2, Restarts: 1}: 127_438,   // of 169,436
		{Servers: 3, Timeouts: 2, Transactions: 1, Epochs: 2, Restarts: 2}: 2_315_311, // of 4,983,396
	} {
		if m.Timeouts > 1 && !*long {
			continue
		}
		if r := exploretest.Search(t, m, explore.Options{Layered: true, Workers: 2}); r.States != states {
			t.Errorf("%+v: %d states, by layer %v, want %d", m, r.States, r.Layers, states)
		}
	}
}

// cored is a model in which every state is noted that a search judges.
type cored struct {
	models.Zab
	cores map[string]bool
}

func (c cored) Properties() []explore.Property[models.ZabState] {
	return []explore.Property[models.ZabState]{{Name: "seen", Kind: checker.Always, Holds: func(s models.ZabState) bool {
		c.cores[string(c.AppendCore(nil, s))] = true
		return true
	}}}
}

// seen returns the states that a search visits, but for what was spent.
func seen(t *testing.T, m models.Zab, layered bool) ([]string, *explore.Result[models.ZabState, models.ZabAction]) {
	t.Helper()
	c := cored{m, make(map[string]bool)}
	r := exploretest.Search(t, c, explore.Options{Layered: layered})
	var all []string
	for core := range c.cores {
		all = append(all, core)
	}
	slices.Sort(all)
	return all, r
}

// slots is a machine that reaches 3 in three steps, or at once for a fault.
type slots struct{ counter }

func (slots) Actions(n int, dst []int) []int {
	if n%10 < 3 {
		dst = append(dst, n+1)
	}
	if n == 0 {
		dst = append(dst, 13) // a fault counts 10
	}
	return dst
}

func (slots) AppendCore(b []byte, n int) []byte { return append(b, byte(n%10)) }
func (slots) Spent(n int) explore.Spent         { return explore.Spent{uint8(n / 10)} }
func (slots) Costs(n, to int) bool              { return to/10 > n/10 }

// A layered search reports what needs the fewest faults, another one what needs
// the fewest actions.
func TestLayeredSearchFindsFewestFaultsFirst(t *testing.T) {
	m := slots{counter{properties: []explore.Property[int]{
		{Name: "below 3", Kind: checker.Always, Holds: func(n int) bool { return n%10 < 3 }},
	}}}
	for layered, steps := range map[bool]int{false: 1, true: 3} {
		r := exploretest.Search(t, m, explore.Options{Layered: layered})
		if f := r.Finding("below 3"); f.Answer != explore.Fails || len(f.Path.Steps) != steps {
			t.Errorf("layered %v: %v after\n%v", layered, f.Answer, f.Path)
		}
	}
	r := exploretest.Search(t, m, explore.Options{Layered: true, KeepGoing: true})
	if r.States != 4 || !slices.Equal(r.Layers, []uint64{4}) {
		t.Errorf("%d states, by layer %v: the one that the fault leads to was there already", r.States, r.Layers)
	}
}

// A limit on depth holds in each layer, and nothing is proved beyond it.
func TestLayeredSearchOfLimitedDepth(t *testing.T) {
	m := models.Zab{Servers: 3, Timeouts: 1, Transactions: 1, Epochs: 1, Restarts: 1}
	r := exploretest.Search(t, m, explore.Options{Layered: true, Limits: explore.Limits{Depth: 8}})
	if r.Verdict != explore.DepthLimit || r.Diameter() != 8 || len(r.Layers) != 2 || r.Frontier == 0 {
		t.Errorf("%v at %d, by layer %v, %d to expand", r.Verdict, r.Diameter(), r.Layers, r.Frontier)
	}
}
