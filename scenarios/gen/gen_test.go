package gen_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/scenarios/gen"
	"github.com/zabsim/zabsim/sim/simtest"
)

var anything = gen.Scenario(gen.Apps("kv", "bank", "znode"))

// TestScenariosAreComplete: what is generated is what would be loaded from its
// file; so it is valid, and has all its defaults.
func TestScenariosAreComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anything.Draw(t, "scenario")
		loaded, err := s.Complete()
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(s, loaded) {
			t.Fatalf("loaded as\n%#v", loaded)
		}
	})
}

// TestSafeKeepsItsPromises: in whatever is generated, zab violates nothing that
// is demanded of it. With -rapid.checks it is a campaign.
func TestSafeKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { simtest.Run(t, anything.Draw(t, "scenario")) })
}

// TestBudget: of all that is planned no more voters are away at a time than a
// minority, and all of it ends.
func TestBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anything.Draw(t, "scenario")
		voters := len(s.Servers) - len(s.Observers)
		for _, site := range s.Sites {
			voters += len(site.Servers)
		}
		for i := range s.Faults {
			f := &s.Faults[i]
			if f.For == 0 && f.Restart == nil && f.Reset == nil && f.Jump == nil {
				t.Fatalf("fault %d does not end", i+1)
			}
			away := 0
			for j := range s.Faults {
				if other := &s.Faults[j]; takesAway(other) && other.At <= f.At && (f.At <= other.At+other.For || other.When != nil) {
					away++
				}
			}
			if away > max(1, (voters-1)/2) {
				t.Fatalf("%d of %d are away at %v", away, voters, f.At)
			}
		}
	})
}

func takesAway(f *scenarios.Fault) bool {
	return f.Crash != nil || f.MachineCrash != nil || f.Pause != nil || f.DiskFail != nil || f.DiskFull != nil
}

// TestEverythingIsGenerated: all kinds of fault, all apps, all numbers of servers
// and sites.
func TestEverythingIsGenerated(t *testing.T) {
	seen := map[string]bool{}
	for seed := range 1000 {
		s := anything.Example(seed)
		servers := len(s.Servers)
		for _, site := range s.Sites {
			servers += len(site.Servers)
		}
		seen["servers "+nodes.ID(servers-len(s.Observers)).String()] = true
		seen["sites "+strings.Repeat("I", len(s.Sites))] = true
		seen["bank"] = seen["bank"] || s.App.Bank != nil
		seen["kv"] = seen["kv"] || s.App.KV != nil
		seen["znode"] = seen["znode"] || s.App.Znode != nil
		for _, words := range s.Mishaps() {
			for _, k := range gen.DefaultKinds() {
				seen[k.String()] = seen[k.String()] || slices.Contains(strings.Fields(words), k.String())
			}
		}
	}
	want := []string{"servers s1", "servers s7", "sites ", "sites II", "sites III", "bank", "kv", "znode"}
	for _, k := range gen.DefaultKinds() {
		want = append(want, k.String())
	}
	for _, what := range want {
		if !seen[what] {
			t.Errorf("never generated: %s", what)
		}
	}
}

// TestOptions: they bound what is generated.
func TestOptions(t *testing.T) {
	base, err := scenarios.Load("shanghai-guangzhou", nil)
	if err != nil {
		t.Fatal(err)
	}
	generated := gen.Scenario(gen.Base(base), gen.Servers(3, 4), gen.Apps("bank"), gen.Faults(2), gen.Kinds(faults.Pause), gen.Operations(3))
	rapid.Check(t, func(t *rapid.T) {
		s := generated.Draw(t, "scenario")
		if s.Name != base.Name || !reflect.DeepEqual(s.Options, base.Options) || !reflect.DeepEqual(s.Properties.Always, base.Properties.Always) {
			t.Error("not like its base")
		}
		if s.App.Bank == nil || len(s.Faults) > 2 {
			t.Errorf("%d faults, app %+v", len(s.Faults), s.App)
		}
		for _, f := range s.Faults {
			if f.Pause == nil || f.For > 3*time.Second {
				t.Errorf("fault %+v", f)
			}
		}
		for _, c := range s.Clients {
			if len(c.Script) > 3 {
				t.Errorf("%s asks for %d things", c.Name, len(c.Script))
			}
		}
	})
}
