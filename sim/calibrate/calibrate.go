package calibrate

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/validate"
)

// parameter is a coefficient that is fitted, for all GPUs or one type each.
type parameter struct {
	name   string
	perGPU bool
	start  float64
	prior  float64 // standard deviation of its logarithm
	lo, hi float64
}

// parameters are what a fit may move, with rules of thumb and how sure they
// are. Rates belong to a GPU type, overheads to the engine.
func parameters() []parameter {
	return []parameter{
		{"compute_efficiency", true, 0.60, 0.3, 0.05, 1},
		{"expert_efficiency", false, 0.80, 0.3, 0.05, 1},
		{"attention_efficiency", false, 0.40, 0.3, 0.05, 1},
		{"elementwise_traffic", false, 1, 0.5, 0.01, 10},
		{"bandwidth_efficiency", true, 0.90, 0.1, 0.1, 1},
		{"kv_bandwidth_efficiency", true, 0.70, 0.5, 0.02, 1},
		{"collective_efficiency", false, 0.70, 0.3, 0.05, 1},
		{"expert_imbalance", false, 1.3, 0.15, 1, 4},
		{"rank_imbalance", false, 1.3, 0.15, 1, 4},
		{"local_latency_s", false, 10e-6, 0.5, 1e-6, 1e-3},
		{"layer_overhead_s", false, 40e-6, 0.7, 1e-6, 1e-3},
		{"host_overhead_s", false, 500e-6, 1, 1e-6, 5e-2},
		{"moe_layer_overhead_s", false, 10e-6, 1, 1e-7, 1e-3},
		{"layer_launch_s", false, 200e-6, 0.7, 1e-6, 1e-2},
		{"sequence_overhead_s", false, 5e-6, 1, 1e-7, 1e-3},
		{"logit_overhead_s", false, 100e-12, 1, 1e-13, 1e-8},
		{"request_overhead_s", false, 4e-3, 1, 1e-5, 1},
		{"prompt_token_overhead_s", false, 3e-6, 1, 1e-8, 1e-3},
		{"moe_first_use_s", false, 1, 1, 1e-3, 10},
	}
}

// weights are how much a relative error of a metric counts; others count
// nothing. Times to first token are short, and noisier.
var weights = map[string]float64{"e2e_mean": 1, "itl_mean": 0.5, "ttft_mean": 0.5, "ttft_p99": 0.3, "output_tok_s": 1, "output_tok_s_gpu": 1}

// Options says what to fit and how.
type Options struct {
	Name          string // of the calibration
	Source        string // of the measurements
	ScheduleAhead bool   // of the engine
	Seed          uint64
	Replications  int // of tests with random arrivals
	Workers       int
	// Start is where to begin; nil = at rules of thumb.
	Start *perf.Calibration
	// LeaveOut fits once more for every model or GPU, without it, to tell how
	// well those that were not measured are predicted.
	LeaveOut LeaveOut
	// Progress, if not nil, is told what is being done.
	Progress func(what string, iteration int, loss float64)
}

// LeaveOut says what is left out in turn.
type LeaveOut string

// What can be left out.
const (
	Nothing LeaveOut = ""
	Model   LeaveOut = "model"
	GPU     LeaveOut = "gpu"
)

// Result is a calibration and how good it is.
type Result struct {
	Calibration perf.Calibration
	Fitted      *validate.Report // with the calibration
	LeftOut     *validate.Report // every model, or GPU, by a fit without it; nil if not asked for
}

// Run fits a calibration to measurements.
func Run(ctx context.Context, d *validate.ServingData, o Options) (*Result, error) {
	if d = d.Comparable(); d.Len() == 0 {
		return nil, fmt.Errorf("calibrate: no measurement can be simulated")
	}
	f := fitter{data: d, o: &o}
	c, err := f.fit(ctx, d, "all models", o.Start)
	if err != nil {
		return nil, err
	}
	r := &Result{Calibration: c}
	if r.Fitted, err = f.predict(ctx, d, c); err != nil || o.LeaveOut == Nothing {
		return r, err
	}
	r.LeftOut, err = f.leaveOut(ctx, c)
	return r, err
}

type fitter struct {
	data *validate.ServingData
	o    *Options
}

// predict compares measurements with a calibration's predictions.
func (f *fitter) predict(ctx context.Context, d *validate.ServingData, c perf.Calibration) (*validate.Report, error) {
	return validate.Serving(ctx, d, validate.ServingOptions{
		Calibration: func(string) perf.Calibration { return c }, Seed: f.o.Seed, Replications: f.o.Replications, Workers: f.o.Workers,
	})
}

