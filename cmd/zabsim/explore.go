package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/scenarios"
)

// exploreFlags are the flags of explore.
type exploreFlags struct {
	protocol          string
	defects           []string
	bounds            scenarios.Explore // those that were given count
	states            uint64
	limit             time.Duration
	memory            byteSize
	workers           int
	wide              bool
	out               string
	allowInconclusive bool
}

// bound is a bound of the scenario's explore section that is also a flag.
type bound struct {
	name  string
	field func(*scenarios.Explore) *int
	about string
	kinds []string // of action that cannot happen while it is 0
}

var bounds = []bound{
	{"crashes", func(e *scenarios.Explore) *int { return &e.Crashes }, "how many processes may crash", []string{"crash"}},
	{"machine-crashes", func(e *scenarios.Explore) *int { return &e.MachineCrashes }, "how many machines may lose power", []string{"machine-crash"}},
	{"restarts", func(e *scenarios.Explore) *int { return &e.Restarts }, "how many servers may start again", []string{"start"}},
	{"partitions", func(e *scenarios.Explore) *int { return &e.Partitions }, "how often the network may be split in two", []string{"cut", "heal"}},
	{"pauses", func(e *scenarios.Explore) *int { return &e.Pauses }, "how often a process may stand still", []string{"pause", "resume"}},
	{"timeouts", func(e *scenarios.Explore) *int { return &e.Timeouts }, "how often a timer may expire early", []string{"impatience", "give-up"}},
	{"operations", func(e *scenarios.Explore) *int { return &e.Operations }, "how many operations each client asks for at most; 0: all", nil},
	{"epochs", func(e *scenarios.Explore) *int { return &e.Epochs }, "the highest epoch that is visited; 0: all", nil},
	{"depth", func(e *scenarios.Explore) *int { return &e.Depth }, "how many actions an execution has at most; 0: any number", nil},
	{"transactions", func(e *scenarios.Explore) *int { return &e.Transactions }, "with --from established: how many operations are committed by then", nil},
}

func newExplore() *cobra.Command {
	f := &exploreFlags{memory: 4 << 30}
	cmd := &cobra.Command{
		Use:     "explore SCENARIO",
		Aliases: []string{"check"},
		Short:   "Visit every execution within the scenario's budget",
		Long: "Visit every execution of a scenario's servers and clients within a budget: messages, fsyncs, timers\n" +
			"and faults in any order. What the scenario says must always hold is judged in every state: either\n" +
			"it holds everywhere, or a shortest execution on which it does not is written and told.\n\n" +
			"The budget is the scenario's explore section; flags replace parts of it. There are no times: the\n" +
			"scenario's latencies and its planned faults do not count, and what must hold eventually or happen\n" +
			"sometimes is not judged.\n\n" +
			"Exit code 0 means that everything was visited and nothing was violated, 3 that a limit came first:\n" +
			"then nothing is proved.",
		Example: "  zabsim explore three-servers\n" +
			"  zabsim explore three-servers --defect elect-by-id\n" +
			"  zabsim explore shanghai-guangzhou --crashes 2 --for 60s --allow-inconclusive",
		Args:              exactly(1, "a scenario"),
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := f.exploration(args[0], cmd.Flags().Changed)
			if err != nil {
				return err
			}
			return x.run(cmd)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.protocol, "protocol", "", "the protocol, instead of the scenario's")
	flags.StringSliceVar(&f.defects, "defect", nil, "faulty variants of the protocol to switch on")
	for _, b := range bounds {
		flags.IntVar(b.field(&f.bounds), b.name, 0, b.about)
	}
	flags.StringVar(&f.bounds.From, "from", "", "where executions begin: "+strings.Join(scenarios.Starts, " or "))
	flags.Uint64Var(&f.states, "max-states", 0, "stop after so many states; 0: never")
	flags.DurationVar(&f.limit, "for", 0, "stop after this time; 0: never")
	flags.Var(&f.memory, "memory", "stop when the states visited take so much memory; what servers remember comes on top")
	flags.IntVar(&f.workers, "workers", defaultWorkers(), "how many cores to use; the result does not depend on it")
	flags.BoolVar(&f.wide, "fp128", false, "tell states apart by 128 bits instead of 64")
	flags.StringVarP(&f.out, "out", "o", cmp.Or(os.Getenv("ZABSIM_OUT"), "zabsim-out"), "directory for run directories")
	flags.BoolVar(&f.allowInconclusive, "allow-inconclusive", false, "exit 0 where it would be 3")
	for flag, complete := range map[string]cobra.CompletionFunc{
		"protocol": completeProtocols,
		"defect":   completeDefects,
		"from":     cobra.FixedCompletions(scenarios.Starts, cobra.ShellCompDirectiveNoFileComp),
	} {
		if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
			panic(err) // there is no such flag
		}
	}
	return cmd
}

// exploration is a search of a scenario's executions.
type exploration struct {
	job
	flags *exploreFlags
	*scenarios.Exploration
	world *explore.World
}

// result is what a search of real nodes found.
type result = explore.Result[explore.WorldState, *explore.Event]

