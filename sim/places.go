package sim

import (
	"math/bits"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/failure"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// placeBook follows who holds which GPUs: it writes a row when somebody leaves,
// and the phases of gangs if there is a tracer. It changes nothing.
type placeBook struct {
	sim      *Simulation
	stays    map[*cluster.Gang]*stay
	order    []*cluster.Gang // of stays, with holes where gangs have left
	outages  [][]outage      // by pool and node
	row      result.PlacementRow
	incident result.IncidentRow
}

// stay is a gang on its GPUs.
type stay struct {
	index   int
	phase   string
	entered event.Time
}

// outage is what of a node is out of service.
type outage struct {
	since   event.Time
	milli   int64
	account ledger.Account
}

var (
	_ cluster.Observer = (*placeBook)(nil)
	_ failure.Observer = (*placeBook)(nil)
)

// stepsShown is how many steps of a training run a timeline shows.
const stepsShown = 64

// inHand is the end of a placement that lasts beyond the horizon.
const inHand = "unfinished"

func newPlaceBook(s *Simulation) *placeBook {
	return &placeBook{sim: s, stays: map[*cluster.Gang]*stay{}, outages: make([][]outage, len(s.fleet.Pools))}
}

// Seated implements cluster.Observer.
func (b *placeBook) Seated(now, queued event.Time, g *cluster.Gang) {
	b.phase(g, "waiting", 0, queued, now)
	b.stays[g] = &stay{index: len(b.order), phase: "starting", entered: now}
	b.order = append(b.order, g)
	if len(b.order) > 2*len(b.stays)+64 {
		b.compact()
	}
}

// compact closes the holes in the order.
func (b *placeBook) compact() {
	kept := b.order[:0]
	for _, g := range b.order {
		if g != nil {
			b.stays[g].index = len(kept)
			kept = append(kept, g)
		}
	}
	clear(b.order[len(kept):])
	b.order = kept
}

// Stands implements cluster.Observer.
func (b *placeBook) Stands(now event.Time, g *cluster.Gang, a ledger.Account) {
	st := b.stays[g]
	next := ""
	switch {
	case a == ledger.StalledFault:
		next = "failed, not noticed"
	case a == ledger.Starting:
		next = "starting"
	case g.Spec.Class == ledger.Inference:
		next = "serving"
	}
	if next == st.phase {
		return
	}
	b.endPhase(now, g, st)
	st.phase, st.entered = next, now
}

// endPhase writes what a gang has been doing until now.
func (b *placeBook) endPhase(now event.Time, g *cluster.Gang, st *stay) {
	if st.phase != "" {
		b.phase(g, st.phase, 0, st.entered, now)
		return
	}
	if p, ok := g.Owner().(phased); ok && b.sim.tracer != nil {
		p.Phases(now, stepsShown, func(name string, step int64, from, to event.Time) { b.phase(g, name, step, from, to) })
	}
}

// phased is an owner that knows the phases of its run.
type phased interface {
	Phases(now event.Time, most int64, f func(name string, step int64, from, to event.Time))
}

// phase tells the tracer, if there is one.
func (b *placeBook) phase(g *cluster.Gang, name string, number int64, from, to event.Time) {
	if b.sim.tracer == nil || from >= to {
		return
	}
	b.sim.fail(b.sim.tracer.Phase(&result.Phase{
		Gang: g.ID(), GangName: g.Spec.Name, Class: g.Spec.Class.String(), Name: name, Number: number, From: int64(from), To: int64(to),
	}))
}

// Left implements cluster.Observer.
func (b *placeBook) Left(now event.Time, g *cluster.Gang, why cluster.Leaving) {
	b.leave(now, g, why.String())
	b.order[b.stays[g].index] = nil
	delete(b.stays, g)
}

// leave writes where a gang has been until now.
func (b *placeBook) leave(now event.Time, g *cluster.Gang, end string) {
	b.endPhase(now, g, b.stays[g])
	if now == g.LastStart || g.Milli() == 0 {
		return
	}
	b.row = result.PlacementRow{From: int64(g.LastStart), To: int64(now), Gang: g.ID(), Name: g.Spec.Name, Class: g.Spec.Class.String(), End: end}
	if g.Spec.Class == ledger.Nobody { // nodes not delivered yet
		b.row.Gang, b.row.Name, b.row.Account = 0, "", ledger.Absent.String()
	}
	slots := g.Placement().Slots // in order of node
	for i := 0; i < len(slots); {
		first, last, milli := slots[i].Node, slots[i].Node, b.milli(g, slots[i].GPUs)
		each := milli // of a node
		for i++; i < len(slots) && slots[i].Node == last; i++ {
			milli += b.milli(g, slots[i].GPUs)
			each = milli
		}
		for i < len(slots) && slots[i].Node == last+1 { // nodes that hold as much
			n, j := int64(0), i
			for ; j < len(slots) && slots[j].Node == last+1; j++ {
				n += b.milli(g, slots[j].GPUs)
			}
			if n != each {
				break
			}
			milli, last, i = milli+n, last+1, j
		}
		b.place(g.Pool(), first, last, milli)
	}
}

// milli returns the thousandths of GPUs that a gang holds in a slot.
func (b *placeBook) milli(g *cluster.Gang, gpus uint64) int64 {
	if g.Spec.GPUMilli > 0 {
		return int64(g.Spec.GPUMilli)
	}
	return int64(bits.OnesCount64(gpus)) * ledger.MilliPerGPU
}

func (b *placeBook) place(pool, first, last int, milli int64) {
	if b.row.Class == ledger.Jobs.String() && !b.sim.doc.Outputs.Jobs && b.sim.tracer == nil || milli == 0 {
		return
	}
	b.row.Pool, b.row.NodeFrom, b.row.NodeTo, b.row.GPUMilli = b.sim.fleet.Pools[pool].Spec.Name, int32(first), int32(last), milli
	b.sim.fail(b.sim.recorder.Placement(&b.row))
}

// Withdrawn implements cluster.Observer.
func (b *placeBook) Withdrawn(_, _ event.Time, _ *cluster.Gang) {}

// Out implements cluster.Observer.
func (b *placeBook) Out(now event.Time, pool, node int, milli int64, a ledger.Account) {
	if b.outages[pool] == nil {
		b.outages[pool] = make([]outage, b.sim.fleet.Pools[pool].Nodes())
	}
	o := &b.outages[pool][node]
	if o.milli == milli && o.account == a {
		return
	}
	b.restore(now, pool, node, "restored")
	*o = outage{now, milli, a}
}

// restore writes an outage until now.
func (b *placeBook) restore(now event.Time, pool, node int, end string) {
	o := &b.outages[pool][node]
	if o.milli > 0 && o.since < now {
		b.row = result.PlacementRow{From: int64(o.since), To: int64(now), Class: ledger.Nobody.String(), Account: o.account.String(), End: end}
		b.place(pool, node, node, o.milli)
	}
}

// Incident implements failure.Observer.
func (b *placeBook) Incident(now event.Time, what, component string, pool, first, last, gangs int) {
	b.incident = result.IncidentRow{
		Time: int64(now), Event: what, Component: component, Pool: b.sim.fleet.Pools[pool].Spec.Name,
		NodeFrom: int32(first), NodeTo: int32(last), Gangs: int32(gangs),
	}
	b.sim.fail(b.sim.recorder.Incident(&b.incident))
}

// close writes what holds GPUs at the horizon, and who waits for some.
func (b *placeBook) close(now event.Time) {
	for _, g := range b.order {
		if g != nil {
			b.leave(now, g, inHand)
		}
	}
	b.sim.cluster.Waiting(func(g *cluster.Gang, since event.Time) { b.phase(g, "waiting", 0, since, now) })
	for pool := range b.outages {
		for node := range b.outages[pool] {
			b.restore(now, pool, node, inHand)
		}
	}
}
