package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
)

func gpusCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gpus",
		Short: "List the GPUs the simulator knows",
		Args:  noSuchSubcommand,
		RunE:  func(*cobra.Command, []string) error { return a.listGPUs() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "show NAME",
		Short: "Print all that is known of a GPU, with its source",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			g, err := fleet.LookupGPU(args[0])
			if err != nil {
				return usageErrorf("%w", err)
			}
			return a.printJSON(g)
		},
	})
	return cmd
}

func modelsCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "models",
		Short: "List the models the simulator knows",
		Args:  noSuchSubcommand,
		RunE:  func(*cobra.Command, []string) error { return a.listModels() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "show NAME",
		Short: "Print the architecture of a model, with its source",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := perf.LookupModel(args[0])
			if err != nil {
				return usageErrorf("%w", err)
			}
			return a.printJSON(m)
		},
	})
	return cmd
}

func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func (a *app) listGPUs() error {
	if a.format == "json" {
		return a.printJSON(fleet.GPUs())
	}
	t := a.newTable()
	t.AppendHeader(table.Row{"GPU", "year", "BF16", "FP8", "FP4", "HBM GB", "TB/s", "scale-up GB/s", "domain", "NIC Gbit/s", "W", "idle W", "$/h", "verified", "also"})
	for _, g := range fleet.GPUs() {
		t.AppendRow(table.Row{g.Name, g.Year, figure(g.BF16 / 1e12), figure(g.FP8 / 1e12), figure(g.FP4 / 1e12), figure(float64(g.HBMBytes) / (1 << 30)),
			figure(g.HBMBandwidth / 1e12), figure(g.ScaleUpBandwidth / 1e9), g.ScaleUpDomain, figure(g.NICBandwidth * 8 / 1e9),
			figure(g.TDPWatts), figure(g.IdleWatts), figure(g.USDPerHour), g.Verified, strings.Join(g.Aliases, " ")})
	}
	return a.printTable(t, "Dense TFLOP/s per GPU; scale-up bandwidth per direction. `sim gpus show NAME` gives sources and notes.")
}

func (a *app) listModels() error {
	if a.format == "json" {
		return a.printJSON(perf.Models())
	}
	t := a.newTable()
	t.AppendHeader(table.Row{"model", "B params", "B active", "layers", "hidden", "attention", "KV B/token", "experts", "native", "context"})
	for _, m := range perf.Models() {
		experts := ""
		if m.Experts > 0 {
			experts = fmt.Sprintf("%d of %d", m.ExpertsActive, m.Experts)
		}
		t.AppendRow(table.Row{m.Name, fmt.Sprintf("%.1f", m.ParamsTotal()/1e9), fmt.Sprintf("%.1f", m.ActiveParams()/1e9), m.Layers, m.Hidden,
			string(m.Attention), fmt.Sprintf("%.0f", m.KVValues()*fleet.BF16.Bytes()), experts, string(m.Native), m.Context})
	}
	return a.printTable(t, "Parameters are counted from the shape; KV in BF16. `sim models show NAME` gives the shape and its source.")
}

// figure prints a number, or nothing for one that is not recorded.
func figure(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.5g", v)
}

// printTable prints a catalogue with a note below it.
func (a *app) printTable(t table.Writer, note string) error {
	if a.format == "csv" {
		_, err := fmt.Fprintln(a.stdout, t.RenderCSV())
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "%s\n\n%s\n", render(t, a.format), note)
	return err
}
