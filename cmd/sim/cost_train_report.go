package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/jevons-sim/jevons/sim/perf"
)

// trainReport is what sim cost --train prints. Sizes are bytes, times seconds.
type trainReport struct {
	Model       string       `json:"model"`
	GPU         string       `json:"gpu"`
	GPUs        int          `json:"gpus"`
	Layout      trainLayout  `json:"layout"`
	Misfit      string       `json:"does_not_fit,omitempty"` // what was asked for, and why not
	Search      *trainSearch `json:"search,omitempty"`
	GlobalBatch int          `json:"global_batch"`
	Sequence    int          `json:"sequence"`
	Precision   string       `json:"precision"`
	Step        trainStep    `json:"step"`
	Bound       string       `json:"bound"`
	MFU         float64      `json:"mfu"`
	HFU         float64      `json:"hfu"`
	TokensPerS  float64      `json:"tokens_per_s_per_gpu"`
	GPUHours    float64      `json:"gpu_hours_per_1e12_tokens"`
	USD         float64      `json:"usd_per_1e12_tokens"`
	Checkpoint  int64        `json:"checkpoint_bytes"`
	Memory      trainMemory  `json:"memory"`

	cost *perf.Training
	job  *trainJob
}

type trainLayout struct {
	TP               int    `json:"tp"`
	CP               int    `json:"cp"`
	PP               int    `json:"pp"`
	EP               int    `json:"ep"`
	DP               int    `json:"dp"`
	VPP              int    `json:"vpp"`
	MicroBatch       int    `json:"micro_batch"`
	ZeRO             int    `json:"zero"`
	Recompute        string `json:"recompute"`
	Schedule         string `json:"schedule"`
	SequenceParallel bool   `json:"sequence_parallel"`
}

type trainSearch struct {
	Tried   int `json:"layouts_tried"`
	Fitting int `json:"layouts_fitting"`
}

// trainStep is where a step's time goes, averaged over the GPUs.
type trainStep struct {
	Total       float64 `json:"total_s"`
	Matmul      float64 `json:"matmul_s"`
	Attention   float64 `json:"attention_s"`
	Elementwise float64 `json:"elementwise_s"`
	Launch      float64 `json:"launch_s"`
	Recompute   float64 `json:"recompute_s"`
	Optimizer   float64 `json:"optimizer_s"`
	Bubble      float64 `json:"bubble_s"`
	TP          float64 `json:"exposed_tp_s"`
	CP          float64 `json:"exposed_cp_s"`
	EP          float64 `json:"exposed_ep_s"`
	PP          float64 `json:"exposed_pp_s"`
	DP          float64 `json:"exposed_dp_s"`
}

type trainMemory struct {
	Budget      float64 `json:"usable_bytes"`
	Total       float64 `json:"total_bytes"`
	Weights     float64 `json:"weights_bytes"`
	Gradients   float64 `json:"gradients_bytes"`
	Optimizer   float64 `json:"optimizer_bytes"`
	Activations float64 `json:"activations_bytes"`
	Logits      float64 `json:"logits_bytes"`
	Workspace   float64 `json:"workspace_bytes"`
}

// fill describes r.cost.
func (r *trainReport) fill(j *trainJob) {
	t := r.cost
	l, s, p, m := t.Layout(), t.Step(), t.Parts(), t.Memory()
	r.job = j
	r.Model, r.GPU, r.GPUs = j.model.Name, j.gpu.Name, t.GPUs()
	r.GlobalBatch, r.Sequence, r.Precision = j.options.GlobalBatch, j.options.SeqLen, string(j.options.Format)
	r.Layout = trainLayout{l.TP, l.CP, l.PP, l.EP, l.DP, l.VPP, l.MicroBatch, l.ZeRO, l.Recompute.String(), l.Schedule.String(), l.SequenceParallel}
	r.Step = trainStep{
		Total: s.Total.Seconds(), Matmul: p.Matmul, Attention: p.Attention, Elementwise: p.Elementwise, Launch: p.Launch, Recompute: p.Recompute,
		Optimizer: s.Optimizer.Seconds(), Bubble: s.Bubble.Seconds(),
		TP: s.Comm.TP.Seconds(), CP: s.Comm.CP.Seconds(), EP: s.Comm.EP.Seconds(), PP: s.Comm.PP.Seconds(), DP: s.Comm.DP.Seconds(),
	}
	r.Bound, r.MFU, r.HFU = t.Bound(), t.MFU(), t.HFU()
	r.TokensPerS = float64(t.TokensPerStep()) / (r.Step.Total * float64(r.GPUs))
	r.GPUHours = 1e12 / r.TokensPerS / 3600
	r.USD = r.GPUHours * j.gpu.USDPerHour
	r.Checkpoint = t.CheckpointBytes()
	r.Memory = trainMemory{t.MemoryBudget(), m.Total(), m.Weights, m.Gradients, m.Optimizer, m.Activations, m.Logits, m.Workspace}
}

