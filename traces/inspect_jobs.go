package traces

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/sim/event"
)

// JobReport describes a trace of jobs.
type JobReport struct {
	Count          int          `json:"count"` // with those that cannot be run
	Span           float64      `json:"span_s"`
	CV             float64      `json:"cv"` // of the gaps between submissions
	NoRunTime      int          `json:"no_run_time"`
	NeverScheduled int          `json:"never_scheduled"`
	GPUs           []Count      `json:"gpus"` // jobs by GPUs in all; a share of a GPU counts as 1
	Shares         int          `json:"shares"`
	PowersOfTwo    float64      `json:"powers_of_two"` // share of the jobs with GPUs
	Duration       Distribution `json:"duration_s"`
	Statuses       []Count      `json:"statuses"`
	Header         []Fact       `json:"header,omitempty"`
}

// Fact is an entry of a file's header.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func inspectJobs(f *format, s source, l lint) (*JobReport, error) {
	rows, err := f.jobs(s, l)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := &JobReport{}
	sizes, statuses := map[int64]int{}, map[string]int{}
	var times, durations []event.Time
	var powers, withGPUs int
	var j Job
	for {
		ok, err := rows.Next(&j)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		times, durations = append(times, j.At), append(durations, j.Duration)
		statuses[j.Status]++
		gpus := int64(j.Workers) * int64(j.GPUs)
		if j.GPUMilli > 0 {
			gpus = 1
			out.Shares++
		}
		sizes[gpus]++
		if gpus > 0 {
			withGPUs++
			if gpus&(gpus-1) == 0 {
				powers++
			}
		}
	}
	out.Count = len(times)
	out.Span, _, out.CV = arrivalFacts(times)
	out.GPUs = counts(sizes, func(n int64) string { return strconv.FormatInt(n, 10) }, cmp.Compare[int64])
	out.Statuses = counts(statuses, statusName, strings.Compare)
	out.Duration = distribution(durations, float64(event.Second))
	if withGPUs > 0 {
		out.PowersOfTwo = float64(powers) / float64(withGPUs)
	}
	if r, ok := rows.(interface{ describe(*JobReport) }); ok {
		r.describe(out)
	}
	return out, nil
}

func statusName(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// describe adds what only pod lists know.
func (p *podReader) describe(r *JobReport) { r.NeverScheduled = p.unscheduled }

// describe adds what only workload logs know.
func (w *swfReader) describe(r *JobReport) {
	r.Count += w.skipped
	r.NoRunTime = w.skipped
	r.Header = w.facts
}

// NodeReport describes a list of nodes.
type NodeReport struct {
	Count  int          `json:"count"`
	GPUs   int          `json:"gpus"`
	Models []NodesOfGPU `json:"models"` // most nodes first
}

// NodesOfGPU counts the nodes with one model of GPU; "" = without GPUs.
type NodesOfGPU struct {
	Model string `json:"model"`
	Nodes int    `json:"nodes"`
	GPUs  int    `json:"gpus"`
}

func inspectNodes(f *format, s source, l lint) (*NodeReport, error) {
	nodes, err := f.nodes(s, l)
	if err != nil {
		return nil, err
	}
	out := &NodeReport{Count: len(nodes)}
	place := map[string]int{}
	for _, n := range nodes {
		i, ok := place[n.Model]
		if !ok {
			i = len(out.Models)
			place[n.Model] = i
			out.Models = append(out.Models, NodesOfGPU{Model: n.Model})
		}
		out.Models[i].Nodes++
		out.Models[i].GPUs += n.GPUs
		out.GPUs += n.GPUs
	}
	slices.SortFunc(out.Models, func(a, b NodesOfGPU) int {
		return cmp.Or(cmp.Compare(b.Nodes, a.Nodes), strings.Compare(a.Model, b.Model))
	})
	return out, nil
}
