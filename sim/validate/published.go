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
}

var (
	countOf = regexp.MustCompile(`\bn=(\d+)`)
	online  = regexp.MustCompile(`^online, (?:([0-9.]+) req/s, )?(\d+) requests`)
	tensor  = regexp.MustCompile(`^TP(\d+)$`)
)

// readPublished reads a table of published figures: one row a figure.
func readPublished(file string, r io.Reader, models Models) (*ServingData, error) {
	t, err := readMeasurements(file, r, publishedColumns...)
	if err != nil {
		return nil, err
	}
	d := &ServingData{}
	for i := range t.rows {
		row := &t.rows[i]
		p := published{
			engine: row.text("engine"), model: row.text("model"), gpu: row.text("gpu"), parallelism: row.text("parallelism"),
			format: row.text("precision"), scenario: row.text("scenario"), input: row.count("input_tokens", 0), output: row.count("output_tokens", 0),
		}
		if n := countOf.FindStringSubmatch(row.text("notes")); n != nil {
			p.requests, _ = strconv.Atoi(n[1])
		}
		if o := online.FindStringSubmatch(p.scenario); o != nil {
			p.rate, _ = strconv.ParseFloat("0"+o[1], 64)
			p.requests, _ = strconv.Atoi(o[2])
		}
		value := row.number("value", 0)
		if row.err != nil {
			return nil, row.err
		}
		metric := publishedMetric(row.text("metric"))
		c := &servingCase{
			id: row.text("id"), model: p.model, gpu: p.gpu, engine: p.engine,
			group:  map[string]string{"source": row.text("source"), "engine": p.engine, "lengths": fmt.Sprintf("%d/%d", p.input, p.output)},
			stages: []measuredStage{{p.scenario, []int{0}, []measuredValue{{metric, value}}}},
			test:   func(c perf.Calibration, seed uint64) (*loadTest, error) { return p.loadTest(models, c, seed) },
		}
		if metric == "" {
			c.stages[0].values[0].metric = row.text("metric")
			c.unlike = fmt.Sprintf("%s is not a figure of one server under one load", row.text("metric"))
		} else {
			c.unlike = p.unlike()
		}
		d.cases = append(d.cases, c)
	}
	return d, nil
}

// publishedMetric returns what a load test calls a published metric, "" if it
// measures nothing of the kind.
func publishedMetric(name string) string {
	switch name {
	case "output_tok_s", "output_tok_s_gpu":
		return name
	case "ttft_ms_mean":
		return "ttft_mean"
	case "itl_ms_mean":
		return "itl_mean"
	}
	return ""
}

// unlike says why a row cannot be simulated as it was measured, or "".
func (p *published) unlike() string {
	switch {
	case p.requests == 0:
		return "the number of requests is not published"
	case p.input == 0 || p.output == 0:
		return "the lengths are not published"
	case p.rate == 0 && !strings.Contains(p.scenario, "at once"):
		return "its load (" + p.scenario + ") is not described well enough to be repeated"
	case !tensor.MatchString(p.parallelism):
		return "layout " + p.parallelism + ": attention in data parallel is not modelled"
	}
	return ""
}

// loadTest returns the row as a load test.
func (p *published) loadTest(models Models, c perf.Calibration, seed uint64) (*loadTest, error) {
	model, err := models.find(p.model)
	if err != nil {
		return nil, err
	}
	gpu, err := fleet.LookupGPU(p.gpu)
	if err != nil {
		return nil, err
	}
	tp, err := strconv.Atoi(tensor.FindStringSubmatch(p.parallelism)[1])
	if err != nil {
		return nil, fmt.Errorf("layout %s: %w", p.parallelism, err)
	}
	name, _, _ := strings.Cut(p.format, " ")
	format, ok := fleet.ParseFormat(name)
	if !ok {
		return nil, fmt.Errorf("unknown precision %q", p.format)
	}
	precision := perf.Precision{Weights: format}
	if format == fleet.FP8 || format == fleet.FP4 {
		precision.KV = fleet.FP8 // as the engine's quantised checkpoints do
	}
	const (
		nodeGPUs    = 8
		sequences   = 2048 // the engine's default batch
		stepTokens  = 8192
		pageTokens  = 32
		utilization = 0.95
	)
	cost, err := perf.NewServing(model, gpu, nodeGPUs, perf.Layout{TP: tp}, precision, c, perf.Options{MemoryUtilization: utilization, MaxTokens: stepTokens})
	if err != nil {
		return nil, err
	}
	return &loadTest{
		cost: cost, output: int32(p.output), seed: seed,
		stages:  []loadStage{{rate: p.rate, requests: p.requests}},
		prompts: []prompt{{tokens: int32(p.input)}},
		engine: serving.Config{
			Table: cost.Table(), MaxSeqs: sequences, MaxTokens: stepTokens, BlockSize: pageTokens, Blocks: int(cost.KVTokens() / pageTokens),
			ScheduleAhead: c.ScheduleAhead,
		},
	}, nil
}
