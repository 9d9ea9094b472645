package traces

import (
	"fmt"
	"math"
	"strings"

	"github.com/jevons-sim/jevons/sim/event"
)

// mappedJobs reads jobs from a CSV file by a layout.
type mappedJobs struct {
	*mapped
	never int // jobs that never started
}

func openMappedJobs(s source, l lint, m *layout) (jobReader, error) {
	t, err := openMapped(s, l, m)
	if err != nil {
		return nil, err
	}
	return &mappedJobs{mapped: t}, nil
}

// Next implements JobStream. Jobs that never started are left out.
func (m *mappedJobs) Next(j *Job) (bool, error) {
	for {
		if ok, err := m.next(); !ok {
			return false, err
		}
		if ok, err := m.parse(j); ok || err != nil {
			return ok, err
		}
	}
}

func (m *mappedJobs) parse(j *Job) (ok bool, err error) {
	*j = Job{
		Name: m.text(fieldName), Tenant: m.text(fieldTenant), Status: m.text(fieldStatus), After: m.text(fieldAfter),
	}
	if types := m.text(fieldGPUTypes); types != "" {
		j.GPUTypes = strings.Split(types, "|")
	}
	if j.At, ok, err = m.arrival(); !ok {
		return false, err
	}
	if j.Estimate, ok, err = m.length(fieldEstimate); !ok {
		return false, err
	}
	if j.Think, ok, err = m.length(fieldThink); !ok {
		return false, err
	}
	priority, ok, err := m.integer(fieldPriority, math.MinInt32, math.MaxInt32)
	if !ok {
		return false, err
	}
	j.Priority = int32(priority)
	if ok, err := m.size(j); !ok {
		return false, err
	}
	return m.runTime(j)
}

// size reads how large a job is.
func (m *mappedJobs) size(j *Job) (bool, error) {
	var v [numFields]float64
	for _, f := range []int{fieldWorkers, fieldGPUs, fieldTotalGPUs, fieldGPUMilli, fieldCPUs, fieldTotalCPUs, fieldCPUMilli, fieldMemoryMiB, fieldMemoryGB} {
		most := 1e6
		switch f {
		case fieldGPUMilli:
			most = 1000
		case fieldCPUMilli, fieldMemoryMiB, fieldMemoryGB:
			most = 1e12
		}
		x, ok, err := m.number(f, most)
		if !ok {
			return false, err
		}
		v[f] = x
	}
	for _, f := range []int{fieldWorkers, fieldGPUMilli} {
		if v[f] != math.Trunc(v[f]) {
			return false, m.rejectField(f, problemMalformed, "a whole number")
		}
	}
	workers := max(1, int64(v[fieldWorkers]))
	milli := v[fieldGPUMilli]
	if milli == 1000 && v[fieldGPUs] == 0 {
		milli, v[fieldGPUs] = 0, 1 // a share of all of it
	}
	f := fieldGPUs
	total := v[fieldGPUs] * float64(workers)
	if m.place[fieldTotalGPUs] >= 0 {
		f, total = fieldTotalGPUs, v[fieldTotalGPUs]
	}
	switch {
	case total > 0 && total < 1 && workers == 1:
		j.Workers, j.GPUMilli = 1, int32(math.Round(total*1000))
	case total != math.Trunc(total):
		return false, m.rejectField(f, problemMalformed, "a whole number of GPUs, or a share of one below 1")
	case total > math.MaxInt32:
		return false, m.rejectField(f, problemMalformed, fmt.Sprintf("at most %d GPUs in all", math.MaxInt32))
	case milli > 0 && milli < 1000 && total <= float64(workers):
		j.Workers, j.GPUMilli = int32(workers), int32(milli)
	default:
		if j.split(int64(total), workers) {
			m.warn(m.line, "GPUs that do not divide by the nodes, read as workers of one GPU")
		}
	}
	if j.CPUMilli = int64(math.Round(v[fieldCPUs]*1000) + v[fieldCPUMilli]); v[fieldTotalCPUs] > 0 {
		j.CPUMilli = int64(math.Round(v[fieldTotalCPUs] * 1000 / float64(j.Workers)))
	}
	j.MemoryMiB = int64(math.Round(v[fieldMemoryMiB] + v[fieldMemoryGB]*1e9/(1<<20)))
	return true, nil
}

// split makes a gang of so many GPUs in all: equal workers, one per node, or,
// where they do not divide, workers of one GPU each. It reports the latter.
func (j *Job) split(gpus, nodes int64) bool {
	if gpus%nodes == 0 && nodes <= math.MaxInt32 {
		j.Workers, j.GPUs = int32(nodes), int32(gpus/nodes)
		return false
	}
	j.Workers, j.GPUs = int32(gpus), 1
	return true
}

// runTime reads how long a job ran: from start to end where the file has both,
// or else its duration.
func (m *mappedJobs) runTime(j *Job) (bool, error) {
	if m.place[fieldStart] < 0 || m.place[fieldEnd] < 0 {
		d, ok, err := m.length(fieldDuration)
		j.Duration = d
		return ok, err
	}
	if absent(m.text(fieldStart)) || absent(m.text(fieldEnd)) {
		m.never++
		m.warn(m.line, "never started, or never ended")
		return false, nil
	}
	start, _, ok, err := m.instant(fieldStart)
	if !ok {
		return false, err
	}
	end, _, ok, err := m.instant(fieldEnd)
	if !ok {
		return false, err
	}
	if j.Duration = event.Time(end - start); j.Duration < 0 || j.Duration > longestSpan {
		return false, m.rejectField(fieldEnd, "before the start", "a time at or after the start")
	}
	if text := m.text(fieldDuration); !absent(text) {
		if d, ok := scaled(text, m.layout.unit[fieldDuration]); !ok || event.Time(d)-j.Duration >= event.Second || j.Duration-event.Time(d) >= event.Second {
			m.warn(m.line, "duration is not end − start, which is taken")
		}
	}
	return true, nil
}

// describe adds what only the reader knows.
func (m *mappedJobs) describe(r *JobReport) {
	r.Count += m.never
	r.NeverScheduled = m.never
}
