package validate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/jevons-sim/jevons/internal/variate"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/serving"
)

// loadTest is one server under one load, as published measurements are made:
// open loops one after another, or so many requests at once.
type loadTest struct {
	cost    *perf.Serving
	engine  serving.Config
	stages  []loadStage
	prompts []prompt // that requests take in turn
	output  int32    // tokens of every answer that does not say
}

// loadStage is one part of a load test. Either rate and duration are given, or
// requests alone: all at once, after the stage before has drained.
type loadStage struct {
	rate     float64 // requests per second, Poisson
	duration event.Time
	requests int // at the rate, or at once where that is 0; 0 = as many as the duration brings
	// concurrency is how many requests the client lets the server have at a
	// time; the others wait at the client, which is not measured. 0 = any.
	concurrency int
	// burstiness is the shape of gamma-distributed times between requests; 0 = 1,
	// Poisson arrivals.
	burstiness float64
}

// prompt is a prompt that a load test repeats.
type prompt struct {
	tokens  int32
	content serving.Content
	output  int32 // tokens of the answer; 0 = as the load test says
}

// random reports whether chance decides when requests arrive.
func (t *loadTest) random() bool {
	return slices.ContainsFunc(t.stages, func(s loadStage) bool { return s.rate > 0 })
}

// stageResult is what a load test measures in a stage, of the requests that
// arrived in it, in nanoseconds.
type stageResult struct {
	ttft, e2e metrics.Histogram
	itl       metrics.Histogram // mean inter-token latency of each request
	arrived   int64
	tokens    int64      // generated
	first     event.Time // arrival
	last      event.Time // end
	waited    int64      // requests that waited longer than they were served
	open      bool       // the stage was an open loop
	// preemptions during the stage.
	preemptions int64
}

// saturated reports whether an open loop offered more than the server could
// take: most requests waited longer than they were served. Requests that come
// all at once wait by design.
func (r *stageResult) saturated() bool { return r.open && 2*r.waited > r.arrived }

// throughput returns tokens generated per second from the first arrival to the
// last end.
func (r *stageResult) throughput() float64 {
	return float64(r.tokens) / (r.last - r.first).Seconds()
}

// loadRun is a load test in operation.
type loadRun struct {
	test     *loadTest
	engine   event.Engine
	replica  *serving.Replica
	timer    event.Timer
	arrivals event.Rand
	itl      metrics.Histogram
	results  []stageResult
	stage    int
	starts   event.Time // of the stage
	sent     int        // in the stage
	total    uint64
	open     int
	held     []int // requests that the client holds back, by stage
	resume   event.Timer
	free     []*serving.Request
}

var (
	_ event.Handler = (*loadRun)(nil)
	_ serving.Sink  = (*loadRun)(nil)
)

// run plays the test with random arrivals of a seed and returns what was measured, stage by stage.
func (t *loadTest) run(ctx context.Context, seed uint64) ([]stageResult, error) {
	if err := t.engine.Validate(); err != nil {
		return nil, err
	}
	r := &loadRun{
		test: t, results: make([]stageResult, len(t.stages)), held: make([]int, len(t.stages)),
		arrivals: event.NewStream(seed, "load test").Entity(0),
	}
	r.replica = serving.NewReplica(&r.engine, &t.engine, r, &r.itl)
	r.replica.Cold()
	r.timer, r.resume = r.engine.NewTimer(r, newRequest, 0), r.engine.NewTimer(r, resumeHeld, 0)
	r.begin(0)
	r.engine.RunUntil(event.Forever-1, func() bool { return ctx.Err() == nil })
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return r.results, nil
}

// begin starts the current stage at a time.
func (r *loadRun) begin(at event.Time) {
	if r.stage == len(r.test.stages) {
		return
	}
	r.starts, r.sent = at, 0
	r.next(at)
}

// next sends the next request after a time, or ends the stage.
func (r *loadRun) next(now event.Time) {
	s := &r.test.stages[r.stage]
	at := now
	if s.rate > 0 {
		at += event.FromSeconds(s.gap(&r.arrivals))
	}
	if (s.requests > 0 && r.sent == s.requests) || (s.duration > 0 && at >= r.starts+s.duration) {
		r.stage++
		if s.rate > 0 {
			r.begin(max(now, r.starts+s.duration))
		}
		return
	}
	r.engine.Arm(r.timer, at, event.ClassArrival)
}

