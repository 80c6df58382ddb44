package campaign

import (
	"testing"

	"github.com/zabsim/zabsim/scenarios"
)

// Whatever is drawn, somebody writes; and some clients only read.
func TestDrawnWorkloadsWrite(t *testing.T) {
	cfg := Config{Scenarios: load(t, "swarm", "trio", "mixed")}
	readers := 0
	for seed := range uint64(6000) {
		c := Case{Scenario: int(seed % 3), Seed: seed, Strategy: Uniform}
		s := cfg.Scenario(&c)
		if n := writes(s); n < enough*9/10 { // the slowest pauses with the weights that were written
			t.Errorf("%s, %v: %d writes a minute", s.Name, &c, n)
		}
		for i := range s.Clients {
			if l := s.Clients[i].Load; l != nil {
				if n, _ := l.Mix.Writes(); n == 0 {
					readers++
				}
			}
		}
	}
	if readers == 0 {
		t.Error("no client only reads")
	}
}

// A scenario in which little is written keeps to that, and draws all the same.
func TestReadersStayReaders(t *testing.T) {
	s, err := scenarios.Parse("readers.yaml", []byte(`
version: 1
name: readers
duration: 8s
servers: 3
app: {kv: {}}
clients: [{name: reader, timeout: 1s, load: {from: 2s, think: 50ms..200ms, mix: {get: 7, sync: 3}}}]
properties: {always: [agreement]}
`))
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Scenarios: []*scenarios.Scenario{s}}
	mixes := map[scenarios.Mix]bool{}
	for seed := range uint64(40) {
		mix := cfg.Scenario(&Case{Seed: seed, Strategy: Uniform}).Clients[0].Load.Mix
		if n, others := mix.Writes(); n > 0 || others == 0 {
			t.Errorf("seed %d: %+v", seed, mix)
		}
		mixes[mix] = true
	}
	if len(mixes) < 5 {
		t.Errorf("only %d mixes were drawn", len(mixes))
	}
}

// Each of these could once not be judged, or was said to violate something that it
// does not.
func TestRunsThatWereMisjudged(t *testing.T) {
	for _, tr := range []struct {
		scenario string
		c        Case
		why      string
	}{
		{"swarm", Case{Seed: 5009795, Strategy: Starve}, "one operation in thirty seconds was a write, and none after the last fault"},
		{"trio/rot", Case{Seed: 2576, Strategy: Starve}, "two servers waited for 8.7s for each other"},
		{"trio/rot", Case{Seed: 7996, Strategy: Uniform}, "they did with waits of at most 5s"},
		{"trio/rot", Case{Seed: 28698, Strategy: Uniform}, "and with 2s: what one asks puts off what the other would have told it"},
		{"trio/rot", Case{Seed: 7694, Strategy: Starve}, "a server learned after the end that its disk had been full, and stayed down"},
		{"swarm/rot", Case{Seed: 9001552, Strategy: Aimed}, "the epoch that a follower had entered rotted before its leader was established"},
	} {
		cfg := Config{Scenarios: load(t, tr.scenario)}
		r, err := cfg.Scenario(&tr.c).Run(scenarios.RunOptions{Seed: tr.c.Seed})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict() != scenarios.AsExpected {
			t.Errorf("%s, %v: %v, %+v %+v; it was: %s", tr.scenario, &tr.c, r.Verdict(), r.Violations, r.Inconclusive, tr.why)
		}
	}
}
