package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/scenarios"
)

// TestRegressions performs the shrunk executions that zabsim hunt keeps: each
// violates with its defect what its scenario expects, and nothing without. Where
// there is no schedule, of liveness failures for one, the scenario is run from
// its seed.
func TestRegressions(t *testing.T) {
	const dir = "../../nodes/zab/testdata/regressions"
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are none in %s (%v)", dir, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".yaml")
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			s, err := scenarios.Load(file, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Defects) != 1 || strings.ToLower(s.Defects[0]) != filepath.Base(name) {
				t.Fatalf("it has the defects %v", s.Defects)
			}
			p, err := s.Property(s.Expect.Violates("zab"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(name + ".txt"); err != nil {
				wantsRun(t, s, p.Name, true)
				wantsRun(t, sound(s), p.Name, false)
				return
			}
			k, err := open(name+".txt", "")
			if err != nil {
				t.Fatal(err)
			}
			wantsSchedule(t, k, p)
		})
	}
}

// wantsSchedule performs a schedule, which violates the property with its last
// action.
func wantsSchedule(t *testing.T, k *kept, p checker.Property) {
	t.Helper()
	c := caseOf(p, k.scenario)
	done, v := c.Perform(k.schedule)
	switch {
	case v == nil:
		t.Errorf("%s is not violated any more", p.Name)
	case len(done) < len(k.schedule):
		t.Errorf("it is violated after %d of %d actions", len(done), len(k.schedule))
	case !c.Blames(k.schedule):
		t.Errorf("%s is violated without %v too", p.Name, k.scenario.Defects)
	}
}

// wantsRun runs a scenario with its seed.
func wantsRun(t *testing.T, s *scenarios.Scenario, property string, violated bool) {
	t.Helper()
	r, err := s.Run(scenarios.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	is := slices.ContainsFunc(r.Violations, func(v checker.Violation) bool { return v.Property == property })
	if is != violated {
		t.Errorf("with %v, %s is violated: %v", s.Defects, property, is)
	}
}
