package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/checker/shrink"
	"github.com/zabsim/zabsim/reports"
	"github.com/zabsim/zabsim/scenarios"
)

// shrinkFlags are the flags of shrink.
type shrinkFlags struct {
	property string
	limit    time.Duration
	replays  int
	out      string
}

func newShrink() *cobra.Command {
	f := &shrinkFlags{}
	cmd := &cobra.Command{
		Use:   "shrink RUN",
		Short: "Find a shorter execution that fails the same way",
		Long: "Make the scenario of a failed run simpler (fewer clients, faults, servers and operations, shorter\n" +
			"windows, simpler values) as long as it violates the same property, then leave out what is done in\n" +
			"it, action by action. What a swarm, loads and recipes make of the seed is written out first, so\n" +
			"that it can be left out one by one. What is left is written into the run directory: shrunk.yaml, a\n" +
			"scenario that fails by itself, and shrunk.txt, the shortest schedule of it. If the failure is not\n" +
			"about elections, the schedule holds each of them in one step (elect). In the end the model checker\n" +
			"looks for a shorter end, or shows that with as many faults and timeouts there is none.\n\n" +
			"The same property must be violated; and if defects are switched on, the violation must go away\n" +
			"without them. Of a liveness failure only the scenario is made simpler: whoever leaves out what a\n" +
			"server does can make it miss any deadline.",
		Example: "  zabsim shrink last\n  zabsim shrink last --property agreement --for 2m",
		Args:    exactly(1, "a run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := open(args[0], f.out)
			if err != nil {
				return err
			}
			return f.run(cmd.Context(), cmd.OutOrStdout(), k)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.property, "property", "", "the property whose violation is kept; the first one that the run violates if left out")
	flags.DurationVar(&f.limit, "for", shrinkFor, "how long to try, in real time")
	flags.IntVar(&f.replays, "replays", shrinkReplays, "how many executions to try; the result depends on it, and on nothing else unless time runs out")
	outFlag(cmd, &f.out)
	return cmd
}

func (f *shrinkFlags) run(ctx context.Context, w io.Writer, k *kept) error {
	if k.opts.Untimed {
		return fmt.Errorf("%s comes from explore, whose --search breadth finds a shortest counterexample by itself", k.title())
	}
	if k.opts.Source != nil {
		return fmt.Errorf("%s follows from no seed: what made its choices, rapid, can shrink them", k.title())
	}
	property, was, err := k.violated(f.property)
	if err != nil {
		return err
	}
	start := time.Now()
	b := budget(ctx, f.replays, f.limit)
	m, err := k.minimize(property, b)
	if err != nil {
		return err
	}
	shrunk, err := m.write(k)
	if err != nil {
		return err
	}
	if err := shrunk.check(property, m.fromSeed); err != nil {
		return err
	}
	m.was = was
	text, err := m.report(k, shrunk, b, time.Since(start))
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return &ending{exitInterrupted, errors.New("interrupted: this is what was found so far")}
	}
	return nil
}

// What shrinking takes at most, unless flags say otherwise.
const (
	shrinkFor     = 30 * time.Second
	shrinkReplays = 400_000
)

// budget returns a budget for shrinking that ends with ctx, and after some real
// time, from now on.
func budget(ctx context.Context, replays int, limit time.Duration) *shrink.Budget {
	start := time.Now()
	return &shrink.Budget{
		Replays: replays,
		Time: func() int {
			if ctx.Err() != nil {
				return 100
			}
			return int(100 * time.Since(start) / max(1, limit))
		},
	}
}

// violated returns the property to keep, the one asked for or the first that the
// run violates, and how it does that.
func (k *kept) violated(asked string) (property, how string, err error) {
	var all, hows []string
	if k.record != nil {
		for _, v := range k.record.Violations {
			if !v.Inconclusive {
				all, hows = append(all, v.Property), append(hows, v.Message)
			}
		}
	} else {
		r, _, err := k.scenario.Replay(k.schedule, k.opts, nil)
		if err != nil {
			return "", "", err
		}
		for _, v := range r.Violations {
			all, hows = append(all, v.Property), append(hows, v.Message)
		}
	}
	if len(all) == 0 {
		return "", "", fmt.Errorf("there is nothing to shrink: %s violates nothing", k.title())
	}
	i := 0
	if asked != "" {
		i = slices.Index(all, asked)
	}
	if i < 0 {
		return "", "", fmt.Errorf("%s does not violate %s; it violates %s", k.title(), asked, strings.Join(all, ", "))
	}
	return all[i], hows[i], nil
}

// write writes shrunk.yaml and shrunk.txt beside the schedule, and loads them
// again as whoever uses them will.
func (m *minimal) write(k *kept) (*kept, error) {
	schedule, scenario, err := m.files()
	if err != nil {
		return nil, err
	}
	name := filepath.Join(k.dir, "shrunk")
	if err := errors.Join(replaceFile(name+".yaml", scenario), replaceFile(name+".txt", schedule)); err != nil {
		return nil, err
	}
	return open(name+".txt", "")
}

