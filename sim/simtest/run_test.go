package simtest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/scenarios/gen"
	"github.com/zabsim/zabsim/sim/simtest"
	"github.com/zabsim/zabsim/sim/trace"
)

// spent is the scenario of most of these tests: a leader is cut off while a
// client writes to it.
const spent = `
version: 1
name: spent
options: {tickTime: 200ms}
duration: 20s
servers: 3
clients:
  - {name: teller, servers: s3, timeout: 2s, script: [{at: 3s, put: {key: x, value: 1}}, {at: 5100ms, put: {key: x, value: 2}}]}
faults:
  - {at: 5s, partition: [leader, others], for: 5s}
properties:
  always: [agreement, no-lost-commit]
  sometimes: [client-ok]
`

func TestRunPassesQuietly(t *testing.T) {
	pretend("TestX", func(p *pretended) {
		simtest.Run(p, simtest.Scenario(t, spent), simtest.Seeds(1, 20))
	}).says(t, false, "^$")
}

// TestFailureIsTold: what broke, how it came to that, and the commands that do
// it again; with a run directory that has it all.
func TestFailureIsTold(t *testing.T) {
	var files []string
	p := pretend("TestTellers/three", func(p *pretended) {
		defer func() { files, _ = filepath.Glob(filepath.Join(p.attrs["run"], "*")) }()
		simtest.Run(p, simtest.Scenario(t, spent), simtest.Seeds(4, 9), simtest.Defects("commit-on-minority"))
	})
	p.says(t, true,
		`FAIL  spent  zab  seed 4  at \d`,
		`(?m)^  no-lost-commit: s2 leads epoch 2 without 1.2, which s3 had delivered$`,
		`5.000s  fault +partition \{s1 s2 \| s3\}`,
		`< violation`,
		`(?m)^  see        OUT/TestTellers-three/spent-zab-4$`,
		`(?m)^  replay     zabsim replay OUT/TestTellers-three/spent-zab-4$`,
		`(?m)^  shrink     zabsim shrink OUT/TestTellers-three/spent-zab-4$`,
		`(?m)^  from seed  zabsim run OUT/TestTellers-three/spent-zab-4/scenario.yaml --protocol zab --seed 4 --defect commit-on-minority$`,
		`(?m)^  test       go test -run '\^TestTellers\$/\^three\$'$`,
		`no-lost-commit: s2 leads epoch 2 without 1.2, which s3 had delivered\n$`,
	)
	if p.attrs["seed"] != "4" {
		t.Errorf("attributes %v", p.attrs)
	}
	for i := range files {
		files[i] = filepath.Base(files[i])
	}
	for _, want := range []string{"run.json", "scenario.yaml", "schedule.txt", "trace.jsonl", "timeline.png", "violation.png"} {
		if !slices.Contains(files, want) {
			t.Errorf("the run directory has %v, and no %s", files, want)
		}
	}
}

// TestScenariosMadeInGo are checked as those that are loaded, and get the same
// defaults.
func TestScenariosMadeInGo(t *testing.T) {
	made := &scenarios.Scenario{
		Version: 1, Name: "made", Duration: 5e9, Servers: scenarios.Servers{"s1", "s2", "s3"},
		Clients:    []scenarios.Client{{Name: "c", Script: []scenarios.Step{{At: 2e9, Put: &scenarios.Put{Key: "x", Value: "1"}}}}},
		Properties: scenarios.Properties{Always: []scenarios.Claim{{Name: "agreement"}}},
	}
	pretend("TestX", func(p *pretended) { simtest.Run(p, made) }).says(t, false, "^$")
	made.Servers = scenarios.Servers{"s1", "t2"}
	pretend("TestX", func(p *pretended) { simtest.Run(p, made) }).says(t, true, `made.yaml:\d+:\d+: "t2"`)
	pretend("TestX", func(p *pretended) { simtest.Scenario(p, "version: 1\nnaem: x\n") }).says(t, true, `scenario:2:1: unknown key "naem"; did you mean "name"\?`)
}