// exploration turns the command line into what is to be searched.
func (f *exploreFlags) exploration(source string, given func(flag string) bool) (*exploration, error) {
	if f.workers < 1 {
		return nil, fmt.Errorf("--workers is %d; at least 1 is needed", f.workers)
	}
	loaded, err := load([]string{source})
	if err != nil {
		return nil, err
	}
	s := loaded[0]
	p, err := protocolByName(cmp.Or(f.protocol, s.Protocol))
	if err != nil {
		return nil, err
	}
	if err := checkDefects(p, f.defects); err != nil {
		return nil, err
	}
	if err := f.bound(&s.Explore, given); err != nil {
		return nil, err
	}
	x := &exploration{flags: f, job: job{
		scenario: s, source: source, protocol: p.Name, defects: f.defects, out: f.out, overrides: f.overrides(given),
	}}
	x.explored = strings.Join(append([]string{"zabsim explore", source}, x.overrides...), " ")
	if x.Exploration, err = s.Exploration(x.options()); err != nil {
		return nil, err
	}
	return x, x.open()
}

// bound puts the bounds that were given in place of the scenario's.
func (f *exploreFlags) bound(e *scenarios.Explore, given func(flag string) bool) error {
	for _, b := range bounds {
		if !given(b.name) {
			continue
		}
		if *b.field(e) = *b.field(&f.bounds); *b.field(e) < 0 {
			return fmt.Errorf("--%s is %d; there are no fewer than 0", b.name, *b.field(e))
		}
	}
	if given("from") {
		e.From = f.bounds.From
	}
	if !e.Established() {
		if e.From != "" && e.From != scenarios.Starts[0] {
			return unknown("start", e.From, scenarios.Starts)
		}
		if given("transactions") {
			return errors.New("--transactions is for executions that begin later; add --from established")
		}
		e.Transactions, e.Lagging = 0, nil
	}
	return nil
}

// overrides returns the flags that change what is visited.
func (f *exploreFlags) overrides(given func(flag string) bool) []string {
	var made []string
	add := func(flag, value string) {
		if given(flag) {
			made = append(made, "--"+flag+" "+value)
		}
	}
	add("protocol", f.protocol)
	add("defect", strings.Join(f.defects, ","))
	add("from", f.bounds.From)
	for _, b := range bounds {
		add(b.name, strconv.Itoa(*b.field(&f.bounds)))
	}
	return made
}

// options say how what is found is performed again.
func (x *exploration) options() scenarios.RunOptions {
	return scenarios.RunOptions{Protocol: x.protocol, Defects: x.defects, Untimed: true}
}

// open makes the world to be searched.
func (x *exploration) open() error {
	e := &x.scenario.Explore
	setup := explore.Setup{
		Config: x.Config, Header: x.Header, Properties: x.Properties,
		Patient: x.Config.Protocol.Patient, Epochs: uint64(e.Epochs),
	}
	var err error
	if e.Established() {
		start := explore.Established{Transactions: uint64(e.Transactions), Lagging: x.Lagging}
		if setup.Prefix, err = explore.Establish(setup, start); err != nil {
			return err
		}
	}
	x.world, err = explore.NewWorld(setup)
	return err
}

// run searches and says what came of it.
func (x *exploration) run(cmd *cobra.Command) error {
	r, err := x.search(cmd)
	if errors.Is(err, explore.ErrHidden) {
		return &ending{exitNotDeterministic, err}
	}
	if err != nil {
		return err
	}
	code := exitOK
	if x.failed(r) != nil {
		if code, err = x.reportFailure(cmd.OutOrStdout(), r); err != nil {
			return err
		}
	} else {
		fmt.Fprint(cmd.OutOrStdout(), x.summary(r))
		if r.Verdict != explore.Complete && !x.flags.allowInconclusive {
			code = exitInconclusive
		}
	}
	switch {
	case r.Verdict == explore.Interrupted:
		return &ending{exitInterrupted, errors.New("interrupted: this is what was found so far")}
	case code != exitOK:
		return &ending{code: code}
	}
	return nil
}

// search visits the states and shows how far it is.
func (x *exploration) search(cmd *cobra.Command) (*result, error) {
	began := time.Now()
	var last explore.Stats
	bar := newProgress(cmd.ErrOrStderr(), began, func(now time.Time) string { return x.progress(&last, now.Sub(began)) })
	defer bar.clear()
	return explore.Search(cmd.Context(), x.world, explore.Options{
		Workers: x.flags.workers, Wide: x.flags.wide,
		Limits: explore.Limits{
			States: x.flags.states, Depth: x.scenario.Explore.Depth, Memory: uint64(x.flags.memory), Time: x.flags.limit,
		},
		Clock: func() time.Duration { return time.Since(began) },
		Progress: func(s explore.Stats) {
			last = s
			bar.show()
		},
	})
}

// failed returns the first property that was violated, or nil.
func (x *exploration) failed(r *result) *explore.Finding[explore.WorldState, *explore.Event] {
	for i := range r.Findings {
		if r.Findings[i].Answer == explore.Fails {
			return &r.Findings[i]
		}
	}
	return nil
}
