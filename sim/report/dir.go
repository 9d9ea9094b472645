package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jevons-sim/jevons/sim/result"
)

// ExistsError says that a results directory is already there.
type ExistsError struct {
	Path     string
	Complete bool // it holds a summary
}

// Error implements error.
func (e *ExistsError) Error() string {
	if e.Complete {
		return fmt.Sprintf("%s already holds results; choose another --out or use --force to replace them", e.Path)
	}
	return fmt.Sprintf("%s exists and is not a results directory; choose another --out", e.Path)
}

// Dir is a results directory being written. It is a result.Recorder.
type Dir struct {
	path string // final
	temp string
	meta Meta
	rows *rowWriters
}

var _ result.Recorder = (*Dir)(nil)

// Meta is what every Parquet file says of the run it belongs to.
type Meta struct {
	RunID    string
	Scenario string
	Version  string
}

// Create starts a results directory. The path must not exist; with force, a
// directory that holds results is replaced once the new ones are complete.
func Create(path string, meta Meta, force bool) (*Dir, error) {
	path = filepath.Clean(path)
	if _, err := os.Stat(path); err == nil {
		_, err := os.Stat(filepath.Join(path, "summary.json"))
		if exists := (&ExistsError{path, err == nil}); !exists.Complete || !force {
			return nil, exists
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("looking for %s: %w", path, err)
	}
	parent := filepath.Dir(path)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return nil, fmt.Errorf("creating the results directory: %w", err)
	}
	temp, err := os.MkdirTemp(parent, "."+filepath.Base(path)+".tmp-")
	if err != nil {
		return nil, fmt.Errorf("creating the results directory: %w", err)
	}
	d := &Dir{path: path, temp: temp, meta: meta}
	if err := os.Chmod(temp, 0o755); err != nil {
		d.Abort()
		return nil, fmt.Errorf("creating the results directory: %w", err)
	}
	if d.rows, err = newRowWriters(temp, meta); err != nil {
		d.Abort()
		return nil, err
	}
	return d, nil
}

// Path returns where the results will be.
func (d *Dir) Path() string { return d.path }

// Request implements result.Recorder.
func (d *Dir) Request(r *result.RequestRow) error { return d.rows.requests.write(r) }

// Job implements result.Recorder.
func (d *Dir) Job(r *result.JobRow) error { return d.rows.jobs.write(r) }

// Series implements result.Recorder.
func (d *Dir) Series(r *result.SeriesRow) error { return d.rows.series.write(r) }

// Ledger implements result.Recorder.
func (d *Dir) Ledger(r *result.LedgerRow) error {
	row := toLedgerFile(r)
	return d.rows.ledger.write(&row)
}

// Placement implements result.Recorder.
func (d *Dir) Placement(r *result.PlacementRow) error { return d.rows.placements.write(r) }

// Incident implements result.Recorder.
func (d *Dir) Incident(r *result.IncidentRow) error { return d.rows.incidents.write(r) }

// ReplicationsFile is where the figures of each replication are, in a results
// directory of several.
const ReplicationsFile = "replications.parquet"

// Replications adds the figures of each replication.
func (d *Dir) Replications(rows []RunRow) error {
	return WriteRunsFile(filepath.Join(d.temp, ReplicationsFile), d.meta, nil, rows)
}

// Commit completes the directory: the summary as JSON, the resolved scenario,
// the wall-clock log, and what finish, if not nil, makes of all that in the
// directory's temporary place. On an error nothing is left.
func (d *Dir) Commit(summary any, scenario []byte, log any, finish func(dir string) error) (err error) {
	defer func() {
		if err != nil {
			d.Abort()
			err = fmt.Errorf("writing %s: %w", d.path, err)
		}
	}()
	if err := d.rows.close(); err != nil {
		return err
	}
	d.rows = nil
	text, err := JSON(summary)
	if err != nil {
		return err
	}
	logText, err := JSON(log)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{"scenario.yaml", scenario}, {"run.log.json", logText}, {"summary.json", text}} {
		if err := writeSynced(filepath.Join(d.temp, f.name), f.data); err != nil {
			return err
		}
	}
	if finish != nil {
		if err := finish(d.temp); err != nil {
			return err
		}
	}
	if err := syncDir(d.temp); err != nil {
		return err
	}
	if err := d.replace(); err != nil {
		return err
	}
	d.temp = ""
	return syncDir(filepath.Dir(d.path))
}

// replace moves the temporary directory to its final name, in place of an
// older one if there is.
func (d *Dir) replace() error {
	if _, err := os.Stat(d.path); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(d.temp, d.path)
	}
	old := d.temp + ".old"
	if err := os.Rename(d.path, old); err != nil {
		return err
	}
	if err := os.Rename(d.temp, d.path); err != nil {
		return errors.Join(err, os.Rename(old, d.path))
	}
	return os.RemoveAll(old)
}

// Abort removes everything written. It does nothing after a Commit.
func (d *Dir) Abort() {
	if d.rows != nil {
		d.rows.abandon()
		d.rows = nil
	}
	if d.temp != "" {
		os.RemoveAll(d.temp)
		d.temp = ""
	}
}

// JSON formats a value as the results' JSON files are: indented, with a final
// newline, and with <, > and & as themselves.
func JSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encoding JSON: %w", err)
	}
	return b.Bytes(), nil
}

func writeSynced(path string, data []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
