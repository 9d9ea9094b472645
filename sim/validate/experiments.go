package validate

import (
	"fmt"
	"io"
	"strings"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/serving"
)

// experimentMetrics are the measured columns, without their unit "_ms".
var experimentMetrics = []string{"ttft_mean", "ttft_p90", "ttft_p99", "itl_mean", "e2e_mean", "e2e_p90", "e2e_p99"}

// experimentColumns must be there.
var experimentColumns = []string{"exp", "model", "gpu", "tp", "precision", "max_num_seqs", "max_num_batched_tokens", "question_tokens", "output_tokens", "stage", "rate_per_s", "duration_s"}

// experiment is a load test of a real server, stage by stage.
type experiment struct {
	id, model, gpu string
	tp             int
	precision      string
	maxSeqs        int
	maxTokens      int
	utilization    float64
	kvBlocks       int // 0 = not recorded
	workload       string
	systemPrompts  int
	users          int // prompts of each system prompt
	systemTokens   int32
	questionTokens int32
	outputTokens   int32
	stages         []experimentStage
	all            map[string]float64 // metrics over all stages, where the table has them
}

// experimentStage is one row: the load and what was measured under it.
type experimentStage struct {
	name     string
	rate     float64
	duration event.Time
	measured map[string]float64 // ms, by experimentMetrics
}

// readExperiments reads a table of experiments: one row a stage, in the columns
// of the published vLLM load tests.
func readExperiments(file string, r io.Reader) ([]*experiment, error) {
	t, err := readMeasurements(file, r, experimentColumns...)
	if err != nil {
		return nil, err
	}
	var list []*experiment
	byID := map[string]*experiment{}
	for i := range t.rows {
		row := &t.rows[i]
		x := byID[row.text("exp")]
		if x == nil {
			x = newExperiment(row)
			byID[x.id] = x
			list = append(list, x)
		}
		measured := map[string]float64{}
		for _, m := range experimentMetrics {
			if row.has(m + "_ms") {
				measured[m] = row.number(m+"_ms", 0)
			}
		}
		if row.text("stage") == "all" {
			x.all = measured
		} else {
			s := experimentStage{
				name: row.text("stage"), rate: row.number("rate_per_s", 0),
				duration: event.FromSeconds(row.number("duration_s", 0)), measured: measured,
			}
			if s.rate == 0 || s.duration == 0 {
				row.fail("rate_per_s", "and duration_s must be above 0")
			}
			x.stages = append(x.stages, s)
		}
		if row.err != nil {
			return nil, row.err
		}
	}
	for _, x := range list {
		if len(x.stages) == 0 {
			return nil, fmt.Errorf("%s: experiment %s has no stage with a rate and a duration", file, x.id)
		}
	}
	return list, nil
}

func newExperiment(row *measurement) *experiment {
	return &experiment{
		id: row.text("exp"), model: row.text("model"), gpu: row.text("gpu"), tp: row.count("tp", 1),
		precision: row.text("precision"), maxSeqs: row.count("max_num_seqs", 256), maxTokens: row.count("max_num_batched_tokens", 8192),
		utilization: row.number("gpu_memory_utilization", perf.DefaultMemoryUtilization), kvBlocks: row.count("kv_blocks_16tok", 0),
		workload: row.text("workload"), systemPrompts: row.count("system_prompts", 1), users: row.count("users_per_system_prompt", 1),
		systemTokens: int32(row.count("system_prompt_tokens", 0)), questionTokens: int32(row.count("question_tokens", 1)),
		outputTokens: int32(row.count("output_tokens", 1)),
	}
}

// servingCase returns the experiment for comparison.
func (x *experiment) servingCase(models Models) *servingCase {
	c := &servingCase{
		id: x.id, model: x.model, gpu: x.gpu, group: map[string]string{"workload": x.workload, "tp": fmt.Sprint(x.tp)},
		test: func(c perf.Calibration) (*loadTest, error) { return x.loadTest(models, c) },
	}
	var every []int
	for i, s := range x.stages {
		c.stages = append(c.stages, measuredStage{s.name, []int{i}, values(s.measured)})
		every = append(every, i)
	}
	if x.all != nil {
		c.stages = append(c.stages, measuredStage{allStages, every, values(x.all)})
	}
	return c
}

func values(measured map[string]float64) []measuredValue {
	var list []measuredValue
	for _, m := range experimentMetrics {
		if v, ok := measured[m]; ok {
			list = append(list, measuredValue{metric: m, value: v})
		}
	}
	return list
}

// blockTokens is the size of vLLM's KV blocks.
const blockTokens = 16

// loadTest returns the experiment as a load test on a modelled server.
func (x *experiment) loadTest(models Models, c perf.Calibration) (*loadTest, error) {
	model, err := models.find(x.model)
	if err != nil {
		return nil, err
	}
	gpu, err := fleet.LookupGPU(x.gpu)
	if err != nil {
		return nil, err
	}
	format, ok := fleet.ParseFormat(strings.ToLower(x.precision))
	if !ok {
		return nil, fmt.Errorf("unknown precision %q", x.precision)
	}
	const nodeGPUs = 8
	cost, err := perf.NewServing(model, gpu, nodeGPUs, perf.Layout{TP: x.tp}, perf.Precision{Weights: format}, c,
		perf.Options{MemoryUtilization: x.utilization, MaxTokens: max(x.maxTokens, x.maxSeqs)})
	if err != nil {
		return nil, err
	}
	blocks := x.kvBlocks
	if blocks == 0 {
		blocks = int(cost.KVTokens() / blockTokens)
	}
	t := &loadTest{
		cost: cost, output: x.outputTokens,
		engine: serving.Config{
			Table: cost.Table(), MaxSeqs: x.maxSeqs, MaxTokens: max(x.maxTokens, x.maxSeqs), BlockSize: blockTokens, Blocks: blocks,
			PrefixCache: true, ScheduleAhead: c.ScheduleAhead,
		},
	}
	for _, s := range x.stages {
		t.stages = append(t.stages, loadStage{rate: s.rate, duration: s.duration})
	}
	// The load generator makes a fixed set of prompts, so many to each system
	// prompt, and sends them in turn: after the first round a prompt is in the
	// cache but for its last block. Questions are about as long as stated;
	// spreading them over one block keeps that remainder from being the same
	// for all.
	for i := range max(1, x.systemPrompts) * max(1, x.users) {
		p := prompt{tokens: x.systemTokens + max(1, x.questionTokens+int32(i%blockTokens)-blockTokens/2)}
		if x.systemTokens > 0 {
			p.content.Segments = []serving.Segment{{Key: uint64(1 + i/max(1, x.users)), Tokens: x.systemTokens}}
		}
		p.content.Segments = append(p.content.Segments, serving.Segment{Key: uint64(1<<32 + i), Tokens: p.tokens - x.systemTokens})
		t.prompts = append(t.prompts, p)
	}
	return t, nil
}
