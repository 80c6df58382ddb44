package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/checker/campaign"
)

// fuzzFlags are the flags of fuzz.
type fuzzFlags struct {
	runFlags
	runs      uint64
	limit     time.Duration
	strategy  string
	resume    string
	corpus    string
	asWritten bool
}

func newFuzz() *cobra.Command {
	f := &fuzzFlags{}
	cmd := &cobra.Command{
		Use:   "fuzz [SCENARIO...]",
		Short: "Simulate fresh seeds and drawn faults until told to stop",
		Long: "Search for violations: simulate run after run of a scenario, or of several in turn, each from a fresh\n" +
			"seed, with other workloads and other things that go wrong. Without SCENARIO it is swarm.\n\n" +
			"What is found is grouped by property and cause, and of each group the first run is written into a\n" +
			"directory, for replay, shrink and diff. Without --for and --seeds it goes on until something is found\n" +
			"or it is interrupted.\n\n" +
			"Strategies: uniform draws everything evenly; pct gives links and disks priorities; starve has one of\n" +
			"them always last; aimed strikes in the middle of elections and writes; guided goes on from runs that\n" +
			"reached a state no run had been in; mix is a bit of each.\n\n" +
			"The seed is drawn and printed. The same seed gives the same campaign, whatever the number of workers.\n" +
			"What is found is logged as it goes: a campaign that was interrupted, or killed, goes on with --resume,\n" +
			"without losing what was found and without counting a seed twice.",
		Example: "  zabsim fuzz --for 10m\n" +
			"  zabsim fuzz swarm recipes --seeds 10000 --keep-going\n" +
			"  zabsim fuzz --defect ZOOKEEPER-3911\n" +
			"  zabsim fuzz --resume zabsim-out/fuzz-swarm-zab-81723 --for 10m",
		ValidArgsFunction: completeScenarios,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.common(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.seed, "seed", "", "seed of the first run, and so of the campaign: a number, or a git hash")
	flags.Uint64Var(&f.runs, "seeds", 0, "how many seeds")
	flags.DurationVar(&f.limit, "for", 0, "how long, in real time")
	flags.StringVar(&f.strategy, "strategy", string(campaign.Mix), "how to search: "+strategies(", "))
	flags.BoolVar(&f.asWritten, "as-written", false, "leave the workloads as the scenario has them")
	flags.StringVar(&f.resume, "resume", "", "directory of a campaign to go on with")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "print more about what is found")
	flags.StringVar(&f.corpus, "corpus", "", "directory of runs to go on from, which those that reach something new join")
	if err := cmd.RegisterFlagCompletionFunc("strategy", cobra.FixedCompletions(strings.Fields(strategies(" ")), cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // there is no such flag
	}
	return cmd
}

// strategies returns the names of the strategies.
func strategies(separator string) string {
	names := make([]string, len(campaign.Strategies))
	for i, s := range campaign.Strategies {
		names[i] = string(s)
	}
	return strings.Join(names, separator)
}

func (f *fuzzFlags) run(cmd *cobra.Command, names []string) error {
	if err := f.check(); err != nil {
		return err
	}
	z := &fuzzing{flags: f}
	begin := z.fresh
	if f.resume != "" {
		begin = z.resumed
	}
	if err := begin(cmd, names); err != nil {
		return err
	}
	z.p = newPrinter(cmd.OutOrStdout(), cmd.ErrOrStderr(), &f.runFlags)
	return z.run(cmd.Context())
}

// check says what is wrong with the flags.
func (f *fuzzFlags) check() error {
	names := strings.Fields(strategies(" "))
	switch {
	case !slices.Contains(names, f.strategy):
		return unknown("strategy", f.strategy, names)
	case len(f.protocols) > 1:
		return errors.New("fuzz runs one protocol at a time; give one --protocol")
	case f.limit < 0:
		return fmt.Errorf("--for is %v; it is a time such as 10m", f.limit)
	}
	return f.runFlags.check()
}

// fresh begins a campaign, or goes on with the one that the same command line
// began.
func (z *fuzzing) fresh(_ *cobra.Command, names []string) error {
	f := z.flags
	if len(names) == 0 {
		names = []string{"swarm"}
	}
	loaded, err := load(names)
	if err != nil {
		return err
	}
	z.cfg = campaign.Config{
		Scenarios: loaded, AsWritten: f.asWritten, Protocol: loaded[0].Protocol, Defects: f.defects,
		Strategy: campaign.Strategy(f.strategy), Corpus: f.corpus, Seed: 1 + rand.Uint64N(maxSeeds),
	}
	if len(f.protocols) == 1 {
		z.cfg.Protocol = f.protocols[0]
	}
	p, err := protocolByName(z.cfg.Protocol)
	if err != nil {
		return err
	}
	if err := checkDefects(p, f.defects); err != nil {
		return err
	}
	if f.seed != "" {
		if z.cfg.Seed, err = parseSeed(f.seed); err != nil {
			return err
		}
	}
	z.cfg.Dir = filepath.Join(f.out, z.name())
	return nil
}

// name returns the name of the campaign's directory: what it is, and not when it
// was, so that the same command line goes on with it.
func (z *fuzzing) name() string {
	parts := []string{"fuzz", z.title("-"), z.cfg.Protocol, strconv.FormatUint(z.cfg.Seed, 10)}
	if z.cfg.Strategy != campaign.Mix {
		parts = append(parts, string(z.cfg.Strategy))
	}
	return strings.Join(append(parts, z.cfg.Defects...), "-")
}

// ofCampaign are the flags that decide what the runs of a campaign are. Its log
// has them.
var ofCampaign = []string{"protocol", "defect", "seed", "strategy", "corpus", "as-written"}

func (z *fuzzing) resumed(cmd *cobra.Command, names []string) (err error) {
	for _, flag := range ofCampaign {
		if cmd.Flags().Changed(flag) {
			return fmt.Errorf("--resume goes on with a campaign as it was begun; leave out --%s", flag)
		}
	}
	if len(names) > 0 {
		return fmt.Errorf("--resume goes on with a campaign as it was begun; leave out %s", strings.Join(names, " "))
	}
	z.cfg, err = campaign.Resume(z.flags.resume)
	return err
}

// title returns the names of the scenarios.
func (z *fuzzing) title(separator string) string {
	var names []string
	for _, s := range z.cfg.Scenarios {
		names = append(names, strings.ReplaceAll(s.Name, "/", "-"))
	}
	return strings.Join(names, separator)
}

// run makes the campaign and reports what came of it.
func (z *fuzzing) run(ctx context.Context) error {
	z.cfg.Runs, z.cfg.For, z.cfg.Workers, z.cfg.KeepGoing = z.flags.runs, z.flags.limit, z.flags.workers, z.flags.keepGoing
	collectSeldom()
	z.began = time.Now()
	z.start()
	bar := newProgress(z.p.stderr, z.began, z.progress)
	if z.p.quiet {
		bar = &progress{}
	}
	z.cfg.Progress = func(s *campaign.Summary) {
		z.summary = s
		bar.show()
	}
	z.cfg.Found = func(g *campaign.Group) error {
		bar.clear()
		return z.record(g)
	}
	var err error
	z.summary, err = campaign.Run(ctx, z.cfg)
	bar.clear()
	if err := z.explain(err); err != nil {
		return err
	}
	code, err := z.report()
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return &ending{exitInterrupted, fmt.Errorf("interrupted; zabsim fuzz --resume %s goes on", z.cfg.Dir)}
	case code == exitInconclusive && z.flags.allowInconclusive, code == exitOK:
		return nil
	}
	return &ending{code: code}
}

// explain gives an error of a campaign the exit code that is due.
func (z *fuzzing) explain(err error) error {
	var panicked *campaign.Panicked
	var random *campaign.NotDeterministic
	switch {
	case errors.As(err, &panicked):
		return &ending{exitBug, &internalError{panicked.Cause, panicked.Stack}}
	case errors.As(err, &random):
		return &ending{exitNotDeterministic, err}
	}
	return err
}
