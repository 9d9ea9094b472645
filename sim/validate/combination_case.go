package validate

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/scheduler"
	"github.com/jevons-sim/jevons/traces"
)

// combinationCase is a workload made ready to be run.
type combinationCase struct {
	pools    []fleet.PoolSpec
	jobs     []combinationJob
	upper    bool // no job outlives its estimate
	gpuMilli int64
}

// combinationJob is a job of a workload.
type combinationJob struct {
	at, duration event.Time
	spec         cluster.Spec
}

// milli returns the thousandths of GPUs that a job asks for.
func (j *combinationJob) milli() int64 {
	return int64(j.spec.Workers) * int64(j.spec.GPUsPerWorker*fleet.MilliPerGPU+j.spec.GPUMilli)
}

// newCombinationCase makes pools of the nodes by GPU model, and jobs that keep
// them as busy as is asked. Traces say little of users: tenants share priorities,
// and every job may be preempted and has a deadline.
func newCombinationCase(w *CombinationWorkload, o *CombinationOptions) (*combinationCase, error) {
	c := &combinationCase{upper: o.EstimateFactor >= 1}
	models := map[string]int{}
	for _, n := range w.Nodes {
		i, ok := models[n.Model]
		if !ok {
			i = len(c.pools)
			models[n.Model] = i
			c.pools = append(c.pools, fleet.PoolSpec{Name: cmp.Or(n.Model, "CPU")})
		}
		c.pools[i].Nodes = append(c.pools[i].Nodes, fleet.NodeSpec{Count: 1, GPUs: n.GPUs, CPUMilli: n.CPUMilli, MemoryMiB: n.MemoryMiB})
		c.gpuMilli += int64(n.GPUs) * fleet.MilliPerGPU
	}
	if c.gpuMilli == 0 || len(w.Jobs) == 0 {
		return nil, fmt.Errorf("%d GPUs and %d jobs: want some of each", c.gpuMilli/fleet.MilliPerGPU, len(w.Jobs))
	}
	stretch := stretchFor(w.Jobs, o.Load, c.gpuMilli)
	tenants := map[string]int{}
	for i := range w.Jobs {
		j := &w.Jobs[i]
		if _, ok := tenants[j.Tenant]; !ok {
			tenants[j.Tenant] = len(tenants)
		}
		user := tenants[j.Tenant]
		if len(tenants) == 1 { // the trace names nobody
			user = i
		}
		c.jobs = append(c.jobs, combinationJob{
			at: event.Time(float64(j.At-w.Jobs[0].At) * stretch), duration: j.Duration,
			spec: cluster.Spec{
				Name: j.Name, Tenant: tenantNames[user%len(tenantNames)], Class: ledger.Jobs, Priority: int32(user % priorities), Preemptible: true,
				Workers: int(j.Workers), GPUsPerWorker: int(j.GPUs), GPUMilli: int(j.GPUMilli), CPUMilli: j.CPUMilli, MemoryMiB: j.MemoryMiB,
				Pools: poolsFor(j.GPUTypes, models), AnyPool: true, Deadline: deadlineFactor * j.Duration,
				Estimate: max(event.Time(math.Ceil(float64(j.Duration)*o.EstimateFactor)), event.Second),
			},
		})
	}
	return c, nil
}

// tenantNames are those among whom the users are divided.
var tenantNames = []string{"a", "b", "c", "d"}

// stretchFor returns by what to multiply the times of arrival, so that jobs want
// a share of the fleet's GPU-time up to the last arrival. What they run after
// that does not count, so that the answer is found by bisection.
func stretchFor(jobs []traces.Job, load float64, gpuMilli int64) float64 {
	span := float64(jobs[len(jobs)-1].At - jobs[0].At)
	if load == 0 || span == 0 {
		return 1
	}
	wanted := func(stretch float64) float64 {
		work := 0.0
		for i := range jobs {
			j := &jobs[i]
			milli := float64(j.Workers) * (float64(j.GPUs)*fleet.MilliPerGPU + float64(j.GPUMilli))
			left := stretch * (span - float64(j.At-jobs[0].At))
			work += float64(milli * min(float64(j.Duration), left))
		}
		return work / (float64(gpuMilli) * span * stretch)
	}
	lo, hi := 1e-6, 1e6
	for range 100 {
		if mid := math.Sqrt(lo * hi); wanted(mid) > load {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// poolsFor returns the pools of some GPU models, nil = any.
func poolsFor(types []string, models map[string]int) []int {
	if len(types) == 0 {
		return nil
	}
	pools := []int{}
	for _, model := range types {
		if i, ok := models[model]; ok {
			pools = append(pools, i)
		}
	}
	slices.Sort(pools)
	return pools
}

// most returns what a tenant may hold at most: all but what the others keep for
// themselves.
func (c *combinationCase) most() int64 {
	own := c.gpuMilli / 5
	return c.gpuMilli - int64(len(tenantNames)-1)*(own-own/2)
}

// tenants gives each tenant a fifth of the fleet as its own, of which it lends
// half; the rest is common.
func (c *combinationCase) tenants() ([]scheduler.TenantSpec, []scheduler.CohortSpec) {
	limit := func(nominal, borrow, lend int64) scheduler.Limit {
		l := scheduler.Limit{Pool: -1}
		for r := range l.Nominal {
			l.Nominal[r], l.Borrow[r], l.Lend[r] = scheduler.Unlimited, scheduler.Unlimited, scheduler.Unlimited
		}
		l.Nominal[scheduler.GPUs], l.Borrow[scheduler.GPUs], l.Lend[scheduler.GPUs] = nominal, borrow, lend
		return l
	}
	own := c.gpuMilli / 5
	var out []scheduler.TenantSpec
	for i, name := range tenantNames {
		out = append(out, scheduler.TenantSpec{
			Name: name, Weight: float64(i + 1), Cohort: "all", Reclaim: scheduler.ReclaimAny,
			Limits: []scheduler.Limit{limit(own, scheduler.Unlimited, own/2)},
		})
	}
	return out, []scheduler.CohortSpec{{Name: "all", Limits: []scheduler.Limit{limit(c.gpuMilli-4*own, scheduler.Unlimited, scheduler.Unlimited)}}}
}
