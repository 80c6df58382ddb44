package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/reports/rundir"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of zabsim",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "zabsim %s, %s %s/%s\n", rundir.ThisBuild(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
