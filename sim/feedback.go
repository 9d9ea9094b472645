package sim

import (
	"fmt"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/serving"
	"github.com/jevons-sim/jevons/workloads"
	"github.com/jevons-sim/jevons/workloads/demand"
)

// feedback is the loop from what the run measures to what demand answers to:
// efficiency → cost → price → volume → load → latency → volume. Epoch by epoch
// it measures, corrects the answers, and lets the streams of requests go on.
type feedback struct {
	market  *market
	timer   event.Timer
	epoch   event.Time
	damping float64
	pending []pendingShock // in order of time
	pumps   []*requestPump // of the answers
	shocked bool           // the first shock is past: references stand
	prices  bool           // are endogenous
	readAt  event.Time     // the last reading
	energy  []float64      // kWh of inference by pool, at the last reading
}

// pendingShock is a shock that has not changed demand yet.
type pendingShock struct {
	read  event.Time // when a rate that it changes is first read
	apply func()
}

// meter is what a deployment has cost and sold since the last reading, and
// before the first shock.
type meter struct {
	held            ledger.Amount // at the last reading
	usd, tokens     float64       // in the epoch
	usualUSD, usual float64       // from the end of the warm-up to the first shock
}

var _ event.Handler = (*feedback)(nil)

// Event kinds of the feedback.
const (
	epochEnds event.Kind = iota
	demandChanges
	warmupEnds
)

// buildFeedback starts the loop, if anything comes back.
func (m *market) buildFeedback() error {
	d, s := m.sim.doc.Demand, m.sim
	f := &feedback{market: m, epoch: d.Feedback.Epoch, damping: float64(d.Feedback.Damping), prices: d.Price.Kind == "endogenous"}
	latency := false
	for _, a := range m.answers {
		latency = latency || a.latency != nil
	}
	if !f.prices && !latency {
		return nil
	}
	if f.epoch%workloads.RateStep != 0 {
		return s.doc.Locate("demand.feedback.epoch", fmt.Errorf("%v is not a multiple of %v, the grid on which rates change", f.epoch, workloads.RateStep))
	}
	f.energy = make([]float64, len(s.fleet.Pools))
	f.timer = s.engine.NewTimer(f, epochEnds, 0)
	s.engine.Arm(f.timer, f.epoch, event.ClassTimer)
	if s.doc.Warmup > 0 {
		s.engine.At(s.doc.Warmup, event.ClassTimer, f, warmupEnds, 0)
	}
	m.feedback = f
	m.known = f.epoch
	return nil
}

// plan makes a shock change demand when a rate that it changes is first read.
func (f *feedback) plan(at event.Time, apply func()) {
	p := pendingShock{onGrid(at), apply}
	if p.read == 0 {
		f.shocked = true
		apply()
		return
	}
	f.pending = append(f.pending, p)
	f.market.known = min(f.market.known, p.read)
	f.market.sim.engine.At(p.read, event.ClassTimer, f, demandChanges, 0)
}

// follow makes a stream go on as its demand becomes known.
func (m *market) follow(p *requestPump) {
	if m.feedback != nil && p.answer != nil {
		m.feedback.pumps = append(m.feedback.pumps, p)
	}
}

// unfollow lets a stream go that is over.
func (m *market) unfollow(p *requestPump) {
	if f := m.feedback; f != nil {
		f.pumps = slices.DeleteFunc(f.pumps, func(o *requestPump) bool { return o == p })
	}
}

// ended counts what a request's end means for prices and latencies.
func (m *market) ended(q *liveRequest, o serving.Outcome) {
	if m.feedback == nil || o == serving.Rejected || o == serving.Shed {
		return
	}
	if q.FirstToken > 0 || q.Generated > 0 {
		m.sold(q.service, float64(q.Prompt)+float64(q.Generated))
	}
	m.felt(q, o)
}

// sold counts tokens that a deployment has processed.
func (m *market) sold(d *deployed, tokens float64) {
	if m.feedback != nil {
		m.offers[d].meter.tokens += tokens
	}
}

// felt counts the latency that a request's user felt.
func (m *market) felt(q *liveRequest, o serving.Outcome) {
	a := q.answer
	if m.feedback == nil || a == nil || a.latency == nil || o == serving.Rejected || o == serving.Unfinished {
		return
	}
	if l, ok := felt(q, o, a.latency.Metric); ok {
		a.felt.Record(int64(l))
	}
}

// felt returns the latency that a request's user felt. Who gave up felt at
// least the time until then: leaving them out would make an overloaded service
// look fast.
func felt(q *liveRequest, o serving.Outcome, metric string) (event.Time, bool) {
	switch {
	case metric == "e2e" || (metric == "ttft" && q.FirstToken == 0):
		return q.E2E(), true
	case metric == "ttft":
		return q.TTFT(), true
	}
	return q.TPOT(), o == serving.Completed && q.Output > 1
}

