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
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/reports"
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
	layered           bool
	search            string
	tries             int
	seed              uint64
	bitstate          byteSize
	spill             string
	exact             []string
	recovers          int
	eventually        []string
	checkpoint        string
	resume            string
	dump              string
	json              bool
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
	{"partitions", func(e *scenarios.Explore) *int { return &e.Partitions }, "how often the network may be split in two", nil},
	{"cuts", func(e *scenarios.Explore) *int { return &e.Cuts }, "how often a single link may be cut", nil},
	{"pauses", func(e *scenarios.Explore) *int { return &e.Pauses }, "how often a process may stand still", []string{"pause", "resume"}},
	{"timeouts", func(e *scenarios.Explore) *int { return &e.Timeouts }, "how often a timer may expire early", []string{"impatience", "give-up"}},
	{"operations", func(e *scenarios.Explore) *int { return &e.Operations }, "how many operations each client asks for at most; 0: all", nil},
	{"requests", func(e *scenarios.Explore) *int { return &e.Requests }, "how many operations all clients together ask for at most; 0: all", nil},
	{"elections", func(e *scenarios.Explore) *int { return &e.Elections }, "how often a server becomes a leader at most; 0: any number", nil},
	{"in-flight", func(e *scenarios.Explore) *int { return &e.InFlight }, "how many messages are on their way on one channel between two servers; 0: any number", nil},
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
			"it holds everywhere, or a shortest execution on which it does not is written and told. Servers must\n" +
			"not wait for each other for ever (no-deadlock). Of what must happen sometimes, an execution in which\n" +
			"it does is written, as a run directory to replay.\n\n" +
			"The budget is the scenario's explore section; flags replace parts of it. There are no times: the\n" +
			"scenario's latencies and its planned faults do not count. What must hold eventually is judged with\n" +
			"--eventually, instead of the rest, as far as it takes no clock: that it comes again and again on every\n" +
			"fair execution. What refutes it is one that ends, or goes round for ever.\n\n" +
			"Exit code 0 means that everything was visited and nothing was violated; 3 that a limit came first, and\n" +
			"nothing is proved, or that something that must happen sometimes never does.\n\n" +
			"Where there is too much to visit, other orders find violations that lie deep (--search):\n\n" + aboutSearches() + "\n" +
			"Nothing is ever proved by walks, swarms, and by --bitstate, which takes a few bits a state.",
		Example: "  zabsim explore three-servers\n" +
			"  zabsim explore three-servers --election atomic --steps merged --layered --restarts 1 --epochs 3\n" +
			"  zabsim explore three-servers --defect elect-by-id\n" +
			"  zabsim explore three-servers --election atomic --steps merged --eventually scenario --depth 20\n" +
			"  zabsim explore shanghai-guangzhou --crashes 2 --for 60s --allow-inconclusive\n" +
			"  zabsim explore shanghai-guangzhou --crashes 3 --search swarm --tries 500 --allow-inconclusive",
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
	flags.StringVar(&f.bounds.Election, "election", "", "how leaders are elected: "+strings.Join(scenarios.ElectionModes, " or ")+", in one step")
	flags.StringVar(&f.bounds.Steps, "steps", "", "whether servers wait for their disks: "+strings.Join(scenarios.StepModes, " or "))
	flags.StringVar(&f.bounds.Connections, "connections", "", "how servers learn that connections open and end: "+strings.Join(scenarios.ConnectionModes, " or ")+", both ends at once")
	flags.StringVar(&f.bounds.Reduce, "reduce", "", "what is left out because it makes no difference: "+strings.Join(scenarios.ReduceModes, " or ")+", which checks that confluent loses nothing")
	flags.StringSliceVar(&f.exact, "exact", nil, "tell states apart by what nothing depends on too: "+everything+", or some of "+strings.Join(servers.Differences, ", "))
	flags.BoolVar(&f.layered, "layered", false, "visit first what takes no faults, then what takes one, and so on: fewer states, and the fewest faults in what is found")
	flags.StringVar(&f.search, "search", "", "in which order executions are visited: "+strings.Join(searchNames(), ", "))
	flags.IntVar(&f.tries, "tries", 0, fmt.Sprintf("with --search walk or swarm: how many walks (0: %d) or searches (0: %d)", usualWalks, usualJobs))
	flags.Uint64Var(&f.seed, "seed", 0, "with --search walk or swarm: what decides their choices")
	flags.Var(&f.bitstate, "bitstate", fmt.Sprintf("keep %d bits of each state in a table of this size: more states fit, some are missed, nothing is proved", explore.BitsPerState))
	flags.Uint64Var(&f.states, "max-states", 0, "stop after so many states; 0: never")
	flags.DurationVar(&f.limit, "for", 0, "stop after this time; 0: never")
	flags.Var(&f.memory, "memory", "how much memory may be held; states that wait are written to the disk then, and the search stops when that is not enough")
	flags.StringVar(&f.spill, "spill", "", "directory for states that wait and do not fit into memory; that for temporary files if left out")
	flags.IntVar(&f.workers, "workers", defaultWorkers(), "how many cores to use; the result does not depend on it")
	flags.BoolVar(&f.wide, "fp128", false, "tell states apart by 128 bits instead of 64")
	flags.IntVar(&f.recovers, "recovers", 0, "also judge whether all is well again within so many actions once faults end, from every state; 0: no")
	flags.StringSliceVar(&f.eventually, "eventually", nil, aboutEventually())
	flags.StringVar(&f.checkpoint, "checkpoint", "", "file to which to write now and then what it takes to go on with --resume, after a crash or with higher limits")
	flags.StringVar(&f.resume, "resume", "", "go on from this checkpoint, and write the next ones there too unless --checkpoint says otherwise")
	flags.BoolVar(&f.json, "json", false, "print one JSON object on stdout, text for people on stderr")
	flags.StringVar(&f.dump, "dump", "", fmt.Sprintf("also write the graph of the first %d states to this file, by its ending as Graphviz (.dot) or as JSON (.json)", dumpStates))
	flags.StringVarP(&f.out, "out", "o", cmp.Or(os.Getenv("ZABSIM_OUT"), "zabsim-out"), "directory for run directories")
	flags.BoolVar(&f.allowInconclusive, "allow-inconclusive", false, "exit 0 where it would be 3")
	for flag, complete := range map[string]cobra.CompletionFunc{
		"protocol":    completeProtocols,
		"defect":      completeDefects,
		"from":        cobra.FixedCompletions(scenarios.Starts, cobra.ShellCompDirectiveNoFileComp),
		"election":    cobra.FixedCompletions(scenarios.ElectionModes, cobra.ShellCompDirectiveNoFileComp),
		"connections": cobra.FixedCompletions(scenarios.ConnectionModes, cobra.ShellCompDirectiveNoFileComp),
		"exact":       cobra.FixedCompletions(exactWords(), cobra.ShellCompDirectiveNoFileComp),
		"eventually":  cobra.FixedCompletions(append(servers.Goals(), theScenarios), cobra.ShellCompDirectiveNoFileComp),
		"reduce":      cobra.FixedCompletions(scenarios.ReduceModes, cobra.ShellCompDirectiveNoFileComp),
		"steps":       cobra.FixedCompletions(scenarios.StepModes, cobra.ShellCompDirectiveNoFileComp),
		"search":      cobra.FixedCompletions(searchNames(), cobra.ShellCompDirectiveNoFileComp),
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
	servers.Setup
	world    *servers.World
	kind     *searchKind
	unjudged []string // what must hold eventually and takes a clock to judge
}

