package validate

import (
	"math"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/serving"
	"github.com/jevons-sim/jevons/sim/stats"
)

// stepTime is the length of a step of one token, and meanService the mean time
// to serve a request alone.
const (
	stepTime    = event.Microsecond
	meanService = meanTokens * stepTime
)

// queueBatches is the number of batches the run is cut into: enough for a
// stable standard error, few enough that each is much longer than the
// correlation of waits at the highest load.
const queueBatches = 60

// queueRun is one queue in operation.
type queueRun struct {
	model      *queueModel
	engine     *event.Engine
	deployment *serving.Deployment
	timer      event.Timer
	gap        float64 // mean time between arrivals, seconds
	arrivals   event.Rand
	lengths    event.Rand
	itl        metrics.Histogram
	wait       *stats.BatchMeans // in service times
	sojourn    *stats.BatchMeans
	free       []*serving.Request
	warmup     int64
	customers  int64
	arrived    int64
	ended      int64
}

var (
	_ event.Handler = (*queueRun)(nil)
	_ serving.Sink  = (*queueRun)(nil)
)

func newQueueRun(m *queueModel, rho float64, customers int64, seed uint64) *queueRun {
	q := &queueRun{
		model: m, engine: &event.Engine{}, customers: customers, warmup: customers / 20,
		gap:      meanService.Seconds() / (rho * float64(m.servers)),
		arrivals: event.NewStream(seed, m.name+"/arrivals").Entity(0),
		lengths:  event.NewStream(seed, m.name+"/lengths").Entity(0),
	}
	size := (customers - q.warmup) / queueBatches
	q.wait, q.sojourn = stats.NewBatchMeans(size), stats.NewBatchMeans(size)
	q.deployment = serving.NewDeployment(serving.Central{}, q, 0)
	config := q.config()
	for range m.servers {
		q.deployment.Add(0, serving.NewReplica(q.engine, config, q.deployment, &q.itl))
	}
	q.timer = q.engine.NewTimer(q, 0, 0)
	q.next(0)
	return q
}

// config returns the engine that behaves as the model's server.
func (q *queueRun) config() *serving.Config {
	seqs := 1
	if q.model.sharing {
		seqs = 100_000 // never reached
	}
	t := &perf.StepTable{Matrix: make([]int64, seqs+1), Comm: make([]int64, seqs+1)}
	for n := range t.Matrix {
		t.Matrix[n] = int64(n) * int64(stepTime) << perf.TableShift
	}
	return &serving.Config{Table: t, MaxSeqs: seqs, MaxTokens: seqs, BlockSize: 16, Blocks: math.MaxInt32}
}

func (q *queueRun) next(now event.Time) {
	q.engine.Arm(q.timer, now+event.FromSeconds(q.gap*q.arrivals.Exp()), event.ClassArrival)
}

// Handle implements event.Handler: a customer arrives.
func (q *queueRun) Handle(_ *event.Engine, ev event.Event) {
	r := q.take()
	q.arrived++
	r.ID, r.Arrive, r.Prompt, r.Output = uint64(q.arrived), ev.Time, 1, q.model.draw(&q.lengths)
	q.deployment.Submit(ev.Time, r)
	q.next(ev.Time)
}

// take returns a free request.
func (q *queueRun) take() *serving.Request {
	n := len(q.free)
	if n == 0 {
		return &serving.Request{}
	}
	r := q.free[n-1]
	q.free = q.free[:n-1]
	return r
}

// Done implements serving.Sink: a customer leaves.
func (q *queueRun) Done(_ event.Time, r *serving.Request, _ serving.Outcome) {
	q.ended++
	if q.ended > q.warmup {
		q.wait.Add(float64(r.QueueTime()) / float64(meanService))
		q.sojourn.Add(float64(r.E2E()) / float64(meanService))
	}
	q.free = append(q.free, r)
	if q.ended == q.customers {
		q.engine.Stop()
	}
}
