package scheduler_test

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/placement"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

const tick = event.Second

// job is a gang and how long it really runs.
type job struct {
	scheduler.Gang
	tenant string
	runs   event.Time
	left   event.Time
	starts []event.Time
	gone   event.Time // when it leaves, having been preempted
}

// drawJobs draws jobs in order of submission. Estimates are what they run, or
// off by up to a factor when wrong is set, or missing.
func drawJobs(t *rapid.T, nodeGPUs, nodes int, wrong bool) []*job {
	var out []*job
	now := event.Time(0)
	for i := range rapid.IntRange(1, 30).Draw(t, "jobs") {
		now += event.Time(rapid.IntRange(0, 10).Draw(t, "gap")) * tick
		j := &job{tenant: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "tenant"), runs: event.Time(rapid.IntRange(1, 30).Draw(t, "runs")) * tick}
		j.Gang = scheduler.Gang{
			ID: int64(i + 1), Pools: []int{0}, Submitted: now, Preemptible: rapid.Bool().Draw(t, "preemptible"),
			Priority: int32(rapid.IntRange(0, 3).Draw(t, "priority")), Estimate: j.runs,
		}
		if wrong {
			j.Estimate = event.Time(rapid.IntRange(0, 40).Draw(t, "estimate")) * tick
		}
		if rapid.Bool().Draw(t, "due") {
			j.Deadline = now + 2*j.runs
		}
		switch rapid.IntRange(0, 3).Draw(t, "shape") {
		case 0:
			j.Request = fleet.Request{Workers: rapid.IntRange(1, nodes).Draw(t, "workers"), GPUs: nodeGPUs}
		case 1:
			j.Request = fleet.Request{Workers: 1, Milli: rapid.IntRange(1, 999).Draw(t, "milli")}
		default:
			j.Request = fleet.Request{Workers: rapid.IntRange(1, 2).Draw(t, "workers"), GPUs: rapid.IntRange(1, nodeGPUs).Draw(t, "gpus")}
		}
		out = append(out, j)
	}
	return out
}

// drawPolicy draws a policy from all combinations.
func drawPolicy(t *rapid.T, backfills ...scheduler.Backfill) scheduler.Policy {
	p := scheduler.Policy{Backfill: rapid.SampledFrom(backfills).Draw(t, "backfill"), Placement: drawPlacement(t)}
	var err error
	o := scheduler.Options{Queues: []event.Time{5 * tick, 20 * tick}, Promote: rapid.SampledFrom([]float64{0, 4}).Draw(t, "promote"), HalfLife: 60 * tick}
	if p.Order, err = scheduler.ParseOrder(rapid.SampledFrom(scheduler.OrderNames()).Draw(t, "order"), o); err != nil {
		t.Fatal(err)
	}
	p.HalfLife = o.HalfLife
	p.Preempt = rapid.SampledFrom([]scheduler.Preemption{scheduler.NoPreemption, scheduler.PriorityPreemption, scheduler.OrderPreemption}).Draw(t, "preemption")
	if p.Check() != nil {
		p.Preempt = scheduler.PriorityPreemption
	}
	p.Grace = event.Time(rapid.IntRange(0, 3).Draw(t, "grace")) * tick
	return p
}

func drawPlacement(t *rapid.T) placement.Policy {
	p, err := placement.Parse(rapid.SampledFrom(placement.Names()).Draw(t, "placement"), 1)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func testFleet(t *rapid.T, nodes, gpus int) *fleet.Fleet {
	f, err := fleet.New(fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: nodes, GPUs: gpus}}, NodesPerRack: 2})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// play is a fleet on which jobs run under a policy, one pass a tick.
type play struct {
	t       *rapid.T
	policy  scheduler.Policy
	fleet   *fleet.Fleet
	sched   *scheduler.Scheduler
	jobs    []*job
	byGang  map[*scheduler.Gang]*job
	running []*job
	leaving []*job
	done    int
	// check is called after every pass, when its decisions are carried out.
	check     func(now event.Time, d scheduler.Decisions)
	preempted func(now event.Time, j *job) // before it is
	before    func(now event.Time)         // it decides
}