// Handle implements event.Handler.
func (f *feedback) Handle(e *event.Engine, ev event.Event) {
	s := f.market.sim
	switch ev.Kind {
	case warmupEnds:
		f.read(ev.Time)
		f.forget()
	case demandChanges:
		f.first(ev.Time)
		f.pending[0].apply()
		f.pending = f.pending[1:]
		f.extend(e, ev.Time)
	case epochEnds:
		if ev.Time > s.doc.Warmup {
			f.read(ev.Time)
			f.correct(ev.Time)
		}
		e.Arm(f.timer, ev.Time+f.epoch, event.ClassTimer)
		f.extend(e, ev.Time)
	}
}

// extend lets the streams go on to the next change of demand.
func (f *feedback) extend(e *event.Engine, now event.Time) {
	known := (now/f.epoch + 1) * f.epoch
	if len(f.pending) > 0 {
		known = min(known, f.pending[0].read)
	}
	if known <= now {
		return // another change at this instant
	}
	f.market.known = known
	for _, p := range f.pumps {
		f.market.sim.fail(p.extend(e, known))
	}
}

// read brings the meters up to date. A pool's energy is divided among its
// deployments in proportion to the GPU time they held.
func (f *feedback) read(now event.Time) {
	if !f.prices {
		return
	}
	m, s := f.market, f.market.sim
	s.settle(now)
	held := make([]float64, len(s.services)) // GPU-hours since the last reading
	byPool := make([]float64, len(s.fleet.Pools))
	for i, d := range s.services {
		o := m.offers[d]
		total := d.Held(now)
		held[i] = total.Sub(o.meter.held).Hours()
		o.meter.held = total
		byPool[d.pool] += held[i]
	}
	for p := range s.fleet.Pools {
		kwh := s.inferenceEnergy(now, p)
		used := kwh - f.energy[p]
		f.energy[p] = kwh
		for i, d := range s.services {
			if d.pool != p || held[i] == 0 {
				continue
			}
			rent := held[i] * s.metering.tariffs[p].GPUHour.Mean(f.readAt, now)
			energy := used * held[i] / byPool[p] * s.doc.Demand.Price.EnergyPrice
			m.offers[d].meter.usd += float64(rent) + float64(energy)
		}
	}
	f.readAt = now
}

// inferenceEnergy returns the energy of a pool's serving GPUs up to now, in
// kWh.
func (s *Simulation) inferenceEnergy(now event.Time, pool int) float64 {
	kwh := 0.0
	s.ledger.Each(now, pool, func(k ledger.Key, a ledger.Amount) {
		if k.Class == ledger.Inference {
			kwh += float64(a.Hours() * s.metering.tariffs[pool].Power.Watts(k.Account) / 1000)
		}
	})
	return kwh
}

// forget begins a new epoch.
func (f *feedback) forget() {
	for _, d := range f.market.sim.services {
		o := f.market.offers[d]
		o.meter.usd, o.meter.tokens = 0, 0
	}
	for _, a := range f.market.answers {
		a.felt = metrics.Histogram{}
	}
}

// usual adds what has been measured to what is usual before any shock.
func (f *feedback) usual() {
	for _, d := range f.market.sim.services {
		t := &f.market.offers[d].meter
		t.usualUSD += t.usd
		t.usual += t.tokens
	}
	for _, a := range f.market.answers {
		a.usual.Merge(&a.felt)
	}
}

// first closes the measurement of what is usual as the first shock comes.
func (f *feedback) first(now event.Time) {
	if f.shocked {
		return
	}
	if now > f.market.sim.doc.Warmup {
		f.read(now)
		f.usual()
	}
	f.forget()
	f.shocked = true
}

// correct moves prices and latencies toward what the epoch measured, and the
// answers with them.
func (f *feedback) correct(now event.Time) {
	m := f.market
	if !f.shocked {
		f.usual()
	}
	for _, d := range m.sim.services {
		if o := m.offers[d]; f.prices && f.shocked && o.meter.usual > 0 && o.meter.tokens > 0 {
			ratio := o.meter.usd / o.meter.tokens / (o.meter.usualUSD / o.meter.usual)
			o.price = demand.Toward(o.price, ratio, f.damping)
			o.prices.Begin(now, o.price)
		}
	}
	for _, a := range m.answers {
		if l := a.reference(f.shocked); l > 0 && a.felt.Count() > 0 {
			ratio := float64(a.felt.Quantile(a.latency.Percentile/100)) / l
			if ratio > 0 {
				a.slowness = demand.Toward(a.slowness, ratio, f.damping)
			}
		}
		a.aim(now, a.offer.changed)
	}
	for _, d := range m.sim.services {
		m.offers[d].changed = false
	}
	f.forget()
}

// reference returns the latency that deters nobody, in nanoseconds; 0 = it is
// not known, or nobody minds.
func (a *answer) reference(shocked bool) float64 {
	switch {
	case a.latency == nil:
		return 0
	case a.latency.Reference > 0:
		return float64(a.latency.Reference)
	case !shocked || a.usual.Count() == 0:
		return 0
	}
	return float64(a.usual.Quantile(a.latency.Percentile / 100))
}
