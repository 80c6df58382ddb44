package main

import (
	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/scenarios/conformance"
)

func newConformance() *cobra.Command {
	var seeds uint64
	cmd := &cobra.Command{
		Use:   "conformance FILE...",
		Short: "Hold zab against facts recorded from a real ZooKeeper ensemble",
		Long: `conformance replays what was done to a real ZooKeeper ensemble on a simulated one and compares the facts that were
recorded after each step: who led, the epochs on disk, the logs, what clients saw. The cases that come with zabsim are
in nodes/zab/testdata/conformance; README.md there describes the format.`,
		Args: atLeastOne("a case"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ok, err := conformance.Run(cmd.OutOrStdout(), args, seeds, conformance.Options{})
			switch {
			case err != nil:
				return err
			case !ok:
				return &ending{exitViolated, nil}
			}
			return nil
		},
	}
	cmd.Flags().Uint64Var(&seeds, "seeds", 3, "replay each case with seeds 1 to N")
	return cmd
}
