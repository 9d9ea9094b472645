package serving

import (
	"fmt"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/perf"
)

// llama8B is a step table in the proportions of an 8-billion-parameter dense
// model in BF16 on one H100 (495 TFLOP/s achieved, 2.7 TB/s, 128 KiB of KV per
// token): enough for a benchmark, without the cost model.
func llama8B(maxTokens int) *perf.StepTable {
	units := func(seconds float64) int64 { return int64(seconds * 1e9 * (1 << perf.TableShift)) }
	t := &perf.StepTable{
		Host: units(500e-6), DecodePair: units(524288 / 495e12), PrefillPair: units(524288 / 495e12),
		KVRead: units(131072 / 2.7e12), TokenFLOPs: 16e9, PairFLOPs: 524288, KVBytes: 131072,
	}
	for n := range maxTokens + 1 {
		t.Matrix = append(t.Matrix, units(max(float64(n)*16e9/495e12, 16e9/2.7e12)))
		t.Comm = append(t.Comm, 0)
		t.WeightBytes = append(t.WeightBytes, 16e9)
	}
	return t
}

// load is an open stream of requests into a deployment, made as they come.
type load struct {
	deployment *Deployment
	engine     event.Engine
	timer      event.Timer
	rand       event.Rand
	gap        float64 // mean time between arrivals, ns
	output     int32
	free       []*Request
	next       uint64
	ended      int
	itl, ttft  metrics.Histogram
	tpot, e2e  metrics.Histogram
}

func newLoad(cfg *Config, router Router, replicas int, gap event.Time, output int32) *load {
	l := &load{gap: float64(gap), output: output, rand: event.NewStream(1, "load").Entity(0)}
	l.deployment = NewDeployment(router, l, 0)
	for range replicas {
		l.deployment.Add(0, NewReplica(&l.engine, cfg, l.deployment, &l.itl))
	}
	l.timer = l.engine.NewTimer(l, 0, 0)
	l.engine.Arm(l.timer, 0, event.ClassArrival)
	return l
}

func (l *load) Handle(_ *event.Engine, ev event.Event) {
	var q *Request
	if n := len(l.free); n > 0 {
		q, l.free = l.free[n-1], l.free[:n-1]
	} else {
		q = &Request{}
	}
	l.next++
	q.ID, q.Arrive, q.Output = l.next, ev.Time, l.output
	q.Prompt = max(1, int32(500+200*l.rand.Normal()))
	l.deployment.Submit(ev.Time, q)
	l.engine.Arm(l.timer, ev.Time+event.Time(l.gap*l.rand.Exp()), event.ClassArrival)
}

func (l *load) Done(_ event.Time, q *Request, _ Outcome) {
	l.ttft.Record(int64(q.TTFT()))
	l.tpot.Record(int64(q.TPOT()))
	l.e2e.Record(int64(q.E2E()))
	l.ended++
	l.free = append(l.free, q)
}

// run plays until n more requests have ended.
func (l *load) run(n int) {
	for until := l.ended + n; l.ended < until; {
		l.engine.Step()
	}
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	cfg := &Config{Table: llama8B(2048), MaxSeqs: 256, MaxTokens: 2048, BlockSize: 16, Blocks: 2_000, MaxWaiting: 20}
	l := newLoad(cfg, LeastRequests{}, 4, 9*event.Millisecond, 200)
	l.run(20_000)
	const requests = 10_000
	if allocs := testing.AllocsPerRun(1, func() { l.run(requests) }); allocs > requests/1000 {
		t.Errorf("%v allocations for %d requests", allocs, requests)
	}
	var preemptions int64
	for _, r := range l.deployment.Ready() {
		preemptions += r.Work(l.engine.Now()).Preemptions
	}
	if preemptions == 0 {
		t.Error("the load does not preempt any more")
	}
}

// BenchmarkReplica is one replica near saturation: Poisson arrivals, prompts
// of 500 ± 200 tokens, outputs of one length.
func BenchmarkReplica(b *testing.B) {
	for _, c := range []struct {
		output int32
		gap    event.Time
	}{{200, 34 * event.Millisecond}, {4000, 780 * event.Millisecond}} {
		for _, mode := range []string{"macro", "step"} {
			b.Run(fmt.Sprintf("output=%d/%s", c.output, mode), func(b *testing.B) {
				cfg := &Config{Table: llama8B(2048), MaxSeqs: 256, MaxTokens: 2048, BlockSize: 16, Blocks: 27_000, StepMode: mode == "step"}
				l := newLoad(cfg, &RoundRobin{}, 1, c.gap, c.output)
				l.run(2000) // warm up: the batch and the pools have their sizes
				b.ReportAllocs()
				start := l.engine.Fired()
				for b.Loop() {
					l.run(1)
				}
				b.ReportMetric(float64(l.engine.Fired()-start)/float64(b.N), "events/request")
				b.ReportMetric(float64(l.deployment.Load()), "load")
				w := l.deployment.Ready()[0].Work(l.engine.Now())
				b.ReportMetric(float64(w.Preemptions)/float64(l.ended), "preemptions/request")
				u := l.deployment.Ready()[0].Usage(l.engine.Now())
				b.ReportMetric(float64(u.Busy())/float64(l.engine.Now()), "busy")
			})
		}
	}
}

// BenchmarkRouters is a deployment of many replicas.
func BenchmarkRouters(b *testing.B) {
	for _, name := range RouterNames() {
		b.Run(name+"/replicas=1000", func(b *testing.B) {
			router, err := NewRouter(name, Routing{Draws: event.NewStream(1, "router"), Refresh: event.Second, Imbalance: 32, Weights: Weights{2, 2, 3}})
			if err != nil {
				b.Fatal(err)
			}
			cfg := &Config{Table: llama8B(2048), MaxSeqs: 256, MaxTokens: 2048, BlockSize: 16, Blocks: 27_000}
			l := newLoad(cfg, router, 1000, 40*event.Microsecond, 1000)
			l.run(20_000)
			b.ReportAllocs()
			for b.Loop() {
				l.run(1)
			}
		})
	}
}
