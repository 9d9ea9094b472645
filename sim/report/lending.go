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
	text := fmt.Sprintf("Of the %s GPU-hours that deployments claim at their most replicas, they held %s, lent %s and %s stood idle; %s times other work made way, and a replica waited %s for its GPUs (p99 %s).",
		Number(claim), Percent(l.ServingGPUHours/claim), Percent(l.LentGPUHours/claim), Percent(l.IdleGPUHours/claim), Number(float64(l.Reclaims)), Seconds(l.ReplicaWait.Mean), Seconds(l.ReplicaWait.P99))
	if l.RequestsDuringReclaim != nil && *l.RequestsDuringReclaim > 0 {
		text += fmt.Sprintf(" While replicas waited for lent GPUs, %s requests came to their deployments, and %s of these missed their SLO.",
			Number(float64(*l.RequestsDuringReclaim)), Number(float64(*l.SLOMissedDuringReclaim)))
	}
	return text
}
