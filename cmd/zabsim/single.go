package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/reports"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// recording is one run with everything switched on.
type recording struct {
	*outcome
	job  *job
	run  *reports.Run
	log  *journal
	took time.Duration // in real time
	dir  string
}

// single runs one seed, writes its directory and says how it went. A run that
// fails is run a second time before it is reported: it must come out the same.
func (j *job) single(p *printer, seed uint64) (exitCode, error) {
	r, err := j.record(seed)
	if err != nil {
		return exitOK, err
	}
	if r.fails() {
		second, err := j.simulate(seed, false)
		if err != nil {
			return exitOK, err
		}
		if err := r.compare(second); err != nil {
			return exitOK, err
		}
	}
	p.single(r)
	return r.code(), nil
}

// compare returns an error if another run of the same seed came out differently.
// Then that is the finding: nothing that either run shows can be trusted.
func (r *recording) compare(other *outcome) error {
	if r.Hash == other.Hash {
		return nil
	}
	return &ending{exitNotDeterministic, fmt.Errorf(
		"not deterministic: %s gave trace %s and, once more, %s; the first trace is in %s",
		r.title(), r.digest(), other.digest(), r.dir)}
}

// record runs one seed and writes its directory.
func (j *job) record(seed uint64) (*recording, error) {
	r := &recording{job: j, dir: j.dir(seed)}
	err := replaceDir(r.dir, func(tmp string) error {
		if err := r.simulate(tmp, seed); err != nil {
			return err
		}
		return r.write(tmp)
	})
	if err != nil {
		return nil, err
	}
	return r, pointLast(r.dir)
}

// simulate runs the seed and writes the trace as it goes.
func (r *recording) simulate(dir string, seed uint64) error {
	_, header, err := r.job.scenario.Compile(r.job.protocol, seed)
	if err != nil {
		return err
	}
	return r.watch(dir, header, func(observers ...trace.Observer) (*outcome, error) {
		return r.job.simulate(seed, true, observers...)
	})
}

// watch has a run performed and writes the trace as it goes.
func (r *recording) watch(dir string, header *trace.Header, perform func(...trace.Observer) (*outcome, error)) error {
	file, err := os.Create(filepath.Join(dir, "trace.jsonl"))
	if err != nil {
		return err
	}
	defer file.Close()
	lines := trace.NewWriter(file, header)
	rec := reports.NewRecording(header, 0)
	var times clock
	start := time.Now()
	r.log = &journal{header: header}
	if r.outcome, err = perform(lines, rec, &times, r.log); err != nil {
		return err
	}
	r.took = time.Since(start)
	r.run = &reports.Run{
		Recording: rec, Duration: r.Time, Events: r.Events, Hash: r.Hash, Version: thisBuild().Version,
		Findings: r.findings(times), Untimed: r.job.explored != "",
	}
	if err := lines.Flush(); err != nil {
		return err
	}
	return file.Close()
}

// findings returns what reports are to tell: violations first, the expected
// one before all, then what was inconclusive. The first one, which is told in
// full, mentions the others.
func (r *recording) findings(times clock) []reports.Finding {
	all := slices.Concat(r.Violations, r.Inconclusive)
	if i := slices.IndexFunc(all, func(v checker.Violation) bool { return v.Property == r.Expected }); i > 0 {
		expected := all[i]
		all = slices.Insert(slices.Delete(all, i, i+1), 0, expected)
	}
	if len(all) > 1 {
		others := make([]string, len(all)-1)
		for i, v := range all[1:] {
			others[i] = v.Property
		}
		all[0].Details = append(slices.Clip(all[0].Details), "also: "+strings.Join(others, ", "))
	}
	made := make([]reports.Finding, len(all))
	for i := range all {
		seq := times.last()
		if e := all[i].Evidence; len(e) > 0 {
			seq = slices.Max(e)
		}
		made[i] = reports.Finding{Violation: &all[i], Seq: seq, Time: times.at(seq)}
	}
	return made
}

