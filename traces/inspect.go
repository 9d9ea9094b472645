package traces

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jevons-sim/jevons/sim/event"
)

// Report is what an inspection found. Of Requests, Pool, Jobs and Nodes, one is
// set.
type Report struct {
	File     string         `json:"file"`
	Format   string         `json:"format"`
	Kind     Kind           `json:"kind"`
	Requests *RequestReport `json:"requests,omitempty"`
	Pool     *PoolReport    `json:"pool,omitempty"`
	Jobs     *JobReport     `json:"jobs,omitempty"`
	Nodes    *NodeReport    `json:"nodes,omitempty"`
	Problems []Problem      `json:"problems"` // by name
}

// Problem is an irregularity: how often, and the first lines that have it.
type Problem struct {
	Name  string `json:"problem"`
	Count int    `json:"count"`
	Lines []int  `json:"lines"`
}

// problemLines is how many lines of a problem are listed.
const problemLines = 5

// problems counts irregularities.
type problems map[string]*Problem

func (p problems) note(line int, name string) {
	found := p[name]
	if found == nil {
		found = &Problem{Name: name}
		p[name] = found
	}
	found.Count++
	if len(found.Lines) < problemLines {
		found.Lines = append(found.Lines, line)
	}
}

func (p problems) list() []Problem {
	list := make([]Problem, 0, len(p))
	for _, found := range p {
		list = append(list, *found)
	}
	slices.SortFunc(list, func(a, b Problem) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Inspect measures a trace and collects its irregularities. Rows that cannot be
// used are counted and left out; only what no row can be read from is an error.
func Inspect(f *File) (*Report, error) {
	found := problems{}
	l := lint{file: f.Path, note: found.note}
	r := &Report{File: f.Path, Format: f.Format, Kind: f.Kind}
	var err error
	switch {
	case f.format == &mappedCSV:
		return nil, f.unmapped()
	case f.format.generate != nil:
		r.Pool, err = inspectPool(f.source, l)
	case f.format.requests != nil:
		r.Requests, err = inspectRequests(f.format, f.source, l)
	case f.format.jobs != nil:
		r.Jobs, err = inspectJobs(f.format, f.source, l)
	default:
		r.Nodes, err = inspectNodes(f.format, f.source, l)
	}
	if err != nil {
		return nil, err
	}
	r.Problems = found.list()
	return r, nil
}

// Distribution summarises values; quantiles are the lower of the values
// that they lie between.
type Distribution struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	Max  float64 `json:"max"`
}

// distribution sorts values and summarises them.
func distribution[T int32 | event.Time](values []T, unit float64) Distribution {
	if len(values) == 0 {
		return Distribution{}
	}
	slices.Sort(values)
	sum := 0.0
	for _, v := range values {
		sum += float64(v)
	}
	quantile := func(q float64) float64 { return float64(values[int(q*float64(len(values)-1))]) / unit }
	return Distribution{sum / float64(len(values)) / unit, quantile(0.5), quantile(0.9), quantile(0.99), float64(values[len(values)-1]) / unit}
}

// Count is how many of something there are.
type Count struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// counts lists counted names in the given order.
func counts[K cmp.Ordered](m map[K]int, name func(K) string, order func(a, b K) int) []Count {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, order)
	list := make([]Count, 0, len(keys))
	for _, k := range keys {
		list = append(list, Count{name(k), m[k]})
	}
	return list
}
