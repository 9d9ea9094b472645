package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jevons-sim/jevons/internal/suggest"
)

// execute runs a command line and returns the exit code.
func (a *app) execute(ctx context.Context, args []string) int {
	root := rootCommand(a)
	root.SetArgs(args)
	a.args = args
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	// What fails before a command's own code are flags and arguments.
	var exit *exitError
	if !a.started && !errors.As(err, &exit) {
		err = &exitError{exitUsage, err}
	}
	a.report(err)
	return exitCode(err)
}

// rootCommand assembles the command tree.
func rootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "sim",
		Short: "Simulate a GPU fleet that training, RL and inference share",
		Long: `sim simulates a fleet of GPUs on which pre-training jobs, RL post-training and
inference requests compete, and says how busy the fleet was and what waited.

  sim run                    the default scenario: does the fleet empty or fill
                             when a cheaper model appears?
  sim run my.yaml            your own scenario (sim presets show replay is a start)`,
		Args:              knownCommand,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: a.prepare,
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	flags := root.PersistentFlags()
	flags.StringVar(&a.format, "format", "table", "how results are printed: "+strings.Join(formats, ", "))
	flags.StringVar(&a.logLevel, "log-level", "warn", "least level of log messages on stderr: debug, info, warn or error")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "short for --log-level info")
	flags.Var(&progressFlag{&a.progress, progressAlways}, "progress", "show progress even when stderr is no terminal")
	flags.Var(&progressFlag{&a.progress, progressNever}, "no-progress", "show no progress")
	for _, name := range []string{"progress", "no-progress"} {
		flags.Lookup(name).NoOptDefVal = "true"
	}
	root.MarkFlagsMutuallyExclusive("progress", "no-progress")
	root.AddCommand(
		runCommand(a), sweepCommand(a), compareCommand(a), planCommand(a), reportCommand(a), explainCommand(a), whatifCommand(a), importCommand(a), watchCommand(a), costCommand(a), calibrateCommand(a), gpusCommand(a), modelsCommand(a), validateCommand(a), traceCommand(a), presetsCommand(a), schemaCommand(a), versionCommand(a),
	)
	root.AddCommand(helpTopics()...)
	root.SetHelpCommand(helpCommand())
	root.SetFlagErrorFunc(nearestFlag)
	for _, c := range root.Commands() {
		eachCommand(c, func(c *cobra.Command) {
			a.noteStart(c)
			sayUse(c)
		})
	}
	return root
}

// eachCommand calls a function with a command and those below it.
func eachCommand(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, child := range c.Commands() {
		eachCommand(child, do)
	}
}

// formats are the values of --format.
var formats = []string{"table", "json", "csv", "markdown"}

// prepare completes the global settings before any command runs.
func (a *app) prepare(cmd *cobra.Command, _ []string) error {
	if err := fromEnvironment(cmd); err != nil {
		return err
	}
	if !slices.Contains(formats, a.format) {
		return usageErrorf("--format %s: unknown format.%s (formats: %s)", a.format, suggest.Hint(a.format, formats), strings.Join(formats, ", "))
	}
	log, err := newLogger(a.stderr, a.logLevel, a.verbose)
	if err != nil {
		return err
	}
	a.log = log
	return nil
}

// knownCommand refuses arguments of the bare command: they are misspelt
// commands.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return usageErrorf("unknown command %q.%s (`sim help` lists all)", args[0], suggest.Hint(args[0], names))
}

// nearestFlag adds to the error about an unknown flag the one that was meant.
func nearestFlag(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return err
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	name := unknown.GetSpecifiedName()
	if near := suggest.Nearest(name, names); near != "" {
		return fmt.Errorf("unknown flag --%s. Did you mean --%s?", name, near)
	}
	return fmt.Errorf("unknown flag --%s. `%s --help` lists all", name, cmd.CommandPath())
}

// noteStart makes a command note when its own code begins: until then, errors are
// about flags and arguments.
func (a *app) noteStart(c *cobra.Command) {
	if run := c.RunE; run != nil {
		c.RunE = func(cmd *cobra.Command, args []string) error {
			a.started = true
			return run(cmd, args)
		}
	}
}
