package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/scenarios"
)

// execute runs one command line and returns the exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	err := guard(func() error {
		root := newRoot()
		root.SetArgs(args)
		root.SetOut(stdout)
		root.SetErr(stderr)
		return root.ExecuteContext(ctx)
	})
	return int(finish(err, stderr))
}

// newRoot makes the tree of commands.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "zabsim",
		Short: "Simulate atomic broadcast, break things, check what was promised",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknown("command", args[0], verbs(cmd))
		},
		RunE:          func(cmd *cobra.Command, _ []string) error { return welcome(cmd.OutOrStdout()) },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newRun(), newFuzz(), newCorpus(), newValidate(), newList(), newExplain(), newStarter(), newSchema(), newConformance(),
		newCheckHistory(), newInspect(),
		newExplore(), newReplay(), newShrink(), newDiff(), newHunt(),
		newCompletion(), newVersion(),
	)
	return root
}

// welcome is what a newcomer sees first.
func welcome(w io.Writer) error {
	_, err := fmt.Fprint(w, `zabsim simulates ZAB, ZooKeeper's atomic broadcast, breaks things and checks what was promised.

  zabsim run shanghai-guangzhou    a first run: two cities, one line between them, and it is cut
  zabsim list                      scenarios, protocols, properties, faults, defects
  zabsim explain NAME              what any of them means
  zabsim help run                  all that run can do; more at https://`+"github.com/zabsim/zabsim"+`
`)
	return err
}

// verbs returns the names of the commands.
func verbs(root *cobra.Command) []string {
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	return names
}

// flagError adds to a complaint about an unknown flag which one was probably
// meant.
func flagError(cmd *cobra.Command, err error) error {
	var missing interface{ GetSpecifiedName() string }
	if !errors.As(err, &missing) || !strings.HasPrefix(err.Error(), "unknown flag") {
		return fmt.Errorf("%w; see zabsim help %s", err, cmd.Name())
	}
	// The names as the help prints them.
	var names []string
	for _, m := range regexp.MustCompile(`--([a-z-]+)`).FindAllStringSubmatch(cmd.LocalFlags().FlagUsages(), -1) {
		names = append(names, "--"+m[1])
	}
	name := "--" + missing.GetSpecifiedName()
	if _, near := scenarios.Nearest(name, names); !near {
		return fmt.Errorf("unknown flag %q; see zabsim help %s", name, cmd.Name())
	}
	return unknown("flag", name, names)
}

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments; see zabsim help %s", cmd.Name(), cmd.Name())
	}
	return nil
}

// exactly demands a number of arguments and says which are missing.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return fmt.Errorf("%s needs %s; see zabsim help %s", cmd.Name(), what, cmd.Name())
		}
		return nil
	}
}

// atLeastOne demands an argument.
func atLeastOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("%s needs %s; see zabsim help %s", cmd.Name(), what, cmd.Name())
		}
		return nil
	}
}
