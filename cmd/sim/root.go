package main

import "github.com/spf13/cobra"

// rootCommand assembles the command tree.
func rootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "sim",
		Short:         "Simulate a GPU fleet that training, RL and inference share",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.PersistentFlags().StringVar(&a.format, "format", "table", "how results are printed: table, json, csv or markdown")
	return root
}
