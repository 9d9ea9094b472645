package main

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/workloads/presets"
)

func presetsCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "presets",
		Short: "List the scenarios that are part of the program",
		Args:  noSuchSubcommand,
		RunE:  func(*cobra.Command, []string) error { return a.listPresets() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:               "show NAME",
		Short:             "Print a preset and what it is about",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completePresets,
		RunE:              func(_ *cobra.Command, args []string) error { return a.showPreset(args[0]) },
	})
	return cmd
}

// noSuchSubcommand refuses arguments of a command that only has subcommands.
func noSuchSubcommand(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		var names []string
		for _, c := range cmd.Commands() {
			names = append(names, c.Name())
		}
		if len(names) == 0 {
			return usageErrorf("%s takes no arguments, found %q", cmd.CommandPath(), args[0])
		}
		return usageErrorf("%s has no command %q.%s (commands: %s)", cmd.CommandPath(), args[0], suggest.Hint(args[0], names), strings.Join(names, ", "))
	}
	return nil
}

func completePresets(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, p := range presets.List() {
		names = append(names, p.Name+"\t"+p.Summary())
	}
	return names, cobra.ShellCompDirectiveDefault
}

func (a *app) listPresets() error {
	if a.format == "json" {
		type row struct {
			Name  string `json:"name"`
			About string `json:"about"`
		}
		var rows []row
		for _, p := range presets.List() {
			rows = append(rows, row{p.Name, p.About})
		}
		return a.printJSON(rows)
	}
	t := a.newTable()
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, WidthMax: 90, WidthMaxEnforcer: text.WrapSoft}})
	t.AppendHeader(table.Row{"preset", "what it is"})
	for _, p := range presets.List() {
		t.AppendRow(table.Row{p.Name, p.Summary()})
	}
	return a.printTable(t, "`sim presets show NAME` prints one, `sim run NAME` runs it.")
}

func (a *app) showPreset(name string) error {
	p, err := presets.Load(name)
	if err != nil {
		return usageErrorf("%w", err)
	}
	if a.format == "json" {
		return a.printJSON(map[string]string{"name": p.Name, "about": p.About, "yaml": string(p.YAML)})
	}
	_, err = a.stdout.Write(p.YAML)
	return err
}
