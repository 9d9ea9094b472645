package result

// Lending is what deployments that scale lent to other work over the whole run.
// They claim the GPUs of their most replicas; the claim's GPU-hours are divided
// by who held them. What it cost in service shows beside a run in which they
// keep their most replicas: sim compare.
type Lending struct {
	LentGPUHours    float64   `json:"lent_gpu_hours"`    // of the claim, held by other work
	IdleGPUHours    float64   `json:"idle_gpu_hours"`    // held by nobody
	ServingGPUHours float64   `json:"serving_gpu_hours"` // held by replicas
	Reclaims        int64     `json:"reclaims"`          // preemptions of other work in these pools
	ReplicaWait     Quantiles `json:"replica_wait_s"`    // of replicas for their GPUs: the reclaim latency
}
