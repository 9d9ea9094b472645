package html

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"

	"github.com/jevons-sim/jevons/sim/report/chart"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// NoResultsError says that a path holds no complete results.
type NoResultsError struct{ Path string }

// Error implements error.
func (e *NoResultsError) Error() string {
	return e.Path + " is not a results directory: it has no summary.json (sim run writes one)"
}

// results is a results directory, reduced to what a report shows.
type results struct {
	summary   tree
	typed     *result.Summary // nil with replications, whose figures are intervals
	doc       *scenario.Document
	scenario  string // the resolved scenario as text
	version   string
	gpu       *gpuTime
	series    *seriesSet
	requests  *requests
	jobs      []result.JobRow
	nodes     map[string]*nodeTime // by pool
	incidents *incidents
	plots     []*chart.Plot // of the page, as they are drawn
}

// read reads a results directory.
func read(dir string) (*results, error) {
	text, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NoResultsError{dir}
	} else if err != nil {
		return nil, err
	}
	r := &results{}
	if r.summary, err = parseTree(text); err != nil {
		return nil, err
	}
	if got := r.summary.value("schema"); got != result.Schema {
		return nil, fmt.Errorf("summary.json has schema %g; this version reads %d", got, result.Schema)
	}
	if r.summary.value("replications") <= 1 {
		r.typed = &result.Summary{}
		if err := json.Unmarshal(text, r.typed); err != nil {
			return nil, fmt.Errorf("reading summary.json: %w", err)
		}
	}
	yaml, err := os.ReadFile(filepath.Join(dir, "scenario.yaml"))
	if err != nil {
		return nil, err
	}
	r.scenario = string(yaml)
	if r.doc, err = scenario.Parse("scenario.yaml", yaml); err != nil {
		return nil, fmt.Errorf("reading the results' scenario: %w", err)
	}
	if r.version, err = readVersion(dir); err != nil {
		return nil, err
	}
	if r.gpu, err = readLedger(dir); err != nil {
		return nil, err
	}
	if r.series, err = readSeries(dir); err != nil {
		return nil, err
	}
	if r.jobs, err = readJobs(dir); err != nil {
		return nil, err
	}
	if r.nodes, err = readNodes(dir, r.doc); err != nil {
		return nil, err
	}
	if r.incidents, err = readIncidents(dir, r.doc.Horizon); err != nil {
		return nil, err
	}
	r.requests, err = readRequests(dir, r.doc, sampleAbove)
	return r, err
}

// readVersion returns the version of the simulator that made the results.
func readVersion(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "run.log.json"))
	if err != nil {
		return "", err
	}
	var log struct{ Version string }
	if err := json.Unmarshal(text, &log); err != nil {
		return "", fmt.Errorf("reading run.log.json: %w", err)
	}
	return log.Version, nil
}

// eachRow calls f for every row of a Parquet file. The row is reused.
func eachRow[T any](dir, name string, f func(*T)) (err error) {
	file, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	defer file.Close()
	rows := parquet.NewGenericReader[T](file)
	defer func() { err = errors.Join(err, rows.Close()) }()
	batch := make([]T, 1024)
	for {
		n, err := rows.Read(batch)
		for i := range n {
			f(&batch[i])
		}
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
	}
}

func readJobs(dir string) ([]result.JobRow, error) {
	var jobs []result.JobRow
	err := eachRow(dir, "jobs.parquet", func(j *result.JobRow) { jobs = append(jobs, *j) })
	return jobs, err
}
