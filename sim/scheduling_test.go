package sim_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/result"
)

// twoTenants is a fleet of two nodes: one half belongs to each of two tenants, and
// jobs of four GPUs that run ten minutes.
const twoTenants = `
name: shared
horizon: 1h
fleet:
  pools: [{name: main, node: 8xH100, nodes: 2}]
scheduler:
  tenants:
    - {name: a, cohort: all, quotas: [{nominal: 8}]}
    - {name: b, cohort: all, reclaim: any, quotas: [{nominal: 8}]}
workloads:
  jobs:
    - {name: a, tenant: a, arrivals: {process: deterministic, rate: 4/h}, gpus: [{gpus: 4}], duration: 50m, estimate_factor: 1, start: 1m, end: 1h}
outputs: {sample: 1m}
`

func idle(s *result.Summary) map[string]string {
	out := map[string]string{}
	for name, a := range s.Ledger.GPUSeconds {
		if strings.HasPrefix(name, "idle.") && a.Sign() != 0 {
			out[name] = a.String()
		}
	}
	return out
}

// TestQuotasHoldGPUsBack: a's jobs come at 16, 31 and 46 minutes. Its quota takes
// two; the third waits while half of the fleet idles, unless a may borrow.
func TestQuotasHoldGPUsBack(t *testing.T) {
	for _, c := range []struct {
		name string
		set  string
		want map[string]string
	}{
		{"it may not borrow", "scheduler.tenants[0].quotas[0].borrow=0", map[string]string{"idle.no_demand": "36720", "idle.reserved": "3360"}},
		{"nobody lends", "scheduler.tenants[1].quotas[0].lend=0", map[string]string{"idle.no_demand": "36720", "idle.reserved": "3360"}},
		{"it borrows", "seed=1", map[string]string{"idle.no_demand": "36720"}},
	} {
		s, _ := run(t, sim.Options{Check: true}, twoTenants, c.set)
		if d := cmp.Diff(c.want, idle(s)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// TestBorrowedGPUsAreTakenBack: b's two jobs of eight GPUs come at 48 and 58
// minutes, when a's three hold twelve.
func TestBorrowedGPUsAreTakenBack(t *testing.T) {
	text := twoTenants + `
`
	text = strings.Replace(text, "outputs:", `    - {name: b, tenant: b, arrivals: {process: deterministic, rate: 6/h}, gpus: [{gpus: 8}], duration: 5m, start: 38m, end: 50m}
outputs:`, 1)
	s, rows := run(t, sim.Options{Check: true}, text, "scheduler.grace_period=30s", "scheduler.preempted=checkpoint")
	if s.Jobs.Preemptions != 1 {
		t.Errorf("%d preemptions, want that of the job that borrows", s.Jobs.Preemptions)
	}
	for _, r := range rows.jobs {
		if r.Tenant == "b" && r.Wait != int64(30e9) {
			t.Errorf("b's job waited %v s, want the grace period", float64(r.Wait)/1e9)
		}
	}
	if got := s.Ledger.GPUSeconds["checkpoint"].String(); got != "120" {
		t.Errorf("checkpoint: %s GPU-s, want 4 GPUs × 30 s", got)
	}
}

func TestMissedDeadlinesAreCounted(t *testing.T) {
	s, _ := run(t, sim.Options{}, twoTenants, "workloads.jobs[0].duration=10m", "workloads.jobs[0].gpus[0].gpus=8",
		"workloads.jobs[0].arrivals.rate=15/h", "workloads.jobs[0].deadline=1.2", "scheduler.queue=edf")
	if s.Jobs.WithDeadline == 0 || s.Jobs.MissedDeadline == 0 || s.Jobs.MissedDeadline > s.Jobs.WithDeadline {
		t.Errorf("%d of %d missed their deadline, want some", s.Jobs.MissedDeadline, s.Jobs.WithDeadline)
	}
}
