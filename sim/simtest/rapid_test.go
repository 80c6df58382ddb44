package simtest_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/scenarios/gen"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/simtest"
)

// TestRapidShrinks: under rapid a planted defect is found, and what is left of
// the scenario is small. The story is told once, of the last run.
func TestRapidShrinks(t *testing.T) {
	for _, everyChoice := range []bool{false, true} {
		var last *scenarios.Scenario
		p := pretend("TestX", func(p *pretended) {
			rapid.Check(p, func(t *rapid.T) {
				last = gen.Scenario().Draw(t, "scenario")
				opts := []simtest.Option{simtest.Defects("ack-before-fsync")}
				if everyChoice {
					opts = append(opts, simtest.EveryChoice())
				}
				simtest.Run(t, last, opts...)
			})
		})
		p.says(t, true, `\[rapid\] failed after \d+ tests: durable-before-commit: s1 delivered 1.1`, `(?m)^  replay +zabsim replay OUT/TestX/generated-zab-1$`)
		if n := strings.Count(p.text.String(), "How it came to this"); n != 1 {
			t.Errorf("the story is told %d times", n)
		}
		if len(last.Servers) != 1 || len(last.Faults) != 0 || len(last.Clients) != 1 || len(last.Clients[0].Script) != 1 {
			t.Errorf("shrunk to\n%#v", last)
		}
	}
}

// TestRapidKeepsTheProperty: what is shrunk violates what was found, and not
// something else that is simpler to violate.
func TestRapidKeepsTheProperty(t *testing.T) {
	broken := regexp.MustCompile(`\] failed after \d+ tests: ([a-z-]+):`)
	kept := map[string]bool{}
	for range 2 {
		first := ""
		p := pretend("TestX", func(p *pretended) {
			rapid.Check(p, func(t *rapid.T) {
				s := gen.Scenario(gen.Servers(3, 3), gen.Operations(5)).Draw(t, "scenario")
				opts := simtest.Defects("commit-on-minority")
				if r, err := s.Run(scenarios.RunOptions{Defects: []string{"commit-on-minority"}}); err == nil && first == "" && len(r.Violations) > 0 {
					first = r.Violations[0].Property
				}
				simtest.Run(t, s, opts)
			})
		})
		m := broken.FindStringSubmatch(p.text.String())
		if m == nil || m[1] != first {
			t.Fatalf("found %s, and shrunk it to %v", first, m)
		}
		kept[first] = true
	}
	t.Logf("kept %v", kept)
}

// TestEqualDrawsGiveEqualTraces: what rapid draws is all that a run depends on,
// and what is recorded of it all that is needed to do it again.
func TestEqualDrawsGiveEqualTraces(t *testing.T) {
	generated := gen.Scenario()
	run := rapid.Custom(func(t *rapid.T) nodes.Digest {
		s := generated.Draw(t, "scenario")
		run := func(src choice.Source) nodes.Digest {
			r, err := s.Run(scenarios.RunOptions{Source: src})
			if err != nil {
				t.Fatal(err)
			}
			return r.Hash
		}
		rec := &choice.Recorder{From: simtest.Rapid(t)}
		drawn := run(rec)
		if again := run(choice.NewTable(rec.Choices)); again != drawn {
			t.Fatalf("trace %x, and from the record %x", drawn, again)
		}
		return drawn
	})
	var seen []nodes.Digest
	for seed := range 20 {
		first, second := run.Example(seed), run.Example(seed)
		if first != second {
			t.Fatalf("example %d gave traces %x and %x", seed, first, second)
		}
		seen = append(seen, first)
	}
	slices.Sort(seen)
	if n := len(slices.Compact(seen)); n < 15 {
		t.Errorf("20 examples gave %d traces", n)
	}
}

// FuzzScenarios: go test -fuzz changes what rapid draws.
func FuzzScenarios(f *testing.F) {
	simtest.AddInputs(f, 10)
	generated := gen.Scenario(gen.Apps("kv", "bank", "znode"))
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { simtest.Run(t, generated.Draw(t, "scenario")) }))
}

// TestInputsAreLongEnough: all that fuzzing begins with make a scenario, whole
// runs included.
func TestInputsAreLongEnough(t *testing.T) {
	generated := gen.Scenario(gen.Apps("kv", "bank", "znode"))
	for i := range 20 {
		t.Run("", func(t *testing.T) {
			defer func() {
				if t.Skipped() {
					t.Errorf("input %d is too short", i)
				}
			}()
			rapid.MakeFuzz(func(t *rapid.T) { simtest.Run(t, generated.Draw(t, "scenario")) })(t, simtest.Input(i))
		})
	}
}
