package rundir

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/zabsim/zabsim/reports"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// Run is one run with everything switched on. Scenario to Again are filled in
// before it is performed, Result to Took when it has been.
type Run struct {
	Scenario  *scenarios.Scenario
	Options   scenarios.RunOptions // what it is made with, besides the scenario
	Overrides []string             // the flags that made it differ from the scenario
	Again     string               // the command line that repeats it

	Result *scenarios.Result
	Report *reports.Run
	Took   time.Duration // in real time

	choices *choice.Recorder // nil: they follow from the seed
}

// Make simulates the run and writes its directory.
func (r *Run) Make(dir string) error {
	return Replace(dir, func(tmp string) error {
		if err := r.Simulate(tmp); err != nil {
			return err
		}
		return r.Write(tmp)
	})
}

// Simulate simulates the run, and writes its trace into a directory as it goes.
func (r *Run) Simulate(dir string) error {
	_, header, err := r.Scenario.Configure(r.Options)
	if err != nil {
		return err
	}
	return r.Perform(dir, header, func(observers ...trace.Observer) (*scenarios.Result, error) {
		opts := r.Options
		opts.Record = true
		opts.Observers = append(observers, opts.Observers...)
		if opts.Source != nil {
			r.choices = &choice.Recorder{From: opts.Source}
			opts.Source = r.choices
		}
		return r.Scenario.Run(opts)
	})
}

// Perform does the same for a run that is performed in some other way.
func (r *Run) Perform(dir string, header *trace.Header, perform func(...trace.Observer) (*scenarios.Result, error)) error {
	file, err := os.Create(filepath.Join(dir, "trace.jsonl"))
	if err != nil {
		return err
	}
	defer file.Close()
	lines := trace.NewWriter(file, header)
	rec := NewRecorder(header)
	start := time.Now()
	if r.Result, err = perform(lines, rec); err != nil {
		return err
	}
	r.Took = time.Since(start)
	r.Report = rec.Report(r.Result, r.Options.Untimed)
	if err := lines.Flush(); err != nil {
		return err
	}
	return file.Close()
}

// Write writes all files but the trace.
func (r *Run) Write(dir string) error {
	names := sim.Names{Protocol: r.Result.Header.Protocol, Clients: r.Result.Header.Clients}
	type content struct {
		name  string
		write func(*bytes.Buffer) error
	}
	files := []content{
		{ScenarioFile, func(b *bytes.Buffer) error { _, err := r.Scenario.WriteTo(b); return err }},
		{ScheduleFile, func(b *bytes.Buffer) error { return names.Write(b, r.Result.Schedule) }},
		{RecordFile, func(b *bytes.Buffer) error { return r.writeRecord(b) }},
	}
	if r.choices != nil {
		files = append(files, content{ChoicesFile, func(b *bytes.Buffer) error { return choice.Write(b, r.choices.Choices) }})
	}
	if !r.Options.Untimed {
		timeline := reports.Timeline(r.Report)
		files = append(files, content{"timeline.png", picture(timeline, "png")}, content{"timeline.svg", picture(timeline, "svg")})
	}
	if found := r.Report.Findings; len(found) > 0 {
		name := "violation.png"
		if found[0].Shown {
			name = "witness.png"
		}
		files = append(files, content{name, picture(reports.Closeup(r.Report, &found[0]), "png")})
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
	if r.Result.History != nil && len(r.Result.Violations) > 0 {
		return r.Result.History.Visualize(filepath.Join(dir, "history.html"))
	}
	return nil
}

func picture(p *reports.Picture, format string) func(*bytes.Buffer) error {
	return func(b *bytes.Buffer) error {
		_, err := p.Write(b, format)
		return err
	}
}
