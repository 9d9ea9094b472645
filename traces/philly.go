package traces

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/jevons-sim/jevons/sim/event"
)

// philly is the job log of Microsoft's Philly clusters (github.com/msr-fiddle/
// philly-traces, cluster_job_log; Jeon et al., ATC 2019): one JSON list of jobs,
// in no order, each with its attempts. Virtual clusters are the tenants.
var philly = format{
	name: "philly", kind: Jobs,
	detect: func(head []byte) bool {
		head = bytes.TrimSpace(head)
		return bytes.HasPrefix(head, []byte("[")) && bytes.Contains(head, []byte(`"jobid"`)) && bytes.Contains(head, []byte(`"attempts"`))
	},
	jobs: openPhilly,
}

// phillyJob is an entry of the log. Times are wall clocks; null or "None" where
// they were not recorded.
type phillyJob struct {
	Status    string          `json:"status"`
	VC        string          `json:"vc"`
	ID        string          `json:"jobid"`
	Submitted *string         `json:"submitted_time"`
	Attempts  []phillyAttempt `json:"attempts"`
}

type phillyAttempt struct {
	Start  *string `json:"start_time"`
	End    *string `json:"end_time"`
	Detail []struct {
		GPUs []string `json:"gpus"`
	} `json:"detail"`
}

// phillyReader gives out the jobs of a log that has been read as a whole: it is
// in no order, and its hundred thousand jobs fit into memory.
type phillyReader struct {
	lint
	jobs  []placedJob
	next  int
	line  int
	never int // jobs without a complete attempt
}

// placedJob is a job and where it stands.
type placedJob struct {
	Job
	line  int
	clock time.Time
}

func openPhilly(s source, l lint) (jobReader, error) {
	f, err := s.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p := &phillyReader{lint: l}
	if err := p.read(f); err != nil {
		return nil, err
	}
	slices.SortStableFunc(p.jobs, func(a, b placedJob) int { return a.clock.Compare(b.clock) })
	for i := range p.jobs {
		at := p.jobs[i].clock.Sub(p.jobs[0].clock)
		if at > time.Duration(longestSpan) {
			return nil, &FormatError{File: l.file, Line: p.jobs[i].line, Field: "submitted_time", Found: quote(p.jobs[i].clock.Format(time.DateTime)), Want: "a time within 100 years of the others"}
		}
		p.jobs[i].At = event.Time(at)
	}
	return p, nil
}

// read reads the whole list.
func (p *phillyReader) read(r io.Reader) error {
	lines := &newlines{r: r}
	d := json.NewDecoder(lines)
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return p.syntax(lines.at(d.InputOffset()), err, "a list of jobs")
	}
	for d.More() {
		var j phillyJob
		err := d.Decode(&j)
		offset := d.InputOffset()
		if errors.Is(err, io.ErrUnexpectedEOF) {
			offset = lines.read
		}
		line := lines.at(offset)
		if err != nil {
			return p.syntax(line, err, "a job (jobid, submitted_time, vc, status, attempts)")
		}
		if err := p.add(&j, line); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return p.syntax(lines.at(d.InputOffset()), err, "the end of the list of jobs")
	}
	return nil
}

func (p *phillyReader) syntax(line int, err error, want string) error {
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case err == nil:
		return &FormatError{File: p.file, Line: line, Found: "something else", Want: want}
	case errors.As(err, &mistyped):
		return &FormatError{File: p.file, Line: line, Field: mistyped.Field, Found: "a " + mistyped.Value, Want: want}
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return &FormatError{File: p.file, Line: line, Found: "the end of the file", Want: want}
	case errors.As(err, &syntax):
		return &FormatError{File: p.file, Line: line, Found: syntax.Error(), Want: want}
	}
	return readError(p.file, line, err)
}

// add keeps a job: as long as all its attempts together, as large as the last
// of them.
func (p *phillyReader) add(j *phillyJob, line int) error {
	clock, ok := parseClock(text(j.Submitted))
	if !ok || clock.Year() < 1700 || clock.Year() > 2200 {
		return p.reject(line, "submitted_time", problemMalformed, quote(text(j.Submitted)), "a time such as 2017-10-07 01:11:39")
	}
	out := placedJob{Job: Job{Name: j.ID, Tenant: j.VC, Status: j.Status}, line: line, clock: clock}
	var ran *phillyAttempt
	for i := range j.Attempts {
		a := &j.Attempts[i]
		if absent(text(a.Start)) || absent(text(a.End)) {
			continue
		}
		start, ok := parseClock(text(a.Start))
		end, also := parseClock(text(a.End))
		span := end.Sub(start)
		if !ok || !also || span < 0 || span > time.Duration(longestSpan)-time.Duration(out.Duration) {
			return p.reject(line, "attempts", problemMalformed, fmt.Sprintf("from %s to %s", quote(text(a.Start)), quote(text(a.End))), "start_time and a later end_time, or None")
		}
		out.Duration += event.Time(span)
		ran = a
	}
	if ran == nil {
		p.never++
		p.warn(line, "no attempt with a start and an end")
		return nil
	}
	gpus, even := 0, true
	for _, d := range ran.Detail {
		gpus += len(d.GPUs)
		even = even && len(d.GPUs) == len(ran.Detail[0].GPUs)
	}
	switch {
	case gpus > math.MaxInt32:
		return p.reject(line, "detail", problemMalformed, fmt.Sprintf("%d GPUs", gpus), "fewer")
	case gpus == 0:
		p.warn(line, "no GPU")
	}
	if out.Workers, out.GPUs = int32(max(1, gpus)), 1; even && len(ran.Detail) > 0 {
		out.Workers, out.GPUs = int32(len(ran.Detail)), int32(len(ran.Detail[0].GPUs))
	} else if gpus == 0 {
		out.GPUs = 0
	}
	p.jobs = append(p.jobs, out)
	return nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// Next implements JobStream.
func (p *phillyReader) Next(j *Job) (bool, error) {
	if p.next == len(p.jobs) {
		return false, nil
	}
	*j, p.line = p.jobs[p.next].Job, p.jobs[p.next].line
	p.next++
	return true, nil
}

// Line is the line at which the last job ends.
func (p *phillyReader) Line() int { return p.line }

// Close implements io.Closer; the file has been read.
func (p *phillyReader) Close() error { return nil }

// describe adds what only the reader knows.
func (p *phillyReader) describe(r *JobReport) {
	r.Count += p.never
	r.NeverScheduled = p.never
}

// newlines remembers where the lines of a text end, up to what has been asked.
type newlines struct {
	r    io.Reader
	read int64
	ends []int64 // offsets of newlines not yet passed
	line int     // newlines passed
}

// Read implements io.Reader.
func (n *newlines) Read(p []byte) (int, error) {
	k, err := n.r.Read(p)
	for i, b := range p[:k] {
		if b == '\n' {
			n.ends = append(n.ends, n.read+int64(i))
		}
	}
	n.read += int64(k)
	return k, err
}

// at returns the line of an offset; offsets do not decrease.
func (n *newlines) at(offset int64) int {
	i := 0
	for i < len(n.ends) && n.ends[i] < offset {
		i++
	}
	n.ends = n.ends[i:]
	n.line += i
	return n.line + 1
}
