package servers_test

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
)

// A search of real nodes that is killed and resumed, in a world that gives parts
// other numbers, says the same as one that is not.
func TestResumedSearchOfNodesSaysTheSame(t *testing.T) {
	setup := merged.of(cluster(2, 2, faults.Budget{Crashes: 1, Restarts: 1}, "skip-trunc"))
	setup = established(t, setup, servers.Established{Transactions: 1})
	for _, layered := range []bool{false, true} {
		o := explore.Options{KeepGoing: true, Workers: 2, Layered: layered}
		whole := exploretest.Search(t, world(t, setup), o)
		for kill := uint64(1); kill < whole.States; kill += 1 + whole.States/4 {
			resumed := exploretest.Resumed(t, world(t, setup), world(t, setup), o, kill)
			resumed.Memory = whole.Memory
			if !reflect.DeepEqual(resumed.Stats, whole.Stats) || resumed.Verdict != whole.Verdict {
				t.Errorf("killed at %d states, layered %v:\n%sin one go:\n%s", kill, layered, resumed.Report(), whole.Report())
			}
			for i, f := range whole.Findings {
				if again := resumed.Findings[i]; again.Answer != f.Answer || f.Path != nil && again.Path.String() != f.Path.String() {
					t.Errorf("killed at %d states, layered %v: %s %v, in one go %v", kill, layered, f.Property, again.Answer, f.Answer)
				}
			}
		}
	}
}

// States that a narrow budget has left behind are not complete in a wider one, nor
// those of correct nodes in the search for a defect.
func TestCheckpointOfAnotherBudget(t *testing.T) {
	setup := merged.of(cluster(2, 1, faults.Budget{Crashes: 1, Restarts: 1}))
	o := explore.Options{Checkpoint: filepath.Join(t.TempDir(), "checkpoint"), Limits: explore.Limits{Depth: 5}}
	exploretest.Search(t, world(t, setup), o)
	o.Resume, o.Limits = o.Checkpoint, explore.Limits{}
	exploretest.Search(t, world(t, setup), o)
	for _, other := range []servers.Setup{
		cluster(2, 1, faults.Budget{Crashes: 2, Restarts: 2}),
		cluster(2, 1, faults.Budget{Crashes: 1, Restarts: 1}, "skip-trunc"),
	} {
		if _, err := explore.Search(t.Context(), world(t, merged.of(other)), o); err == nil || !strings.Contains(err.Error(), "another search") {
			t.Errorf("error %v", err)
		}
	}
}
