package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/reports"
	"github.com/zabsim/zabsim/reports/rundir"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// replayFlags are the flags of replay.
type replayFlags struct {
	step, fromSeed bool
	until          moment
	out            string
}

func newReplay() *cobra.Command {
	f := &replayFlags{}
	cmd := &cobra.Command{
		Use:   "replay RUN",
		Short: "Perform a recorded run again, step by step if asked",
		Long: "Perform the schedule of a recorded run again and judge what happens. A RUN is a run directory, a\n" +
			"schedule file with its scenario beside it (shrunk.txt and shrunk.yaml), or last.\n\n" +
			"A run directory knows the hash of its trace: a replay that comes out differently ends with exit\n" +
			"code 4 and says where. A schedule does not depend on the seed's draws, but for how much a power\n" +
			"loss takes, so it keeps working when the code draws differently; where an action does not fit any\n" +
			"more, replay says which and why.",
		Example: "  zabsim replay last\n" +
			"  zabsim replay last --until 1821\n" +
			"  zabsim replay zabsim-out/shanghai-guangzhou-zab-42/shrunk.txt --step",
		Args: exactly(1, "a run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := open(args[0], f.out)
			if err != nil {
				return err
			}
			return f.run(cmd, k)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.step, "step", false, "show each action, what it did and how every server is; on a terminal, one for each Enter")
	flags.Var(&f.until, "until", "stop at the event of this number, or at this time, and show how every server is")
	flags.BoolVar(&f.fromSeed, "from-seed", false, "simulate from the seed instead, and compare what is done with the schedule")
	outFlag(cmd, &f.out)
	return cmd
}

func (f *replayFlags) run(cmd *cobra.Command, k *kept) error {
	switch {
	case f.fromSeed && (f.step || f.until.set()):
		return errors.New("--from-seed performs no schedule; leave out --step and --until")
	case f.fromSeed && k.opts.Untimed:
		return fmt.Errorf("%s comes from no seed; what finds it again is: %s", k.title(), k.record.Again)
	case f.fromSeed:
		return k.reseed(cmd.OutOrStdout())
	case f.step || f.until.set():
		s := newStepper(cmd.InOrStdin(), cmd.OutOrStdout(), k)
		s.all, s.until = f.step, f.until
		return s.run()
	}
	r, err := k.replay()
	if err != nil {
		return err
	}
	return r.tell(cmd.OutOrStdout(), []reports.Hint{{Label: "see", Text: k.dir}, {Label: "step", Text: "zabsim replay " + k.name() + " --step"}})
}

// name returns how a command line calls the run.
func (k *kept) name() string {
	if k.record != nil {
		return k.dir
	}
	return k.file
}

// replayed is what came of a replay.
type replayed struct {
	*kept
	*scenarios.Result
	run *reports.Run
}

// replay performs the schedule. The error says that an action does not fit, or
// that the trace is another one.
func (k *kept) replay() (*replayed, error) {
	_, header, err := k.scenario.Compile(k.opts.Protocol, k.opts.Seed)
	if err != nil {
		return nil, err
	}
	r := &replayed{kept: k}
	rec := rundir.NewRecorder(header)
	opts := k.opts
	opts.Observers = []trace.Observer{rec}
	other := -1 // the first action that delivers something else
	var misfit *sim.Misfit
	r.Result, misfit, err = k.scenario.Replay(k.schedule, opts, func(w *sim.World, next int) bool {
		if other < 0 && next < len(k.schedule) && !k.delivers(w, next) {
			other = next
		}
		return true
	})
	switch {
	case err != nil:
		return nil, err
	case misfit != nil:
		return nil, &ending{exitNotDeterministic, k.explain(misfit, other)}
	}
	r.run = rec.Report(r.Result, k.opts.Untimed)
	if k.record != nil && k.record.TraceHash != rundir.HashText(r.Hash) {
		return nil, &ending{exitNotDeterministic, k.differs(r.Result, other)}
	}
	return r, nil
}

// delivers reports whether an action delivers what it did when it was recorded.
func (k *kept) delivers(w *sim.World, i int) bool {
	s := &k.schedule[i]
	return s.What == "" || w.What(s.Action) == s.What
}

// explain says why an action does not fit.
func (k *kept) explain(m *sim.Misfit, other int) error {
	text := fmt.Sprintf("%s: %q cannot happen here; %v", k.place(m.Index), k.words(m.Index), m.Why)
	if m.Since >= 0 {
		text += fmt.Sprintf(" (since line %d)", k.lines[m.Since])
	}
	if other >= 0 && other < m.Index {
		text += fmt.Sprintf("\n  before that, %s: %q delivered something else", k.place(other), k.words(other))
	}
	return errors.New(text + k.changed())
}

// words returns an action as it stands in the file.
func (k *kept) words(i int) string {
	text := k.names.Format(k.schedule[i].Action)
	if what := k.schedule[i].What; what != "" {
		text += " # " + what
	}
	return text
}

// differs says where a replay in which every action fits parts from the run
// that was recorded.
func (k *kept) differs(r *scenarios.Result, other int) error {
	text := fmt.Sprintf("%s did not replay: trace %s was recorded, and this is %s", k.title(), k.record.TraceHash[:8], rundir.HashText(r.Hash)[:8])
	if other >= 0 {
		text += fmt.Sprintf("\n  %s: %q delivered something else", k.place(other), k.words(other))
	}
	if first, err := k.firstDifference(); err == nil && first != "" {
		text += "\n" + strings.TrimRight(first, "\n")
	}
	return errors.New(text + k.changed())
}

// changed says so if the run was recorded by another version.
func (k *kept) changed() string {
	if k.record == nil || k.record.Build == rundir.ThisBuild() {
		return ""
	}
	return fmt.Sprintf("\n  it was recorded by zabsim %s, and this is %s", k.record.Build.Version, rundir.ThisBuild().Version)
}

// tell prints how a replay went, and ends with its exit code.
func (r *replayed) tell(w io.Writer, hints []reports.Hint) error {
	o := &outcome{Result: r.Result}
	how := counted(r.Steps, "action")
	if r.record != nil {
		how += fmt.Sprintf(", trace %s as recorded", o.digest())
	}
	switch r.Verdict() {
	case scenarios.ExpectedViolationMissing:
		how += fmt.Sprintf("; it was expected to violate %s, and did not", r.Expected)
	case scenarios.AsExpected:
		if r.Expected != "" {
			how += fmt.Sprintf("; it violates %s, as expected", r.Expected)
		}
	}
	if len(r.run.Findings) > 0 {
		if err := reports.Failure(w, r.run, &r.run.Findings[0], append(hints, reports.Hint{Label: "replayed", Text: how})...); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(w, "%-5s %s   replayed %s\n", r.word(), r.title(), how)
	}
	if code := o.code(); code != exitOK {
		return &ending{code: code}
	}
	return nil
}

func (r *replayed) word() string {
	if r.Verdict() == scenarios.AsExpected {
		return "ok"
	}
	return "FAIL"
}

func (r *replayed) title() string { return r.kept.title() }

// counted returns "1 action", "1,204 actions".
func counted[N int | uint64](n N, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return reports.Grouped(uint64(n)) + " " + noun
}

// reseed simulates the run from its seed and compares what is done with the
// schedule.
func (k *kept) reseed(w io.Writer) error {
	opts := k.opts
	opts.Record = true
	r, err := k.scenario.Run(opts)
	if err != nil {
		return err
	}
	for i := range min(len(r.Schedule), len(k.schedule)) {
		if now := r.Schedule[i]; now != k.schedule[i] {
			return &ending{exitNotDeterministic, fmt.Errorf(
				"seed %d is another run now: the first action that differs is\n  %s  %s  %s\n  now %*s  %s  %s%s",
				k.opts.Seed, k.place(i), seconds(k.schedule[i].At), k.words(i),
				max(0, len(k.place(i))-4), "", seconds(now.At), k.names.Format(now.Action), k.changed())}
		}
	}
	if k.record != nil && k.record.TraceHash != rundir.HashText(r.Hash) {
		return &ending{exitNotDeterministic, fmt.Errorf("seed %d does the same and gives another trace: %s was recorded, and this is %s%s",
			k.opts.Seed, k.record.TraceHash[:8], rundir.HashText(r.Hash)[:8], k.changed())}
	}
	_, err = fmt.Fprintf(w, "seed %d gives the recorded run: %s, trace %s\n", k.opts.Seed, counted(len(r.Schedule), "action"), rundir.HashText(r.Hash)[:8])
	return err
}
