package scheduler_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// TestConservativeShortcutsChangeNothing: to search plans only where they may
// have changed gives the schedule that searching all of them in every pass does,
// with preemption at once and with a grace period, quotas, estimates that are too
// long and too short, shares of GPUs, CPU and gangs, and a node that fails.
func TestConservativeShortcutsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t, scheduler.Conservative)
		if p.Placement.String() == "random" {
			t.Skip("the number of draws is another")
		}
		p.PreemptExempt = event.Time(rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "exempt")) * tick
		var f func() *fleet.Fleet
		var jobs []*job
		if rapid.Bool().Draw(t, "quotas") {
			q := drawQuotas(t)
			p.Tenants = q.tenants(scheduler.Reclaim(rapid.IntRange(0, 2).Draw(t, "reclaim")))
			nodeGPUs := rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "node")
			f = func() *fleet.Fleet { return cpuFleet(t, quotaGPUs/nodeGPUs, nodeGPUs) }
			jobs = drawQuotaJobs(t, &q)
		} else {
			nodes, gpus := drawSize(t)
			f = func() *fleet.Fleet { return cpuFleet(t, nodes, gpus) }
			jobs = drawJobs(t, gpus, nodes, false)
		}
		misestimate(t, jobs)
		again := make([]*job, len(jobs))
		for i, j := range jobs {
			if rapid.IntRange(0, 3).Draw(t, "cpus") == 0 {
				j.Request.CPUMilli = int64(rapid.IntRange(1, 4).Draw(t, "cpu")) * 1000
			}
			c := *j
			again[i] = &c
		}
		fails := drawOutage(t)
		quick := newPlay(t, p, f(), jobs)
		quick.before = fails.on(quick)
		quick.run()
		plain := newPlay(t, p, f(), again)
		plain.before = fails.on(plain)
		plain.sched.Plainly()
		plain.run()
		for i := range jobs {
			if !slices.Equal(jobs[i].starts, again[i].starts) {
				t.Fatalf("gang %d starts at %v, by searching everything at %v", jobs[i].ID, jobs[i].starts, again[i].starts)
			}
		}
	})
}

// cpuFleet is nodes that have little CPU beside their GPUs.
func cpuFleet(t *rapid.T, nodes, gpus int) *fleet.Fleet {
	f, err := fleet.New(fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: nodes, GPUs: gpus, CPUMilli: 4000 * int64(gpus)}}, NodesPerRack: 2})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// misestimate makes estimates from half to twice what jobs run.
func misestimate(t *rapid.T, jobs []*job) {
	for _, j := range jobs {
		j.Estimate = max(tick, j.runs*event.Time(rapid.IntRange(2, 8).Draw(t, "quarters"))/4)
	}
}

// outage is when what is free of the first node cannot be used.
type outage struct{ from, until event.Time }

func drawOutage(t *rapid.T) outage {
	if rapid.IntRange(0, 2).Draw(t, "fails") > 0 {
		return outage{}
	}
	from := event.Time(rapid.IntRange(1, 60).Draw(t, "from")) * tick
	return outage{from, from + event.Time(rapid.IntRange(1, 30).Draw(t, "down"))*tick}
}

// on makes an outage happen to a play, if there is one.
func (o outage) on(y *play) func(now event.Time) {
	var taken []fleet.Part
	return func(now event.Time) {
		if now == o.from && o.until > 0 && y.done < len(y.jobs) {
			taken = y.fleet.FreeParts(0, fleet.Slot{Node: 0, GPUs: 1<<y.fleet.Pools[0].Node(0).GPUs() - 1}, fleet.Request{})
			for _, part := range taken {
				y.fleet.Allocate(fleet.Placement{Slots: []fleet.Slot{part.Slot}}, part.Request)
			}
			y.sched.Changed()
		}
		if now == o.until || y.done == len(y.jobs) {
			for _, part := range taken {
				y.fleet.Release(fleet.Placement{Slots: []fleet.Slot{part.Slot}}, part.Request)
			}
			taken = nil
			y.sched.Changed()
		}
	}
}
