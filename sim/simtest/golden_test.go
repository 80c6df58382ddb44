package simtest_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim/simtest"
)

var update = flag.Bool("update", false, "write golden files anew")

// TestGolden: a story that is as it was passes; of another one the first line
// that differs is shown.
func TestGolden(t *testing.T) {
	file := filepath.Join("testdata", "spent.txt")
	s := simtest.Scenario(t, spent)
	simtest.Golden(t, file, s)
	if *update {
		return
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.txt")
	if err := os.WriteFile(other, []byte(strings.Replace(string(text), "put x 2", "put x 3", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	pretend("TestX", func(p *pretended) { simtest.Golden(p, other, s) }).says(t, true,
		`is another story now:\n  cut {s3}`, `(?m)^- .*put x 3`, `(?m)^\+ .*put x 2`)
	pretend("TestX", func(p *pretended) { simtest.Golden(p, "testdata/none.txt", s) }).says(t, true, `testdata/none.txt.*; -update writes it`)
}

// small is small enough to visit every execution of it.
const small = `
version: 1
name: small
options: {tickTime: 200ms, minNotificationInterval: 200ms, maxNotificationInterval: 200ms}
duration: 10s
servers: 3
clients:
  - {name: c, servers: s3, timeout: 3s, script: [{at: 3s, put: {key: x, value: 1}}]}
properties: {always: [agreement, no-lost-commit, durable-before-commit]}
explore: {crashes: 1, epochs: 1, from: established}
`

// TestExplore: every execution is visited; a defect is shown by a shortest one;
// a search that is cut short shows nothing.
func TestExplore(t *testing.T) {
	s := simtest.Scenario(t, small)
	pretend("TestX", func(p *pretended) { simtest.Explore(p, s) }).says(t, false, `holds`)
	pretend("TestX", func(p *pretended) { simtest.Explore(p, s, simtest.Defects("ack-before-fsync")) }).says(t, true,
		`FAIL  small  zab  explored  at event \d+`, `(?m)^  replay     zabsim replay OUT/TestX/small-zab-explored$`,
		`durable-before-commit: s3 delivered 1.1, which is on no disk \(after \d+ actions; no fewer lead there\)\n$`)
	pretend("TestX", func(p *pretended) { simtest.Explore(p, s, simtest.Limits(explore.Limits{States: 100})) }).says(t, true, `small: the search ended with limit: states after \d+ states, and nothing is proved`)
	s.Properties.Sometimes = []scenarios.Claim{{Name: "client-ok"}, {Name: "trunc-sent"}}
	pretend("TestX", func(p *pretended) { simtest.Explore(p, s) }).says(t, true, `small: trunc-sent never happens`)
}
