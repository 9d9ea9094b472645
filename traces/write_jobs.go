package traces

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
)

// JobWriter writes jobs in a format. Close completes the text; it does not
// close what lies below.
type JobWriter interface {
	Write(j *Job) error
	Close() error
}

// jobWriters lists the formats in which jobs can be written.
var jobWriters = []struct {
	name string
	make func(io.Writer) (JobWriter, error)
}{
	{"native-jobs", newNativeJobsWriter},
	{"swf", newSWFWriter},
}

// WritableJobFormats returns the names of the formats that NewJobWriter knows.
func WritableJobFormats() []string {
	var names []string
	for _, w := range jobWriters {
		names = append(names, w.name)
	}
	return names
}

// NewJobWriter returns a writer of jobs in a format. native-jobs keeps all that
// a run needs, to the nanosecond; swf keeps all 18 fields of a workload log and
// of other jobs what these can hold.
func NewJobWriter(w io.Writer, format string) (JobWriter, error) {
	for _, c := range jobWriters {
		if c.name == format {
			return c.make(w)
		}
	}
	return nil, fmt.Errorf("jobs cannot be written as %q.%s (formats: %s)", format, suggest.Hint(format, WritableJobFormats()), strings.Join(WritableJobFormats(), ", "))
}

// nativeJobsWriter writes native-jobs.
type nativeJobsWriter struct {
	csv *csv.Writer
	row []string
}

func newNativeJobsWriter(w io.Writer) (JobWriter, error) {
	n := &nativeJobsWriter{csv: csv.NewWriter(w)}
	return n, n.csv.Write([]string{
		"at_ns", "name", "tenant", "workers", "gpus", "gpu_milli", "cpu_milli", "memory_mib", "gpu_types", "duration_ns", "estimate_ns", "priority", "status",
		"after", "think_ns",
	})
}

// Write implements JobWriter.
func (n *nativeJobsWriter) Write(j *Job) error {
	n.row = append(n.row[:0], decimal(j.At), j.Name, j.Tenant, decimal(j.Workers), decimal(j.GPUs), decimal(j.GPUMilli),
		strconv.FormatInt(j.CPUMilli, 10), strconv.FormatInt(j.MemoryMiB, 10), strings.Join(j.GPUTypes, "|"),
		decimal(j.Duration), decimal(j.Estimate), decimal(j.Priority), j.Status, j.After, decimal(j.Think))
	return n.csv.Write(n.row)
}

// Close implements JobWriter.
func (n *nativeJobsWriter) Close() error {
	n.csv.Flush()
	return n.csv.Error()
}
