package main

import (
	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/nodes/all"
)

func newCompletion() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a completion script for bash, zsh, fish or powershell",
		Long: "Print a completion script for a shell, to be loaded by it:\n\n" +
			"  bash        source <(zabsim completion bash)\n" +
			"  zsh         zabsim completion zsh > \"${fpath[1]}/_zabsim\"\n" +
			"  fish        zabsim completion fish > ~/.config/fish/completions/zabsim.fish\n" +
			"  powershell  zabsim completion powershell | Out-String | Invoke-Expression",
		Args:      exactly(1, "a shell: bash, zsh, fish or powershell"),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root, w := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(w, true)
			case "zsh":
				return root.GenZshCompletion(w)
			case "fish":
				return root.GenFishCompletion(w, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(w)
			}
			return unknown("shell", args[0], shells)
		},
	}
}

// completeScenarios offers the scenarios of the library; the shell adds files.
func completeScenarios(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return names(topicsOf("scenarios")), cobra.ShellCompDirectiveDefault
}

func completeProtocols(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return all.Names(), cobra.ShellCompDirectiveNoFileComp
}

func completeDefects(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return names(topicsOf("defects")), cobra.ShellCompDirectiveNoFileComp
}
