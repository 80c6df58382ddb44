package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/all"
)

// runFlags are the flags of run.
type runFlags struct {
	protocols, defects []string
	seed, seeds        string
	out, color         string
	workers            int
	json               bool
	quiet, verbose     bool
	keepGoing          bool
	allowInconclusive  bool
	all                bool // the whole library
}

func newRun() *cobra.Command {
	f := &runFlags{}
	cmd := &cobra.Command{
		Use:   "run SCENARIO...",
		Short: "Simulate scenarios: one seed, or many with --seeds",
		Long: "Simulate scenarios, judge what happened and write a directory with all there is to see.\n" +
			"A SCENARIO is a file, or the name of one in the library: zabsim list scenarios.\n\n" +
			"Without --seed and --seeds the seed is the scenario's own, so that the same command does\n" +
			"the same thing twice. With --seeds nothing is written but the first seed that fails.\n" +
			"A scenario with a sweep runs with each of its values, unless a seed is asked for.",
		Example: "  zabsim run shanghai-guangzhou\n" +
			"  zabsim run shanghai-guangzhou --seeds 1-1000 --keep-going\n" +
			"  zabsim run heartbeat                 (a sweep: one setting at several values)\n" +
			"  zabsim run --all\n" +
			"  zabsim run ./split.yaml --protocol zab --defect skip-trunc",
		Args: func(cmd *cobra.Command, args []string) error {
			if f.all {
				return nil // f.whole says what is wrong with names
			}
			return atLeastOne("a scenario, or --all")(cmd, args)
		},
		ValidArgsFunction: completeScenarios,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.common(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.seed, "seed", "", "seed: a number, or a git hash")
	flags.StringVar(&f.seeds, "seeds", "", "many seeds: 1-1000 or 1,5,9-12")
	flags.BoolVar(&f.all, "all", false, "run the library: each scenario with its own seed, campaigns with 20")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "print every seed, and more about each")
	return cmd
}

// common adds the flags that all commands have which simulate many seeds.
func (f *runFlags) common(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&f.protocols, "protocol", nil, "protocols to run, instead of the scenario's")
	flags.StringSliceVar(&f.defects, "defect", nil, "faulty variants of the protocol to switch on")
	flags.StringVarP(&f.out, "out", "o", cmp.Or(os.Getenv("ZABSIM_OUT"), "zabsim-out"), "directory for run directories")
	flags.BoolVar(&f.json, "json", false, "print JSON lines on stdout, text for people on stderr")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print failures only")
	flags.BoolVar(&f.keepGoing, "keep-going", false, "go on after the first seed that fails")
	flags.BoolVar(&f.allowInconclusive, "allow-inconclusive", false, "exit 0 where it would be 3")
	flags.IntVar(&f.workers, "workers", defaultWorkers(), "how many seeds to run at a time")
	flags.StringVar(&f.color, "color", cmp.Or(os.Getenv("ZABSIM_COLOR"), "auto"), "auto, always or never")
	for flag, complete := range map[string]cobra.CompletionFunc{
		"protocol": completeProtocols,
		"defect":   completeDefects,
		"color":    cobra.FixedCompletions(colorModes, cobra.ShellCompDirectiveNoFileComp),
	} {
		if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
			panic(err) // there is no such flag
		}
	}
}

