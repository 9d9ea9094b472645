package validate

import (
	"context"
	"fmt"
	"io/fs"
	"math"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/traces"
)

// thinkers is requests that do little but think, at regular intervals, on
// replicas that serve one at a time: the cost of a token is the same at any
// load. Something changes after six hours; the windows leave out what is under
// way around then. The fleet has room for old and new replicas side by side.
// Parameters in the order of use: horizon, rate, thinking, segment, shock.
const thinkers = `
name: thinkers
horizon: %s
fleet: {pools: [{name: main, node: 8xH100, nodes: 320}]}
deployments:
  - name: chat
    model: Llama-3.1-405B
    precision: {weights: fp8}
    parallelism: {tp: 8}
    engine: {max_num_seqs: 1}
    router: central
    replicas: 160
    startup: 0s
    weights_bandwidth: 1PB/s
workloads:
  requests:
    - name: thinkers
      arrivals: {process: deterministic, rate: %s}
      prompt: {dist: constant, value: 1}
      output: {dist: constant, value: 1}
      thinking: {tokens: {dist: constant, value: %d}}
demand:
  segments: [{name: all, requests: [thinkers], %s}]
  shocks: [{at: 6h, %s}]
outputs:
  sample: 1h
  windows: [{name: before, from: 1h, to: 6h}, {name: after, from: 7h, to: 12h}]
`

// play runs a scenario that names no files.
func play(ctx context.Context, text string, r result.Recorder, changes ...scenario.Override) (*result.Summary, error) {
	doc, err := scenario.Parse("thinkers.yaml", []byte(text), changes...)
	if err != nil {
		return nil, err
	}
	s, err := sim.New(doc, sim.Options{Inputs: noFiles{}})
	if err != nil {
		return nil, err
	}
	return s.Run(ctx, r)
}

// ratios is how a run changed from its first window to its last.
type ratios struct{ requests, tokens, gpuHours float64 }

// unqueued is the longest time, in seconds, that a request spends in the API
// server and behind the step under way without having queued for a place.
const unqueued = 0.1

// thinkersAnswering is thinkers through a change of the cost of a token that
// the price follows.
func thinkersAnswering(f, epsilon, theta float64) string {
	return fmt.Sprintf(thinkers, "12h", "4/min", 1000,
		fmt.Sprintf("elasticity: %v, thinking_elasticity: %v, adoption: {kind: instant}", epsilon, theta),
		fmt.Sprintf("cost_factor: %v, price_from: cost-model", f))
}

// shockRun simulates them and requires that nothing queues.
func shockRun(ctx context.Context, f, epsilon, theta float64) (ratios, error) {
	s, err := play(ctx, thinkersAnswering(f, epsilon, theta), nil)
	if err != nil {
		return ratios{}, err
	}
	before, after := &s.Windows[0], &s.Windows[1]
	if wait := s.Requests.Queue.Max; wait > unqueued {
		return ratios{}, fmt.Errorf("f=%v ε=%v θ=%v: a request queued for %v s; the closed forms are for fleets in which nothing does", f, epsilon, theta, wait)
	}
	over := func(of func(*result.Window) float64) float64 { return of(after) / of(before) }
	return ratios{
		requests: over(func(w *result.Window) float64 { return float64(w.Requests.Arrived) }),
		tokens:   over(func(w *result.Window) float64 { return float64(w.Requests.ThinkingTokens) }),
		gpuHours: over(workingHours),
	}, nil
}

// workingHours returns the GPU-hours of inference with a batch: the closed forms are
// about work, and know no replicas that stand ready.
func workingHours(w *result.Window) float64 {
	hours := 0.0
	for account, a := range w.Ledger.ByClass[ledger.Inference.String()] {
		if account != ledger.StalledEmpty.String() && account != ledger.Starting.String() {
			hours += a.Hours()
		}
	}
	return hours
}

// curve is a course of adoption and its closed form.
type curve struct {
	name, adoption string
	share          func(hours float64) float64
}

var curves = []curve{
	{"lag", "{kind: lag, tau: 6h}", func(h float64) float64 { return 1 - math.Exp(-h/6) }},
	{"bass", "{kind: bass, innovation: 0.5/d, imitation: 9.1/d}", func(h float64) float64 {
		p, q := 0.5/24, 9.1/24
		e := math.Exp(-(p + q) * h)
		return (1 - e) / (1 + q/p*e)
	}},
}

// curve compares the requests of every third hour after a shock with the course
// of their adoption.
func (o *DemandOptions) curve(ctx context.Context, c curve) ([]Row, error) {
	const quadruple, shock, hours = 4, 6, 30
	r := &rates{}
	if _, err := play(ctx, fmt.Sprintf(thinkers, fmt.Sprintf("%dh", hours), "1/s", 1,
		"elasticity: 1, thinking_elasticity: 0, adoption: "+c.adoption, "price_factor: 0.25"), r); err != nil {
		return nil, err
	}
	var rows []Row
	for hour := shock + 1; hour <= hours; hour += 3 {
		// The closed form's mean over the hour, by Simpson's rule.
		mean, steps := 0.0, 60
		for i := range steps {
			at := func(x float64) float64 {
				return 1 + (quadruple-1)*c.share(float64(hour-1-shock)+(float64(i)+x)/float64(steps))
			}
			mean += (at(0) + 4*at(0.5) + at(1)) / 6 / float64(steps)
		}
		rows = append(rows, o.row(fmt.Sprintf("%s, hour %d", c.name, hour-shock), map[string]string{"adoption": c.name}, "adoption", "requests/s", r.at[event.Time(hour)*event.Hour], mean))
	}
	return rows, nil
}

// rates records the rate of requests in the interval that ends at an instant.
type rates struct {
	result.Discard
	at map[event.Time]float64
}

var _ result.Recorder = (*rates)(nil)

// Series implements result.Recorder.
func (r *rates) Series(x *result.SeriesRow) error {
	if r.at == nil {
		r.at = map[event.Time]float64{}
	}
	if x.Metric == "requests_per_s" {
		r.at[event.Time(x.Time)] = x.Value
	}
	return nil
}

// noFiles is the inputs of scenarios that name no files.
type noFiles struct{}

var _ sim.Inputs = noFiles{}

// Trace implements sim.Inputs.
func (noFiles) Trace(string, string, string) (*traces.File, error) { return nil, fs.ErrNotExist }

// Read implements sim.Inputs.
func (noFiles) Read(string) ([]byte, error) { return nil, fs.ErrNotExist }

// Digests implements sim.Inputs.
func (noFiles) Digests() ([]scenario.Digest, error) { return nil, nil }
