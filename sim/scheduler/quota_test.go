package scheduler_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// limit returns a quota of GPUs in all pools.
func limit(nominal, borrow, lend int64) scheduler.Limit {
	milli := func(gpus int64) int64 {
		if gpus < 0 {
			return scheduler.Unlimited
		}
		return gpus * 1000
	}
	none := int64(scheduler.Unlimited)
	return scheduler.Limit{
		Pool:    -1,
		Nominal: scheduler.Amounts{milli(nominal), none, none},
		Borrow:  scheduler.Amounts{milli(borrow), none, none},
		Lend:    scheduler.Amounts{milli(lend), none, none},
	}
}

// quotaStory is a fleet of 16 single GPUs and the tenants a, b and c of a cohort.
type quotaStory struct{ nominal, borrow, lend [3]int64 }

const quotaGPUs = 16

func drawQuotas(t *rapid.T) quotaStory {
	var q quotaStory
	q.nominal[0] = int64(rapid.IntRange(0, quotaGPUs).Draw(t, "nominal a"))
	q.nominal[1] = int64(rapid.IntRange(0, quotaGPUs-int(q.nominal[0])).Draw(t, "nominal b"))
	q.nominal[2] = quotaGPUs - q.nominal[0] - q.nominal[1]
	for i := range q.borrow {
		q.borrow[i] = int64(rapid.IntRange(-1, quotaGPUs).Draw(t, "borrow"))
		q.lend[i] = int64(rapid.IntRange(-1, int(q.nominal[i])).Draw(t, "lend"))
	}
	return q
}

func (q *quotaStory) tenants(reclaim scheduler.Reclaim) []scheduler.TenantSpec {
	var out []scheduler.TenantSpec
	for i, name := range []string{"a", "b", "c"} {
		out = append(out, scheduler.TenantSpec{Name: name, Cohort: "all", Reclaim: reclaim, Limits: []scheduler.Limit{limit(q.nominal[i], q.borrow[i], q.lend[i])}})
	}
	return out
}

// most returns the most a tenant may ever hold.
func (q *quotaStory) most(i int) int64 {
	most := q.nominal[i]
	for k := range q.nominal {
		if k != i {
			most += lends(q.nominal[k], q.lend[k])
		}
	}
	if q.borrow[i] >= 0 {
		most = min(most, q.nominal[i]+q.borrow[i])
	}
	return most
}

func lends(nominal, lend int64) int64 {
	if lend < 0 {
		return nominal
	}
	return min(nominal, lend)
}

// drawQuotaJobs draws gangs of single GPUs that fit the quotas.
func drawQuotaJobs(t *rapid.T, q *quotaStory) []*job {
	var jobs []*job
	now := event.Time(0)
	for range rapid.IntRange(1, 40).Draw(t, "jobs") {
		now += event.Time(rapid.IntRange(0, 5).Draw(t, "gap")) * tick
		tenant := rapid.IntRange(0, 2).Draw(t, "tenant")
		most := int(q.most(tenant))
		if most == 0 {
			continue
		}
		j := &job{tenant: string(rune('a' + tenant)), runs: event.Time(rapid.IntRange(1, 30).Draw(t, "runs")) * tick}
		j.Gang = scheduler.Gang{
			ID: int64(len(jobs) + 1), Pools: []int{0}, Submitted: now, Preemptible: rapid.Bool().Draw(t, "preemptible"),
			Priority: int32(rapid.IntRange(0, 2).Draw(t, "priority")), Estimate: j.runs,
			Request: fleet.Request{Workers: rapid.IntRange(1, most).Draw(t, "workers"), GPUs: 1},
		}
		jobs = append(jobs, j)
	}
	return jobs
}

// held returns the GPUs that the tenants' gangs hold, those leaving included.
func (y *play) held() (held [3]int64) {
	for _, list := range [][]*job{y.running, y.leaving} {
		for _, j := range list {
			held[j.tenant[0]-'a'] += j.Request.TotalMilli() / 1000
		}
	}
	return held
}

func TestQuotasAreExceededByBorrowingOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawQuotas(t)
		p := drawPolicy(t, scheduler.NoBackfill, scheduler.EASY, scheduler.Conservative)
		p.Tenants = q.tenants(scheduler.Reclaim(rapid.IntRange(0, 2).Draw(t, "reclaim")))
		jobs := drawQuotaJobs(t, &q)
		y := newPlay(t, p, testFleet(t, quotaGPUs, 1), jobs)
		y.check = func(now event.Time, _ scheduler.Decisions) {
			held := y.held()
			for i, h := range held {
				others := held[0] + held[1] + held[2] - h
				switch {
				case q.borrow[i] >= 0 && h > q.nominal[i]+q.borrow[i]:
					t.Fatalf("at %v tenant %d holds %d: nominal %d, may borrow %d", now, i, h, q.nominal[i], q.borrow[i])
				case others > quotaGPUs-q.nominal[i]+lends(q.nominal[i], q.lend[i]):
					t.Fatalf("at %v others than tenant %d hold %d: it lends %d of its %d", now, i, others, q.lend[i], q.nominal[i])
				}
			}
		}
		y.run()
	})
}

func TestReclaimHonoursItsBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawQuotas(t)
		p := scheduler.Policy{
			Order: scheduler.FIFO{}, Backfill: rapid.SampledFrom([]scheduler.Backfill{scheduler.NoBackfill, scheduler.EASY}).Draw(t, "backfill"),
			Tenants: q.tenants(scheduler.ReclaimAny), Grace: event.Time(rapid.IntRange(0, 3).Draw(t, "grace")) * tick,
		}
		y := newPlay(t, p, testFleet(t, quotaGPUs, 1), drawQuotaJobs(t, &q))
		entitled := map[*scheduler.Gang]event.Time{}
		y.check = func(now event.Time, d scheduler.Decisions) {
			for _, st := range d.Start {
				delete(entitled, st.Gang)
			}
			held := y.held()
			seen := map[string]bool{}
			for g := range y.sched.Waiting() { // in order of submission
				j := y.byGang[g]
				if seen[j.tenant] {
					continue
				}
				seen[j.tenant] = true
				i := j.tenant[0] - 'a'
				if held[i]+int64(g.Request.Workers) > q.nominal[i] {
					delete(entitled, g)
					continue
				}
				since, ok := entitled[g]
				if !ok {
					since = now
					entitled[g] = now
				}
				if now-since > 0 && now-since >= p.Grace || p.Grace == 0 {
					t.Fatalf("at %v gang %d of tenant %s waits for what is its own since %v: held %v, nominal %v", now, g.ID, j.tenant, since, held, q.nominal)
				}
			}
		}
		y.run()
	})
}

// TestCohortsNest: a tenant borrows from its cohort first, then from what the
// cohort's parent has, within what each lends.
func TestCohortsNest(t *testing.T) {
	s := newScene(t, scheduler.Policy{
		Order: scheduler.FIFO{},
		Tenants: []scheduler.TenantSpec{
			{Name: "a", Cohort: "left", Limits: []scheduler.Limit{limit(2, -1, -1)}},
			{Name: "b", Cohort: "left", Limits: []scheduler.Limit{limit(2, -1, 1)}},
			{Name: "c", Cohort: "right", Limits: []scheduler.Limit{limit(4, 1, -1)}},
		},
		Cohorts: []scheduler.CohortSpec{
			{Name: "left", Parent: "top", Limits: []scheduler.Limit{limit(0, 2, -1)}},
			{Name: "right", Parent: "top", Limits: []scheduler.Limit{limit(0, -1, 3)}},
			{Name: "top", Limits: []scheduler.Limit{limit(1, -1, -1)}},
		},
	}, fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: 20, GPUs: 1}}})
	id := int64(0)
	more := func(tenant string) (started int) {
		for {
			id++
			g := &scheduler.Gang{ID: id, Pools: []int{0}, Tenant: s.Tenant(tenant), Request: fleet.Request{Workers: 1, GPUs: 1}}
			s.Enqueue(0, g)
			d := s.Decide(0)
			if len(d.Start) == 0 {
				s.Dequeue(g)
				return started
			}
			s.fleet.Allocate(d.Start[0].Placement, g.Request)
			s.Begin(0, g, d.Start[0].Placement)
			started++
		}
	}
	for _, c := range []struct {
		tenant string
		want   int
		why    string
	}{
		{"a", 5, "its 2, the 1 that b lends, and the 2 that its cohort may borrow of the 1 + 3 on offer"},
		{"b", 1, "what it keeps for itself"},
		{"c", 3, "its 4 less the 1 that went beyond the parent's own to a"},
	} {
		if got := more(c.tenant); got != c.want {
			t.Errorf("%s got %d GPUs, want %d: %s", c.tenant, got, c.want, c.why)
		}
	}
}

// TestReclaimTakesBackWhatWasBorrowedAlone: a and b both borrow GPUs of c. Gangs
// of theirs that ask for CPU alone, which has no quota, do not take it from each
// other.
func TestReclaimTakesBackWhatWasBorrowedAlone(t *testing.T) {
	s := newScene(t, scheduler.Policy{
		Order: scheduler.FIFO{},
		Tenants: []scheduler.TenantSpec{
			{Name: "a", Cohort: "all", Reclaim: scheduler.ReclaimAny, Limits: []scheduler.Limit{limit(0, -1, -1)}},
			{Name: "b", Cohort: "all", Reclaim: scheduler.ReclaimAny, Limits: []scheduler.Limit{limit(0, -1, -1)}},
			{Name: "c", Cohort: "all", Limits: []scheduler.Limit{limit(2, -1, -1)}},
		},
	}, fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: 1, GPUs: 2, CPUMilli: 1000}}})
	for i, tenant := range []string{"a", "b"} {
		s.run(0, &scheduler.Gang{ID: int64(i + 1), Pools: []int{0}, Tenant: s.Tenant(tenant), Request: fleet.Request{Workers: 1, GPUs: 1}})
	}
	cpu := fleet.Request{Workers: 1, CPUMilli: 1000}
	s.run(0, &scheduler.Gang{ID: 3, Pools: []int{0}, Tenant: s.Tenant("a"), Request: cpu})
	s.Enqueue(1, &scheduler.Gang{ID: 4, Pools: []int{0}, Tenant: s.Tenant("b"), Request: cpu})
	if d := s.Decide(1); len(d.Preempt) > 0 || len(d.Start) > 0 {
		t.Errorf("%d preempted and %d started, want the gang to wait", len(d.Preempt), len(d.Start))
	}
}
