package sim

import (
	"github.com/jevons-sim/jevons/sim/energy"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/service"
)

// sampler reads the run at fixed intervals, and at the ends of segments. It
// changes nothing: it fires last of everything at an instant.
type sampler struct {
	sim   *Simulation
	timer event.Timer
	last  event.Time
	// balances of the last sample, by pool and account, for the ledger's rows.
	balances []map[ledger.Key]ledger.Amount
	// snapshots of the run at the segments' cuts.
	snapshots []snapshot
	row       result.SeriesRow
	entry     result.LedgerRow
	arrived   uint64
}

// snapshot is cumulative figures at an instant.
type snapshot struct {
	at           event.Time
	balances     []map[ledger.Key]ledger.Amount // by pool
	flops, bytes float64
	bills        [ledger.NumClasses]energy.Bill // of the segment that ends here
	held         []ledger.Amount                // by part of a deployment
}

var _ event.Handler = (*sampler)(nil)

func newSampler(s *Simulation) *sampler {
	p := &sampler{sim: s, balances: make([]map[ledger.Key]ledger.Amount, s.ledger.Pools())}
	p.timer = s.engine.NewTimer(p, 0, 0)
	p.snapshots = append(p.snapshots, snapshot{balances: make([]map[ledger.Key]ledger.Amount, s.ledger.Pools()), held: make([]ledger.Amount, len(s.parts()))})
	p.arm(0)
	return p
}

// arm waits for the next sample: the next multiple of the interval or cut of a
// segment, whichever comes first.
func (p *sampler) arm(now event.Time) {
	interval := p.sim.doc.Outputs.Sample
	next := min((now/interval+1)*interval, p.sim.doc.Horizon)
	for _, cut := range p.sim.segments.cuts {
		if cut > now {
			next = min(next, cut)
			break
		}
	}
	if next > now {
		p.sim.engine.Arm(p.timer, next, event.ClassSample)
	}
}

// Handle implements event.Handler.
func (p *sampler) Handle(_ *event.Engine, ev event.Event) {
	p.sample(ev.Time)
	p.arm(ev.Time)
}

// sample writes the series and the ledger of the interval that ends now, and
// keeps a snapshot at a cut.
func (p *sampler) sample(now event.Time) {
	s := p.sim
	s.settle(now)
	if s.options.Check {
		s.fail(s.ledger.Check(now))
	}
	p.writeLedger(now)
	p.writeSeries(now)
	p.traceReplicas(now)
	if c := len(p.snapshots); c < len(s.segments.cuts) && s.segments.cuts[c] == now {
		snap := snapshot{at: now}
		snap.flops, snap.bytes = s.work(now)
		s.metering.read(now)
		snap.bills, s.metering.bills = s.metering.bills, snap.bills
		for i := range s.ledger.Pools() {
			m := map[ledger.Key]ledger.Amount{}
			s.ledger.Each(now, i, func(k ledger.Key, a ledger.Amount) { m[k] = a })
			snap.balances = append(snap.balances, m)
		}
		for _, part := range s.parts() {
			snap.held = append(snap.held, part.Held(now))
		}
		p.snapshots = append(p.snapshots, snap)
	}
	p.last = now
}

// writeLedger writes what has been added to every account since the last
// sample. The rows of an account add up to its balance exactly.
func (p *sampler) writeLedger(now event.Time) {
	s := p.sim
	for i := range s.ledger.Pools() {
		before := p.balances[i]
		spec := &s.fleet.Pools[i].Spec
		after := map[ledger.Key]ledger.Amount{}
		s.ledger.Each(now, i, func(k ledger.Key, a ledger.Amount) {
			after[k] = a
			d := a.Sub(before[k])
			if d.Sign() == 0 {
				return
			}
			p.entry = result.LedgerRow{
				From: int64(p.last), To: int64(now), Pool: spec.Name,
				Class: k.Class.String(), Account: k.Account.String(), GPUTime: d,
			}
			s.fail(s.recorder.Ledger(&p.entry))
		})
		p.balances[i] = after
	}
}

// writeSeries writes the state of the run.
func (p *sampler) writeSeries(now event.Time) {
	s := p.sim
	p.write(now, "jobs_waiting", "", float64(s.cluster.Queue()))
	p.write(now, "gangs_running", "", float64(s.cluster.RunningGangs()))
	for i, pool := range s.fleet.Pools {
		p.write(now, "gpus_allocated", pool.Spec.Name, float64(pool.GPUs())-float64(pool.FreeMilli()+s.cluster.Out(i))/ledger.MilliPerGPU)
	}
	if hours := (now - p.last).Seconds() / 3600; hours > 0 {
		s.metering.readPools(now)
		for i, pool := range s.fleet.Pools {
			spent := s.metering.spentBy(i)
			p.write(now, "power_kw", pool.Spec.Name, spent.KWh()/hours)
			p.write(now, "usd_per_h", pool.Spec.Name, spent.USD/hours)
			if s.metering.tariffs[i].Carbon.Steps != nil {
				p.write(now, "co2_kg_per_h", pool.Spec.Name, spent.Grams/1000/hours)
			}
		}
	}
	if span := (now - p.last).Seconds(); span > 0 && len(s.services) > 0 {
		p.write(now, "requests_per_s", "", float64(s.requests.arrived-p.arrived)/span)
		p.arrived = s.requests.arrived
	}
	for _, a := range s.demand.answers {
		p.write(now, "demand_desired", a.spec.Name, a.rateOf(now, a.adopted.Target(now)))
		p.write(now, "demand_arriving", a.spec.Name, a.rateOf(now, a.actual.Value(now)))
	}
	for _, d := range s.services {
		if o := s.demand.offers[d]; o != nil {
			p.write(now, "price_ratio", d.Name(), o.prices.Value(now))
		}
	}
	for _, d := range s.services {
		for _, part := range d.parts() {
			l := p.sim.loadOf(now, d, part)
			p.write(now, "replicas_ready", part.Name(), float64(part.Ready()))
			p.write(now, "requests_in_system", part.Name(), l.system)
			p.write(now, "requests_running", part.Name(), l.running)
			p.write(now, "kv_tokens", part.Name(), l.kv)
		}
	}
}

// loaded is the requests in a deployment, and the tokens in its KV memory.
type loaded struct{ system, running, kv float64 }

// loadOf returns the load of a part of a deployment.
func (s *Simulation) loadOf(now event.Time, d *deployed, part *service.Service) loaded {
	if s.sampled != nil {
		return s.sampled.tide(d).load()
	}
	running, blocks := 0, int64(0)
	for _, r := range part.Deployment().Ready() {
		running += r.Running()
		blocks += r.KVBlocks(now)
	}
	return loaded{float64(part.Deployment().Load()), float64(running), float64(blocks) * float64(part.Variant().Engine.BlockSize)}
}

func (p *sampler) write(now event.Time, metric, label string, v float64) {
	p.row = result.SeriesRow{Time: int64(now), Metric: metric, Label: label, Value: v}
	p.sim.fail(p.sim.recorder.Series(&p.row))
}

// work returns the model FLOPs and memory traffic of everything up to now.
func (s *Simulation) work(now event.Time) (flops, bytes float64) {
	for _, d := range s.services {
		f, b := d.Work(now)
		flops += f
		bytes += b
	}
	for _, j := range s.training {
		flops += j.Stats(now).FLOPs
	}
	for _, j := range s.rl {
		st := j.Stats()
		flops += st.Used.FLOPs
		bytes += st.Used.Bytes
	}
	return flops, bytes
}