// defaultWorkers returns how many workers there are unless the command line
// says otherwise.
func defaultWorkers() int {
	if n, err := strconv.Atoi(os.Getenv("ZABSIM_WORKERS")); err == nil && n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// run simulates everything that was asked for, and nothing if any of it cannot
// be.
func (f *runFlags) run(cmd *cobra.Command, names []string) error {
	if err := f.check(); err != nil {
		return err
	}
	find := f.jobs
	if f.all {
		find = f.whole
	}
	jobs, err := find(names)
	if err != nil {
		return err
	}
	p := newPrinter(cmd.OutOrStdout(), cmd.ErrOrStderr(), f)
	perform := runJobs
	if f.all {
		perform = runAll
	}
	worst, err := perform(cmd.Context(), p, jobs)
	if worst == exitInconclusive && f.allowInconclusive {
		worst = exitOK
	}
	switch {
	case err != nil:
		return err
	case cmd.Context().Err() != nil:
		return &ending{exitInterrupted, errors.New("interrupted")}
	case worst != exitOK:
		return &ending{code: worst}
	}
	return nil
}

// runJobs runs jobs one after the other and returns the gravest of their exit
// codes.
func runJobs(ctx context.Context, p *printer, jobs []job) (worst exitCode, err error) {
	for i := range jobs {
		if ctx.Err() != nil {
			break
		}
		var code exitCode
		if err := guard(func() (err error) {
			code, err = jobs[i].run(ctx, p)
			return err
		}); err != nil {
			return worst, err
		}
		worst = graver(worst, code)
	}
	return worst, nil
}

// graver returns the exit code that says more against a run.
func graver(a, b exitCode) exitCode {
	if a == exitViolated || b == exitOK {
		return a
	}
	return b
}

func (f *runFlags) check() error {
	switch {
	case f.workers < 1:
		return fmt.Errorf("--workers is %d; at least 1 is needed", f.workers)
	case f.seed != "" && f.seeds != "":
		return errors.New("--seed and --seeds exclude each other")
	case f.quiet && f.verbose:
		return errors.New("--quiet and --verbose exclude each other")
	}
	if !slices.Contains(colorModes, f.color) {
		return unknown("color", f.color, colorModes)
	}
	return nil
}

// jobs turns the command line into what is to be done.
func (f *runFlags) jobs(names []string) ([]job, error) {
	loaded, err := load(names)
	if err != nil {
		return nil, err
	}
	seeds, err := f.seedRanges()
	if err != nil {
		return nil, err
	}
	var jobs []job
	for i, s := range loaded {
		protocols := f.protocols
		if len(protocols) == 0 {
			protocols = []string{s.Protocol}
		}
		for _, name := range protocols {
			p, err := protocolByName(name)
			if err != nil {
				return nil, err
			}
			if err := checkDefects(p, f.defects); err != nil {
				return nil, err
			}
			j := job{
				scenario: s, source: names[i], protocol: name, defects: f.defects, seeds: seeds,
				out: f.out, workers: f.workers, keepGoing: f.keepGoing, overrides: f.overrides(),
			}
			if seeds == nil {
				j.seeds = seedRanges{{s.Seed, s.Seed}}
			}
			if seeds == nil && s.Sweep != nil {
				j.sweeps, j.seeds = true, seedRanges{{s.Seed, s.Seed + uint64(s.Sweep.Seeds) - 1}}
			}
			jobs = append(jobs, j)
		}
	}
	return jobs, nil
}

// seedRanges returns the seeds that were asked for, or nil.
func (f *runFlags) seedRanges() (seedRanges, error) {
	switch {
	case f.seeds != "":
		return parseSeeds(f.seeds)
	case f.seed != "":
		seed, err := parseSeed(f.seed)
		return seedRanges{{seed, seed}}, err
	}
	return nil, nil
}

// overrides returns the flags that change what a run does.
func (f *runFlags) overrides() []string {
	var made []string
	if len(f.protocols) > 0 {
		made = append(made, "--protocol "+strings.Join(f.protocols, ","))
	}
	if f.seed != "" {
		made = append(made, "--seed "+f.seed)
	}
	if f.seeds != "" {
		made = append(made, "--seeds "+f.seeds)
	}
	if len(f.defects) > 0 {
		made = append(made, "--defect "+strings.Join(f.defects, ","))
	}
	return made
}

func protocolByName(name string) (*nodes.Protocol, error) {
	p, err := all.ByName(name)
	if err != nil {
		return nil, unknown("protocol", name, all.Names())
	}
	return p, nil
}

func checkDefects(p *nodes.Protocol, names []string) error {
	known := make([]string, len(p.Defects))
	for i, d := range p.Defects {
		known[i] = d.Name
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return unknown("defect of "+p.Name, name, known)
		}
	}
	return nil
}
