package validate

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/serving"
)

// publishedColumns must be there in a table of published figures.
var publishedColumns = []string{"id", "engine", "model", "gpu", "parallelism", "precision", "scenario", "input_tokens", "output_tokens", "metric", "value"}

// published is a row of such a table: one figure of one server under one load.
type published struct {
	engine, model, gpu  string
	parallelism, format string
	scenario            string
	input, output       int
	requests            int
	rate                float64 // requests per second; 0 = all at once
	concurrency         int     // of a client that waits; 0 = it does not
}

// closedRounds is how many requests each slot of a closed loop serves where their
// number is not published.
const closedRounds = 4

var (
	countOf = regexp.MustCompile(`\bn=(\d+)`)
	online  = regexp.MustCompile(`^online, (?:([0-9.]+) req/s, )?(\d+) requests`)
	closed  = regexp.MustCompile(`^offline, concurrency (\d+)$`)
	degree  = regexp.MustCompile(`^(TP|PP|DP|EP|DEP)(\d+)$`)
)

// layoutOf reads a layout as engineers write it: TP8, TP8 EP2, DEP4 or attention
// DP8, EP8, the last two of which say the same.
func layoutOf(text string) (perf.Layout, bool) {
	var l perf.Layout
	for _, part := range strings.Split(strings.ReplaceAll(strings.ReplaceAll(text, ",", ""), "attention ", ""), " ") {
		m := degree.FindStringSubmatch(part)
		if m == nil {
			return l, false
		}
		n, err := strconv.Atoi(m[2])
		if err != nil || n < 1 {
			return l, false
		}
		switch m[1] {
		case "TP":
			l.TP = n
		case "PP":
			l.PP = n
		case "DP":
			l.DP = n
		case "EP":
			l.EP = n
		case "DEP":
			l.DP, l.EP = n, n
		}
	}
	return l, true
}

// readPublished reads a table of published figures: one row a figure.
func readPublished(file string, r io.Reader, models Models) (*ServingData, error) {
	t, err := readMeasurements(file, r, publishedColumns...)
	if err != nil {
		return nil, err
	}
	d := &ServingData{}
	same := map[published]*servingCase{} // servers of which several figures are published
	for i := range t.rows {
		row := &t.rows[i]
		p := published{
			engine: row.text("engine"), model: row.text("model"), gpu: row.text("gpu"), parallelism: row.text("parallelism"),
			format: row.text("precision"), scenario: row.text("scenario"), input: row.count("input_tokens", 0), output: row.count("output_tokens", 0),
		}
		if strings.Contains(row.text("notes"), "attention DP") {
			// The degree is printed as TP. Where experts are is not; as elsewhere with
			// attention in data parallel they are taken to be spread over all GPUs.
			p.parallelism = strings.Replace(p.parallelism, "TP", "DEP", 1)
		}
		if n := countOf.FindStringSubmatch(row.text("notes")); n != nil {
			p.requests, _ = strconv.Atoi(n[1])
		}
		if o := online.FindStringSubmatch(p.scenario); o != nil {
			p.rate, _ = strconv.ParseFloat("0"+o[1], 64)
			p.requests, _ = strconv.Atoi(o[2])
		}
		if c := closed.FindStringSubmatch(p.scenario); c != nil {
			p.concurrency, _ = strconv.Atoi(c[1])
		}
		if p.concurrency > 0 && p.requests == 0 {
			p.requests = closedRounds * p.concurrency
		}
		value := row.number("value", 0)
		if row.err != nil {
			return nil, row.err
		}
		metric := publishedMetric(row.text("metric"))
		c := &servingCase{
			id: row.text("id"), model: p.model, gpu: p.gpu, engine: p.engine,
			group:  map[string]string{"load": p.load(), "source": row.text("source"), "engine": p.engine, "lengths": fmt.Sprintf("%d/%d", p.input, p.output)},
			stages: []measuredStage{{p.scenario, []int{0}, []measuredValue{{metric: metric, value: value}}}},
			test:   func(c perf.Calibration) (*loadTest, error) { return p.loadTest(models, c) },
		}
		if metric == "" {
			c.stages[0].values[0].metric = row.text("metric")
			c.unlike = fmt.Sprintf("%s is not a figure of one server under one load", row.text("metric"))
		} else {
			c.unlike = p.unlike()
		}
		if other := same[p]; other != nil && c.unlike == "" {
			other.stages[0].values = append(other.stages[0].values, measuredValue{metric, value, c.id})
			continue
		}
		if c.unlike == "" {
			same[p] = c
		}
		d.cases = append(d.cases, c)
	}
	return d, nil
}

