package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/scenarios"
)

// starter is the scenario that newcomers begin with; NAME stands for its name.
//
//go:embed starter.yaml
var starter string

func newStarter() *cobra.Command {
	return &cobra.Command{
		Use:   "new NAME",
		Short: "Write a commented scenario to start from",
		Args:  exactly(1, "a name for the scenario"),
		RunE:  func(cmd *cobra.Command, args []string) error { return writeStarter(cmd.OutOrStdout(), args[0]) },
	}
}

var scenarioName = regexp.MustCompile(`^[\pL\pN]([\pL\pN._-]*[\pL\pN])?$`)

func writeStarter(w io.Writer, name string) error {
	name = strings.TrimSuffix(name, ".yaml")
	if !scenarioName.MatchString(name) {
		return fmt.Errorf("%q is no name for a scenario; use letters, digits, - and _", name)
	}
	file := name + ".yaml"
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already", file)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.ReplaceAll(starter, "NAME", name))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "wrote %s\n  zabsim validate %s\n  zabsim run ./%s\n", file, file, file)
	return err
}

func newValidate() *cobra.Command {
	return &cobra.Command{
		Use:   "validate FILE...",
		Short: "Check scenario files and stop",
		Args:  atLeastOne("a scenario file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			loaded, err := load(args)
			for _, s := range loaded {
				fmt.Fprintf(cmd.OutOrStdout(), "ok    %s\n", s.Name)
				for _, v := range s.Variants {
					fmt.Fprintf(cmd.OutOrStdout(), "ok    %s\n", v.Name)
				}
			}
			return err
		},
		ValidArgsFunction: completeScenarios,
	}
}

// load reads scenarios. The error says everything that is wrong with any of
// them.
func load(names []string) ([]*scenarios.Scenario, error) {
	var loaded []*scenarios.Scenario
	var failed []error
	for _, name := range names {
		s, err := scenarios.Load(name, nil)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		loaded = append(loaded, s)
	}
	return loaded, errors.Join(failed...)
}

// annotate repeats problems of scenario files in the form that GitHub shows
// beside the lines, if that is where we run.
func annotate(err error, w io.Writer) {
	if os.Getenv("GITHUB_ACTIONS") != "true" {
		return
	}
	var problems scenarios.Problems
	if !errors.As(err, &problems) {
		return
	}
	for _, p := range problems {
		fmt.Fprintf(w, "::error file=%s,line=%d,col=%d::%s\n", p.File, p.Line, p.Column, p.Message)
	}
}

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of scenario files",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(scenarios.Schema())
			return err
		},
	}
}
