package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/campaign"
	"github.com/zabsim/zabsim/checker/cputime"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/scenarios"
)

// huntFlags are the flags of hunt.
type huntFlags struct {
	only               []string
	seed, runs         uint64
	limit, shrinkLimit time.Duration
	workers, replays   int
	table, regressions string
	check              bool
}

// grounds are where defects are hunted: the scenarios of the library that tell no
// story, in which anything may go wrong. None was made for a defect.
var grounds = []string{"trio", "trio/rot", "swarm", "swarm/three", "swarm/rot", "recipes", "mixed"}

func newHunt() *cobra.Command {
	f := &huntFlags{}
	cmd := &cobra.Command{
		Use:   "hunt",
		Short: "Look for every defect from scratch, and say what it took",
		Long: "For each defect of zab, switch it on and search, as zabsim fuzz does, in the scenarios in which anything\n" +
			"may go wrong (" + strings.Join(grounds, ", ") + "), from one seed and without hints, until something is violated.\n" +
			"Then search again, with a tenth of the seeds, for a violation of the property that the defect is said to\n" +
			"break, and of nothing else. In the end all that was found first is shrunk, as zabsim shrink does it.\n\n" +
			"The table is the track record of zabsim. All in it but the times is the same each time it is made, unless\n" +
			"--for ends a search or --shrink-for ends shrinking.",
		Example: "  zabsim hunt\n  zabsim hunt --only ZOOKEEPER-3911,ZOOKEEPER-1154 --table -\n  zabsim hunt --table nodes/zab/TRACKRECORD.md\n" +
			"  zabsim hunt --check --seeds 50 --only commit-on-minority,ZOOKEEPER-3911",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.only, "only", nil, "hunt these defects, and no others")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the first run of each search")
	flags.Uint64Var(&f.runs, "seeds", 10_000, "how many seeds each search takes at most")
	flags.DurationVar(&f.limit, "for", time.Minute, "how long each search takes at most")
	flags.DurationVar(&f.shrinkLimit, "shrink-for", shrinkFor, "how long shrinking takes at most")
	flags.IntVar(&f.replays, "replays", shrinkReplays, "how many executions shrinking takes at most")
	flags.IntVar(&f.workers, "workers", defaultWorkers(), "how many seeds to run, and runs to shrink, at a time")
	flags.StringVar(&f.table, "table", "-", "file to write the table to; - is standard output")
	flags.BoolVar(&f.check, "check", false, "only see that each is found: no table, nothing is shrunk, and what is not found is a failure")
	flags.StringVar(&f.regressions, "regressions", "", "directory to write the shrunk executions to, as scenarios with their schedules")
	return cmd
}

// breachShare is by how much the second search for a defect is shorter than the
// first.
const breachShare = 10

// prey is a defect and what became of the hunt for it.
type prey struct {
	nodes.Defect
	found  *campaign.Finding // the first violation of whatever was violated first; nil: none
	search effort
	// breach is the first violation of the property that the defect is said to
	// break, searched for alone.
	breach       *campaign.Finding
	breachSearch effort
	scenario     string   // in which found was found
	first        *kept    // the run that found it, up to the violation; nil: nothing was found
	shrunk       *minimal // what is left of it
	shrinking    time.Duration
	failed       error // why it could not be shrunk
}

// effort is what a search took.
type effort struct {
	runs      uint64
	wall, cpu time.Duration
}

func (f *huntFlags) run(ctx context.Context, stdout, stderr io.Writer) error {
	p, err := protocolByName("zab")
	if err != nil {
		return err
	}
	if err := checkDefects(p, f.only); err != nil {
		return err
	}
	on, err := load(grounds)
	if err != nil {
		return err
	}
	collectSeldom()
	interrupted := &ending{exitInterrupted, errors.New("interrupted; no table was written")}
	began := cputime.Used()
	start := time.Now()
	var all []prey
	for _, d := range p.Defects {
		if len(f.only) > 0 && !slices.Contains(f.only, d.Name) {
			continue
		}
		one, err := f.hunt(ctx, d, on)
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return interrupted
		}
		fmt.Fprintln(stderr, one.line())
		all = append(all, one)
	}
	if f.check {
		return checked(all)
	}
	if err := f.shrinkAll(ctx, all, stderr); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return interrupted
	}
	text := trackRecord(all, f, time.Since(start), cputime.Used()-began)
	if f.table == "-" {
		_, err = io.WriteString(stdout, text)
		return err
	}
	return replaceFile(f.table, []byte(text))
}

// checked says which defects were not found, if any.
func checked(all []prey) error {
	var missing []string
	for i := range all {
		if all[i].found == nil {
			missing = append(missing, all[i].Name)
		}
	}
	if missing == nil {
		return nil
	}
	return &ending{exitViolated, fmt.Errorf("not found: %s", strings.Join(missing, ", "))}
}

// hunt looks for one defect.
func (f *huntFlags) hunt(ctx context.Context, d nodes.Defect, on []*scenarios.Scenario) (prey, error) {
	one := prey{Defect: d}
	cfg := f.campaign(d, on)
	var err error
	if one.found, err = search(ctx, cfg, &one.search); err != nil || one.found == nil {
		return one, err
	}
	one.scenario = on[one.found.Case.Scenario].Name
	if f.check {
		return one, nil
	}
	alone := make([]*scenarios.Scenario, len(on))
	for i, s := range on {
		alone[i] = judging(s, d.Property)
	}
	breach := f.campaign(d, alone)
	breach.Runs = max(1, f.runs/breachShare)
	if one.breach, err = search(ctx, breach, &one.breachSearch); err != nil {
		return one, err
	}
	one.first, err = remake(cfg, &one.found.Case)
	return one, err
}