// TestSeedsTogether: what must happen sometimes, and what a protocol is expected
// to get wrong, is for all seeds together to show.
func TestSeedsTogether(t *testing.T) {
	lacking := strings.Replace(spent, "client-ok", "{leader-is: s1}", 1)
	pretend("TestX", func(p *pretended) { simtest.Run(p, simtest.Scenario(t, lacking), simtest.Seeds(1, 3)) }).
		says(t, true, `^spent  zab  3 runs: leader-is:s1 did not happen, so they tested too little\n$`)
	rapid.Check(t, func(r *rapid.T) { // each of its runs is a small one
		seed := rapid.Uint64Range(1, 9).Draw(r, "seed")
		simtest.Run(r, simtest.Scenario(t, lacking), simtest.Seeds(seed, seed))
	})
	expects := spent + "expect: {zab: {violates: no-lost-commit}}\n"
	pretend("TestX", func(p *pretended) {
		simtest.Run(p, simtest.Scenario(t, expects), simtest.Seeds(1, 3), simtest.Defects("commit-on-minority"))
	}).says(t, false, "^$")
	pretend("TestX", func(p *pretended) { simtest.Run(p, simtest.Scenario(t, expects), simtest.Seeds(1, 3)) }).
		says(t, true, `^spent  zab  3 runs: expected to violate no-lost-commit, and did not\n$`)
}

// TestOwnProtocol: a protocol that zabsim does not know needs no registration.
// The command line could not run it, and is not mentioned.
func TestOwnProtocol(t *testing.T) {
	p := pretend("TestLonely", func(p *pretended) {
		rapid.Check(p, func(t *rapid.T) {
			s := gen.Scenario(gen.Protocol(lonely), gen.Faults(0)).Draw(t, "scenario")
			simtest.Run(t, s, simtest.Protocol(lonely))
		})
	})
	p.says(t, true, `(?m)^FAIL  generated  lonely  seed 1  at `, `(?m)^servers: \[s1, s2\]$`, `(?m)^  see        OUT/TestLonely/generated-lonely-1$`)
	if strings.Contains(p.text.String(), "zabsim replay") {
		t.Errorf("a command that cannot work is printed:\n%s", &p.text)
	}
}

// TestOwnProperty: one more property is judged beside those of the scenario.
func TestOwnProperty(t *testing.T) {
	pretend("TestX", func(p *pretended) {
		simtest.Run(p, simtest.Scenario(t, spent), simtest.Property(nobodyLeads))
	}).says(t, true, `(?m)^  nobody-leads: s3 leads$`, `nobody-leads: s3 leads\n$`)
}

// nobodyLeads is a property of one's own.
var nobodyLeads = checker.Property{
	Name: "nobody-leads", Doc: "There is no leader.", Kind: checker.Always,
	New: func(*trace.Header) checker.Monitor { return anarchy{} },
}

type anarchy struct{}

func (anarchy) Wants() trace.Set { return trace.Of(trace.View) }
func (anarchy) Observe(e *trace.Event) *checker.Violation {
	if e.After.Role != nodes.Leading {
		return nil
	}
	return &checker.Violation{Property: "nobody-leads", Message: e.Server.String() + " leads", Evidence: []uint64{e.Seq}}
}
func (anarchy) Finish() *checker.Violation { return nil }
func (anarchy) Clone() checker.Monitor     { return anarchy{} }
func (anarchy) AppendTo(b []byte) []byte   { return b }

// TestForgetfulProtocolIsToldApart: a protocol that does not do the same twice
// is not reported as violating something: nothing that its runs show is certain.
func TestForgetfulProtocolIsToldApart(t *testing.T) {
	runs := 0
	moody := lonely
	moody.New = func(c nodes.Config) nodes.Node {
		if c.ID == 1 {
			runs++
		}
		if runs%2 == 0 {
			return lonely.New(nodes.Config{ID: 3, Machine: c.Machine})
		}
		return lonely.New(c)
	}
	text := strings.Replace(spent, "options: {tickTime: 200ms}", "protocol: lonely", 1)
	pretend("TestX", func(p *pretended) {
		simtest.Run(p, simtest.Scenario(t, text, moody), simtest.Protocol(moody), simtest.Property(nobodyLeads))
	}).says(t, true, `not deterministic: spent  lonely  seed 1 gave trace [0-9a-f]{8} and, once more, [0-9a-f]{8}`)
}

// TestRunDirectoryIsNamedByTheRun, below where the command line would put it.
func TestRunDirectoryIsNamedByTheRun(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("ZABSIM_OUT", "")
	p := &pretended{name: "TestX", attrs: map[string]string{}}
	func() {
		defer func() { _ = recover() }()
		simtest.Run(p, simtest.Scenario(t, spent), simtest.Defects("commit-on-minority"))
	}()
	if _, err := os.Stat("zabsim-out/TestX/spent-zab-1/run.json"); err != nil {
		t.Error(err)
	}
	if !regexp.MustCompile(`zabsim replay /.*/zabsim-out/TestX/spent-zab-1\n`).MatchString(p.text.String()) {
		t.Errorf("the path is not absolute:\n%s", &p.text)
	}
}
