package scheduler_test

import (
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

// TestARuleThatKeepsAGangWaitingHasAName asks what keeps gangs beside one of six GPUs that runs
// on two nodes of four, and one of two that is reserved.
func TestARuleThatKeepsAGangWaitingHasAName(t *testing.T) {
	pools := []fleet.PoolSpec{
		{Name: "main", Nodes: []fleet.NodeSpec{{Count: 2, GPUs: 4}}},
		{Name: "other", Nodes: []fleet.NodeSpec{{Count: 1, GPUs: 4}}},
	}
	tenants := []scheduler.TenantSpec{{Name: "small", Limits: []scheduler.Limit{limit(1, -1, -1)}}}
	whole := func(workers, gpus int) fleet.Request { return fleet.Request{Workers: workers, GPUs: gpus} }
	for _, c := range []struct {
		name     string
		backfill scheduler.Backfill
		tenant   string
		pools    []int
		request  fleet.Request
		want     scheduler.Reason
		ahead    int64
	}{
		{"no room, no rule", scheduler.EASY, "", []int{0}, whole(1, 2), scheduler.NoRule, 0},
		{"room, but not in its quota", scheduler.EASY, "small", []int{0, 1}, whole(1, 2), scheduler.NoRule, 0},
		{"held for the head", scheduler.EASY, "", []int{0}, whole(1, 1), scheduler.Reserved, 2},
		{"planned for the head", scheduler.Conservative, "", []int{0}, whole(1, 1), scheduler.Reserved, 2},
		{"behind the head", scheduler.NoBackfill, "", []int{0}, whole(1, 1), scheduler.Queued, 2},
	} {
		s := newScene(t, scheduler.Policy{Order: scheduler.FIFO{}, Backfill: c.backfill, Tenants: tenants}, pools...)
		s.run(0, &scheduler.Gang{ID: 1, Pools: []int{0}, Request: whole(2, 3), Estimate: 10 * event.Second})
		s.Enqueue(1, &scheduler.Gang{ID: 2, Pools: []int{0}, Request: whole(2, 4), Estimate: event.Second})
		g := &scheduler.Gang{ID: 3, Pools: c.pools, Request: c.request, Tenant: s.Tenant(c.tenant), Estimate: event.Minute}
		s.Enqueue(1, g)
		if d := s.Decide(1); len(d.Start) > 0 {
			t.Errorf("%s: it starts", c.name)
			continue
		}
		w := s.RuledOut(1, g)
		ahead := int64(0)
		if w.Ahead != nil {
			ahead = w.Ahead.ID
		}
		if w.Reason != c.want || ahead != c.ahead {
			t.Errorf("%s: %v behind gang %d, want %v behind %d", c.name, w.Reason, ahead, c.want, c.ahead)
		}
	}
}
