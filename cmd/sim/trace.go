package main

import (
	"github.com/spf13/cobra"
)

// traceCommand groups what the program does with traces.
func traceCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trace",
		Short: "Inspect, convert and generate traces",
		Long: `Traces are recorded requests, jobs and nodes. Their format and compression are
recognised from the content; sample:NAME is a small synthetic trace that is part
of the program, such as sample:azure-llm.csv.`,
		Args: noSuchSubcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(traceInspectCommand(a), traceConvertCommand(a), traceGenerateCommand(a))
	return cmd
}
