package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/report/html"
	"github.com/jevons-sim/jevons/sim/report/timeline"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/workloads/presets"
)

// noResults is the --out that writes none.
const noResults = "-"

// results is where a run's results go. Its Dir is nil when none are written, its
// trace when no timeline is.
type results struct {
	*report.Dir
	trace *timeline.Recorder
	trend *report.Trend
	about timeline.About
}

// createResults starts the results directory that the flags ask for.
func (a *app) createResults(f *runFlags, doc *scenario.Document, id string) (results, error) {
	if f.out == noResults && f.timeline {
		return results{}, usageErrorf("--timeline writes into the results directory, and --out - writes none")
	}
	if f.out == noResults {
		return results{trend: report.NewTrend(result.Discard{})}, nil
	}
	path := f.out
	if path == "" {
		path = filepath.Join("results", doc.Name+"-"+id[:8])
	}
	dir, err := report.Create(path, report.Meta{RunID: id, Scenario: doc.Name, Version: version()}, f.force)
	var exists *report.ExistsError
	switch {
	case errors.As(err, &exists) && exists.Complete && f.out == "":
		again := "--force runs it again"
		if version() == unversioned {
			again += ", as is needed once the program has changed: a build without a version has the run IDs of all others"
		}
		return results{}, usageErrorf("this run (%s) is complete: its results are in %s; %s", id, path, again)
	case errors.As(err, &exists):
		return results{}, usageErrorf("%w", err)
	}
	if err != nil {
		return results{}, err
	}
	r := results{Dir: dir, trend: report.NewTrend(dir), about: timeline.About{RunID: id, Scenario: doc.Name, Version: version()}}
	if f.timeline {
		r.trace = timeline.NewRecorder(r.trend, timeline.DefaultLimits)
	}
	return r, nil
}

// recorder returns what takes the rows.
func (r results) recorder() result.Recorder {
	if r.trace != nil {
		return r.trace
	}
	return r.trend
}

// abort removes results that are not complete.
func (r results) abort() {
	if r.Dir != nil {
		r.Dir.Abort()
	}
}

// runLog is run.log.json: what happened on the wall clock.
type runLog struct {
	Version string    `json:"version"`
	Go      string    `json:"go"`
	Started time.Time `json:"started"`
	WallS   float64   `json:"wall_s"`
	Speed   float64   `json:"simulated_s_per_s"`
}

// commit completes the results, with a file of the replications if there are any.
func (r results) commit(doc *scenario.Document, summary any, began time.Time, replications ...report.RunRow) error {
	if r.Dir == nil {
		return nil
	}
	canonical, err := doc.Canonical()
	if err != nil {
		return err
	}
	if len(replications) > 0 {
		if err := r.Dir.Replications(replications); err != nil {
			return err
		}
	}
	wall := time.Since(began).Seconds()
	return r.Dir.Commit(summary, canonical, runLog{version(), runtime.Version(), began.UTC(), wall, doc.Horizon.Seconds() / wall}, r.finish)
}

// finish adds to a complete directory what is made of all that is in it.
func (r results) finish(dir string) error {
	if r.trace != nil {
		if err := r.trace.WriteFile(filepath.Join(dir, timeline.Name), r.about); err != nil {
			return err
		}
	}
	return html.Write(dir)
}

// files names what programs read, as a shell would, and the timeline.
func (r results) files() []string {
	files := []string{"{requests,jobs,timeseries,ledger,placements,incidents}.parquet"}
	if r.trace != nil {
		files = append(files, timeline.Name)
	}
	return files
}

// footer tells people where the results are and what they may want to do next.
func (a *app) footer(r results, text *scenarioText, doc *scenario.Document) error {
	if a.format != "table" {
		return nil
	}
	if r.Dir != nil {
		if _, err := fmt.Fprintf(a.stdout, "\n%s   report.html  summary.json  %s\n", r.Path(), strings.Join(r.files(), "  ")); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(a.stdout, "Next: %s\n", strings.Join(nextCommands(text, doc), " · "))
	return err
}

// nextCommands returns commands that follow from a run: a variant of it, its
// scenario, and the costs of a model it served.
func nextCommands(text *scenarioText, doc *scenario.Document) []string {
	var next []string
	name := text.name
	if text.preset != "" {
		name = text.preset
		if name == presets.Default {
			next = append(next, "sim run "+name+" --set elasticity=0.5")
		}
		next = append(next, "sim presets show "+name)
	}
	next = append(next, "sim run "+name+" --replications 5")
	if len(doc.Deployments) > 0 && doc.Deployments[0].Model != "" && doc.Fleet.Pools[0].GPU != "" {
		next = append(next, fmt.Sprintf("sim cost %s --gpu %s", doc.Deployments[0].Model, doc.Fleet.Pools[0].GPU))
	}
	return next
}
