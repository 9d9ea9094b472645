package result

// Lending is what deployments that scale lent to other work over the whole run.
// They claim the GPUs of their most replicas; the claim's GPU-hours are divided
// by who held them.
//
// A reclaim wait is the time in which a replica is wanted, has no GPUs, and
// other work holds some of the claim. SLOs that are missed in one are not all
// lost to lending, nor all that are: a load that rises misses some in any case,
// and a backlog outlasts the wait. The difference lending makes shows beside a
// run in which the deployments keep their most replicas: sim compare.
type Lending struct {
	LentGPUHours    float64   `json:"lent_gpu_hours"`    // of the claim, held by other work
	IdleGPUHours    float64   `json:"idle_gpu_hours"`    // held by nobody
	ServingGPUHours float64   `json:"serving_gpu_hours"` // held by replicas
	Reclaims        int64     `json:"reclaims"`          // preemptions of other work in these pools
	ReplicaWait     Quantiles `json:"replica_wait_s"`    // of replicas for their GPUs: the reclaim latency
	// ReclaimWaitTotalS adds up the reclaim waits of all replicas, those included
	// that were given up before they had their GPUs or still waited at the end.
	ReclaimWaitTotalS float64 `json:"reclaim_wait_total_s"`
	// Requests that arrived at a deployment in a reclaim wait of it, and how many
	// of those were completed too late for their SLO or not at all; unfinished
	// ones count in the first only. Absent where requests are sampled.
	RequestsDuringReclaim  *int64 `json:"requests_during_reclaim,omitempty"`
	SLOMissedDuringReclaim *int64 `json:"slo_missed_during_reclaim,omitempty"`
}
