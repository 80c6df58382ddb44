package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/scenarios/conformance"
)

func newConformance() *cobra.Command {
	var seeds uint64
	var profile string
	cmd := &cobra.Command{
		Use:   "conformance FILE...",
		Short: "Hold zab against facts recorded from a real ZooKeeper ensemble",
		Long: `conformance replays what was done to a real ZooKeeper ensemble on a simulated one and compares the facts that were
recorded after each step: who led, the epochs on disk, the logs, what clients saw. The cases that come with zabsim are
in nodes/zab/testdata/conformance; README.md there describes the format.

They were recorded from ZooKeeper 3.8.0, which is profile C: there its mistakes must show too. On any other profile what
the protocol requires in their place must.`,
		Args: atLeastOne("a case"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := knownProfile(profile); err != nil {
				return err
			}
			ok, err := conformance.Run(cmd.OutOrStdout(), args, seeds, conformance.Options{Profile: profile})
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
	cmd.Flags().StringVar(&profile, "profile", "safe", "the version profile of zab to run: safe, P0, A to F")
	return cmd
}

// knownProfile complains about a profile that zab does not have.
func knownProfile(name string) error {
	var names []string
	for _, p := range zab.Profiles {
		names = append(names, p.Name)
	}
	if !slices.Contains(names, name) {
		return unknown("profile", name, names)
	}
	return nil
}
