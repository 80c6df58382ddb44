package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/zabsim/zabsim/checker/campaign"
	"github.com/zabsim/zabsim/reports"
	"github.com/zabsim/zabsim/reports/rundir"
)

// fuzzing is a campaign that is being made.
type fuzzing struct {
	flags    *fuzzFlags
	cfg      campaign.Config
	p        *printer
	began    time.Time
	summary  *campaign.Summary
	recorded []*recording // the first of each group
}

// start says what is about to be done: the seed first, since it is drawn.
func (z *fuzzing) start() {
	z.p.toPrograms(startLine{
		"start", recordVersion, z.title(","), z.cfg.Protocol, fmt.Sprintf("%d-", z.cfg.Seed), z.cfg.Defects, nil, rundir.ThisBuild(),
	})
	if !z.p.quiet {
		fmt.Fprintf(z.p.people, "fuzz  %s  %s  seed %d   %s\n", z.title(" "), z.cfg.Protocol, z.cfg.Seed, z.cfg.Dir)
	}
}

// progress returns "fuzz  zab  02:14 of 10:00   48,211 seeds  362/s   elections
// 211k  crashes 96k   0 violations   new states 0.8%".
func (z *fuzzing) progress(now time.Time) string {
	s := z.summary
	elapsed := now.Sub(z.began)
	rate := float64(s.Runs-s.Resumed) / elapsed.Seconds()
	var b strings.Builder
	fmt.Fprintf(&b, "fuzz  %s  %s", z.cfg.Protocol, minutes(elapsed))
	if z.cfg.For > 0 {
		fmt.Fprintf(&b, " of %s", minutes(z.cfg.For))
	}
	fmt.Fprintf(&b, "   %s", reports.Grouped(s.Runs))
	if z.cfg.Runs > 0 {
		fmt.Fprintf(&b, " of %s", reports.Grouped(z.cfg.Runs))
	}
	fmt.Fprintf(&b, " seeds  %.0f/s   elections %s  crashes %s   %s   new states %s",
		rate, thousands(s.Elections), thousands(s.Crashes), counted(s.Failed, "violation"), percentage(s.Recent, s.Last))
	if z.cfg.Runs > s.Runs && rate > 0 {
		left := time.Duration(float64(z.cfg.Runs-s.Runs) / rate * float64(time.Second))
		fmt.Fprintf(&b, "   %v to go", left.Round(time.Second))
	}
	return b.String()
}

