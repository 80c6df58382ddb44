package servers_test

import (
	"errors"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes/zab"
)

// A leader whose counter ends hangs up on its followers, whatever is on its way to
// them. A reduced search notices, and an audit too.
func TestBrokenHabitIsNoticed(t *testing.T) {
	setup := merged.of(cluster(3, 4, faults.Budget{}))
	setup.Epochs = 2
	setup.Config.Options.(*zab.Options).CounterBits = 2 // three transactions
	setup = established(t, setup, servers.Established{Transactions: 2})
	for _, how := range []explore.Reduction{explore.Reduced, explore.Audited} {
		_, err := explore.Search(t.Context(), world(t, setup), explore.Options{Reduce: how})
		if !errors.Is(err, explore.ErrNotConfluent) {
			t.Errorf("reduction %d: %v", how, err)
		}
	}
}
