package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/reports/rundir"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
)

// kept is a run that was recorded: a run directory, or a schedule file with the
// scenario that it belongs to beside it.
type kept struct {
	dir      string // of the run, or of the file
	file     string // the schedule
	source   string // the scenario's file
	scenario *scenarios.Scenario
	opts     scenarios.RunOptions // what made the run, besides the scenario
	record   *rundir.Record       // nil for a file that is no part of a run directory
	names    sim.Names
	schedule sim.Schedule
	lines    []int // of the schedule's actions
}

// open finds what a command line calls RUN: a run directory, a schedule file, or
// "last" for the newest run in the directory out.
func open(run, out string) (*kept, error) {
	if run == "last" {
		run = lastOf(out)
	}
	at, err := os.Stat(run)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no run %s; give a run directory, a schedule file, or last", run)
	case err != nil:
		return nil, err
	case at.IsDir():
		if _, err := os.Stat(filepath.Join(run, rundir.RecordFile)); err != nil {
			return nil, fmt.Errorf("%s is not a run directory: it has no %s", run, rundir.RecordFile)
		}
		run = filepath.Join(run, rundir.ScheduleFile)
	}
	k := &kept{dir: filepath.Dir(run), file: run}
	if filepath.Base(run) == rundir.ScheduleFile {
		err = k.loadRun()
	} else {
		err = k.loadFile()
	}
	if err != nil {
		return nil, err
	}
	return k, k.loadSchedule()
}

// lastOf returns the directory that the link "last" points to, so that commands
// that are printed still mean the same run after the next one.
func lastOf(out string) string {
	link := filepath.Join(out, "last")
	if dir, err := filepath.EvalSymlinks(link); err == nil {
		return dir
	}
	return link
}

// loadRun loads what made the run of a run directory.
func (k *kept) loadRun() error {
	k.source = filepath.Join(k.dir, rundir.ScenarioFile)
	text, err := os.ReadFile(filepath.Join(k.dir, rundir.RecordFile))
	if err != nil {
		return err
	}
	k.record = &rundir.Record{}
	if err := json.Unmarshal(text, k.record); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(k.dir, rundir.RecordFile), err)
	}
	source, err := os.ReadFile(k.source)
	if err != nil {
		return err
	}
	if rundir.Digest(source) != k.record.Digest {
		return fmt.Errorf("%s was changed after the run", k.source)
	}
	if k.scenario, err = scenarios.Parse(k.source, source); err != nil {
		return err
	}
	k.opts = scenarios.RunOptions{
		Protocol: k.record.Protocol, Seed: k.record.Seed, Untimed: k.record.Untimed, Discovery: k.record.Discovery,
	}
	for _, name := range k.record.Defects {
		if k.record.Protocol != k.scenario.Protocol || !slices.Contains(k.scenario.Defects, name) {
			k.opts.Defects = append(k.opts.Defects, name)
		}
	}
	if k.record.Chosen {
		k.opts.Source, err = readChoices(filepath.Join(k.dir, rundir.ChoicesFile))
	}
	return err
}

// readChoices reads the choices of a run that do not follow from its seed.
func readChoices(name string) (choice.Source, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	choices, err := choice.Read(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return choice.NewTable(choices), nil
}

// loadFile loads the scenario that stands beside a schedule: shrunk.yaml for
// shrunk.txt. It says by itself which protocol, defects and seed are meant.
func (k *kept) loadFile() error {
	k.source = strings.TrimSuffix(k.file, filepath.Ext(k.file)) + ".yaml"
	source, err := os.ReadFile(k.source)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: the scenario that it belongs to, %s, is not there", k.file, k.source)
	}
	if err != nil {
		return err
	}
	k.scenario, err = scenarios.Parse(k.source, source)
	if err == nil {
		k.opts = scenarios.RunOptions{Protocol: k.scenario.Protocol, Seed: k.scenario.Seed}
	}
	return err
}

func (k *kept) loadSchedule() error {
	_, header, err := k.scenario.Compile(k.opts.Protocol, k.opts.Seed)
	if err != nil {
		return err
	}
	k.names = sim.Names{Protocol: header.Protocol, Clients: header.Clients}
	text, err := os.ReadFile(k.file)
	if err != nil {
		return err
	}
	if k.schedule, err = k.names.Read(bytes.NewReader(text)); err != nil {
		return fmt.Errorf("%s: %w", k.file, err)
	}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			k.lines = append(k.lines, number)
		}
	}
	return nil
}

// place returns where the i-th action stands: "schedule.txt:7".
func (k *kept) place(i int) string { return fmt.Sprintf("%s:%d", k.file, k.lines[i]) }

// title returns "shanghai-guangzhou  zab  seed 42".
func (k *kept) title() string {
	if k.opts.Untimed {
		return fmt.Sprintf("%s  %s  explored", k.scenario.Name, k.opts.Protocol)
	}
	return fmt.Sprintf("%s  %s  seed %d", k.scenario.Name, k.opts.Protocol, k.opts.Seed)
}

// outFlag adds the flag that says where run directories are.
func outFlag(cmd *cobra.Command, out *string) {
	cmd.Flags().StringVarP(out, "out", "o", cmp.Or(os.Getenv("ZABSIM_OUT"), "zabsim-out"), "directory in which last is looked up")
}