// campaign says how a defect is searched for.
func (f *huntFlags) campaign(d nodes.Defect, on []*scenarios.Scenario) campaign.Config {
	return campaign.Config{
		Scenarios: on, Protocol: "zab", Defects: []string{d.Name}, Seed: f.seed, Strategy: campaign.Mix,
		Runs: f.runs, For: f.limit, Workers: f.workers,
	}
}

// search makes runs until one of them violates something.
func search(ctx context.Context, cfg campaign.Config, took *effort) (*campaign.Finding, error) {
	start, cpu := time.Now(), cputime.Used()
	summary, err := campaign.Run(ctx, cfg)
	*took = effort{summary.Runs, time.Since(start), cputime.Used() - cpu}
	if err != nil || len(summary.Groups) == 0 {
		return nil, err
	}
	return &summary.Groups[0].First, nil
}

// judging returns the scenario with one property to be judged, the bound as the
// scenario has it. What must happen sometimes stays, since it stops nothing.
func judging(s *scenarios.Scenario, property string) *scenarios.Scenario {
	alone := s.Clone()
	keep := func(claims []scenarios.Claim) []scenarios.Claim {
		return slices.DeleteFunc(slices.Clone(claims), func(c scenarios.Claim) bool { return c.Name != property })
	}
	alone.Properties.Always, alone.Properties.Eventually = keep(s.Properties.Always), keep(s.Properties.Eventually)
	if len(alone.Properties.Always)+len(alone.Properties.Eventually) > 0 {
		return alone
	}
	claims := []scenarios.Claim{{Name: property}}
	if kindOf(property) == checker.Eventually {
		alone.Properties.Eventually = claims
	} else {
		alone.Properties.Always = claims
	}
	return alone
}

// shrinkAll makes short what was found, as zabsim shrink does, several at a time.
func (f *huntFlags) shrinkAll(ctx context.Context, all []prey, stderr io.Writer) error {
	var err error
	campaign.InOrder(ctx, f.workers, slices.Values(found(all)),
		func(p *prey) *prey { p.shrink(ctx, f); return p },
		func(p *prey) bool {
			if err = p.failed; err != nil {
				return false
			}
			fmt.Fprintf(stderr, "%-24s %d > %d actions  (%.1fs)\n", p.Name, len(p.first.schedule), len(p.shrunk.schedule), p.shrinking.Seconds())
			if f.regressions != "" {
				err = p.keep(f.regressions)
			}
			return err == nil
		})
	return err
}

// found returns those that were found.
func found(all []prey) []*prey {
	var some []*prey
	for i := range all {
		if all[i].found != nil {
			some = append(some, &all[i])
		}
	}
	return some
}

// shrink makes the run short that was found first.
func (p *prey) shrink(ctx context.Context, f *huntFlags) {
	start := time.Now()
	p.shrunk, p.failed = p.first.minimize(p.found.Property, budget(ctx, f.replays, f.shrinkLimit))
	p.shrinking = time.Since(start)
	if p.failed == nil && p.shrunk.blameless != nil {
		p.failed = fmt.Errorf("%s: %s is violated without it too", p.Name, p.found.Property)
	}
}

// remake makes the run of a case again, up to its violation.
func remake(cfg campaign.Config, c *campaign.Case) (*kept, error) {
	k := &kept{scenario: cfg.Scenario(c), opts: scenarios.RunOptions{Protocol: cfg.Protocol, Seed: c.Seed, Defects: cfg.Defects}}
	opts := k.opts
	opts.Record, opts.StopEarly = true, true
	r, err := k.scenario.Run(opts)
	if err != nil {
		return nil, err
	}
	k.schedule = r.Schedule
	return k, nil
}

// longest is the longest schedule that is worth keeping: of what is longer, and of
// liveness failures, only the scenario is kept, which fails from its seed.
const longest = 500

// keep writes a shrunk execution into a directory, as a scenario that fails by
// itself and as its schedule.
func (p *prey) keep(dir string) error {
	schedule, scenario, err := p.shrunk.files()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	name := filepath.Join(dir, strings.ToLower(p.Name))
	if err := replaceFile(name+".yaml", scenario); err != nil {
		return err
	}
	if p.shrunk.live || len(p.shrunk.schedule) > longest {
		if err := os.Remove(name + ".txt"); !errors.Is(err, fs.ErrNotExist) {
			return err // one that was kept before is of another scenario
		}
		return nil
	}
	return replaceFile(name+".txt", schedule)
}

// line says in a line what became of the hunt.
func (p *prey) line() string {
	if p.found == nil {
		return fmt.Sprintf("%-24s not found in %d seeds  (%.1fs)", p.Name, p.search.runs, p.search.wall.Seconds())
	}
	return fmt.Sprintf("%-24s seed %d of %s: %s  (%.1fs)", p.Name, p.found.Run+1, p.scenario, p.found.Property, p.search.wall.Seconds())
}
