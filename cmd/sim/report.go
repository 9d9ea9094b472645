package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/sim/design"
	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/report/html"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/stats"
)

func reportCommand(a *app) *cobra.Command {
	var pictures string
	cmd := &cobra.Command{
		Use:   "report DIR",
		Short: "Make the report of a results directory or a sweep again",
		Long: `Make report.html of a results directory, or of a sweep, again, from the files in
it, and print what sim run or sim sweep did.

The report is one file that needs no network: charts with the data behind them,
the resolved scenario and the command to reproduce the run. --pictures writes its
charts as SVG files too, for documents.`,
		Example: `  sim report results/r1-shock-e32b34dd
  sim report results/r1-shock-e32b34dd --format markdown
  sim report results/r1-shock-e32b34dd --pictures pictures`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.reportOn(args[0], pictures) },
	}
	cmd.Flags().StringVar(&pictures, "pictures", "", "write the report's line and area charts as SVG files into this directory")
	return cmd
}

// reportOn executes `sim report`.
func (a *app) reportOn(dir, pictures string) error {
	if _, err := os.Stat(filepath.Join(dir, sweepFile)); err == nil {
		return a.reportOnSweep(dir)
	}
	err := html.Write(dir)
	var none *html.NoResultsError
	switch {
	case errors.As(err, &none):
		return usageErrorf("%w", err)
	case err != nil:
		return fmt.Errorf("%s: %w", dir, err)
	}
	if pictures != "" {
		if err := writePictures(dir, pictures); err != nil {
			return err
		}
	}
	if err := a.printStored(filepath.Join(dir, "summary.json")); err != nil {
		return err
	}
	if a.format == "table" {
		_, err = fmt.Fprintf(a.stdout, "\n%s\n", filepath.Join(dir, html.Name))
	}
	return err
}

// reportOnSweep makes the report of a sweep again and prints its points.
func (a *app) reportOnSweep(dir string) error {
	if err := writeSweepReport(dir, nil); err != nil {
		return err
	}
	runs, err := report.ReadRuns(filepath.Join(dir, sweepFile))
	if err != nil {
		return err
	}
	s := &sweepResult{rows: runs.Rows}
	for _, p := range runs.Parameters {
		s.axes = append(s.axes, design.Axis{Path: p})
	}
	for _, r := range runs.Rows {
		if r.Replication == 1 {
			s.points = append(s.points, r.Parameters)
		}
		s.replications = max(s.replications, r.Replication)
	}
	if err := s.choose(); err != nil {
		return err
	}
	return a.printSweep(s, filepath.Join(dir, html.Name), 0)
}

// writePictures draws the charts of a results directory's report into another.
func writePictures(dir, into string) error {
	pictures, err := html.Pictures(dir)
	if err == nil {
		err = os.MkdirAll(into, 0o777)
	}
	for i := 0; i < len(pictures) && err == nil; i++ {
		err = os.WriteFile(filepath.Join(into, pictures[i].FileName()), pictures[i].SVG, 0o666)
	}
	if err != nil {
		return fmt.Errorf("drawing pictures: %w", err)
	}
	return nil
}

// printStored prints a summary as the run that wrote it did.
func (a *app) printStored(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var kind struct{ Replications int }
	if err := json.Unmarshal(text, &kind); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	if a.format == "json" {
		_, err := a.stdout.Write(text)
		return err
	}
	if kind.Replications > 1 {
		combined, err := readCombined(text)
		if err != nil {
			return fmt.Errorf("reading %s: %w", path, err)
		}
		return a.printCombined(combined)
	}
	var s result.Summary
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	if err := report.Print(a.stdout, &s, report.Format(a.format)); err != nil {
		return err
	}
	trend, err := report.ReadTrend(filepath.Dir(path))
	if err != nil {
		return err
	}
	return trend.Print(a.stdout, report.Format(a.format))
}

// readCombined reads the summary of replications, the figures as intervals.
func readCombined(text []byte) (map[string]any, error) {
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	out, _ := withIntervals(tree).(map[string]any)
	return out, nil
}

// withIntervals turns objects that hold an interval into one.
func withIntervals(v any) any {
	switch v := v.(type) {
	case map[string]any:
		mean, a := v["mean"].(float64)
		lo, b := v["lo"].(float64)
		hi, c := v["hi"].(float64)
		n, d := v["n"].(float64)
		if a && b && c && d {
			return stats.Interval{Mean: mean, Lo: lo, Hi: hi, N: int(n)}
		}
		for k := range v {
			v[k] = withIntervals(v[k])
		}
	case []any:
		for i := range v {
			v[i] = withIntervals(v[i])
		}
	}
	return v
}
