package report

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/result"
)

// lending says in a line what deployments that scale lent; "" where nothing is.
func lending(s *result.Summary) string {
	l := s.Lending
	if l == nil {
		return ""
	}
	claim := l.LentGPUHours + l.IdleGPUHours + l.ServingGPUHours
	if claim == 0 {
		return ""
	}
	return fmt.Sprintf("Of the %s GPU-hours that deployments claim at their most replicas, they held %s, lent %s and %s stood idle; %s times other work made way, and a replica waited %s for its GPUs (p99 %s).",
		Number(claim), Percent(l.ServingGPUHours/claim), Percent(l.LentGPUHours/claim), Percent(l.IdleGPUHours/claim), Number(float64(l.Reclaims)), Seconds(l.ReplicaWait.Mean), Seconds(l.ReplicaWait.P99))
}
