package scheduler

import (
	"fmt"
	"iter"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/placement"
)

// Scheduler keeps what it is told of gangs, and decides.
type Scheduler struct {
	policy Policy
	placer *placement.Placer
	fleet  *fleet.Fleet
	trial  *fleet.Trial

	byTenant ByTenant // the order, if it ranks tenants
	timed    Timed    // the order, if ranks change by themselves
	shifts   bool     // waiting gangs change rank
	byLine   bool     // passes go by lines
	shortcut bool     // what cannot change is not searched again; tests hold it against searching everything

	waiting sorted // by rank, then in order of submission
	running []*Gang
	leaving []*Gang
	ends    sorted // running and leaving gangs whose end is expected, by end
	lines   lines
	wanted  []int // by pool: waiting gangs that could use its GPUs

	tenants  []*Tenant
	byName   map[string]*Tenant
	cohorts  *cohorts
	shapes   map[fleet.Request]int32
	types    map[string]int32 // lists of pools
	capacity Amounts

	pass   pass
	cached cached
	plans  plans
	agenda agenda // under conservative backfill
}

// New returns a scheduler over the fleet of a placer, which may change between
// passes as long as Changed is called. The policy must pass its Check.
func New(p Policy, placer *placement.Placer) *Scheduler {
	if err := p.Check(); err != nil {
		panic(err)
	}
	f := placer.Fleet()
	s := &Scheduler{
		policy: p, placer: placer, fleet: f, trial: f.Try(), wanted: make([]int, len(f.Pools)),
		byName: map[string]*Tenant{}, shapes: map[fleet.Request]int32{}, types: map[string]int32{},
		waiting: sorted{compare: byRank}, ends: sorted{compare: byEnd}, lines: lines{byKey: map[lineKey]*line{}},
		cohorts: &cohorts{specs: p.Cohorts, nodes: map[string]map[int]*quota{}},
	}
	s.byTenant, _ = p.Order.(ByTenant)
	s.timed, _ = p.Order.(Timed)
	if o, ok := p.Order.(Shifting); ok {
		s.shifts = o.Shifts()
	}
	for _, pool := range f.Pools {
		for _, n := range pool.Spec.Nodes {
			s.capacity.add(Amounts{int64(n.GPUs) * fleet.MilliPerGPU, n.CPUMilli, n.MemoryMiB}, int64(n.Count))
		}
	}
	for i := range p.Tenants {
		s.addTenant(&p.Tenants[i])
	}
	s.byLine, s.shortcut = s.grouped(), true
	if p.Backfill == Conservative {
		s.agenda = newAgenda(f)
	}
	s.pass.init(s)
	return s
}

// addTenant sets up a tenant of the policy.
func (s *Scheduler) addTenant(spec *TenantSpec) {
	t := s.Tenant(spec.Name)
	if spec.Weight > 0 {
		t.Weight = spec.Weight
	}
	t.reclaim = spec.Reclaim
	for _, l := range spec.Limits {
		q := s.cohorts.leaf(spec, l)
		if t.quotas == nil {
			t.quotas = make([]*quota, len(s.fleet.Pools))
		}
		for pool := range t.quotas {
			if l.Pool == pool || (l.Pool < 0 && t.quotas[pool] == nil) {
				t.quotas[pool] = q
			}
		}
	}
}

// Tenant returns the tenant of that name, a new one with weight 1 and no quota
// if it was not known.
func (s *Scheduler) Tenant(name string) *Tenant {
	t := s.byName[name]
	if t == nil {
		t = &Tenant{Name: name, Weight: 1, number: len(s.tenants), fleet: s.capacity}
		s.byName[name] = t
		s.tenants = append(s.tenants, t)
	}
	return t
}

// Waiting yields the waiting gangs in the queue's order, as last ranked.
func (s *Scheduler) Waiting() iter.Seq[*Gang] { return s.waiting.all() }

// Queue returns the number of waiting gangs.
func (s *Scheduler) Queue() int { return s.waiting.n }

// Wanted returns how many waiting gangs could use a pool's GPUs.
func (s *Scheduler) Wanted(pool int) int { return s.wanted[pool] }

