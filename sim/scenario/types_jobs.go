package scenario

import (
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// JobTrace is a trace of jobs.
type JobTrace struct {
	Trace `yaml:",inline"`
	// DurationScale multiplies the run times.
	DurationScale float64 `yaml:"duration_scale" jsonschema:"default=1,minimum=0"`
	// TenantBy is the field of a workload log (swf) that names the tenants;
	// trace = what the reader takes.
	TenantBy string `yaml:"tenant_by" jsonschema:"default=trace,enum=trace,enum=user,enum=group,enum=queue,enum=partition,enum=executable"`
	// EstimateFactor is how much longer than the run time users say, instead of
	// what the trace has; 0 = as in the trace.
	EstimateFactor float64 `yaml:"estimate_factor,omitempty" jsonschema:"minimum=0"`
}

// JobWorkload is a stream of batch jobs of given run times, either from a
// trace or from arrivals and distributions.
type JobWorkload struct {
	// Name of the workload, as results call it.
	Name string `yaml:"name" jsonschema:"required"`
	// Tenant that the jobs are accounted to; jobs of a trace may name their own.
	Tenant string `yaml:"tenant,omitempty"`
	// Trace of recorded jobs.
	Trace *JobTrace `yaml:"trace,omitempty"`

	Arrivals *Arrivals `yaml:"arrivals,omitempty"`
	// Submit is when a single job is submitted, instead of arrivals.
	Submit *event.Time `yaml:"submit,omitempty"`
	// GPUs is a histogram of job sizes.
	GPUs []JobSize `yaml:"gpus,omitempty"`
	// Duration is the run time.
	Duration *Durations `yaml:"duration,omitempty"`
	// EstimateFactor is how much longer than the run time users say; 0 = they
	// say nothing.
	EstimateFactor float64 `yaml:"estimate_factor,omitempty" jsonschema:"minimum=0"`
	// CPUsPerGPU are the cores that a job takes of its nodes for each GPU.
	CPUsPerGPU float64 `yaml:"cpus_per_gpu,omitempty" jsonschema:"minimum=0"`
	// MemoryPerGPU is the host memory that a job takes of its nodes for each GPU.
	MemoryPerGPU units.Bytes `yaml:"memory_per_gpu,omitempty"`
	// Deadline is how long after its submission a job should have ended, in times
	// of its run time; 0 = it has none.
	Deadline float64 `yaml:"deadline,omitempty" jsonschema:"minimum=0"`

	// Pool that the jobs must run in; none = any that fits.
	Pool string `yaml:"pool,omitempty"`
	// Accepts are the GPU types that the jobs run on, and how fast; none = all of
	// them, equally fast. Faster ones are tried first.
	Accepts []AcceptedGPU `yaml:"accepts,omitempty"`
	// Priority in the priority order and in preemption; the greater goes first.
	Priority int32 `yaml:"priority,omitempty"`
	// Preemptible jobs may lose their GPUs to higher priority.
	Preemptible bool `yaml:"preemptible,omitempty"`
	// RequiredTopology is the tier of the network to which each job must keep; none
	// = it may lie anywhere.
	RequiredTopology string `yaml:"required_topology,omitempty" jsonschema:"enum=nvlink-domain,enum=rack,enum=pod"`
	// Start of the arrivals; none = that of the run.
	Start event.Time `yaml:"start,omitempty"`
	// End of the arrivals; none = that of the run.
	End event.Time `yaml:"end,omitempty"`
}

// AcceptedGPU is a GPU type that jobs can run on.
type AcceptedGPU struct {
	// GPU type, by its catalogue name.
	GPU string `yaml:"gpu" jsonschema:"required"`
	// Speed is in terms of the one that run times are for: at 0.5 a job takes
	// twice as long.
	Speed float64 `yaml:"speed" jsonschema:"default=1,minimum=0.001,maximum=1000"`
}

// JobSize is one bar of a histogram of job sizes.
type JobSize struct {
	// GPUs of a job.
	GPUs int `yaml:"gpus" jsonschema:"required,minimum=1"`
	// Weight of this size among the others.
	Weight float64 `yaml:"weight" jsonschema:"default=1,minimum=0"`
}
