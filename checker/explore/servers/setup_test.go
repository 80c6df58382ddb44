package servers_test

import (
	"testing"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore/exploretest"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/kv"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

var long = exploretest.Long

// cluster is a setup of real ZAB nodes with one client, who asks the server
// with the highest ID to write so many values.
func cluster(n, writes int, budget faults.Budget, defects ...string) servers.Setup {
	options := zab.DefaultOptions()
	options.MinNotificationInterval = time.Second // the wait does not double
	options.MaxNotificationInterval = time.Second
	cfg := &sim.Config{
		Protocol: &zab.Protocol, Options: options, Defects: defects,
		Voters: nodes.FirstN(n), Budget: budget,
		Machine: func() nodes.StateMachine { return kv.New() },
	}
	var script sim.Script
	for i := range writes {
		script = append(script, sim.Op{Body: kv.Put("k", string(rune('a'+i)))})
	}
	cfg.Clients = []sim.Client{{Name: "c", Servers: []nodes.ID{nodes.ID(n)}, Workload: script}}
	setup := servers.Setup{
		Config:  cfg,
		Header:  &trace.Header{Protocol: cfg.Protocol, Voters: cfg.Voters, Clients: []string{"c"}, Machine: cfg.Machine},
		Patient: cfg.Protocol.Patient, Watchful: cfg.Protocol.Watchful, Deserted: cfg.Protocol.Deserted,
	}
	for _, name := range []string{"one-leader-per-epoch", "agreement", "integrity", "no-lost-commit", "epochs-monotonic", "no-panic", "client-ok"} {
		p, err := checker.ByName(name, checker.Params{})
		if err != nil {
			panic(err)
		}
		setup.Properties = append(setup.Properties, p)
	}
	return setup
}

// atomic has elections held in one step.
func atomic(setup servers.Setup) servers.Setup {
	setup.Config.Oracle = true
	return setup
}

// established returns the setup with a search that begins behind the first
// election.
func established(t *testing.T, setup servers.Setup, e servers.Established) servers.Setup {
	t.Helper()
	prefix, err := servers.Establish(setup, e)
	if err != nil {
		t.Fatal(err)
	}
	setup.Prefix = prefix
	return setup
}

func world(t *testing.T, setup servers.Setup) *servers.World {
	t.Helper()
	w, err := servers.New(setup)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
