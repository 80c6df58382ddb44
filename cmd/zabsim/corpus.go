package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/checker/campaign"
)

func newCorpus() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "corpus",
		Short: "Look after the runs that fuzz goes on from: show, merge, minimise",
		Long: "A corpus is a directory that zabsim fuzz --corpus fills: runs that were the first to reach some state of\n" +
			"the cluster. Later campaigns of the same scenarios go on from them.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "show DIR",
			Short: "Say how many runs a corpus has, and how many states they reach",
			Args:  exactly(1, "the directory of a corpus"),
			RunE: func(cmd *cobra.Command, args []string) error {
				text, err := campaign.Describe(args[0])
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", args[0], text)
				return err
			},
		},
		&cobra.Command{
			Use:   "merge DIR FROM...",
			Short: "Add to a corpus what others reach and it does not",
			Args: func(_ *cobra.Command, args []string) error {
				if len(args) < 2 {
					return errors.New("merge needs the directory of a corpus and those to take from; see zabsim help corpus merge")
				}
				return nil
			},
			RunE: func(cmd *cobra.Command, args []string) error {
				added, err := campaign.Merge(args[0], args[1:]...)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "added %s\n", counted(added, "run"))
				return err
			},
		},
		&cobra.Command{
			Use:   "minimise DIR",
			Short: "Remove the runs of a corpus whose states others reach as well",
			Long: "Run all of a corpus again, without defects, and remove the runs whose states others reach as well.\n" +
				"Use it after a change of zabsim too: what runs reach now may be something else.",
			Aliases: []string{"minimize"},
			Args:    exactly(1, "the directory of a corpus"),
			RunE: func(cmd *cobra.Command, args []string) error {
				before, after, err := campaign.Minimise(args[0])
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d of %s left\n", after, counted(before, "run"))
				return err
			},
		},
	)
	return cmd
}