// Enqueue says that a gang waits.
func (s *Scheduler) Enqueue(now event.Time, g *Gang) {
	if g.Tenant == nil {
		g.Tenant = s.Tenant("")
	}
	g.state, g.queued, g.promised = waiting, now, 0
	g.shape, g.types = s.shapeOf(g.Request), s.typesOf(g.Pools)
	s.want(g, 1)
	if s.byTenant != nil {
		t := g.Tenant
		i, _ := slices.BinarySearchFunc(t.queue, g, byRank)
		t.queue = slices.Insert(t.queue, i, g)
	} else {
		g.rank = s.policy.Order.Rank(now, g)
	}
	s.waiting.add(g)
	if s.byLine {
		s.join(g)
	}
	s.cached.fresh = append(s.cached.fresh, g)
}

// Dequeue says that a waiting gang waits no longer, and does not start either.
func (s *Scheduler) Dequeue(g *Gang) {
	s.unqueue(g)
	g.state = absent
	s.Changed()
}

func (s *Scheduler) unqueue(g *Gang) {
	if !s.waiting.remove(g) {
		panic(fmt.Sprintf("scheduler: gang %d is not in the queue", g.ID))
	}
	if s.byLine {
		s.quit(g)
	}
	if s.byTenant != nil {
		k, _ := slices.BinarySearchFunc(g.Tenant.queue, g, byRank)
		g.Tenant.queue = slices.Delete(g.Tenant.queue, k, k+1)
	}
	if len(s.cached.fresh) > 0 {
		s.cached.fresh = slices.DeleteFunc(s.cached.fresh, func(f *Gang) bool { return f == g })
	}
	s.want(g, -1)
	s.dropPlan(g)
}

// Begin says that a waiting gang has started at a placement.
func (s *Scheduler) Begin(now event.Time, g *Gang, pl fleet.Placement) {
	s.unqueue(g)
	if s.timed != nil {
		s.timed.Begin(now, g)
	}
	g.state, g.Started, g.Placement, g.ends = running, now, pl, event.Forever
	s.agenda.hold(g, pl)
	g.index = len(s.running)
	s.running = append(s.running, g)
	g.Tenant.charge(now, s.policy.HalfLife, amounts(g.Request), 1)
	if q := g.quota(pl.Pool); q != nil {
		q.use(amounts(g.Request), 1)
	}
	if g.Estimate > 0 {
		s.expect(g, now+g.Estimate)
	}
}

// Leave says that a running gang has stopped, and gives up its GPUs at an
// instant.
func (s *Scheduler) Leave(now event.Time, g *Gang, until event.Time) {
	s.stop(now, g)
	g.state = leaving
	g.index = len(s.leaving)
	s.leaving = append(s.leaving, g)
	s.expect(g, until)
	s.Changed()
}

// Hang says that a running gang has stopped, and keeps its GPUs until somebody
// notices.
func (s *Scheduler) Hang(now event.Time, g *Gang) {
	s.stop(now, g)
	g.state = stuck
	s.Changed()
}

// Release says that a gang which held GPUs holds them no longer.
func (s *Scheduler) Release(now event.Time, g *Gang) {
	switch g.state {
	case running:
		if s.policy.Backfill == Conservative {
			s.plans.freed.add(g.Placement)
		}
		if now != g.ends { // early, or later than estimated and before it was expected again
			s.plans.stale = true
		}
		s.stop(now, g)
	case leaving:
		s.leaving = unlist(s.leaving, g)
		s.unexpect(g)
	case stuck:
		s.plans.stale, s.plans.freed.everywhere = true, true
	default:
		panic(fmt.Sprintf("scheduler: gang %d holds nothing", g.ID))
	}
	s.agenda.letGo(g, g.Placement)
	g.state = absent
	g.Tenant.charge(now, s.policy.HalfLife, amounts(g.Request), -1)
	if q := g.quota(g.Placement.Pool); q != nil {
		q.use(amounts(g.Request), -1)
	}
	s.cached.settled = false
}

// Changed says that the fleet has changed, or the queue got shorter, in a way
// that the scheduler has not heard of otherwise.
func (s *Scheduler) Changed() {
	s.cached.settled = false
	s.plans.stale, s.plans.freed.everywhere = true, true
}

// want counts a gang among those that wait for its pools.
func (s *Scheduler) want(g *Gang, sign int) {
	if g.Request.TotalMilli() > 0 {
		for _, p := range g.Pools {
			s.wanted[p] += sign
		}
	}
}

// quota returns the quota that the gang uses in a pool, nil if none.
func (g *Gang) quota(pool int) *quota {
	if g.Tenant.quotas == nil {
		return nil
	}
	return g.Tenant.quotas[pool]
}
