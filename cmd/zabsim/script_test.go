package main

import (
	"flag"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"zabsim": main})
}

var update = flag.Bool("update", false, "rewrite what golden files expect")

// Each script shows what one verb does, from an empty directory, in which only
// the library is there to run.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "")
			e.Setenv("GITHUB_ACTIONS", "")
			return nil
		},
	})
}
