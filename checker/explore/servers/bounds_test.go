package servers_test

import (
	"fmt"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
)

// The largest bounds within which ZAB is proved correct: three servers, two
// transactions of which one is committed before the search begins, steps merged,
// connections in one step. With elections in one step confluent actions happen at once.
func TestLargestBounds(t *testing.T) {
	if !*long {
		t.Skip("takes long: -explore.long")
	}
	p := pin(t, "bounds.txt", "elections crashes restarts partitions     states transitions  depth")
	for _, c := range []struct {
		elections granularity
		budget    faults.Budget
	}{
		{merged, faults.Budget{Crashes: 3, Restarts: 3}},
		{merged, faults.Budget{Crashes: 2, Restarts: 2, Partitions: 1}},
		{messages, faults.Budget{Crashes: 1, Restarts: 1}},
		{messages, faults.Budget{Crashes: 2, Restarts: 1}},
	} {
		setup := established(t, c.elections.of(cluster(3, 2, c.budget)), servers.Established{Transactions: 1})
		setup.Merged, setup.Prompt = true, true
		o, elections := explore.Options{Layered: true}, "messages"
		if c.elections != messages {
			o.Reduce, elections = explore.Reduced, "atomic"
		}
		r := clean(t, setup, o)
		p.row(t, fmt.Sprintf("%-9s %7d %8d %10d %10d %11d %6d", elections,
			c.budget.Crashes, c.budget.Restarts, c.budget.Partitions, r.States, r.Transitions, r.Depth()-1))
	}
	p.close(t)
}