// gap returns the seconds to the next request of an open loop.
func (s *loadStage) gap(rng *event.Rand) float64 {
	if s.burstiness == 0 || s.burstiness == 1 {
		return rng.Exp() / s.rate
	}
	return variate.Gamma(rng, s.burstiness, 1/float64(s.burstiness*s.rate))
}

// What timers are for.
const (
	newRequest event.Kind = iota
	resumeHeld
)

// Handle implements event.Handler: the client has another request, or may send
// some that it held back.
func (r *loadRun) Handle(_ *event.Engine, ev event.Event) {
	if ev.Kind == newRequest {
		r.sent++
		r.held[r.stage]++
	}
	for i := range r.held {
		for limit := r.test.stages[i].concurrency; r.held[i] > 0 && (limit == 0 || r.open < limit); r.held[i]-- {
			r.send(ev.Time, i)
		}
	}
	if ev.Kind == newRequest {
		r.next(ev.Time)
	}
}

// send submits the next request of a stage.
func (r *loadRun) send(now event.Time, stage int) {
	q := r.take()
	p := &r.test.prompts[int(r.total)%len(r.test.prompts)]
	r.total++
	r.open++
	q.ID, q.Tag = r.total, int64(stage)
	q.Arrive = now - event.FromSeconds(r.test.cost.Ahead(int(p.tokens)))
	q.Prompt, q.Content, q.Output = p.tokens, p.content, cmp.Or(p.output, r.test.output)
	s := &r.results[stage]
	s.open = r.test.stages[stage].rate > 0
	if s.arrived++; s.arrived == 1 {
		s.first = q.Arrive
	}
	r.replica.Submit(now, q)
}

func (r *loadRun) take() *serving.Request {
	n := len(r.free)
	if n == 0 {
		return &serving.Request{}
	}
	q := r.free[n-1]
	r.free = r.free[:n-1]
	return q
}

// Done implements serving.Sink: a request is over.
func (r *loadRun) Done(now event.Time, q *serving.Request, o serving.Outcome) {
	r.open--
	s := &r.results[q.Tag]
	s.last = now
	s.preemptions += int64(q.Preemptions)
	if o == serving.Completed {
		s.tokens += int64(q.Generated)
		s.ttft.Record(int64(q.TTFT()))
		s.e2e.Record(int64(q.E2E()))
		if q.Output > 1 {
			s.itl.Record(int64(q.TPOT()))
		}
		if q.QueueTime() > q.Finish-q.Scheduled {
			s.waited++
		}
	}
	r.free = append(r.free, q)
	if r.held[q.Tag] > 0 {
		r.engine.Arm(r.resume, now, event.ClassArrival)
	} else if r.open == 0 && r.stage > 0 && r.test.stages[r.stage-1].rate == 0 {
		r.begin(now)
	}
}

// figure returns a metric of a stage in milliseconds, or tokens per second.
func (r *stageResult) figure(metric string, t *loadTest) (value float64, unit string) {
	const ms = 1e6
	switch metric {
	case "ttft_mean":
		return r.ttft.Mean() / ms, "ms"
	case "ttft_p90":
		return float64(r.ttft.Quantile(0.9)) / ms, "ms"
	case "ttft_p99":
		return float64(r.ttft.Quantile(0.99)) / ms, "ms"
	case "itl_mean":
		return r.itl.Mean() / ms, "ms"
	case "e2e_mean":
		return r.e2e.Mean() / ms, "ms"
	case "e2e_p90":
		return float64(r.e2e.Quantile(0.9)) / ms, "ms"
	case "e2e_p99":
		return float64(r.e2e.Quantile(0.99)) / ms, "ms"
	case "request_latency_s_mean":
		return r.e2e.Mean() / 1e9, "s"
	case "output_tok_s":
		return r.throughput(), "tokens/s"
	case "output_tok_s_gpu":
		return r.throughput() / float64(t.cost.GPUs()), "tokens/s/GPU"
	}
	panic(fmt.Sprintf("validate: no metric %q", metric))
}

// merge adds another stage's requests.
func (r *stageResult) merge(o *stageResult) {
	r.ttft.Merge(&o.ttft)
	r.e2e.Merge(&o.e2e)
	r.itl.Merge(&o.itl)
	r.arrived += o.arrived
	r.tokens += o.tokens
	r.waited += o.waited
	r.preemptions += o.preemptions
	r.first = min(r.first, o.first)
	r.last = max(r.last, o.last)
}

// errorPct returns the signed error of a prediction.
func errorPct(predicted, actual float64) float64 {
	if actual == 0 {
		return math.Inf(1)
	}
	return (predicted/actual - 1) * 100
}