// printTrainCost prints the report in the format asked for.
func (a *app) printTrainCost(r *trainReport) error {
	if a.format == "json" {
		return a.printJSON(r)
	}
	t := a.newTable()
	t.AppendHeader(table.Row{"part", "seconds", "share %", "waits for"})
	s, out := &r.Step, r.cost.LeavesNode()
	tier := func(leaves bool) string {
		if leaves {
			return "network, exposed"
		}
		return "scale-up links, exposed"
	}
	for _, part := range []struct {
		name    string
		seconds float64
		waits   string
	}{
		{"matrix multiplications", s.Matmul, "matrix units"},
		{"attention core", s.Attention, "matrix units"},
		{"element-wise kernels", s.Elementwise, "HBM"},
		{"kernel launches", s.Launch, "host: layers too small"},
		{"recomputation", s.Recompute, "matrix units"},
		{"tensor parallelism", s.TP, tier(out.TP)},
		{"context parallelism", s.CP, tier(out.CP)},
		{"expert parallelism", s.EP, tier(out.EP)},
		{"pipeline transfers", s.PP, tier(out.PP)},
		{"pipeline bubble", s.Bubble, "fill, drain and the slowest stage"},
		{"gradients and shards", s.DP, tier(out.DP)},
		{"optimizer", s.Optimizer, "HBM"},
	} {
		if part.seconds > 0 {
			t.AppendRow(table.Row{part.name, fmt.Sprintf("%.4g", part.seconds), fmt.Sprintf("%.1f", 100*part.seconds/s.Total), part.waits})
		}
	}
	t.AppendRow(table.Row{"step", fmt.Sprintf("%.4g", s.Total), "100.0", ""})
	if a.format == "csv" {
		_, err := fmt.Fprintln(a.stdout, t.RenderCSV())
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "%s\n\n%s\n\n%s\n", r.heading(), render(t, a.format), r.formulas())
	return err
}

// heading says what runs and what it comes to.
func (r *trainReport) heading() string {
	const gib = 1 << 30
	m := &r.Memory
	var b strings.Builder
	if r.Misfit != "" {
		fmt.Fprintf(&b, "%s\nThe fastest layout that fits instead:\n\n", r.Misfit)
	}
	fmt.Fprintf(&b, "%s on %d × %s, %d sequences of %d tokens a step, %s\n", r.Model, r.GPUs, r.GPU, r.GlobalBatch, r.Sequence, r.Precision)
	fmt.Fprintf(&b, "layout     %s\n", r.cost.Layout())
	if r.Search != nil {
		fmt.Fprintf(&b, "search     fastest of %d layouts that fit, of %d\n", r.Search.Fitting, r.Search.Tried)
	}
	fmt.Fprintf(&b, "step       %.4g s, MFU %.1f %%, HFU %.1f %%, bound by %s\n", r.Step.Total, 100*r.MFU, 100*r.HFU, r.Bound)
	fmt.Fprintf(&b, "tokens     %.0f per second and GPU; 10¹² tokens take %.4g GPU-hours", r.TokensPerS, r.GPUHours)
	if r.USD > 0 {
		fmt.Fprintf(&b, ", $%.3g", r.USD)
	}
	fmt.Fprintf(&b, "\nper GPU    %.1f GiB of %.1f = weights %.1f + gradients %.1f + optimizer %.1f + activations %.1f + logits %.1f + workspace %.1f\n",
		m.Total/gib, m.Budget/gib, m.Weights/gib, m.Gradients/gib, m.Optimizer/gib, m.Activations/gib, m.Logits/gib, m.Workspace/gib)
	fmt.Fprintf(&b, "checkpoint %.0f GB (14 bytes per parameter)", float64(r.Checkpoint)/1e9)
	return b.String()
}

// formulas prints the sums behind the figures, with their numbers put in.
func (r *trainReport) formulas() string {
	t, peak := r.cost, r.cost.PeakFLOPS()
	outside := r.Step.DP + r.Step.Optimizer
	var b strings.Builder
	b.WriteString("By hand:\n")
	fmt.Fprintf(&b, "  step = (%d micro-batches + %.3g to fill and drain) × %.4g s of the slowest stage + %.4g s of gradients and optimizer = %.4g s\n",
		t.MicroBatches(), t.FillRounds(), t.SlowestStage(), outside, r.Step.Total)
	fmt.Fprintf(&b, "  MFU  = %.4g model FLOPs ÷ (%.4g s × %d GPUs × %.1f TFLOP/s %s) = %.1f %%\n",
		t.FLOPsPerStep(), r.Step.Total, r.GPUs, peak/1e12, r.Precision, 100*r.MFU)
	fmt.Fprintf(&b, "  HFU  = %.4g FLOPs with recomputation ÷ the same = %.1f %%\n", t.HardwareFLOPsPerStep(), 100*r.HFU)
	b.WriteString("FLOPs count the attention core in full; formulas: docs/training.md.")
	return b.String()
}