// minutes returns "02:14".
func minutes(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// thousands returns "211k" for 211,480.
func thousands(n uint64) string {
	if n < 10_000 {
		return reports.Grouped(n)
	}
	return reports.Grouped(n/1000) + "k"
}

// percentage returns a part of a whole: "0.8%".
func percentage(part, whole uint64) string {
	if whole == 0 {
		return "0%"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}

// record writes the directory of the first run of a group. It must come out as
// it did in the campaign.
func (z *fuzzing) record(g *campaign.Group) error {
	c := &g.First.Case
	j := z.job(c)
	r, err := j.record(c.Seed)
	if err != nil {
		return err
	}
	if now := rundir.HashText(r.Hash); now != g.First.Trace {
		return &ending{exitNotDeterministic, fmt.Errorf(
			"not deterministic: %s gave trace %s and, once more, %s, which is in %s", r.title(), g.First.Trace, now, r.dir)}
	}
	z.p.violations(r.outcome)
	z.recorded = append(z.recorded, r)
	if z.cfg.KeepGoing {
		fmt.Fprintf(z.p.people, "found  %s  %v   zabsim replay %s\n", g.Property, c, r.dir)
	}
	return nil
}

// job returns what makes the run of a case, from its own directory.
func (z *fuzzing) job(c *campaign.Case) *job {
	j := &job{
		scenario: z.cfg.Scenario(c), protocol: z.cfg.Protocol, defects: z.cfg.Defects,
		seeds: seedRanges{{c.Seed, c.Seed}}, out: z.flags.out, workers: 1,
	}
	j.source = asPath(filepath.Join(j.dir(c.Seed), rundir.ScenarioFile))
	return j
}

// report prints what a campaign came to, and tells the story of what was found
// first.
func (z *fuzzing) report() (exitCode, error) {
	for i := range z.summary.Groups {
		g := &z.summary.Groups[i]
		is := func(r *recording) bool { return rundir.HashText(r.Hash) == g.First.Trace }
		if !slices.ContainsFunc(z.recorded, is) { // found before it was resumed
			if err := z.record(g); err != nil {
				return exitOK, err
			}
		}
	}
	t := z.tally()
	z.p.toPrograms(z.line(t))
	if !z.p.quiet || t.code() != exitOK {
		fmt.Fprint(z.p.people, z.text(t))
	}
	if len(z.summary.Groups) == 0 {
		return t.code(), nil
	}
	first := z.recorded[slices.IndexFunc(z.recorded, func(r *recording) bool {
		return rundir.HashText(r.Hash) == z.summary.Groups[0].First.Trace
	})]
	z.p.report(first)
	return exitViolated, nil
}

// tally returns what the runs did in the form in which all campaigns print it.
func (z *fuzzing) tally() *tally {
	s := z.summary
	t := newTally(&job{
		scenario: z.cfg.Scenarios[0], protocol: z.cfg.Protocol, seeds: seedRanges{{z.cfg.Seed, z.cfg.Seed + max(1, s.Runs) - 1}},
	})
	t.took = time.Since(z.began)
	t.runs, t.failed, t.undecided, t.expected = s.Runs, s.Failed, s.Undecided, s.Expected
	t.events, t.committed, t.elections, t.crash = s.Events, s.Committed, s.Elections, s.Crashes
	t.hits, t.extra = s.Hits, nil
	if u := s.Unjudged; u != nil {
		t.unjudged = fmt.Sprintf("%v: %s", &u.Case, u.Why)
	}
	for i := range t.sometimes {
		t.sometimes[i].count = s.Runs - s.Unmet[t.sometimes[i].name]
	}
	return t
}

// text returns the summary of a campaign for people.
func (z *fuzzing) text(t *tally) string {
	s := z.summary
	var b strings.Builder
	how := map[exitCode]string{exitOK: "ok  ", exitViolated: "FAIL", exitInconclusive: "INCONCLUSIVE"}[t.code()]
	fmt.Fprintf(&b, "%s  %s  %-5s  %s from seed %d   %s events  %s committed  (%.1fs)\n",
		how, z.title(" "), z.cfg.Protocol, counted(s.Runs, "run"), z.cfg.Seed, reports.Grouped(s.Events), reports.Grouped(s.Committed), t.took.Seconds())
	if s.Resumed > 0 { // whatever the code was then
		t.row(&b, "resumed", counted(s.Resumed, "run")+" of these had been made before, in "+z.cfg.Dir)
	}
	t.undecidedRow(&b)
	t.row(&b, "elections", fmt.Sprintf("%s, %s crashes", reports.Grouped(s.Elections), reports.Grouped(s.Crashes)))
	t.row(&b, "states", fmt.Sprintf("%s, which %s runs were the first to reach; new in %s of the last %s",
		reports.Grouped(uint64(s.States)), reports.Grouped(s.Novel), percentage(s.Recent, s.Last), reports.Grouped(s.Last)))
	for _, strategy := range campaign.Strategies {
		if e, made := s.Strategies[strategy]; made {
			t.row(&b, string(strategy), fmt.Sprintf("%s, %s reached new states, %s failed", counted(e.Runs, "run"), reports.Grouped(e.Novel), reports.Grouped(e.Failed)))
		}
	}
	for _, s := range t.sometimes {
		t.shareRow(&b, "sometimes", s)
	}
	t.hitRows(&b)
	t.neverRows(&b)
	for _, g := range s.Groups {
		t.row(&b, "violated", fmt.Sprintf("%s by %s: %s", g.Property, counted(g.Count, "run"), g.Cause))
		t.row(&b, "", "zabsim replay "+z.job(&g.First.Case).dir(g.First.Case.Seed))
	}
	if len(s.Groups) > 0 {
		b.WriteByte('\n') // the story of the first follows
	}
	return b.String()
}

// fuzzLine is what --json prints of a campaign.
type fuzzLine struct {
	Type     string `json:"type"` // "result"
	Version  int    `json:"zabsim"`
	Scenario string `json:"scenario"`
	Protocol string `json:"protocol"`
	Seed     uint64 `json:"seed"` // of the first run
	Verdict  string `json:"verdict"`
	campaign.Tally
	Resumed  uint64             `json:"resumed,omitempty"` // runs that had been made before
	States   int                `json:"states"`
	Unjudged *campaign.Unjudged `json:"unjudged,omitempty"`
	Groups   []groupLine        `json:"groups,omitempty"`
	Coverage coverageLine       `json:"coverage"`
	Dir      string             `json:"dir"`
}

type groupLine struct {
	Property string           `json:"property"`
	Cause    string           `json:"cause"`
	Count    uint64           `json:"count"`
	First    campaign.Finding `json:"first"`
	Dir      string           `json:"dir"`
}

func (z *fuzzing) line(t *tally) fuzzLine {
	s := z.summary
	l := fuzzLine{
		Type: "result", Version: recordVersion, Scenario: z.title(","), Protocol: z.cfg.Protocol, Seed: z.cfg.Seed,
		Verdict: words[t.code()], Tally: s.Tally, Resumed: s.Resumed, States: s.States, Unjudged: s.Unjudged, Coverage: t.coverageLine(), Dir: z.cfg.Dir,
	}
	for _, g := range s.Groups {
		l.Groups = append(l.Groups, groupLine{g.Property, g.Cause, g.Count, g.First, z.job(&g.First.Case).dir(g.First.Case.Seed)})
	}
	return l
}
