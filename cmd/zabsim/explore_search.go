package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/reports"
	"github.com/zabsim/zabsim/sim"
)

// searchKind is an order in which executions are visited.
type searchKind struct {
	name, about string
	flags       []string // that other kinds may not have
	shortest    bool     // counterexamples are
	search      func(context.Context, *exploration, explore.Options) (*result, error)
}

// searchKinds are the kinds of search, the usual one first.
var searchKinds = []searchKind{
	{
		name: "breadth", about: "nearest first", shortest: true,
		flags: []string{"layered", "reduce", "checkpoint", "resume", "spill", "bitstate", "fp128"},
		search: func(ctx context.Context, x *exploration, o explore.Options) (*result, error) {
			return explore.Search(ctx, x.world, o)
		},
	}, {
		name: "deepen", about: "depth first, deeper in each round", shortest: true,
		search: func(ctx context.Context, x *exploration, o explore.Options) (*result, error) {
			return explore.Deepen(ctx, x.world, o, 1)
		},
	}, {
		name: "walk", about: "at random, as often as --tries says",
		flags: []string{"tries", "seed", "fp128"},
		search: func(ctx context.Context, x *exploration, o explore.Options) (*result, error) {
			how := explore.Walking{Walks: x.flags.tries, Steps: o.Limits.Depth, Seed: x.flags.seed, Weight: likelihood}
			return explore.Walk(ctx, x.world, o, how)
		},
	}, {
		name: "swarm", about: "as many small searches as --tries says, each of which leaves something else out",
		flags: []string{"tries", "seed", "bitstate"},
		search: func(ctx context.Context, x *exploration, o explore.Options) (*result, error) {
			return explore.Swarm(ctx, x.world, o, explore.Swarming{Jobs: x.flags.tries, Seed: x.flags.seed})
		},
	}, {
		name: "guided", about: "towards rare roles, phases, and relations of epochs and logs",
		flags: []string{"bitstate", "fp128"},
		search: func(ctx context.Context, x *exploration, o explore.Options) (*result, error) {
			return explore.Guided(ctx, x.world, o)
		},
	}, {
		name: lasso, about: "for executions on which what --eventually names comes no more: some end, some go round for ever",
		flags: []string{"eventually", "fp128"},
		search: func(ctx context.Context, x *exploration, o explore.Options) (*result, error) {
			return explore.Liveness(ctx, x.world, o)
		},
	},
}

// How often walks and swarms try, and how deep they go, if nothing else is said.
const (
	usualWalks = 10_000
	usualJobs  = 64
	usualDepth = 1000
)

// likelihood has walks take what goes wrong less often than the rest: otherwise a
// walk would have used up its budget before anything happened.
func likelihood(action any) int64 {
	a := action.(*servers.Event).Action
	switch a.Kind {
	case sim.Expire, sim.Impatience, sim.GiveUp, sim.Pause, sim.Cut, sim.Crash, sim.MachineCrash:
		return 1
	}
	if a.Stop != 0 {
		return 1
	}
	return 16
}

func searchNames() (names []string) {
	for _, k := range searchKinds {
		names = append(names, k.name)
	}
	return names
}

// aboutSearches tells the kinds of search, for the help.
func aboutSearches() string {
	var b strings.Builder
	for _, k := range searchKinds {
		fmt.Fprintf(&b, "  %-8s  %s\n", k.name, k.about)
	}
	return b.String()
}

