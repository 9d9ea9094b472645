package report

import (
	"fmt"
	"path/filepath"

	"github.com/parquet-go/parquet-go"

	"github.com/jevons-sim/jevons/sim/result"
)

// ReadJobs reads the jobs of a results directory.
func ReadJobs(dir string) ([]result.JobRow, error) {
	path := filepath.Join(dir, "jobs.parquet")
	rows, err := parquet.ReadFile[result.JobRow](path)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return rows, nil
}
