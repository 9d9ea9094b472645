package traces

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/sim/event"
)

// Fields of the Standard Workload Format, version 2.2 (Chapin et al. 1999; the
// Parallel Workloads Archive): 18 numbers, −1 where unknown, times in seconds.
const (
	swfJob = iota
	swfSubmit
	swfWait
	swfRun
	swfProcs // allocated
	swfCPUTime
	swfMemory
	swfWantedProcs
	swfWantedTime
	swfWantedMemory
	swfStatus
	swfUser
	swfGroup
	swfExecutable
	swfQueue
	swfPartition
	swfPreceding
	swfThink
	swfFields
)

var swfNames = [swfFields]string{
	"job number", "submit time", "wait time", "run time", "allocated processors", "CPU time used", "used memory", "requested processors",
	"requested time", "requested memory", "status", "user", "group", "executable", "queue", "partition", "preceding job", "think time",
}

// swfStatuses names the values of the status field.
var swfStatuses = map[int64]string{0: "failed", 1: "completed", 2: "partial", 3: "last partial, completed", 4: "last partial, failed", 5: "cancelled"}

var swf = format{
	name: "swf", kind: Jobs,
	detect: func(head []byte) bool {
		header := false
		for line := range bytes.Lines(head) {
			line = bytes.TrimSpace(line)
			if len(line) > 0 && line[0] != ';' {
				return len(bytes.Fields(line)) == swfFields
			}
			header = header || len(line) > 0
		}
		return header
	},
	jobs: openSWF,
}

type swfReader struct {
	*lines
	facts   []Fact // of the header, such as MaxProcs
	skipped int    // jobs that cannot be run: run time or processors ≤ 0
	partial int    // lines that tell of a part of a job
	last    event.Time
}

func openSWF(s source, l lint) (jobReader, error) {
	text, err := openLines(s, l)
	if err != nil {
		return nil, err
	}
	return &swfReader{lines: text}, nil
}

// Next implements JobStream. Processors are read as GPUs of one worker each.
// Jobs without a run time or processors are left out, and so are lines on parts
// of a job that was checkpointed or swapped out, which another line sums up.
func (w *swfReader) Next(j *Job) (bool, error) {
	for {
		if ok, err := w.next(); !ok {
			return false, err
		}
		if w.row[0] == ';' {
			w.fact()
			continue
		}
		if ok, err := w.parse(j); ok || err != nil {
			return ok, err
		}
	}
}

// fact keeps a header line "; Name: value".
func (w *swfReader) fact() {
	if w.note == nil {
		return
	}
	name, value, ok := strings.Cut(strings.TrimSpace(string(w.row[1:])), ":")
	if value = strings.TrimSpace(value); ok && value != "" && !strings.HasPrefix(value, "//") && !strings.ContainsAny(name, " /") {
		w.facts = append(w.facts, Fact{name, value})
	}
}

func (w *swfReader) parse(j *Job) (bool, error) {
	fields := bytes.Fields(w.row)
	if len(fields) != swfFields {
		return false, w.reject(w.line, "", "wrong number of fields", fmt.Sprintf("%d fields", len(fields)), "18")
	}
	var v [swfFields]float64
	for i, f := range fields {
		x, err := strconv.ParseFloat(string(f), 64)
		if err != nil || math.IsNaN(x) || math.Abs(x) > float64(maxSeconds) {
			return false, w.reject(w.line, swfNames[i], problemMalformed, quote(string(f)), "a number (-1 = unknown)")
		}
		v[i] = x
	}
	for _, i := range []int{swfProcs, swfWantedProcs, swfStatus, swfUser, swfGroup, swfExecutable, swfQueue, swfPartition, swfPreceding} {
		if v[i] != math.Trunc(v[i]) || v[i] > math.MaxInt32 {
			return false, w.reject(w.line, swfNames[i], problemMalformed, quote(string(fields[i])), fmt.Sprintf("a whole number of at most %d (-1 = unknown)", math.MaxInt32))
		}
	}
	switch int64(v[swfStatus]) {
	case 2, 3, 4:
		// The job has a line of its own, with status 0 or 1, that sums them up.
		w.partial++
		return false, nil
	}
	procs := v[swfProcs]
	if procs <= 0 {
		procs = v[swfWantedProcs]
	}
	switch {
	case v[swfSubmit] < 0:
		return false, w.reject(w.line, swfNames[swfSubmit], problemNegative, quote(string(fields[swfSubmit])), "seconds since the log's start")
	}
	at := event.FromSeconds(v[swfSubmit])
	w.order(w.line, at, &w.last)
	switch {
	case v[swfRun] <= 0:
		w.skipped++
		w.warn(w.line, swfNames[swfRun]+" zero or unknown")
		return false, nil
	case procs <= 0:
		w.skipped++
		w.warn(w.line, swfNames[swfProcs]+" zero or unknown")
		return false, nil
	}
	*j = Job{
		At: at, Name: fmt.Sprintf("%.0f", v[swfJob]), Workers: int32(procs), GPUs: 1,
		Duration: event.FromSeconds(v[swfRun]), Estimate: event.FromSeconds(max(0, v[swfWantedTime])),
		Status: swfStatuses[int64(v[swfStatus])],
	}
	if user := v[swfUser]; user >= 0 {
		j.Tenant = fmt.Sprintf("user-%.0f", user)
	}
	if v[swfWantedMemory] > 0 {
		j.MemoryMiB = int64(math.Ceil(v[swfWantedMemory] / 1024))
	}
	if v[swfPreceding] > 0 {
		j.After, j.Think = fmt.Sprintf("%.0f", v[swfPreceding]), event.FromSeconds(max(0, v[swfThink]))
	}
	whole := func(i int) int32 { return int32(max(-1, v[i])) }
	known := func(i int) float64 { return max(-1, v[i]) }
	j.Log = &Log{
		Wait: -1, CPUTime: known(swfCPUTime), UsedMemory: known(swfMemory), Allocated: whole(swfProcs), Requested: whole(swfWantedProcs),
		Memory: known(swfWantedMemory), Code: whole(swfStatus), User: whole(swfUser), Group: whole(swfGroup), Executable: whole(swfExecutable),
		Queue: whole(swfQueue), Partition: whole(swfPartition),
	}
	if v[swfWait] >= 0 {
		j.Log.Wait = event.FromSeconds(v[swfWait])
	}
	return true, nil
}
