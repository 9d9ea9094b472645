package scenario

import "github.com/jevons-sim/jevons/sim/event"

// Scheduler is the policy that places gangs on GPUs.
type Scheduler struct {
	// Queue is the order of waiting gangs.
	Queue string `yaml:"queue" jsonschema:"default=fifo,enum=fifo,enum=priority,enum=sjf,enum=srtf,enum=edf,enum=las,enum=2d-las,enum=fair-share,enum=drf"`
	// Placement chooses among the nodes, and GPUs, with room for a worker.
	Placement string `yaml:"placement" jsonschema:"default=best-fit,enum=first-fit,enum=best-fit,enum=packing,enum=clustering,enum=dot-product,enum=fgd,enum=random"`
	// Topology says how gangs of several nodes that ask for no tier lie in the
	// network: as close together as there is room (preferred, the default), or
	// wherever the placement policy likes each worker best (unconstrained).
	Topology string `yaml:"topology,omitempty" jsonschema:"enum=preferred,enum=unconstrained"`
	// Backfill lets later gangs start before one that does not fit yet.
	Backfill string `yaml:"backfill" jsonschema:"default=none,enum=none,enum=easy,enum=conservative"`
	// Preemption takes GPUs back from preemptible gangs: from those of lower
	// priority, or from those that come later in the queue's order.
	Preemption string `yaml:"preemption" jsonschema:"default=none,enum=none,enum=priority,enum=order"`
	// Preempted is what becomes of a batch job's work when it is preempted: it is
	// lost (kill, the default), or kept (checkpoint).
	Preempted string `yaml:"preempted,omitempty" jsonschema:"enum=kill,enum=checkpoint"`
	// GracePeriod is how long a preempted gang keeps its GPUs to save its state.
	GracePeriod event.Time `yaml:"grace_period,omitempty"`
	// PreemptExemptTime is how long a gang runs before it may be preempted.
	PreemptExemptTime event.Time `yaml:"preempt_exempt_time,omitempty"`
	// RestoreTime is how long a batch job loads its state when it starts again.
	RestoreTime event.Time `yaml:"restore_time,omitempty"`
	// ServiceQueues are the run times (las), or GPU times (2d-las), at which a gang
	// moves on to the next queue; none = 1h.
	ServiceQueues []event.Time `yaml:"service_queues,omitempty"`
	// Promote moves a gang back to the first queue of las and 2d-las when it has
	// waited so many times as long as it has run; 0 = never.
	Promote float64 `yaml:"promote,omitempty" jsonschema:"minimum=0"`
	// HalfLife is how long it takes until use counts half in fair-share; none = 7d.
	HalfLife event.Time `yaml:"half_life,omitempty"`
	// Tenants that have a weight or quotas.
	Tenants []Tenant `yaml:"tenants,omitempty"`
	// Cohorts that have quotas of their own, or a parent.
	Cohorts []Cohort `yaml:"cohorts,omitempty"`
}

// Tenant is on whose behalf work runs: workloads and deployments name it.
type Tenant struct {
	// Name of the tenant, by which workloads call it.
	Name string `yaml:"name" jsonschema:"required"`
	// Weight in fair-share and drf.
	Weight float64 `yaml:"weight" jsonschema:"default=1,minimum=0.000001"`
	// Cohort is with whom the tenant shares what is idle of its quotas; none =
	// with nobody.
	Cohort string `yaml:"cohort,omitempty"`
	// Quotas limit what the tenant holds; without one for a pool it holds there
	// what it can get.
	Quotas []Quota `yaml:"quotas,omitempty"`
	// Reclaim is from whom the tenant takes back by preemption what others of its
	// cohort have borrowed of its quota.
	Reclaim string `yaml:"reclaim" jsonschema:"default=never,enum=never,enum=lower-priority,enum=any"`
}

// Cohort is a group of tenants, or of cohorts, that lend each other what they do
// not use.
type Cohort struct {
	// Name of the cohort, by which tenants call it.
	Name string `yaml:"name" jsonschema:"required"`
	// Parent is the cohort it belongs to.
	Parent string `yaml:"parent,omitempty"`
	// Quotas that its members have in common, on top of their own.
	Quotas []Quota `yaml:"quotas,omitempty"`
}

// Quota is how much of a resource a tenant or cohort may hold.
type Quota struct {
	// Pool it is for; none = all pools together.
	Pool string `yaml:"pool,omitempty"`
	// Resource: GPUs, CPU cores, or GiB of memory.
	Resource string `yaml:"resource" jsonschema:"default=gpus,enum=gpus,enum=cpus,enum=memory"`
	// Nominal is how much of the resource is its own.
	Nominal float64 `yaml:"nominal" jsonschema:"required,minimum=0"`
	// Borrow is how much more it may hold of what its cohort leaves idle; none =
	// all of it.
	Borrow *float64 `yaml:"borrow,omitempty" jsonschema:"minimum=0"`
	// Lend is how much of it others of the cohort may hold; none = all of it.
	Lend *float64 `yaml:"lend,omitempty" jsonschema:"minimum=0"`
}
