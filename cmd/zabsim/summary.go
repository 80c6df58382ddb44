package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/zabsim/zabsim/reports"
)

// summaryLine is what --json prints of a campaign.
type summaryLine struct {
	Type         string            `json:"type"` // "result"
	Version      int               `json:"zabsim"`
	Scenario     string            `json:"scenario"`
	Protocol     string            `json:"protocol"`
	Seeds        string            `json:"seeds"`
	Verdict      string            `json:"verdict"`
	Runs         uint64            `json:"runs"`
	Failed       uint64            `json:"failed"`
	Undecided    uint64            `json:"undecided"`
	Violations   map[string]uint64 `json:"violations,omitempty"` // seeds, by property
	FirstFailing *uint64           `json:"first_failing_seed,omitempty"`
	Sometimes    map[string]uint64 `json:"sometimes,omitempty"` // runs in which each happened
	Never        []string          `json:"never,omitempty"`     // what could have happened besides, and did in no run
	Coverage     coverageLine      `json:"coverage"`
	Events       uint64            `json:"events"`
	Committed    uint64            `json:"committed"`
	Elections    uint64            `json:"elections"`
	Crashes      uint64            `json:"crashes"`
	Traces       int               `json:"distinct_traces"`
}

// words are how a campaign's exit code is said.
var words = map[exitCode]string{
	exitOK: "as expected", exitViolated: "violated", exitInconclusive: "inconclusive",
}

// summary prints what a campaign came to.
func (p *printer) summary(t *tally) {
	p.toPrograms(t.line())
	if p.quiet && t.code() == exitOK {
		return
	}
	fmt.Fprint(p.people, t.text())
}

// seed prints one seed of a campaign: violations to programs, a line to people
// who want to see everything.
func (p *printer) seed(o *outcome) {
	p.violations(o)
	if !p.verbose {
		return
	}
	how := "ok"
	if o.fails() {
		how = "FAIL"
	}
	fmt.Fprintf(p.people, "%-4s  seed %d   %s events  %s committed  trace %s\n",
		how, o.Seed, reports.Grouped(o.Events), reports.Grouped(o.Committed), o.digest())
}

func (t *tally) line() summaryLine {
	l := summaryLine{
		Type: "result", Version: recordVersion,
		Scenario: t.job.scenario.Name, Protocol: t.job.protocol, Seeds: t.job.seeds.String(), Verdict: words[t.code()],
		Runs: t.runs, Failed: t.failed, Undecided: t.undecided,
		Violations: map[string]uint64{}, Sometimes: map[string]uint64{}, Never: never(t.extra), Coverage: t.coverageLine(),
		Events: t.events, Committed: t.committed, Elections: t.elections, Crashes: t.crash, Traces: len(t.traces),
	}
	for _, g := range t.groups {
		l.Violations[g.property] = g.count
	}
	for _, s := range t.sometimes {
		l.Sometimes[s.name] = s.count
	}
	if t.first != nil {
		l.FirstFailing = &t.first.Seed
	}
	return l
}

// text answers "was anything tested?": the verdict on one line, then what
// happened in how many of the runs.
func (t *tally) text() string {
	var b strings.Builder
	how := map[exitCode]string{exitOK: "ok  ", exitViolated: "FAIL", exitInconclusive: "INCONCLUSIVE"}[t.code()]
	fmt.Fprintf(&b, "%s  %s  %-5s  seeds %s   %s events  %s committed  (%.2fs)\n",
		how, t.job.scenario.Name, t.job.protocol, t.job.seeds, reports.Grouped(t.events), reports.Grouped(t.committed), t.took.Seconds())
	if n := uint64(t.job.seeds.count()); t.runs < n {
		t.row(&b, "stopped", fmt.Sprintf("after %s of %s seeds", reports.Grouped(t.runs), reports.Grouped(n)))
	}
	violation, sometimes := t.missing()
	if violation != "" {
		t.row(&b, "expected", violation)
	}
	if x := t.expected; x > 0 {
		t.row(&b, "expected", fmt.Sprintf("%s violated in %s of the runs", t.job.scenario.Expect.Violates(t.job.protocol), t.percent(x)))
	}
	t.undecidedRow(&b)
	t.row(&b, "elections", fmt.Sprintf("%s, %s crashes", reports.Grouped(t.elections), reports.Grouped(t.crash)))
	t.row(&b, "traces", fmt.Sprintf("%s distinct of %s", reports.Grouped(uint64(len(t.traces))), reports.Grouped(t.runs)))
	for _, s := range t.sometimes {
		t.shareRow(&b, "sometimes", s)
	}
	t.hitRows(&b)
	for _, s := range t.missed {
		t.shareRow(&b, "missed", share{s.name + " found nobody to strike", s.count})
	}
	for _, name := range sometimes {
		t.row(&b, "never", name+", so the runs tested too little")
	}
	t.neverRows(&b)
	t.failures(&b)
	if t.first != nil {
		b.WriteByte('\n') // its story follows
	}
	return b.String()
}

// failures lists what failed by property, so that a thousand failures of one
// bug are one entry.
func (t *tally) failures(w io.Writer) {
	if !t.job.keepGoing {
		return
	}
	for _, g := range t.groups {
		t.row(w, "violated", fmt.Sprintf("%s by %s of %s seeds: %s", g.property, reports.Grouped(g.count), reports.Grouped(t.runs), t.job.again(g.first)))
	}
}

func (t *tally) row(w io.Writer, what, text string) { fmt.Fprintf(w, "  %-10s  %s\n", what, text) }

// undecidedRow says how many runs came to no verdict, and why the first did not.
func (t *tally) undecidedRow(w io.Writer) {
	if t.undecided > 0 {
		t.row(w, "undecided", fmt.Sprintf("%s of the runs; the first, %s", t.percent(t.undecided), t.unjudged))
	}
}

func (t *tally) shareRow(w io.Writer, what string, s share) {
	t.row(w, what, fmt.Sprintf("%-5s  %s", t.percent(s.count), s.name))
}

// percent returns the share of runs: "100%", "33.4%".
func (t *tally) percent(n uint64) string {
	switch n {
	case 0:
		return "0%"
	case t.runs:
		return "100%"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(t.runs))
}
