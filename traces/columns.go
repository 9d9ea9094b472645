package traces

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/event"
)

// mappedCSV is CSV whose columns the user names: see [File.Map].
var mappedCSV = format{name: "csv", detect: func([]byte) bool { return false }}

// Fields of requests and of jobs that a column can be mapped to. Of a job's
// run time either duration is needed or start and end; of its size one of gpus
// (per worker), total_gpus and gpu_milli.
const (
	fieldAt = iota
	fieldName
	fieldTenant
	fieldWorkers
	fieldGPUs
	fieldTotalGPUs
	fieldGPUMilli
	fieldCPUs
	fieldTotalCPUs
	fieldCPUMilli
	fieldMemoryMiB
	fieldMemoryGB
	fieldGPUTypes
	fieldDuration
	fieldStart
	fieldEnd
	fieldEstimate
	fieldPriority
	fieldStatus
	fieldAfter
	fieldThink
	fieldPrompt
	fieldOutput
	fieldThinking
	fieldClass
	fieldSession
	numFields
)

var fieldNames = [numFields]string{
	"at", "name", "tenant", "workers", "gpus", "total_gpus", "gpu_milli", "cpus", "total_cpus", "cpu_milli", "memory_mib", "memory_gb", "gpu_types",
	"duration", "start", "end", "estimate", "priority", "status", "after", "think", "prompt", "output", "thinking", "class", "session",
}

// fieldsOf lists the fields of a kind of trace.
var fieldsOf = map[Kind][]int{
	Requests: {fieldAt, fieldPrompt, fieldOutput, fieldThinking, fieldClass, fieldTenant, fieldSession, fieldPriority},
	Jobs: {
		fieldAt, fieldName, fieldTenant, fieldWorkers, fieldGPUs, fieldTotalGPUs, fieldGPUMilli, fieldCPUs, fieldTotalCPUs, fieldCPUMilli, fieldMemoryMiB,
		fieldMemoryGB, fieldGPUTypes, fieldDuration, fieldStart, fieldEnd, fieldEstimate, fieldPriority, fieldStatus, fieldAfter, fieldThink,
	},
}

// timeUnits are the units that a column of times may be in. Epoch times count
// from the first row's, as wall clocks do.
var timeUnits = map[string]event.Time{
	"ns": 1, "us": event.Microsecond, "ms": event.Millisecond, "s": event.Second, "min": event.Minute, "h": event.Hour, "d": event.Day,
	"epoch": event.Second, "epoch-ms": event.Millisecond,
}

// timeFields are the fields that hold times.
var timeFields = []int{fieldAt, fieldDuration, fieldStart, fieldEnd, fieldEstimate, fieldThink}

// layout says which column of a CSV file holds which field.
type layout struct {
	columns [numFields]column // name "" = none
	unit    [numFields]event.Time
	epoch   [numFields]bool // times since 1970
}

// newLayout reads a map from fields to columns: "column", or "column in unit"
// of a time.
func newLayout(columns map[string]string) (*layout, Kind, error) {
	kind := Jobs
	if columns["prompt"] != "" || columns["output"] != "" {
		kind = Requests
	}
	var allowed []string
	for _, f := range fieldsOf[kind] {
		allowed = append(allowed, fieldNames[f])
	}
	l := &layout{}
	for f := range l.columns {
		l.columns[f].optional = true
		l.unit[f] = event.Second
	}
	var names []string
	for name := range columns {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !slices.Contains(allowed, name) {
			return nil, kind, fmt.Errorf("columns: a trace of %s has no field %q.%s (fields: %s)", kind, name, suggest.Hint(name, allowed), strings.Join(allowed, ", "))
		}
		if err := l.set(slices.Index(fieldNames[:], name), columns[name]); err != nil {
			return nil, kind, err
		}
	}
	return l, kind, l.complete(kind)
}

// set maps one field.
func (l *layout) set(f int, text string) error {
	c, unit, found := strings.Cut(text, " in ")
	if !slices.Contains(timeFields, f) {
		c, found = text, false
	}
	if found {
		unit = strings.TrimSpace(unit)
		u, ok := timeUnits[unit]
		if !ok {
			return fmt.Errorf("columns: %s: unknown unit %q (units: ns, us, ms, s, min, h, d, epoch, epoch-ms)", fieldNames[f], unit)
		}
		l.unit[f], l.epoch[f] = u, strings.HasPrefix(unit, "epoch")
	}
	l.columns[f].name = strings.TrimSpace(c)
	if l.columns[f].name == "" {
		return fmt.Errorf("columns: %s: found nothing, want the name of a column", fieldNames[f])
	}
	return nil
}

// complete reports fields that are missing, and makes the given ones required.
func (l *layout) complete(kind Kind) error {
	has := func(f int) bool { return l.columns[f].name != "" }
	var missing string
	switch {
	case !has(fieldAt):
		missing = "at"
	case kind == Requests && !has(fieldPrompt):
		missing = "prompt"
	case kind == Requests && !has(fieldOutput):
		missing = "output"
	case kind == Jobs && !has(fieldDuration) && (!has(fieldStart) || !has(fieldEnd)):
		missing = "duration, or start and end"
	case kind == Jobs && !has(fieldGPUs) && !has(fieldTotalGPUs) && !has(fieldGPUMilli):
		missing = "gpus, total_gpus or gpu_milli"
	}
	if missing != "" {
		return fmt.Errorf("columns: no column for %s of the %s", missing, kind)
	}
	for f := range l.columns {
		l.columns[f].optional = !has(f)
	}
	return nil
}

// Map says which columns of a CSV file (format csv) hold which fields: of
// requests at, prompt, output and more, of jobs at, duration, gpus and more.
// Times are numbers, in seconds unless the column is given as "name in ms" (ns,
// us, min, h, d; epoch and epoch-ms count from 1970), or wall clocks; clocks
// and epochs count from the first row. It returns the file with its kind known.
func (f *File) Map(columns map[string]string) (*File, error) {
	if f.format != &mappedCSV {
		return nil, fmt.Errorf("columns are for traces of format csv, %s is read as %s", f.Path, f.Format)
	}
	l, kind, err := newLayout(columns)
	if err != nil {
		return nil, err
	}
	m := &format{name: mappedCSV.name, kind: kind}
	if kind == Requests {
		m.requests = func(s source, c lint) (requestReader, error) { return openMappedRequests(s, c, l) }
	} else {
		m.jobs = func(s source, c lint) (jobReader, error) { return openMappedJobs(s, c, l) }
	}
	return newFile(f.source, m), nil
}

// unmapped is the error of reading CSV without a map.
func (f *File) unmapped() error {
	return fmt.Errorf("%s: a trace of format csv needs a map of its columns (such as at=submitted,duration=runtime,gpus=num_gpu)", f.Path)
}
