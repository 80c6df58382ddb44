package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zabsim/zabsim/checker/campaign"
	"github.com/zabsim/zabsim/checker/measure"
	"github.com/zabsim/zabsim/reports"
	"github.com/zabsim/zabsim/reports/rundir"
)

// sweeping is a scenario that is run with one setting at several values.
type sweeping struct {
	job      *job
	measures []measure.Measure
	points   []point
	events   uint64
	took     time.Duration // in real time
	dir      string
}

// point is what came of one value.
type point struct {
	job       *job // the scenario with that value
	text      string
	sample    measure.Sample
	failed    uint64
	undecided uint64
	first     uint64 // the first seed that failed
}

// sweep runs a scenario with each value of its sweep, tabulates and plots what
// was measured.
func (j *job) sweep(ctx context.Context, p *printer) (exitCode, error) {
	s := newSweeping(j)
	began := time.Now()
	if err := s.run(ctx); err != nil {
		return exitOK, err
	}
	s.took = time.Since(began)
	if ctx.Err() != nil {
		return exitOK, nil
	}
	if err := s.write(); err != nil {
		return exitOK, err
	}
	p.toPrograms(s.line())
	if !p.quiet || s.code() != exitOK {
		fmt.Fprint(p.people, s.text())
	}
	return s.code(), nil
}

func newSweeping(j *job) *sweeping {
	s := &sweeping{job: j, dir: filepath.Join(j.out, fmt.Sprintf("%s-%s-sweep", j.scenario.FileName(), j.protocol))}
	for _, name := range j.scenario.Sweep.Measure {
		m, ok := measure.ByName(name)
		if !ok {
			panic("no measure " + name) // the loader has seen to it
		}
		s.measures = append(s.measures, m)
	}
	for _, v := range j.scenario.Sweep.Values {
		with := *j
		with.scenario, with.source = v.Scenario, j.source+strings.TrimPrefix(v.Scenario.Name, j.scenario.Name)
		s.points = append(s.points, point{job: &with, text: v.Text})
	}
	return s
}

// trial is one run of a sweep.
type trial struct {
	point int
	seed  uint64
}

func (s *sweeping) trials() iter.Seq[trial] {
	return func(yield func(trial) bool) {
		for i := range s.points {
			for seed := range s.job.seeds.all() {
				if !yield(trial{i, seed}) {
					return
				}
			}
		}
	}
}

func (s *sweeping) run(ctx context.Context) (failed error) {
	type result struct {
		trial
		*outcome
		measured *measure.Run
		err      error
	}
	do := func(t trial) (r result) {
		r.trial = t
		r.err = guard(func() error {
			j := s.points[t.point].job
			_, header, err := j.scenario.Compile(j.protocol, t.seed)
			if err != nil {
				return err
			}
			r.measured = measure.NewRun(header)
			r.outcome, err = j.simulate(t.seed, false, r.measured)
			return err
		})
		return r
	}
	campaign.InOrder(ctx, s.job.workers, s.trials(), do, func(r result) bool {
		if failed = r.err; failed != nil {
			return false
		}
		at := &s.points[r.point]
		s.events += r.Events
		at.sample.Add(r.measured, r.Time)
		if r.fails() {
			if at.failed++; at.failed == 1 {
				at.first = r.seed
			}
		}
		if r.undecided() {
			at.undecided++
		}
		return true
	})
	return failed
}

func (s *sweeping) code() exitCode {
	worst := exitOK
	for _, at := range s.points {
		switch {
		case at.failed > 0:
			return exitViolated
		case at.undecided > 0:
			worst = exitInconclusive
		}
	}
	return worst
}