// write writes all files but the trace.
func (r *recording) write(dir string) error {
	names := sim.Names{Protocol: r.Header.Protocol, Clients: r.Header.Clients}
	type content struct {
		name  string
		write func(*bytes.Buffer) error
	}
	files := []content{
		{"scenario.yaml", func(b *bytes.Buffer) error { _, err := r.job.scenario.WriteTo(b); return err }},
		{"schedule.txt", func(b *bytes.Buffer) error { return names.Write(b, r.Schedule) }},
		{recordFile, func(b *bytes.Buffer) error { return writeRecord(b, r) }},
	}
	if !r.run.Untimed {
		timeline := reports.Timeline(r.run)
		files = append(files, content{"timeline.png", picture(timeline, "png")}, content{"timeline.svg", picture(timeline, "svg")})
	}
	if len(r.run.Findings) > 0 {
		files = append(files, content{"violation.png", picture(reports.Closeup(r.run, &r.run.Findings[0]), "png")})
	}
	var b bytes.Buffer
	for _, f := range files {
		b.Reset()
		if err := f.write(&b); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, f.name), b.Bytes(), 0o666); err != nil {
			return err
		}
	}
	if r.History != nil && len(r.Violations) > 0 {
		return r.History.Visualize(filepath.Join(dir, "history.html"))
	}
	return nil
}

func picture(p *reports.Picture, format string) func(*bytes.Buffer) error {
	return func(b *bytes.Buffer) error {
		_, err := p.Write(b, format)
		return err
	}
}

// text returns what people read about the run.
func (r *recording) text() (string, error) {
	var b strings.Builder
	switch verdict := r.Verdict(); {
	case verdict == scenarios.AsExpected:
		err := reports.Success(&b, r.run, r.took)
		return b.String(), err
	case verdict == scenarios.ExpectedViolationMissing:
		fmt.Fprintf(&b, "FAIL  %s\n\n  expected %s to violate %s, and it did not\n\n  see   %s\n  try   zabsim run %s --protocol %s --seeds 1-1000\n",
			r.title(), r.Protocol, r.Expected, r.dir, r.job.source, r.Protocol)
		return b.String(), nil
	case len(r.run.Findings) > 0:
		err := reports.Failure(&b, r.run, &r.run.Findings[0], r.hints()...)
		return b.String(), err
	default:
		r.explainUndecided(&b)
		return b.String(), nil
	}
}

// hints say how to see a failure again. What is inconclusive cannot be shrunk.
func (r *recording) hints() []reports.Hint {
	hints := []reports.Hint{{Label: "see", Text: r.dir}, {Label: "replay", Text: "zabsim replay " + r.dir}}
	if len(r.Violations) > 0 {
		hints = append(hints, reports.Hint{Label: "shrink", Text: "zabsim shrink " + r.dir})
	}
	return append(hints, reports.Hint{Label: "from seed", Text: r.job.again(r.Seed)})
}

// explainUndecided says why a run in which nothing was violated proves nothing.
func (r *recording) explainUndecided(w io.Writer) {
	fmt.Fprintf(w, "INCONCLUSIVE  %s\n\n", r.title())
	if r.Stop == sim.Limit {
		fmt.Fprintf(w, "  stopped after %s events, at %v of %v: more would take a larger limits.events in the scenario\n",
			reports.Grouped(r.Events), r.Time, r.job.scenario.Duration)
	}
	for _, name := range r.Unmet {
		fmt.Fprintf(w, "  %s did not happen, so the run tested too little; zabsim explain %s\n", name, name)
	}
	fmt.Fprintf(w, "\n  see   %s\n", r.dir)
}

// title returns "shanghai-guangzhou  zab  seed 42".
func (r *recording) title() string {
	return fmt.Sprintf("%s  %s  seed %d", r.Scenario, r.Protocol, r.Seed)
}

// clock is an observer that knows when each event was.
type clock []time.Duration

// Wants implements [trace.Observer].
func (c *clock) Wants() trace.Set { return trace.Every }

// Observe implements [trace.Observer].
func (c *clock) Observe(e *trace.Event) { *c = append(*c, e.Time) }

func (c *clock) last() uint64 { return uint64(len(*c)) }

func (c *clock) at(seq uint64) time.Duration {
	if seq == 0 || seq > c.last() {
		return 0
	}
	return (*c)[seq-1]
}
