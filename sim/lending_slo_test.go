package sim_test

import (
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/result"
)

// tight are settings under which the nightly deployment has few slots to spare.
var tight = []string{"deployments.chat.autoscale.target=14", "deployments.chat.slo.ttft=500ms", "workloads.requests.users.arrivals.rate=3/s"}

// reclaims returns the lending of a scenario, with its figures checked against
// those of all requests.
func reclaims(t *testing.T, text string, set ...string) *result.Lending {
	t.Helper()
	s, _ := run(t, sim.Options{Check: true}, text, append(tight, set...)...)
	l, q := s.Lending, s.Requests
	if l == nil {
		t.Fatal("no lending in the summary")
	}
	ended := q.Completed + q.Rejected + q.Shed + q.Cancelled
	if missed := int64(float64(ended)*(1-q.SLOAttainment) + 0.5); *l.SLOMissedDuringReclaim > missed || *l.SLOMissedDuringReclaim > *l.RequestsDuringReclaim || *l.RequestsDuringReclaim > q.Arrived {
		t.Errorf("%v: %d of %d during reclaims missed their SLO, %d of %d in all", set, *l.SLOMissedDuringReclaim, *l.RequestsDuringReclaim, missed, q.Arrived)
	}
	return l
}

func TestLongerReclaimsLoseNotFewerSLOs(t *testing.T) {
	last := &result.Lending{RequestsDuringReclaim: new(int64), SLOMissedDuringReclaim: new(int64)}
	for _, grace := range []string{"1s", "30s", "10m"} {
		l := reclaims(t, nightly, "scheduler.grace_period="+grace)
		if *l.SLOMissedDuringReclaim <= *last.SLOMissedDuringReclaim || *l.RequestsDuringReclaim <= *last.RequestsDuringReclaim || l.ReclaimWaitTotalS <= last.ReclaimWaitTotalS {
			t.Errorf("grace %s: %d of %d missed their SLO in %v s; with a shorter one %d of %d in %v s", grace,
				*l.SLOMissedDuringReclaim, *l.RequestsDuringReclaim, l.ReclaimWaitTotalS,
				*last.SLOMissedDuringReclaim, *last.RequestsDuringReclaim, last.ReclaimWaitTotalS)
		}
		last = l
	}
}

func TestWhereNothingIsLentNoSLOIsLostToIt(t *testing.T) {
	unclaimed := strings.NewReplacer("{name: rl, submit: 0s,", "{name: rl, submit: 23h59m,", "{name: batch, submit: 0s,", "{name: batch, submit: 23h59m,").Replace(nightly)
	for _, c := range []struct {
		name, text string
		waits      float64 // the longest wait of a replica, in s
	}{
		{"jobs keep to GPUs that no deployment claims", unclaimed, 0},
		{"replicas wait for a node under maintenance", strings.Replace(unclaimed, "nodes: 1}", "nodes: 1, failures: {drains: [{nodes: 1, at: 14h, duration: 1h}]}}", 1), 3600},
	} {
		l := reclaims(t, c.text)
		if l.ReplicaWait.Max != c.waits || l.ReclaimWaitTotalS != 0 || *l.RequestsDuringReclaim != 0 || *l.SLOMissedDuringReclaim != 0 {
			t.Errorf("%s: %+v, %d, %d", c.name, l, *l.RequestsDuringReclaim, *l.SLOMissedDuringReclaim)
		}
	}
}
