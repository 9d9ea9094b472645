package html

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// Rows of requests that are read: all up to sampleAbove; beyond that, blocks
// of blockRows spread evenly over the run, about sampleAbove rows in all.
const (
	sampleAbove = 6 << 20
	blockRows   = 32 << 10
)

// latency is one of the times that requests are measured by.
type latency int

const (
	ttft latency = iota
	tpot
	e2e
	queued
	numLatencies
)

// timeBuckets is the number of spans of the horizon in which percentiles are
// taken.
const timeBuckets = 96

// requests is what charts show of requests.parquet. Latencies are those of
// completed requests, in microseconds, by deployment.
type requests struct {
	rows, read  int64
	bucket      event.Time // length of a time bucket
	deployments []*latencies
	// finished counts completed requests by time bucket of their end; nil when
	// not all rows were read.
	arrived, finished []int64
}

// latencies are one deployment's.
type latencies struct {
	name string
	// all is of arrivals after the warm-up, as in the summary; over is by time
	// bucket of the arrival.
	all  [numLatencies]metrics.Histogram
	over [numLatencies][timeBuckets]metrics.Histogram
}

// readRequests reads requests.parquet, about limit rows of it if there are
// more; nil = it has no rows.
func readRequests(dir string, doc *scenario.Document, limit int64) (_ *requests, err error) {
	file, err := openColumns(filepath.Join(dir, "requests.parquet"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.close()) }()
	out := &requests{rows: file.pq.NumRows(), bucket: max((doc.Horizon+timeBuckets-1)/timeBuckets, 1)}
	if out.rows == 0 {
		return nil, nil
	}
	spans := blocks(file, limit)
	var names []string // code = index
	for i := range doc.Deployments {
		names = append(names, doc.Deployments[i].Name)
	}
	workers := make([]*requestReader, min(runtime.GOMAXPROCS(0), len(spans)))
	var next atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, len(workers))
	for w := range workers {
		workers[w] = newRequestReader(file, out.bucket, doc.Warmup, names)
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(spans) && errs[w] == nil; i = int(next.Add(1)) - 1 {
				errs[w] = workers[w].block(spans[i])
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("reading requests.parquet: %w", err)
	}
	first := workers[0]
	for _, w := range workers[1:] {
		first.merge(w)
	}
	out.read, out.deployments = first.read, first.deployments
	if out.read == out.rows {
		out.arrived, out.finished = first.arrived[:], first.finished[:]
	}
	return out, nil
}

// blocks returns the ranges of rows to read.
func blocks(file *columnFile, limit int64) []span {
	every := int((file.pq.NumRows() + limit - 1) / limit)
	var out []span
	n := 0
	for g, group := range file.pq.RowGroups() {
		for from := int64(0); from < group.NumRows(); from += blockRows {
			if n%every == 0 {
				out = append(out, span{g, from, min(from+blockRows, group.NumRows())})
			}
			n++
		}
	}
	if every == 1 { // whole row groups read faster
		out = out[:0]
		for g, group := range file.pq.RowGroups() {
			out = append(out, span{g, 0, group.NumRows()})
		}
	}
	return out
}

// requestReader is what one goroutine has read.
type requestReader struct {
	file              *columnFile
	bucket, warmup    event.Time
	read              int64
	deployments       []*latencies
	arrived, finished [timeBuckets]int64
	columns           [7][]int64
}

func newRequestReader(file *columnFile, bucket, warmup event.Time, names []string) *requestReader {
	r := &requestReader{file: file, bucket: bucket, warmup: warmup}
	for _, name := range names {
		r.deployments = append(r.deployments, &latencies{name: name})
	}
	return r
}

// block reads a range of rows.
func (r *requestReader) block(s span) error {
	n := int(s.to - s.from)
	for i := range r.columns {
		if cap(r.columns[i]) < n {
			r.columns[i] = make([]int64, n)
		}
		r.columns[i] = r.columns[i][:n]
	}
	deployment, completed, output := r.columns[0], r.columns[1], r.columns[2]
	arrive, scheduled, first, finish := r.columns[3], r.columns[4], r.columns[5], r.columns[6]
	err := errors.Join(
		r.file.names(s, "deployment", r.code, deployment),
		r.file.names(s, "outcome", isCompleted, completed),
		r.file.ints(s, "output_tokens", output), r.file.ints(s, "arrive_ns", arrive), r.file.ints(s, "scheduled_ns", scheduled),
		r.file.ints(s, "first_token_ns", first), r.file.ints(s, "finish_ns", finish))
	if err != nil {
		return err
	}
	for i := range n {
		at := min(arrive[i]/int64(r.bucket), timeBuckets-1)
		r.arrived[at]++
		if completed[i] == 0 {
			continue
		}
		r.finished[min(finish[i]/int64(r.bucket), timeBuckets-1)]++
		d := r.deployments[deployment[i]]
		counts := arrive[i] >= int64(r.warmup)
		d.add(ttft, at, counts, first[i]-arrive[i])
		d.add(e2e, at, counts, finish[i]-arrive[i])
		d.add(queued, at, counts, scheduled[i]-arrive[i])
		if output[i] > 1 {
			d.add(tpot, at, counts, (finish[i]-first[i])/(output[i]-1))
		}
	}
	r.read += int64(n)
	return nil
}

// add records a time in nanoseconds.
func (l *latencies) add(k latency, bucket int64, counts bool, ns int64) {
	us := ns / 1000
	if counts {
		l.all[k].Record(us)
	}
	l.over[k][bucket].Record(us)
}

// code returns the index of a deployment, which a scenario always names.
func (r *requestReader) code(name string) int {
	for i, d := range r.deployments {
		if d.name == name {
			return i
		}
	}
	r.deployments = append(r.deployments, &latencies{name: name})
	return len(r.deployments) - 1
}

func isCompleted(outcome string) int {
	if outcome == "completed" {
		return 1
	}
	return 0
}

// merge adds what another goroutine has read.
func (r *requestReader) merge(o *requestReader) {
	r.read += o.read
	for i := range r.arrived {
		r.arrived[i] += o.arrived[i]
		r.finished[i] += o.finished[i]
	}
	for _, d := range o.deployments {
		into := r.deployments[r.code(d.name)]
		for k := range into.all {
			into.all[k].Merge(&d.all[k])
			for b := range into.over[k] {
				into.over[k][b].Merge(&d.over[k][b])
			}
		}
	}
}
