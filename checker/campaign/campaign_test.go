package campaign

import (
	"reflect"
	"testing"

	"github.com/zabsim/zabsim/scenarios"
)

func load(tb testing.TB, names ...string) []*scenarios.Scenario {
	tb.Helper()
	var loaded []*scenarios.Scenario
	for _, name := range names {
		s, err := scenarios.Load(name, nil)
		if err != nil {
			tb.Fatal(err)
		}
		loaded = append(loaded, s)
	}
	return loaded
}

// small is a scenario of which a run takes a millisecond.
const small = `
version: 1
name: small
options: {tickTime: 200ms}
duration: 8s
servers: 3
clients: [{name: writer, timeout: 1s, load: {from: 2s, think: 50ms..200ms, mix: {put: 1}}}]
swarm: {from: 2s, until: 6s, most: 3}
properties: {always: [agreement, no-lost-commit, durable-before-commit]}
`

func smallConfig(t *testing.T, seed uint64, corpus string) Config {
	t.Helper()
	s, err := scenarios.Parse("small.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	return Config{Scenarios: []*scenarios.Scenario{s}, Seed: seed, Runs: 100, Workers: 2, Corpus: corpus}
}

// A campaign follows from its configuration: not from how many workers it has.
func TestCampaignIsDeterministic(t *testing.T) {
	var first *Summary
	for _, workers := range []int{1, 3} {
		cfg := smallConfig(t, 7, "")
		cfg.Defects, cfg.Strategy, cfg.Workers, cfg.KeepGoing = []string{"commit-on-minority"}, Guided, workers, true
		s, err := Run(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		s.Took = 0
		if first == nil {
			first = s
		} else if !reflect.DeepEqual(first, s) {
			t.Errorf("one worker:\n%+v\n%d workers:\n%+v", first, workers, s)
		}
	}
	if first.Runs != 100 || first.Failed == 0 || len(first.Groups) == 0 || first.Strategies[Guided].Runs == 0 {
		t.Errorf("%+v", first)
	}
}