// kind returns the kind of search that was asked for, if all flags suit it.
func (f *exploreFlags) kind(given func(flag string) bool) (*searchKind, error) {
	usual := searchKinds[0].name
	if given("eventually") {
		usual = lasso
	}
	at := slices.Index(searchNames(), cmp.Or(f.search, usual))
	if at < 0 {
		return nil, unknown("search", f.search, searchNames())
	}
	kind := &searchKinds[at]
	for _, other := range searchKinds {
		for _, flag := range other.flags {
			if given(flag) && !slices.Contains(kind.flags, flag) {
				return nil, fmt.Errorf("--%s is for %s; this is --search %s", flag, strings.Join(searchesWith(flag), " or "), kind.name)
			}
		}
	}
	if kind.name == lasso && len(f.eventually) == 0 {
		return nil, errors.New("--search lasso needs to know what must come; add --eventually leader")
	}
	if given("bitstate") && given("fp128") {
		return nil, errors.New("--bitstate keeps a few bits of each state, --fp128 keeps 128; choose one")
	}
	if given("bitstate") && f.bitstate == 0 {
		return nil, errors.New("--bitstate 0 leaves no bits to set; write 512MB or 4GB")
	}
	if f.bitstate >= f.memory {
		return nil, fmt.Errorf("--bitstate %v does not fit into --memory %v", f.bitstate, f.memory)
	}
	if f.tries < 0 {
		return nil, fmt.Errorf("--tries is %d; there are no fewer than 0", f.tries)
	}
	if f.tries == 0 {
		f.tries = map[string]int{"walk": usualWalks, "swarm": usualJobs}[kind.name]
	}
	return kind, nil
}

// searchesWith returns the kinds of search that have a flag.
func searchesWith(flag string) (searches []string) {
	for _, k := range searchKinds {
		if slices.Contains(k.flags, flag) {
			searches = append(searches, "--search "+k.name)
		}
	}
	return searches
}

// reduction returns what a search does about confluent actions.
func (x *exploration) reduction() explore.Reduction {
	switch e := &x.scenario.Explore; {
	case e.Confluent():
		return explore.Reduced
	case e.Audited():
		return explore.Audited
	}
	return explore.Unreduced
}

// search visits the states and shows how far it is.
func (x *exploration) search(cmd *cobra.Command) (*result, error) {
	began := time.Now()
	var last explore.Stats
	bar := newProgress(cmd.ErrOrStderr(), began, func(now time.Time) string { return x.progress(&last, now.Sub(began)) })
	defer bar.clear()
	o := explore.Options{
		Workers: x.flags.workers, Wide: x.flags.wide, Layered: x.flags.layered, Reduce: x.reduction(),
		Deadlock: true,
		Bitstate: uint64(x.flags.bitstate), Spill: x.flags.spill,
		Checkpoint: cmp.Or(x.flags.checkpoint, x.flags.resume), Resume: x.flags.resume,
		Limits: explore.Limits{
			States: x.flags.states, Depth: x.scenario.Explore.Depth, Memory: uint64(x.flags.memory), Time: x.flags.limit,
		},
		Clock: func() time.Duration { return time.Since(began) },
		Progress: func(s explore.Stats) {
			last = s
			bar.show()
		},
	}
	if x.kind.name == "walk" {
		o.Limits.Depth = cmp.Or(o.Limits.Depth, usualDepth)
	}
	return x.kind.search(cmd.Context(), x, o)
}

// method says what a search did that is not the usual one, a line each.
func (x *exploration) method(r *result) string {
	var b strings.Builder
	switch x.kind.name {
	case "deepen":
		b.WriteString("  depth first, one action deeper in each round: transitions are those of all rounds\n")
	case "walk":
		fmt.Fprintf(&b, "  %s; the states are the different ones that they met\n", counted(uint64(x.flags.tries), "random execution"))
	case "swarm":
		fmt.Fprintf(&b, "  %s searches, each of which left something else out; about %s states among those they visited are different\n",
			reports.Grouped(uint64(r.Jobs)), reports.Grouped(r.Distinct))
	case lasso:
		fmt.Fprintf(&b, "  lassos were looked for, with the fewest faults first, by one worker\n")
	case "guided":
		fmt.Fprintf(&b, "  rare states first; met %s of roles, phases, epochs and logs\n", counted(uint64(r.Features), "combination"))
	}
	if r.Spilled > 0 {
		fmt.Fprintf(&b, "  up to %v of the frontier were on the disk\n", byteSize(r.Spilled))
	}
	return b.String()
}
