package scheduler_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// TestNobodyIsPreemptedTwiceAtOneInstant: reclaim goes by what tenants hold,
// preemption by rank, and the two must not go round in a circle. A gang that has
// started is exempt for as long as it was promised.
func TestNobodyIsPreemptedTwiceAtOneInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawQuotas(t)
		p := drawPolicy(t, scheduler.NoBackfill, scheduler.EASY, scheduler.Conservative)
		p.Tenants = q.tenants(scheduler.ReclaimAny)
		p.PreemptExempt = event.Time(rapid.IntRange(0, 5).Draw(t, "exempt")) * tick
		jobs := drawQuotaJobs(t, &q)
		for _, j := range jobs {
			j.Preemptible = true
		}
		y := newPlay(t, p, testFleet(t, quotaGPUs, 1), jobs)
		last := map[*job]event.Time{}
		y.preempted = func(now event.Time, j *job) {
			if at, ok := last[j]; ok && at == now {
				t.Fatalf("gang %d is preempted twice at %v", j.ID, now)
			}
			last[j] = now
			if now < j.Started+p.PreemptExempt {
				t.Fatalf("gang %d, started at %v, is preempted at %v", j.ID, j.Started, now)
			}
		}
		y.run()
	})
}