// check makes sure that what was written violates the property: the schedule,
// strictly replayed, and the scenario from its seed, if it is to.
func (k *kept) check(property string, fromSeed bool) error {
	m := &minimal{property: property}
	r, misfit, err := k.scenario.Replay(k.schedule, k.opts, nil)
	switch {
	case err != nil:
		return err
	case misfit != nil:
		return &ending{exitNotDeterministic, k.explain(misfit, -1)}
	case !m.violated(r):
		return &ending{exitNotDeterministic, fmt.Errorf("%s does not violate %s when it is replayed", k.file, property)}
	case !fromSeed:
		return nil
	}
	r, err = k.scenario.Run(scenarios.RunOptions{})
	if err == nil && !m.violated(r) {
		err = &ending{exitNotDeterministic, fmt.Errorf("%s does not violate %s when it is run", k.source, property)}
	}
	return err
}

// report returns the story of the shrunk execution and what was done to get it.
func (m *minimal) report(k, shrunk *kept, b *shrink.Budget, took time.Duration) (string, error) {
	r, err := shrunk.replay()
	if err != nil {
		return "", err
	}
	hints := []reports.Hint{
		{Label: "see", Text: shrunk.file + ", " + shrunk.source},
		{Label: "replay", Text: "zabsim replay " + shrunk.file},
	}
	if m.fromSeed {
		hints = append(hints, reports.Hint{Label: "from seed", Text: "zabsim run " + asPath(shrunk.source)})
	}
	var text bytes.Buffer
	if err := reports.Failure(&text, r.run, &r.run.Findings[0], hints...); err != nil {
		return "", err
	}
	story, commands, _ := strings.Cut(text.String(), "\n  see ")
	if r.run.Findings[0].Message == m.was {
		m.was = ""
	}
	return story + "\n" + m.statement(k, b, took) + "\n  see " + commands, nil
}

// asPath returns a file as run takes it: with a slash, so that it is no name of
// the library.
func asPath(file string) string {
	if strings.ContainsAny(file, `/\`) {
		return file
	}
	return "./" + file
}

// statement says what was shrunk, by which stages, and whether they finished.
func (m *minimal) statement(k *kept, b *shrink.Budget, took time.Duration) string {
	var s strings.Builder
	fmt.Fprintf(&s, "  Shrunk from %s to %d.\n", counted(len(k.schedule), "action"), len(m.schedule))
	if m.fromSeed {
		fmt.Fprintf(&s, "    scenario  %s > %s\n", sizes(m.before), sizes(m.scenario))
	} else {
		s.WriteString("    scenario  as it was: the failure does not come from its seed any more\n")
	}
	if m.was != "" {
		fmt.Fprintf(&s, "    before    it violated %s so: %s\n", m.property, m.was)
	}
	if m.blameless != nil {
		fmt.Fprintf(&s, "    defects   it fails without %s too, and is shrunk without\n", strings.Join(m.blameless, ", "))
	}
	after, unfinished := m.progress()
	switch {
	case m.live:
		fmt.Fprintf(&s, "    schedule  all %d actions: %s is about what does not happen\n", m.simulated, m.property)
	case after == nil:
		fmt.Fprintf(&s, "    schedule  all %d actions up to the violation\n", m.simulated)
	default:
		fmt.Fprintf(&s, "    schedule  %d actions up to the violation, after %s\n", m.simulated, strings.Join(after, ", "))
	}
	switch {
	case m.searched == len(m.schedule):
		s.WriteString("    searched  every execution with as many faults and timeouts: none is shorter\n")
	case m.searched > 0:
		fmt.Fprintf(&s, "    searched  every other end with as many faults and timeouts: none is shorter than the last %d actions\n", m.searched)
	}
	if m.schedule.Oracle() {
		s.WriteString("    elections in one step each: how servers come to elect one another is left out\n")
	}
	fmt.Fprintf(&s, "    tried     %s executions (%.2fs)", reports.Grouped(uint64(b.Used())), took.Seconds())
	if unfinished != nil {
		fmt.Fprintf(&s, "; not finished: %s", strings.Join(unfinished, ", "))
	}
	s.WriteString("\n")
	return s.String()
}

// progress names the stages that left fewer actions, with their number, and those
// that did not finish, each once.
func (m *minimal) progress() (after, unfinished []string) {
	fewest := m.simulated
	for _, stage := range m.stages {
		if stage.Actions > 0 && stage.Actions < fewest {
			after, fewest = append(after, fmt.Sprintf("%s %d", stage.Name, stage.Actions)), stage.Actions
		}
		if !stage.Finished && !slices.Contains(unfinished, stage.Name) {
			unfinished = append(unfinished, stage.Name)
		}
	}
	return after, unfinished
}

// sizes says how large a scenario is.
func sizes(s *scenarios.Scenario) string {
	servers := len(s.Servers)
	for _, site := range s.Sites {
		servers += len(site.Servers)
	}
	faults := counted(len(s.Faults), "fault")
	if s.Swarm != nil {
		faults += " and a swarm"
	}
	return fmt.Sprintf("%s, %s, %s, %s, %v", counted(servers, "server"), counted(len(s.Clients), "client"), operations(s), faults, s.Duration)
}

// operations says how many operations the clients ask for, where the scenario
// does.
func operations(s *scenarios.Scenario) string {
	n := 0
	for i := range s.Clients {
		c := &s.Clients[i]
		if c.Recipe != nil || c.Load != nil && c.Load.Operations == 0 {
			return "operations without end"
		}
		if n += len(c.Script); c.Load != nil {
			n += c.Load.Operations
		}
	}
	return counted(n, "operation")
}

// replaceFile writes a file that appears complete or not at all.
func replaceFile(name string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".writing-"+filepath.Base(name)+"-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(text)
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
