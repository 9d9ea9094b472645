package validate

import (
	"context"
	_ "embed"
	"io"
	"strings"
	"sync"

	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
)

//go:embed data/rl_published.csv
var publishedRLTable string

// RLOptions says what to compare with what.
type RLOptions struct {
	// Data is a table of measured jobs; nil = the built-in one. DataName is
	// what errors call it.
	Data     io.Reader
	DataName string
	// Calibration holds the cost model's constants.
	Calibration perf.Calibration
	Seed        uint64
	Steps       int64 // simulated of each job, after the first four
	Workers     int
	// TolerancePct is the largest mean absolute error of synchronous over
	// asynchronous hours that passes.
	TolerancePct float64
	// Progress, if not nil, is called when a job is done.
	Progress func(done, of int)
}

// The largest errors that pass: of the share of a rollout with only the last
// tenth of samples running, in points.
const tailTolerance = 10

// RL checks the laws of RL post-training and simulates published jobs. It
// passes when every law holds, hours of synchronous over asynchronous jobs are
// on average within the tolerance, and tail shares within ten points. An error
// means that the table cannot be read.
func RL(ctx context.Context, o RLOptions) (*Report, error) {
	name, data := "built-in table of published RL jobs", io.Reader(strings.NewReader(publishedRLTable))
	if o.Data != nil {
		name, data = o.DataName, o.Data
	}
	jobs, err := readRLTable(name, data)
	if err != nil {
		return nil, err
	}
	gpu, err := fleet.LookupGPU("H100")
	if err != nil {
		return nil, err
	}
	rows, err := (&rlLaws{ctx: ctx, gpu: gpu, seed: o.Seed}).check()
	if err != nil {
		return nil, err
	}
	fillRLJobs(jobs)
	runs := make([]*rlRun, len(jobs))
	var mu sync.Mutex
	done := 0
	each(max(1, o.Workers), len(jobs), func(i int) {
		runs[i] = jobs[i].run(ctx, &o)
		if o.Progress != nil {
			mu.Lock()
			done++
			o.Progress(done, len(jobs))
			mu.Unlock()
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, r := range runs {
		rows = append(rows, r.compare()...)
	}
	rows = append(rows, hoursRatios(runs)...)
	return rlReport(rows, o.TolerancePct), nil
}

// fillRLJobs completes jobs from others of the same system and model.
func fillRLJobs(jobs []*publishedRL) {
	for _, j := range jobs {
		for _, o := range jobs {
			if j != o && j.source == o.source && j.system == o.system && j.model == o.model && j.gpus == o.gpus {
				j.fill(o)
				for m, v := range o.byMetric {
					if m == "mean_output_tokens" || m == "gpus_per_instance" {
						j.byMetric[m] = v
					}
				}
			}
		}
	}
}

// rlReport sums up the published rows by metric, all of them and by source.
func rlReport(rows []Row, tolerance float64) *Report {
	r := &Report{Kind: "rl", OK: true, Rows: rows}
	for i := range rows {
		r.OK = r.OK && rows[i].OK
		if rows[i].Metric == "hours_ratio" {
			rows[i].TolerancePct = tolerance // of the mean of all
		}
	}
	published := func(row *Row) bool { return row.Group["check"] == "" && row.Compared() }
	r.summarise(rows, published, func(*Row) string { return "all" }, map[string]float64{"hours_ratio": tolerance})
	r.summarise(rows, published, func(row *Row) string { return "source=" + row.Group["source"] }, nil)
	return r
}