// precisionOf reads number formats as tables print them: fp8, mxfp4 weights, or
// fp4, bf16 KV.
func precisionOf(text string) (perf.Precision, error) {
	weights, kv, given := strings.Cut(text, ", ")
	weights, _, _ = strings.Cut(weights, " ")
	var p perf.Precision
	var ok bool
	if p.Weights, ok = fleet.ParseFormat(weights); !ok {
		return p, fmt.Errorf("unknown precision %q", text)
	}
	if p.Weights == fleet.FP8 || p.Weights == fleet.FP4 {
		p.KV = fleet.FP8 // as the engine's quantised checkpoints do
	}
	if given {
		if p.KV, ok = fleet.ParseFormat(strings.TrimSuffix(kv, " KV")); !ok {
			return p, fmt.Errorf("unknown precision %q", text)
		}
	}
	return p, nil
}

// publishedMetric returns what a load test calls a published metric, "" if it
// measures nothing of the kind.
func publishedMetric(name string) string {
	switch name {
	case "output_tok_s", "output_tok_s_gpu", "request_latency_s_mean":
		return name
	case "ttft_ms_mean":
		return "ttft_mean"
	case "itl_ms_mean":
		return "itl_mean"
	}
	return ""
}

// load says whether requests come over time or all at once.
func (p *published) load() string {
	if p.rate > 0 {
		return "online"
	}
	return "offline"
}

// unlike says why a row cannot be simulated as it was measured, or "".
func (p *published) unlike() string {
	switch {
	case p.requests == 0:
		return "the number of requests is not published"
	case p.input == 0 || p.output == 0:
		return "the lengths are not published"
	case p.rate == 0 && p.concurrency == 0 && !strings.Contains(p.scenario, "at once"):
		return "its load (" + p.scenario + ") is not described well enough to be repeated"
	}
	if _, ok := layoutOf(p.parallelism); !ok {
		return "its layout (" + p.parallelism + ") is not described well enough to be repeated"
	}
	return ""
}

// loadTest returns the row as a load test.
func (p *published) loadTest(models Models, c perf.Calibration) (*loadTest, error) {
	model, err := models.find(p.model)
	if err != nil {
		return nil, err
	}
	gpu, err := fleet.LookupGPU(p.gpu)
	if err != nil {
		return nil, err
	}
	layout, _ := layoutOf(p.parallelism) // unlike has seen to it
	ranks := max(layout.DP, 1)
	precision, err := precisionOf(p.format)
	if err != nil {
		return nil, err
	}
	const (
		nodeGPUs    = 8
		sequences   = 2048 // the engine's default batch
		stepTokens  = 8192
		pageTokens  = 32
		utilization = 0.95
	)
	cost, err := perf.NewServing(model, gpu, nodeGPUs, layout, precision, c, perf.Options{MemoryUtilization: utilization, MaxTokens: stepTokens * ranks})
	if err != nil {
		return nil, err
	}
	return &loadTest{
		cost: cost, output: int32(p.output),
		stages:  []loadStage{{rate: p.rate, requests: p.requests, concurrency: p.concurrency}},
		prompts: []prompt{{tokens: int32(p.input)}},
		engine: serving.Config{
			Table: cost.Table(), MaxSeqs: sequences * ranks, MaxTokens: stepTokens * ranks, BlockSize: pageTokens, Blocks: int(cost.KVTokens() / pageTokens),
			ScheduleAhead: c.ScheduleAhead, Admission: serving.Guaranteed, // the engine's default: nothing is evicted
		},
	}, nil
}
