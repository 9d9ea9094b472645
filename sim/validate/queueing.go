package validate

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/jevons-sim/jevons/internal/variate"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/stats"
)

// queueModel is one queue and its closed form.
type queueModel struct {
	name    string
	servers int
	sharing bool                    // processor sharing
	draw    func(*event.Rand) int32 // output tokens
	scv     float64                 // squared coefficient of variation of what it draws
	// wait returns the mean wait in service times, from the load and scv; nil
	// under processor sharing, where nobody waits.
	wait func(rho, scv float64) float64
}

// sojourn returns the mean time in system in service times. Under processor
// sharing it is 1/(1 − ρ), whatever the distribution.
func (m *queueModel) sojourn(rho float64) float64 {
	if m.sharing {
		return 1 / (1 - rho)
	}
	return 1 + m.wait(rho, m.scv)
}

// leastWait is the mean wait, in service times, below which a comparison of
// waits says nothing: too few customers ever wait.
const leastWait = 1e-3

// meanTokens is the mean length of outputs: long enough that rounding to whole
// tokens, of at least one, moves mean and variance by less than a millionth.
const meanTokens = 2000

// lognormalCV is the coefficient of variation of the lognormal service times:
// more variable than exponential ones, with moments that a long run can see.
const lognormalCV = 1.5

func exponentialTokens(r *event.Rand) int32 { return wholeTokens(meanTokens * r.Exp()) }

func lognormalTokens(r *event.Rand) int32 {
	mu, sigma := variate.LognormalOf(meanTokens, lognormalCV)
	return wholeTokens(variate.Lognormal(r, mu, sigma))
}

func constantTokens(*event.Rand) int32 { return meanTokens }

func wholeTokens(x float64) int32 { return int32(max(1, math.Round(x))) }

// queueModels lists the queues.
func queueModels() []queueModel {
	erlang := func(c int) func(rho, scv float64) float64 {
		return func(rho, _ float64) float64 { return erlangWait(c, rho) }
	}
	const lognormalSCV = lognormalCV * lognormalCV
	return []queueModel{
		{"M/M/1", 1, false, exponentialTokens, 1, pollaczekKhinchine},
		{"M/M/8", 8, false, exponentialTokens, 1, erlang(8)},
		{"M/M/64", 64, false, exponentialTokens, 1, erlang(64)},
		{"M/D/1", 1, false, constantTokens, 0, pollaczekKhinchine},
		{"M/G/1 lognormal", 1, false, lognormalTokens, lognormalSCV, pollaczekKhinchine},
		{"M/M/1-PS", 1, true, exponentialTokens, 1, nil},
		{"M/G/1-PS lognormal", 1, true, lognormalTokens, lognormalSCV, nil},
	}
}

// pollaczekKhinchine returns the mean wait of M/G/1 in service times.
func pollaczekKhinchine(rho, scv float64) float64 { return rho * (1 + scv) / (2 * (1 - rho)) }

// erlangWait returns the mean wait of M/M/c in service times: Erlang C over
// c(1 − ρ). Erlang B is computed by its stable recursion.
func erlangWait(c int, rho float64) float64 {
	load := float64(c) * rho
	b := 1.0
	for k := 1; k <= c; k++ {
		b = load * b / (float64(k) + load*b)
	}
	waits := b / (1 - rho*(1-b))
	return waits / (float64(c) * (1 - rho))
}

// QueueingOptions says how hard to look.
type QueueingOptions struct {
	Loads        []float64 // ρ; nil = 0.5, 0.8, 0.95
	Customers    int64     // per model at ρ = 0.5; more at higher load
	TolerancePct float64   // 0 = 1
	Seed         uint64
	Workers      int // cases computed at once
	// Progress, if not nil, is called when a case is done.
	Progress func(done, of int)
}

// Queueing compares the simulator with the closed forms. A case passes when
// the error is within the tolerance, or within three standard errors where
// that is wider.
func Queueing(ctx context.Context, o QueueingOptions) (*Report, error) {
	if o.Loads == nil {
		o.Loads = []float64{0.5, 0.8, 0.95}
	}
	if o.TolerancePct == 0 {
		o.TolerancePct = 1
	}
	type job struct {
		model queueModel
		rho   float64
	}
	var jobs []job
	for _, m := range queueModels() {
		for _, rho := range o.Loads {
			jobs = append(jobs, job{m, rho})
		}
	}
	cases := make([][]Row, len(jobs))
	// The longest cases first, so that they do not run alone at the end.
	err := parallel(ctx, len(jobs), o.Workers, o.Progress, func(i int) {
		cases[i] = queueCase(ctx, jobs[i].model, jobs[i].rho, customersFor(o.Customers, jobs[i].rho), o)
	})
	if err != nil {
		return nil, fmt.Errorf("validating queueing: %w", err)
	}
	return newReport("queueing", slices.Concat(cases...), o.TolerancePct), nil
}

// customersFor returns the run length for a load: the variance of a mean wait
// grows as (1 − ρ)^−2 relative to its square.
func customersFor(base int64, rho float64) int64 {
	return int64(float64(base) * math.Min(16, math.Max(1, 0.5/(1-rho))))
}

// queueCase runs one model at one load and compares waits and times in system.
// The first twentieth of the customers warms the queue up and is left out.
func queueCase(ctx context.Context, m queueModel, rho float64, customers int64, o QueueingOptions) []Row {
	q := newQueueRun(&m, rho, customers, o.Seed)
	q.engine.RunUntil(event.Forever-1, func() bool { return ctx.Err() == nil })
	var rows []Row
	if m.wait != nil && m.wait(rho, m.scv) >= leastWait {
		rows = append(rows, compare(&m, rho, "wait", q.wait.Batches(), m.wait(rho, m.scv), o.TolerancePct))
	}
	return append(rows, compare(&m, rho, "sojourn", q.sojourn.Batches(), m.sojourn(rho), o.TolerancePct))
}

// compare holds a simulated mean against the closed form.
func compare(m *queueModel, rho float64, metric string, b *stats.Moments, exact, tolerance float64) Row {
	row := Row{
		ID: fmt.Sprintf("%s ρ=%.2f", m.name, rho), Group: map[string]string{"model": m.name, "load": fmt.Sprint(rho)},
		Metric: metric, Unit: "service times", Predicted: b.Mean(), Actual: exact,
		ErrorPct: (b.Mean()/exact - 1) * 100, StandardErrorPct: b.StandardError() / exact * 100,
	}
	row.TolerancePct = math.Max(tolerance, 3*row.StandardErrorPct)
	row.OK = math.Abs(row.ErrorPct) <= row.TolerancePct
	return row
}