// text is the table, and what failed.
func (s *sweeping) text() string {
	var b strings.Builder
	how := map[exitCode]string{exitOK: "ok  ", exitViolated: "FAIL", exitInconclusive: "INCONCLUSIVE"}[s.code()]
	fmt.Fprintf(&b, "%s  %s  %-5s  %s with %d values, seeds %s   %s events  (%.2fs)\n\n", how, s.job.scenario.Name, s.job.protocol,
		s.job.scenario.Sweep.Param, len(s.points), s.job.seeds, reports.Grouped(s.events), s.took.Seconds())
	rows := [][]string{{s.job.scenario.Sweep.Param}}
	for _, m := range s.measures {
		rows[0] = append(rows[0], m.Name)
	}
	for i := range s.points {
		row := []string{s.points[i].text}
		for _, m := range s.measures {
			_, text := s.figure(i, m)
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	writeTable(&b, rows)
	b.WriteByte('\n')
	for _, at := range s.points {
		if at.failed > 0 {
			fmt.Fprintf(&b, "  violated   by %s of %s seeds with %s: %s\n", reports.Grouped(at.failed), reports.Grouped(uint64(at.sample.Runs)), at.text, at.job.again(at.first))
		}
		if at.undecided > 0 {
			fmt.Fprintf(&b, "  undecided  %s of %s seeds with %s\n", reports.Grouped(at.undecided), reports.Grouped(uint64(at.sample.Runs)), at.text)
		}
	}
	fmt.Fprintf(&b, "  see  %s\n", filepath.Join(s.dir, "sweep.png"))
	return b.String()
}

// figure returns what was measured with a value, not a number and "none" if
// there was nothing to measure.
func (s *sweeping) figure(i int, m measure.Measure) (float64, string) {
	if f, ok := m.Of(&s.points[i].sample); ok {
		return f, m.Format(f)
	}
	return math.NaN(), "none"
}

// writeTable writes rows in columns, numbers to the right.
func writeTable(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for _, row := range rows {
		fmt.Fprintf(b, "  %-*s", widths[0], row[0])
		for i, cell := range row[1:] {
			fmt.Fprintf(b, "  %*s", widths[i+1], cell)
		}
		b.WriteByte('\n')
	}
}

// sweepLine is what --json prints of a sweep, and what sweep.json says. Times are
// seconds of virtual time.
type sweepLine struct {
	Type     string      `json:"type"` // "result"
	Version  int         `json:"zabsim"`
	Scenario string      `json:"scenario"`
	Protocol string      `json:"protocol"`
	Seeds    string      `json:"seeds"`
	Verdict  string      `json:"verdict"`
	Param    string      `json:"param"`
	Values   []pointLine `json:"values"`
	Events   uint64      `json:"events"`
}

type pointLine struct {
	Value     string             `json:"value"`
	Figures   map[string]float64 `json:"figures"` // by measure; none where there was nothing to measure
	Runs      int                `json:"runs"`
	Failed    uint64             `json:"failed"`
	Undecided uint64             `json:"undecided"`
}

func (s *sweeping) line() sweepLine {
	l := sweepLine{
		Type: "result", Version: rundir.Version, Scenario: s.job.scenario.Name, Protocol: s.job.protocol,
		Seeds: s.job.seeds.String(), Verdict: words[s.code()], Param: s.job.scenario.Sweep.Param, Events: s.events,
	}
	for i, at := range s.points {
		p := pointLine{at.text, map[string]float64{}, at.sample.Runs, at.failed, at.undecided}
		for _, m := range s.measures {
			if f, _ := s.figure(i, m); !math.IsNaN(f) {
				p.Figures[m.Name] = f
			}
		}
		l.Values = append(l.Values, p)
	}
	return l
}

// write writes the directory of the sweep.
func (s *sweeping) write() error {
	picture := reports.Sweeps(s.picture())
	return rundir.Replace(s.dir, func(dir string) error {
		text, err := json.MarshalIndent(s.line(), "", "  ")
		if err != nil {
			return err
		}
		files := map[string][]byte{rundir.SweepFile: append(text, '\n')}
		for _, format := range []string{"png", "svg"} {
			var b bytes.Buffer
			if _, err := picture.Write(&b, format); err != nil {
				return err
			}
			files["sweep."+format] = b.Bytes()
		}
		for name, content := range files {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *sweeping) picture() *reports.Sweep {
	made := &reports.Sweep{
		Title:   s.job.scenario.Name,
		Caption: fmt.Sprintf("%s, %d values of %s, seeds %s, zabsim %s", s.job.protocol, len(s.points), s.job.scenario.Sweep.Param, s.job.seeds, rundir.ThisBuild().Version),
		Param:   s.job.scenario.Sweep.Param,
	}
	for _, at := range s.points {
		made.Values = append(made.Values, at.text)
	}
	for _, m := range s.measures {
		c := reports.Column{Name: m.Name}
		for i := range s.points {
			f, text := s.figure(i, m)
			c.Figures, c.Texts = append(c.Figures, f), append(c.Texts, text)
		}
		made.Columns = append(made.Columns, c)
	}
	return made
}
