package simtest

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/reports"
	"github.com/zabsim/zabsim/reports/rundir"
	"github.com/zabsim/zabsim/scenarios"
)

// failure is a run that fails the test.
type failure struct {
	*test
	scenario *scenarios.Scenario
	opts     scenarios.RunOptions
	result   *scenarios.Result
}

// seed returns the seed of the run, in digits.
func (f *failure) seed() string { return strconv.FormatUint(f.result.Seed, 10) }

// report fails the test, with the story of it if somebody reads that.
func (t *test) report(f *failure) {
	t.Helper()
	if t.heard() {
		text, err := f.write()
		if err != nil {
			t.Fatalf("%v", err)
		}
		t.Logf("%s", text)
	}
	f.end(f.index())
}

// end ends the test with the violation in one line. For rapid two failures are
// the same if their stacks are: one more frame for each property tells them
// apart, so that it does not find one and shrink another.
func (f *failure) end(frames int) {
	f.Helper()
	if frames > 0 {
		f.end(frames - 1)
		return
	}
	if v := f.violation(); v != nil {
		f.Fatalf("%s: %s", v.Property, v.Message)
	}
	f.Fatalf("stopped after %s events, at %v of %v: nothing is shown", reports.Grouped(f.result.Events), f.result.Time, f.scenario.Duration)
}

// violation returns what broke first, or could not be judged, or nil.
func (f *failure) violation() *checker.Violation {
	all := slices.Concat(f.result.Violations, f.result.Inconclusive)
	if len(all) == 0 {
		return nil
	}
	return &all[0]
}

// index returns which property that is: a number of its own for each.
func (f *failure) index() int {
	v := f.violation()
	if v == nil {
		return 0
	}
	var names []string
	for _, c := range slices.Concat(f.scenario.Properties.Always, f.scenario.Properties.Eventually) {
		names = append(names, c.Name)
	}
	for _, p := range f.opts.Properties {
		names = append(names, p.Name)
	}
	return 1 + slices.Index(names, v.Property) // 0: no-panic, which goes without saying
}

// write runs the scenario again, with everything switched on, into its run
// directory, and returns what there is to say about it.
func (f *failure) write() (string, error) {
	dir, err := f.dir(f.scenario, f.result.Protocol+"-"+f.seed())
	if err != nil {
		return "", err
	}
	f.attr("seed", f.seed())
	run := &rundir.Run{Scenario: f.scenario, Options: f.opts, Again: f.again(dir)}
	if err := run.Make(dir); err != nil {
		return "", err
	}
	if run.Result.Hash != f.result.Hash {
		return "", fmt.Errorf("not deterministic: %s  %s  seed %s gave trace %s and, once more, %s; the second trace is in %s",
			f.scenario.Name, f.result.Protocol, f.seed(), rundir.HashText(f.result.Hash)[:8], rundir.HashText(run.Result.Hash)[:8], dir)
	}
	if len(run.Report.Findings) == 0 {
		return "see  " + dir, nil
	}
	return tell(run, f.hints(dir))
}

// tell returns the story of what a run violates.
func tell(run *rundir.Run, hints []reports.Hint) (string, error) {
	var b strings.Builder
	b.WriteByte('\n') // the position of the test stands on the line before
	err := reports.Failure(&b, run.Report, &run.Report.Findings[0], hints...)
	return b.String(), err
}

// again returns the command line that does the same from the seed.
func (f *failure) again(dir string) string {
	again := fmt.Sprintf("zabsim run %s --protocol %s --seed %s", filepath.Join(dir, rundir.ScenarioFile), f.result.Protocol, f.seed())
	if len(f.opts.Defects) > 0 {
		again += " --defect " + strings.Join(f.opts.Defects, ",")
	}
	return again
}

// hints say how to see the failure again.
func (f *failure) hints(dir string) []reports.Hint {
	hints := f.seeing(dir)
	if f.known() && f.opts.Source == nil {
		hints = append(hints, reports.Hint{Label: "shrink", Text: "zabsim shrink " + dir}, reports.Hint{Label: "from seed", Text: f.again(dir)})
	}
	return append(hints, f.testing()...)
}

// seeing says where the run is and how it is performed again.
func (t *test) seeing(dir string) []reports.Hint {
	hints := []reports.Hint{{Label: "see", Text: dir}}
	if t.known() {
		hints = append(hints, reports.Hint{Label: "replay", Text: "zabsim replay " + dir})
	}
	return hints
}

// known reports whether the command line knows what is run and judged: protocols
// and properties of the test's own it does not.
func (t *test) known() bool { return len(t.opts.Protocols)+len(t.opts.Properties) == 0 }

// testing says how to run the test again. Under rapid it takes what rapid itself
// says.
func (t *test) testing() []reports.Hint {
	if _, ok := t.TB.(*rapid.T); ok {
		return nil
	}
	name := strings.ReplaceAll("^"+regexp.QuoteMeta(t.Name())+"$", "/", "$/^")
	return []reports.Hint{{Label: "test", Text: fmt.Sprintf("go test -run '%s'", name)}}
}

// attr emits an attribute of the test, if it can have any.
func (t *test) attr(key, value string) {
	if tb, ok := t.TB.(interface{ Attr(key, value string) }); ok {
		tb.Attr(key, value)
	}
}

// dir returns the run directory, and tells the test: among its artifacts if they
// are kept (go test -artifacts), else where the command line would put it, below a
// directory for the test.
func (t *test) dir(s *scenarios.Scenario, run string) (string, error) {
	parent := filepath.Join(cmp.Or(os.Getenv("ZABSIM_OUT"), "zabsim-out"), strings.ReplaceAll(t.Name(), "/", "-"))
	if tb, ok := t.TB.(interface{ ArtifactDir() string }); ok && isSet("test.artifacts") {
		parent = tb.ArtifactDir()
	}
	dir, err := filepath.Abs(filepath.Join(parent, s.FileName()+"-"+run))
	if err == nil {
		t.attr("run", dir)
	}
	return dir, err
}
