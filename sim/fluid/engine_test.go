package fluid

import (
	"fmt"
	"math"
	"testing"

	"github.com/jevons-sim/jevons/internal/variate"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/serving"
)

// engineOf returns an engine of a model on H100s, three in four of whose layers are
// made local if a span is given.
func engineOf(t *testing.T, model string, tp int, span perf.Span) *serving.Config {
	t.Helper()
	m, err := perf.LookupModel(model)
	if err != nil {
		t.Fatal(err)
	}
	gpu, err := fleet.LookupGPU("H100")
	if err != nil {
		t.Fatal(err)
	}
	if span.Tokens > 0 {
		m.LocalLayers, m.Window, m.ChunkedLocal = m.Layers-m.Layers/4, int(span.Tokens), span.Chunked
	}
	const tokens = 8192
	s, err := perf.NewServing(m, gpu, 8, perf.Layout{TP: tp, PP: 1, EP: 1}, perf.Precision{}, perf.Calibration{}, perf.Options{MemoryUtilization: 0.9, MaxTokens: tokens})
	if err != nil {
		t.Fatal(err)
	}
	return &serving.Config{Table: s.Table(), MaxSeqs: 256, MaxTokens: tokens, BlockSize: 16, Blocks: int(s.KVTokens() / 16)}
}

// lengths draws the lengths of request i.
func lengths(i int, cv float64) Request {
	r := event.NewStream(1, "lengths").Entity(uint64(i))
	shape := 1 / (cv * cv)
	draw := func(mean float64) float64 { return math.Max(1, math.Round(variate.Gamma(&r, shape, mean/shape))) }
	return Request{Prompt: draw(800), Output: draw(600)}
}

// world runs replicas under Poisson arrivals.
type world struct {
	d        *serving.Deployment
	area     float64 // of requests in the system, over time
	last     event.Time
	n        int
	gaps     event.Rand
	rate, cv float64
	free     []*serving.Request
}

func (w *world) Done(now event.Time, q *serving.Request, _ serving.Outcome) {
	w.count(now, 1)
	w.free = append(w.free, q)
}

// count adds what has been there until now; the deployment's load has changed
// by less one already.
func (w *world) count(now event.Time, gone int) {
	w.area += float64(w.d.Load()+gone) * (now - w.last).Seconds()
	w.last = now
}

func (w *world) Handle(e *event.Engine, ev event.Event) {
	w.count(ev.Time, 0)
	q := &serving.Request{}
	if n := len(w.free); n > 0 {
		q, w.free = w.free[n-1], w.free[:n-1]
	}
	r := lengths(w.n, w.cv)
	w.n++
	*q = serving.Request{ID: uint64(w.n), Prompt: int32(r.Prompt), Output: int32(r.Output), Arrive: ev.Time}
	w.d.Submit(ev.Time, q)
	e.At(ev.Time+event.FromSeconds(w.gaps.Exp()/w.rate), event.ClassArrival, w, 0, 0)
}

func TestTheCurveAgreesWithSimulatedRequests(t *testing.T) {
	const replicas, n = 4, 20_000
	for _, c := range []struct {
		model string
		tp    int
		rate  float64 // per replica and second
		cv    float64
		span  perf.Span
	}{
		{"Llama-3.1-8B", 1, 0.3, 1, perf.Span{}}, {"Llama-3.1-8B", 1, 3, 1, perf.Span{}}, {"Llama-3.1-8B", 1, 8, 0.5, perf.Span{}}, {"Llama-3.1-8B", 1, 10, 1, perf.Span{}},
		{"Llama-3.1-70B", 8, 1, 1, perf.Span{}}, {"Llama-3.1-70B", 8, 5, 1, perf.Span{}},
		{"Llama-3.1-8B", 1, 10, 1, perf.Span{Tokens: 300}}, {"Llama-3.1-8B", 1, 10, 1, perf.Span{Tokens: 400, Chunked: true}},
	} {
		t.Run(fmt.Sprintf("%s at %v per second, cv %v, span %v", c.model, c.rate, c.cv, c.span), func(t *testing.T) {
			cfg := engineOf(t, c.model, c.tp, c.span)
			e := &event.Engine{}
			w := &world{rate: c.rate * replicas, cv: c.cv, gaps: event.NewStream(2, "gaps").Entity(0)}
			var itl metrics.Histogram
			w.d = serving.NewDeployment(serving.LeastRequests{}, w, 0)
			var rs []*serving.Replica
			for range replicas {
				r := serving.NewReplica(e, cfg, w.d, &itl)
				rs = append(rs, r)
				w.d.Add(0, r)
			}
			e.At(0, event.ClassArrival, w, 0, 0)
			warm, end := event.FromSeconds(200), event.FromSeconds(200+n/w.rate)
			e.RunUntil(warm, nil)
			before := make([]serving.Usage, replicas)
			for i, r := range rs {
				before[i] = r.Usage(warm)
			}
			w.count(warm, 0)
			w.area = 0
			e.RunUntil(end, nil)
			w.count(end, 0)
			span := (end - warm).Seconds()
			var shares [NumParts]float64
			for i, r := range rs {
				u := r.Usage(end).Sub(before[i])
				for k, x := range []event.Time{u.Prefill, u.Decode, u.Host, u.Comm} {
					shares[k] += x.Seconds() / span / replicas
				}
			}
			var sample []Request
			for i := range 65_536 {
				sample = append(sample, lengths(1_000_000+i, c.cv))
			}
			draws := NewDraws(sample)
			mix := func(_, _ float64) Means { return draws.Means(1, math.Inf(1)) }
			points, served, saturated := Balance(w.rate, []Group{{NewEngine(cfg, serving.LeastRequests{}), replicas}}, mix)
			p := points[0]
			if saturated || served != w.rate {
				t.Fatalf("saturated %v at %v of %v per second", saturated, served, w.rate)
			}
			got := w.area / span / replicas
			t.Logf("running %.3f, simulated %.3f; shares %.3f, simulated %.3f", p.Running, got, p.Shares, shares)
			if math.Abs(p.Running/got-1) > 0.05 {
				t.Errorf("%.3f requests in the system, simulated %.3f", p.Running, got)
			}
			for k := range shares {
				if math.Abs(p.Shares[k]-shares[k]) > 0.03 {
					t.Errorf("share %d: %.3f of the time, simulated %.3f", k, p.Shares[k], shares[k])
				}
			}
		})
	}
}