func newPlay(t *rapid.T, p scheduler.Policy, f *fleet.Fleet, jobs []*job) *play {
	if p.Placement == nil {
		p.Placement = placement.BestFit{}
	}
	s := scheduler.New(p, placement.New(f, p.Placement))
	return &play{t: t, policy: p, fleet: f, sched: s, jobs: jobs, byGang: map[*scheduler.Gang]*job{}}
}

func (y *play) run() {
	for _, j := range y.jobs {
		j.left, j.Tenant = j.runs, y.sched.Tenant(j.tenant)
		y.byGang[&j.Gang] = j
	}
	for now := event.Time(0); y.done < len(y.jobs); now += tick {
		if now > 20_000*tick {
			y.t.Fatalf("%d of %d jobs never ended", len(y.jobs)-y.done, len(y.jobs))
		}
		y.step(now)
	}
	if free := y.fleet.Pools[0].FreeGPUs(); free != y.fleet.Pools[0].GPUs() {
		y.t.Fatalf("%d GPUs free at the end, want all %d", free, y.fleet.Pools[0].GPUs())
	}
}

func (y *play) step(now event.Time) {
	y.running = slices.DeleteFunc(y.running, func(j *job) bool {
		if j.Started+j.left > now {
			return false
		}
		y.fleet.Release(j.Placement, j.Request)
		y.sched.Release(now, &j.Gang)
		y.done++
		return true
	})
	y.leaving = slices.DeleteFunc(y.leaving, func(j *job) bool {
		if j.gone > now {
			return false
		}
		y.fleet.Release(j.Placement, j.Request)
		y.sched.Release(now, &j.Gang)
		y.sched.Enqueue(now, &j.Gang)
		return true
	})
	for _, j := range y.jobs {
		if j.Submitted == now {
			y.sched.Enqueue(now, &j.Gang)
		}
	}
	if y.before != nil {
		y.before(now)
	}
	for y.pass(now) {
	}
}

// pass makes one pass and reports whether gangs returned to the queue in it.
func (y *play) pass(now event.Time) bool {
	free := y.fleet.Pools[0].FreeMilli()
	d := y.sched.Decide(now)
	if got := y.fleet.Pools[0].FreeMilli(); got != free {
		y.t.Fatalf("Decide changed the fleet: %d milli-GPUs free, %d before", got, free)
	}
	for _, g := range d.Preempt {
		y.preempt(now, y.byGang[g])
	}
	for _, s := range d.Start {
		y.fleet.Allocate(s.Placement, s.Gang.Request) // panics on a double allocation
		if len(s.Placement.Slots) != s.Gang.Request.Workers {
			y.t.Fatalf("gang %d of %d workers starts with %d", s.Gang.ID, s.Gang.Request.Workers, len(s.Placement.Slots))
		}
		y.sched.Begin(now, s.Gang, s.Placement)
		j := y.byGang[s.Gang]
		j.starts = append(j.starts, now)
		y.running = append(y.running, j)
	}
	if y.check != nil && !d.Again {
		y.check(now, d)
	}
	return d.Again
}

// preempt takes a job off the fleet; what it has done is kept.
func (y *play) preempt(now event.Time, j *job) {
	if y.preempted != nil {
		y.preempted(now, j)
	}
	j.left -= now - j.Started
	if j.Estimate > 0 {
		j.Estimate = max(j.Estimate-(now-j.Started), tick)
	}
	y.running = slices.DeleteFunc(y.running, func(o *job) bool { return o == j })
	if y.policy.Grace > 0 {
		j.gone = now + y.policy.Grace
		y.sched.Leave(now, &j.Gang, j.gone)
		y.leaving = append(y.leaving, j)
		return
	}
	y.fleet.Release(j.Placement, j.Request)
	y.sched.Release(now, &j.Gang)
	y.sched.Enqueue(now, &j.Gang)
}
