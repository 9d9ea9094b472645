package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/traces"
)

func traceInspectCommand(a *app) *cobra.Command {
	var c columnFlags
	cmd := &cobra.Command{
		Use:   "inspect FILE...",
		Short: "Measure traces and list their irregularities",
		Example: `  sim trace inspect azure-llm.csv.gz pods.csv
  sim trace inspect --format json sample:mooncake.jsonl`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.inspectTraces(args, &c) },
	}
	c.add(cmd, "the files")
	return cmd
}

func (a *app) inspectTraces(paths []string, c *columnFlags) error {
	var reports []*traces.Report
	for _, path := range paths {
		f, err := c.open(path)
		if err != nil {
			return err
		}
		r, err := traces.Inspect(f)
		if err != nil {
			return err
		}
		reports = append(reports, r)
	}
	if a.format == "json" {
		encoder := json.NewEncoder(a.stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(reports)
	}
	for i, r := range reports {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		t := a.newTable()
		traceTable(t, r)
		out := render(t, a.format)
		if a.format == "csv" {
			out = t.RenderCSV()
		}
		if _, err := fmt.Fprintln(a.stdout, out); err != nil {
			return err
		}
	}
	return nil
}

// traceTable fills a table of facts: name, value and, of distributions, the
// quantiles.
func traceTable(t table.Writer, r *traces.Report) {
	t.AppendHeader(table.Row{r.File, r.Format})
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignLeft}})
	switch {
	case r.Requests != nil:
		requestFacts(t, r.Requests)
	case r.Pool != nil:
		poolFacts(t, r.Pool)
	case r.Jobs != nil:
		jobFacts(t, r.Jobs)
	case r.Nodes != nil:
		nodeFacts(t, r.Nodes)
	}
	if len(r.Problems) == 0 {
		t.AppendRow(table.Row{"irregularities", "none"})
	}
	for _, p := range r.Problems {
		lines := strings.Trim(fmt.Sprint(p.Lines), "[]")
		if p.Count > len(p.Lines) {
			lines += " …"
		}
		t.AppendRow(table.Row{p.Name, fmt.Sprintf("%d × (line %s)", p.Count, strings.ReplaceAll(lines, " ", ", "))})
	}
}

func requestFacts(t table.Writer, r *traces.RequestReport) {
	t.AppendRows([]table.Row{
		{"requests", r.Count},
		{"span", event.FromSeconds(r.Span)},
		{"rate", fmt.Sprintf("%.3g/s", r.Rate)},
		{"inter-arrival CV", fmt.Sprintf("%.3f", r.CV)},
		{"prompt tokens", spread(r.Prompt)},
		{"output tokens", spread(r.Output)},
		{"thinking tokens", spread(r.Thinking)},
	})
	if p := r.Prefix; p != nil {
		covered := "one hash per block in every row"
		if !p.Covered {
			covered = "some rows have not one hash per block"
		}
		t.AppendRows([]table.Row{
			{"prefix blocks", fmt.Sprintf("%d of %d tokens; %s", p.Blocks, p.BlockTokens, covered)},
			{"hits of an unbounded cache", fmt.Sprintf("%.1f %% of blocks", 100*p.HitShare)},
		})
	}
}

// spread writes a distribution on one line.
func spread(d traces.Distribution) string {
	return fmt.Sprintf("mean %.1f  p50 %.0f  p90 %.0f  p99 %.0f  max %.0f", d.Mean, d.P50, d.P90, d.P99, d.Max)
}

func poolFacts(t table.Writer, r *traces.PoolReport) {
	t.AppendRows([]table.Row{
		{"clients", r.Clients},
		{"windows", r.Windows},
		{"span", event.FromSeconds(r.Span)},
		{"rate", fmt.Sprintf("mean %.1f  trough %.1f  peak %.1f /s", r.MeanRate, r.TroughRate, r.PeakRate)},
		{"mean input tokens", fmt.Sprintf("%.0f", r.MeanInput)},
		{"mean output tokens", fmt.Sprintf("%.0f", r.MeanOutput)},
		{"thinking", fmt.Sprintf("%.0f %% of output", 100*r.ThinkingShare)},
	})
}

func jobFacts(t table.Writer, r *traces.JobReport) {
	t.AppendRows([]table.Row{
		{"jobs", r.Count},
		{"span", event.FromSeconds(r.Span)},
		{"inter-arrival CV", fmt.Sprintf("%.3f", r.CV)},
		{"run time, seconds", spread(r.Duration)},
		{"without run time", r.NoRunTime},
		{"never scheduled", r.NeverScheduled},
	})
	for _, c := range r.GPUs {
		name := c.Name + " GPUs"
		switch c.Name {
		case "0":
			name = "no GPU"
		case "1":
			name = "one GPU or a share"
		}
		t.AppendRow(table.Row{name, c.Count})
	}
	t.AppendRows([]table.Row{
		{"shares of a GPU", r.Shares},
		{"sizes that are powers of two", fmt.Sprintf("%.1f %%", 100*r.PowersOfTwo)},
	})
	for _, c := range r.Statuses {
		t.AppendRow(table.Row{"status " + c.Name, c.Count})
	}
	for _, f := range r.Header {
		t.AppendRow(table.Row{f.Name, f.Value})
	}
}

func nodeFacts(t table.Writer, r *traces.NodeReport) {
	t.AppendRows([]table.Row{{"nodes", r.Count}, {"GPUs", r.GPUs}})
	for _, m := range r.Models {
		name := m.Model
		if name == "" {
			name = "without GPUs"
		}
		t.AppendRow(table.Row{name, fmt.Sprintf("%d nodes, %d GPUs", m.Nodes, m.GPUs)})
	}
}
