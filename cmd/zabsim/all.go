package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/zabsim/zabsim/checker/campaign"
	"github.com/zabsim/zabsim/reports"
	"github.com/zabsim/zabsim/reports/rundir"
	"github.com/zabsim/zabsim/scenarios"
)

// campaignSeeds is how many seeds run --all gives a scenario that is made for
// many; any other runs with its own seed alone.
const campaignSeeds = 20

// campaignTheme is the theme of such scenarios.
const campaignTheme = "campaigns"

// whole returns the jobs of run --all: every scenario of the library.
func (f *runFlags) whole(names []string) ([]job, error) {
	switch {
	case len(names) > 0:
		return nil, fmt.Errorf("--all runs every scenario of the library; leave out %s", names[0])
	case f.seed != "" || f.seeds != "":
		return nil, errors.New("--all runs each scenario with its own seed; leave --seed and --seeds out")
	}
	for _, e := range scenarios.Library() {
		names = append(names, e.Name)
	}
	jobs, err := f.jobs(names)
	for i := range jobs {
		if s := jobs[i].scenario; s.Theme == campaignTheme {
			jobs[i].seeds = seedRanges{{s.Seed, s.Seed + campaignSeeds - 1}}
		} else {
			jobs[i].seeds = seedRanges{{s.Seed, s.Seed}}
		}
	}
	return jobs, err
}

// entire is what run --all has come to.
type entire struct {
	p        *printer
	width    int    // of the longest name
	theme    string // of the line before
	tallies  []*tally
	expected int // how many came out as they should
	events   uint64
	code     exitCode
}

// runAll runs jobs on all workers and prints a line for each. It writes no
// directories: what failed is named with the command that does.
func runAll(ctx context.Context, p *printer, jobs []job) (exitCode, error) {
	type result struct {
		*outcome
		job  int
		took time.Duration
		err  error
	}
	type item struct {
		job  int
		seed uint64
	}
	items := iter.Seq[item](func(yield func(item) bool) {
		for i := range jobs {
			for seed := range jobs[i].seeds.all() {
				if !yield(item{i, seed}) {
					return
				}
			}
		}
	})
	all := &entire{p: p}
	for i := range jobs {
		all.tallies = append(all.tallies, newTally(&jobs[i]))
		all.width = max(all.width, len(jobs[i].scenario.Name))
	}
	began := time.Now()
	do := func(it item) (r result) {
		start := time.Now()
		r.job = it.job
		r.err = guard(func() (err error) {
			r.outcome, err = jobs[it.job].watched(it.seed, jobs[it.job].unclaimed())
			return err
		})
		r.took = time.Since(start)
		return r
	}
	collectSeldom()
	var failed error
	campaign.InOrder(ctx, jobs[0].workers, items, do, func(r result) bool {
		if failed = r.err; failed != nil {
			return false
		}
		t := all.tallies[r.job]
		t.add(r.outcome)
		p.violations(r.outcome)
		t.took += r.took
		if t.runs == uint64(t.job.seeds.count()) {
			all.done(t)
		}
		return true
	})
	if failed == nil && ctx.Err() == nil {
		all.total(time.Since(began))
	}
	return all.code, failed
}

// done prints the line of a scenario, and the command that shows more if it did
// not come out as it should.
func (a *entire) done(t *tally) {
	code := t.code()
	a.code = graver(a.code, code)
	a.events += t.events
	a.p.toPrograms(t.line())
	if code == exitOK {
		a.expected++
		if a.p.quiet {
			return
		}
	}
	if theme := t.job.scenario.Theme; theme != a.theme {
		a.theme = theme
		fmt.Fprintln(a.p.people, theme)
	}
	fmt.Fprintf(a.p.people, "  %-*s  %-5s  %9s events  %6v  %s\n", a.width, t.job.scenario.Name, t.job.protocol,
		reports.Grouped(t.events), t.took.Round(time.Millisecond), t.verdict())
	if code != exitOK {
		seed := t.job.seeds[0].first
		if t.first != nil {
			seed = t.first.Seed
		}
		fmt.Fprintf(a.p.people, "  %-*s  see %s\n", a.width, "", t.job.again(seed))
	}
}

// verdict says what the runs of a scenario came to: "holds", "violates agreement"
// if it is expected to.
func (t *tally) verdict() string {
	seeds := ""
	if n := t.job.seeds.count(); n > 1 {
		seeds = fmt.Sprintf(", %d seeds", n)
	}
	violation, sometimes := t.missing()
	switch expected := t.job.scenario.Expect.Violates(t.job.protocol); {
	case len(t.groups) > 0 && seeds != "":
		return fmt.Sprintf("FAILS %s, %d of %d seeds", t.groups[0].property, t.failed, t.runs)
	case len(t.groups) > 0:
		return "FAILS " + t.groups[0].property
	case violation != "":
		return "FAILS to violate " + expected + seeds
	case len(sometimes) > 0:
		return "INCONCLUSIVE, never " + sometimes[0] + seeds
	case t.undecided > 0:
		return "INCONCLUSIVE" + seeds
	case expected != "":
		return "violates " + expected + seeds
	default:
		return "holds" + seeds
	}
}

// wholeLine is what --json prints of all of them.
type wholeLine struct {
	Type     string `json:"type"` // "total"
	Version  int    `json:"zabsim"`
	Verdict  string `json:"verdict"`
	Runs     int    `json:"scenarios"`
	Expected int    `json:"as_expected"`
	Events   uint64 `json:"events"`
}

func (a *entire) total(took time.Duration) {
	a.p.toPrograms(wholeLine{"total", rundir.Version, words[a.code], len(a.tallies), a.expected, a.events})
	if a.p.quiet && a.code == exitOK {
		return
	}
	how := map[exitCode]string{exitOK: "ok  ", exitViolated: "FAIL", exitInconclusive: "INCONCLUSIVE"}[a.code]
	fmt.Fprintf(a.p.people, "%s  %d of %d scenarios as expected  %s events  (%.2fs)\n",
		how, a.expected, len(a.tallies), reports.Grouped(a.events), took.Seconds())
}
