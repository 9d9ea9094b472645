package sim

import (
	"cmp"

	"github.com/jevons-sim/jevons/sim/energy"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// metering charges what the fleet uses: to gangs, through the cluster, and to
// classes of work. It reads all meters whenever a tariff changes, and at the
// ends of segments.
type metering struct {
	sim                       *Simulation
	timer                     event.Timer
	sinceReading, sinceSample reader
	tariffs                   []energy.Tariff                // by pool
	bills                     [ledger.NumClasses]energy.Bill // of the segment under way
	spent                     []energy.Bill                  // by pool, since it was last asked for
	tenants                   map[string]*energy.Bill        // of jobs that have ended
	served                    map[string]*energy.Bill        // by deployment
	tokens                    map[string]map[string]int64    // processed, by deployment and tenant
}

var _ event.Handler = (*metering)(nil)

// buildMetering sets up the tariffs of the pools.
func (s *Simulation) buildMetering() error {
	m := &metering{
		sim: s, sinceReading: s.newReader(), sinceSample: s.newReader(), tenants: map[string]*energy.Bill{},
		served: map[string]*energy.Bill{}, tokens: map[string]map[string]int64{},
	}
	for _, p := range s.fleet.Pools {
		m.tariffs = append(m.tariffs, s.tariff(s.scenarioPool(p.Spec.Name), p))
		m.spent = append(m.spent, energy.Bill{})
	}
	s.metering = m
	s.cluster.Meter(m.tariffs)
	m.timer = s.engine.NewTimer(m, 0, 0)
	m.arm(0)
	return nil
}

// scenarioPool returns what the scenario says of a pool of the fleet.
func (s *Simulation) scenarioPool(name string) *scenario.Pool {
	for i := range s.doc.Fleet.Pools {
		p := &s.doc.Fleet.Pools[i]
		if p.Name == name || (p.NodesFrom != nil && len(name) > len(p.Name) && name[:len(p.Name)+1] == p.Name+"-") {
			return p
		}
	}
	return &scenario.Pool{}
}

// tariff returns what a pool's GPUs draw and cost.
func (s *Simulation) tariff(p *scenario.Pool, pool *fleet.Pool) energy.Tariff {
	spec := &pool.Spec
	t := energy.Tariff{
		Power:   energy.Power{Idle: spec.GPU.IdleWatts, Max: spec.GPU.TDPWatts, PUE: 1, Share: energy.DefaultShares()},
		GPUHour: energy.Constant(spec.USDPerHour),
	}
	if p.Prices != nil {
		t.GPUHour = timetable(p.Prices)
	}
	if w := p.Power; w != nil {
		t.Power.Idle = cmp.Or(float64(w.Idle), t.Power.Idle)
		t.Power.Max = max(cmp.Or(float64(w.Max), t.Power.Max), t.Power.Idle)
		t.Power.Host = float64(w.Host) * float64(pool.Nodes()) / float64(max(1, pool.GPUs()))
		for _, x := range w.Shares {
			if a, err := ledger.ParseAccount(x.Account); err == nil { // checked with the scenario
				t.Power.Share[a] = float64(x.Share)
			}
		}
	}
	e := cmp.Or(p.Energy, s.doc.Fleet.Energy)
	if e == nil {
		return t
	}
	t.Power.PUE = e.PUE
	t.Electricity, t.Carbon = timetable(e.Electricity), timetable(e.Carbon)
	return t
}

func timetable(t *scenario.Timetable) (out energy.Table) {
	if t == nil {
		return out
	}
	if t.Every != nil {
		out.Every = *t.Every
	}
	for _, s := range t.Steps {
		out.Steps = append(out.Steps, energy.Step{At: s.At, Value: s.Value})
	}
	return out
}

// bill returns the bill of a deployment, which all its replicas share.
func (m *metering) bill(deployment string) *energy.Bill {
	if m.served[deployment] == nil {
		m.served[deployment] = &energy.Bill{}
		m.tokens[deployment] = map[string]int64{}
	}
	return m.served[deployment]
}

// arm waits for the next change of a tariff.
func (m *metering) arm(now event.Time) {
	next := event.Forever
	for i := range m.tariffs {
		next = min(next, m.tariffs[i].Next(now))
	}
	if next < m.sim.doc.Horizon {
		m.sim.engine.Arm(m.timer, next, event.ClassSample)
	}
}

// Handle implements event.Handler: a tariff changes.
func (m *metering) Handle(_ *event.Engine, ev event.Event) {
	m.read(ev.Time)
	m.arm(ev.Time)
}

// read charges what has been used since the last reading.
func (m *metering) read(now event.Time) {
	m.sim.settle(now)
	m.sinceReading(now, func(_ int, c ledger.Class, b *energy.Bill) { m.bills[c].Add(b) })
	m.readPools(now)
	m.sim.cluster.ReadMeters(now)
}

// readPools charges it to pools. How often it is called changes nothing else.
func (m *metering) readPools(now event.Time) {
	m.sinceSample(now, func(pool int, _ ledger.Class, b *energy.Bill) { m.spent[pool].Add(b) })
}

// reader charges what the accounts of all pools have come to since it was last
// called, at the rates of the last reading.
type reader func(now event.Time, charge func(pool int, c ledger.Class, b *energy.Bill))

func (s *Simulation) newReader() reader {
	before := make([]map[ledger.Key]ledger.Amount, len(s.fleet.Pools))
	for i := range before {
		before[i] = map[ledger.Key]ledger.Amount{}
	}
	return func(now event.Time, charge func(pool int, c ledger.Class, b *energy.Bill)) {
		for i, seen := range before {
			rates := s.cluster.Rates(i)
			s.ledger.EachDrawn(now, i, func(k ledger.Key, a ledger.Amount) {
				if d := a.Sub(seen[k]); d.Sign() != 0 {
					var b energy.Bill
					rates.Charge(&b, k.Account, d)
					charge(i, k.Class, &b)
					seen[k] = a
				}
			})
		}
	}
}

// spentBy returns what a pool has used since it was last asked for.
func (m *metering) spentBy(pool int) energy.Bill {
	b := m.spent[pool]
	m.spent[pool] = energy.Bill{}
	return b
}

// ended adds the bill of a job that has ended to its tenant's.
func (m *metering) ended(tenant string, b *energy.Bill) {
	if m.tenants[tenant] == nil {
		m.tenants[tenant] = &energy.Bill{}
	}
	m.tenants[tenant].Add(b)
}

// processed counts the tokens of a request that has ended, and that stands for
// so many, for its tenant.
func (m *metering) processed(q *liveRequest, n int64) {
	m.tokens[q.service.spec.Name][q.tenant] += n * int64(q.Prompt-min(q.Cached, q.Prompt)+q.Generated)
}