// leaveOut predicts every model or GPU with a fit of the others.
func (f *fitter) leaveOut(ctx context.Context, whole perf.Calibration) (*validate.Report, error) {
	names, of := f.data.Models(), func(model, _ string) string { return model }
	if f.o.LeaveOut == GPU {
		names, of = f.data.GPUs(), func(_, gpu string) string { return gpu }
	}
	var rows []validate.Row
	for _, name := range names {
		others := f.data.Where(func(m, g, _ string) bool { return of(m, g) != name })
		if others.Len() == 0 {
			return nil, fmt.Errorf("calibrate: all measurements are of one %s, none can be left out", f.o.LeaveOut)
		}
		c, err := f.fit(ctx, others, "without "+name, &whole)
		if err != nil {
			return nil, err
		}
		one, err := f.predict(ctx, f.data.Where(func(m, g, _ string) bool { return of(m, g) == name }), c)
		if err != nil {
			return nil, err
		}
		rows = append(rows, one.Rows...)
	}
	return validate.ServingReport(rows), nil
}

// fit returns the calibration of some measurements, from a first guess if there
// is one.
func (f *fitter) fit(ctx context.Context, d *validate.ServingData, what string, guess *perf.Calibration) (perf.Calibration, error) {
	var names []string // of the GPUs, as the catalogue has them
	for _, name := range d.GPUs() {
		g, err := fleet.LookupGPU(name)
		if err != nil {
			return perf.Calibration{}, err
		}
		if !slices.Contains(names, g.Name) {
			names = append(names, g.Name)
		}
	}
	// Measurements fall into parts by GPU: what belongs to one changes no other.
	parts := make([]*validate.ServingData, len(names))
	for i, name := range names {
		parts[i] = d.Where(func(_, gpu, _ string) bool {
			g, err := fleet.LookupGPU(gpu)
			return err == nil && g.Name == name
		})
	}
	var where []string // GPU of each unknown, "" = all
	var unknown []parameter
	for _, p := range parameters() {
		gpus := []string{""}
		if p.perGPU {
			gpus = names
		}
		for _, g := range gpus {
			unknown = append(unknown, p)
			where = append(where, g)
		}
	}
	p := problem{parts: len(parts)}
	var first []float64
	for i, u := range unknown {
		p.start = append(p.start, u.start)
		p.prior = append(p.prior, u.prior)
		p.lo = append(p.lo, u.lo)
		p.hi = append(p.hi, u.hi)
		p.affects = append(p.affects, slices.Index(names, where[i]))
		value := u.start
		if guess != nil {
			value = guessed(guess, u.name, where[i], value)
		}
		first = append(first, value)
	}
	p.first = first
	if f.o.Progress != nil {
		p.progress = func(i int, loss float64) { f.o.Progress(what, i, loss) }
	}
	build := func(theta []float64) perf.Calibration {
		c := perf.Calibration{
			Name: f.o.Name, Source: f.o.Source, ScheduleAhead: f.o.ScheduleAhead, Training: perf.DefaultTrainCalibration(),
			Serving: map[string]float64{}, GPUs: map[string]map[string]float64{},
		}
		for i, u := range unknown {
			values := c.Serving
			if where[i] != "" {
				if c.GPUs[where[i]] == nil {
					c.GPUs[where[i]] = map[string]float64{}
				}
				values = c.GPUs[where[i]]
			}
			values[u.name] = rounded(theta[i])
		}
		// GPUs that were not measured take the mean of those that were.
		for _, u := range parameters() {
			if u.perGPU {
				sum := 0.0
				for _, g := range names {
					sum += math.Log(c.GPUs[g][u.name])
				}
				c.Serving[u.name] = rounded(math.Exp(sum / float64(len(names))))
			}
		}
		return c
	}
	p.residuals = func(ctx context.Context, part int, theta []float64) (values, w []float64, err error) {
		r, err := f.predict(ctx, parts[part], build(theta))
		if err != nil {
			return nil, nil, err
		}
		for _, row := range r.Rows {
			weight := weights[row.Metric]
			if weight == 0 || !row.Compared() || row.Group["stage"] == "all" || !(row.Predicted > 0) || !(row.Actual > 0) {
				continue
			}
			values = append(values, math.Log(row.Predicted/row.Actual))
			w = append(w, weight)
		}
		return values, w, nil
	}
	theta, err := p.solve(ctx)
	if err != nil {
		return perf.Calibration{}, err
	}
	return build(theta), nil
}

func guessed(c *perf.Calibration, name, gpu string, missing float64) float64 {
	if v, ok := c.GPUs[gpu][name]; ok {
		return v
	}
	if v, ok := c.Serving[name]; ok {
		return v
	}
	return missing
}

// rounded keeps four significant digits: more would be noise.
func rounded(x float64) float64 {
	scale := math.Pow(10, 3-math.Floor(math.Log10(x)))
	return math.Round(x*scale) / scale
}