// result is what a search of real nodes found, and finding what it says of a
// property.
type (
	result  = explore.Result[servers.State, *servers.Event]
	finding = explore.Finding[servers.State, *servers.Event]
)

// exploration turns the command line into what is to be searched.
func (f *exploreFlags) exploration(source string, given func(flag string) bool) (*exploration, error) {
	if f.recovers < 0 {
		return nil, fmt.Errorf("--recovers is %d; there are no fewer than 0 actions", f.recovers)
	}
	if f.workers < 1 {
		return nil, fmt.Errorf("--workers is %d; at least 1 is needed", f.workers)
	}
	if f.dump != "" {
		if err := checkDump(f.dump); err != nil {
			return nil, err
		}
	}
	kind, err := f.kind(given)
	if err != nil {
		return nil, err
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
	x := &exploration{flags: f, kind: kind, job: job{
		scenario: s, source: source, protocol: p.Name, defects: f.defects, out: f.out, overrides: f.overrides(given),
	}}
	x.explored = strings.Join(append([]string{"zabsim explore", source}, x.overrides...), " ")
	if x.Setup, err = s.Exploration(x.options()); err != nil {
		return nil, err
	}
	x.Recovers = f.recovers
	if x.Exact, err = f.differences(); err != nil {
		return nil, err
	}
	if err := x.aim(); err != nil {
		return nil, err
	}
	if s.Explore.Reduces() && (x.Recovers > 0 || len(x.Goals) > 0) {
		return nil, errors.New("a reduced search leaves out states that --recovers and --eventually judge; add --reduce nothing")
	}
	x.world, err = servers.New(x.Setup)
	return x, err
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
	for _, word := range f.words() {
		if given(word.flag) {
			*word.field(e) = *word.field(&f.bounds)
		}
	}
	if _, err := e.Check(); err != nil {
		return err
	}
	if !e.Established() {
		if given("transactions") {
			return errors.New("--transactions is for executions that begin later; add --from established")
		}
		e.Transactions, e.Lagging, e.Late = 0, nil, nil
	}
	return nil
}

// word is a word of the scenario's explore section that is also a flag.
type word struct {
	flag  string
	field func(*scenarios.Explore) *string
}

func (*exploreFlags) words() []word {
	return []word{
		{"from", func(e *scenarios.Explore) *string { return &e.From }},
		{"election", func(e *scenarios.Explore) *string { return &e.Election }},
		{"steps", func(e *scenarios.Explore) *string { return &e.Steps }},
		{"connections", func(e *scenarios.Explore) *string { return &e.Connections }},
		{"reduce", func(e *scenarios.Explore) *string { return &e.Reduce }},
	}
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
	for _, word := range f.words() {
		add(word.flag, *word.field(&f.bounds))
	}
	for _, b := range bounds {
		add(b.name, strconv.Itoa(*b.field(&f.bounds)))
	}
	if f.recovers > 0 {
		made = append(made, "--recovers "+strconv.Itoa(f.recovers))
	}
	add("exact", strings.Join(f.exact, ","))
	add("eventually", strings.Join(f.eventually, ","))
	add("search", f.search)
	add("tries", strconv.Itoa(f.tries))
	add("seed", strconv.FormatUint(f.seed, 10))
	add("bitstate", f.bitstate.String())
	if f.layered {
		made = append(made, "--layered") // it decides which counterexample is found
	}
	return made
}

// options say how what is found is performed again.
func (x *exploration) options() scenarios.RunOptions {
	return scenarios.RunOptions{Protocol: x.protocol, Defects: x.defects, Untimed: true}
}

// run searches and says what came of it.
func (x *exploration) run(cmd *cobra.Command) error {
	if x.flags.dump != "" {
		if err := x.dump(cmd.Context(), x.flags.dump); err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "wrote the graph of the nearest states, at most %s, to %s\n", reports.Grouped(dumpStates), x.flags.dump)
	}
	r, err := x.search(cmd)
	if errors.Is(err, explore.ErrHidden) {
		return &ending{exitNotDeterministic, err}
	}
	if errors.Is(err, explore.ErrNotConfluent) {
		return &ending{exitInconclusive, fmt.Errorf("%w; nothing is proved: search with --reduce nothing", err)}
	}
	if err != nil {
		return err
	}
	code, err := x.report(cmd, r)
	switch {
	case err != nil:
		return err
	case r.Verdict == explore.Interrupted:
		return &ending{exitInterrupted, errors.New("interrupted: this is what was found so far")}
	case code != exitOK:
		return &ending{code: code}
	}
	return nil
}
