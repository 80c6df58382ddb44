package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"

	"golang.org/x/term"

	"github.com/zabsim/zabsim/reports"
	"github.com/zabsim/zabsim/reports/rundir"
)

// printer says how runs went: to people, or to programs on stdout and people
// on stderr.
type printer struct {
	people         io.Writer
	programs       *json.Encoder // nil without --json
	stderr         io.Writer
	quiet, verbose bool
}

func newPrinter(stdout, stderr io.Writer, f *runFlags) *printer {
	p := &printer{people: stdout, stderr: stderr, quiet: f.quiet, verbose: f.verbose}
	if f.json {
		p.people = stderr
		p.programs = json.NewEncoder(stdout)
		p.programs.SetEscapeHTML(false)
	}
	if wantsColor(f.color, p.people) {
		p.people = painter{p.people}
	}
	return p
}

// recordVersion is the version of the objects in run.json and of those that
// --json prints.
const recordVersion = rundir.Version

// The objects that --json prints, one a line. Each begins with its type and
// the version of its form.
type (
	startLine struct {
		Type      string       `json:"type"` // "start"
		Version   int          `json:"zabsim"`
		Scenario  string       `json:"scenario"`
		Protocol  string       `json:"protocol"`
		Seeds     string       `json:"seeds"`
		Defects   []string     `json:"defects,omitempty"`
		Overrides []string     `json:"overrides,omitempty"`
		Build     rundir.Build `json:"build"`
	}
	foundLine struct {
		Type     string `json:"type"` // "violation"
		Version  int    `json:"zabsim"`
		Scenario string `json:"scenario"`
		Protocol string `json:"protocol"`
		Seed     uint64 `json:"seed"`
		rundir.Violation
	}
	resultLine struct {
		Type     string `json:"type"` // "result"
		Version  int    `json:"zabsim"`
		Scenario string `json:"scenario"`
		Protocol string `json:"protocol"`
		Seed     uint64 `json:"seed"`
		rundir.Outcome
		Dir   string `json:"dir,omitempty"`
		Again string `json:"again"`
	}
)

func (p *printer) toPrograms(line any) {
	if p.programs != nil {
		// Whoever reads stdout has gone; the exit code still says how it went.
		_ = p.programs.Encode(line)
	}
}

func (p *printer) start(j *job) {
	p.toPrograms(startLine{
		"start", recordVersion, j.scenario.Name, j.protocol, j.seeds.String(), j.defects, j.overrides, rundir.ThisBuild(),
	})
}

// violations prints the violations of one seed to programs.
func (p *printer) violations(o *outcome) {
	for _, v := range rundir.OutcomeOf(o.Result).Violations {
		p.toPrograms(foundLine{"violation", recordVersion, o.Scenario, o.Protocol, o.Seed, v})
	}
}

// single prints how a run of one seed went.
func (p *printer) single(r *recording) {
	p.violations(r.outcome)
	p.toPrograms(resultLine{
		"result", recordVersion, r.Scenario, r.Protocol, r.Seed, rundir.OutcomeOf(r.Result), r.dir, r.job.again(r.Seed),
	})
	p.report(r)
}

// report prints a run to people.
func (p *printer) report(r *recording) {
	if p.quiet && r.code() == exitOK {
		return
	}
	text, err := r.text()
	if err != nil {
		panic(err) // a strings.Builder takes everything
	}
	if p.verbose {
		p.details(r)
	}
	fmt.Fprint(p.people, text)
}

// details prints what else there is to say of a run. It comes before the
// verdict: what stands last on the screen is how to see the run again.
func (p *printer) details(r *recording) {
	fmt.Fprintf(p.people, "%s\n%s", r.title(), r.log)
	fmt.Fprintf(p.people, "  %s actions, %s elections, %s crashes\n", reports.Grouped(r.Steps), reports.Grouped(r.Elections), reports.Grouped(r.Crashes))
	for _, drawn := range r.Header.Swarm {
		fmt.Fprintf(p.people, "  drawn: %s\n", drawn)
	}
	if r.fails() {
		r.missed(p.people)
	}
	for _, note := range slices.Sorted(maps.Keys(r.Notes)) {
		fmt.Fprintf(p.people, "  %6s  %s\n", reports.Grouped(r.Notes[note]), note)
	}
	fmt.Fprintf(p.people, "  see %s\n", r.dir)
}

var colorModes = []string{"auto", "always", "never"}

// wantsColor says whether what is written to w is to be coloured.
func wantsColor(mode string, w io.Writer) bool {
	switch {
	case mode != "auto":
		return mode == "always"
	case os.Getenv("NO_COLOR") != "":
		return false
	case os.Getenv("FORCE_COLOR") != "":
		return true
	}
	return os.Getenv("TERM") != "dumb" && isTerminal(w)
}

func isTerminal(stream any) bool {
	f, ok := stream.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}

// painter colours the words that say how a run went. They are words first: the
// colour only helps to find them.
type painter struct{ w io.Writer }

var verdictWords = regexp.MustCompile(`(?m)^(?:ok|FAIL|INCONCLUSIVE)\b|< violation`)

// Write implements io.Writer. Lines must come whole.
func (p painter) Write(text []byte) (int, error) {
	painted := verdictWords.ReplaceAllFunc(text, func(word []byte) []byte {
		color := "31" // red
		switch word[0] {
		case 'o':
			color = "32" // green
		case 'I':
			color = "33" // yellow
		}
		return []byte("\x1b[1;" + color + "m" + string(word) + "\x1b[0m")
	})
	if _, err := p.w.Write(painted); err != nil {
		return 0, err
	}
	return len(text), nil
}
