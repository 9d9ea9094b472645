package scenario

import (
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// Scenario is everything that decides what a run does, apart from the files it
// names. Instants count from the start of the run.
//
// The jsonschema tags are the constraints: the decoder enforces them and the
// published schema repeats them. A field with a default is never omitted from
// the resolved scenario, so that a written zero stays a zero.
type Scenario struct {
	// Name of the scenario; results directories start with it. None = the
	// file's name.
	Name string `yaml:"name"`
	// Description is printed by `presets show` and stands in the report.
	Description string `yaml:"description,omitempty"`
	// Seed of every random stream.
	Seed uint64 `yaml:"seed" jsonschema:"default=1"`
	// Horizon is the simulated time.
	Horizon event.Time `yaml:"horizon" jsonschema:"required"`
	// Warmup is the time at the start that results leave out.
	Warmup event.Time `yaml:"warmup" jsonschema:"default=0s"`
	// Parameters are knobs that other values use as ${name}. A resolved
	// scenario has none: the values are in their places.
	Parameters map[string]any `yaml:"parameters,omitempty"`
	Fleet      Fleet          `yaml:"fleet" jsonschema:"required"`
	Scheduler  Scheduler      `yaml:"scheduler"`
	// Calibration is a file of efficiency coefficients for the cost model.
	Calibration string       `yaml:"calibration,omitempty"`
	Deployments []Deployment `yaml:"deployments,omitempty"`
	Workloads   Workloads    `yaml:"workloads,omitempty"`
	Demand      *Demand      `yaml:"demand,omitempty"`
	Outputs     Outputs      `yaml:"outputs"`
}

// Fleet is the hardware.
type Fleet struct {
	// Pools of equal nodes.
	Pools []Pool `yaml:"pools" jsonschema:"required"`
	// Energy is what the site makes of electricity.
	Energy *Energy `yaml:"energy,omitempty"`
}

// Pool is a set of nodes of one GPU type, or the nodes of a node list, which
// make one pool per GPU type in it, named after both (openb-T4).
type Pool struct {
	// Name of the pool, by which jobs, deployments and results call it.
	Name string `yaml:"name" jsonschema:"required"`
	// NodesFrom takes the nodes from a list instead of the fields below.
	NodesFrom *NodeList `yaml:"nodes_from,omitempty"`
	// Node is the GPUs of one node, as 8xH100: short for gpu and gpus_per_node.
	Node *units.Shape `yaml:"node,omitempty"`
	// GPU type, by catalogue name.
	GPU string `yaml:"gpu,omitempty"`
	// GPUsPerNode is the GPUs of a node; node: 8xH100 says it and the GPU in one.
	GPUsPerNode int `yaml:"gpus_per_node,omitempty" jsonschema:"minimum=1,maximum=64"`
	// Nodes of the pool.
	Nodes int `yaml:"nodes,omitempty" jsonschema:"minimum=1"`
	// CPUsPerNode is the number of CPU cores of a node.
	CPUsPerNode float64 `yaml:"cpus_per_node" jsonschema:"default=128,minimum=0"`
	// MemoryPerNode is the host memory of a node.
	MemoryPerNode units.Bytes `yaml:"memory_per_node" jsonschema:"default=2TiB"`
	// NodesPerRack groups nodes into racks; 0 = racks are not modelled.
	NodesPerRack int `yaml:"nodes_per_rack,omitempty" jsonschema:"minimum=0"`
	// NodesPerPod groups whole racks into pods, each below one set of switches; 0 =
	// pods are not modelled.
	NodesPerPod int `yaml:"nodes_per_pod,omitempty" jsonschema:"minimum=0"`
	// Oversubscription of the uplinks of racks and pods; none = non-blocking.
	Oversubscription *Oversubscription `yaml:"oversubscription,omitempty"`
	// Network is the scale-out bandwidth per GPU; none = the GPU's usual.
	Network units.Bandwidth `yaml:"network,omitempty"`
	// Price of one GPU per hour; none = the catalogue's.
	Price units.Price `yaml:"price,omitempty"`
	// Prices of one GPU per hour as they change in time, in US dollars, instead
	// of price.
	Prices *Timetable `yaml:"prices,omitempty"`
	// Power of the pool's machines; none = the catalogue's.
	Power *Power `yaml:"power,omitempty"`
	// Energy of the pool's site; none = the fleet's.
	Energy *Energy `yaml:"energy,omitempty"`
	// Failures of the pool's components, their repair, spares and maintenance.
	Failures *Failures `yaml:"failures,omitempty"`
}

// NodeList is a file of nodes in the openb format.
type NodeList struct {
	// File of the list, beside the scenario.
	File string `yaml:"file" jsonschema:"required"`
	// Fallback is read when the file does not exist.
	Fallback string `yaml:"fallback,omitempty"`
	// Scale is the share of the list's nodes to take, evenly spread over it.
	Scale units.Fraction `yaml:"scale" jsonschema:"default=1"`
}

// Outputs says what a run records.
type Outputs struct {
	// Sample is the interval of the time series.
	Sample event.Time `yaml:"sample" jsonschema:"default=1h"`
	// Requests writes a row per request.
	Requests bool `yaml:"requests" jsonschema:"default=true"`
	// Jobs writes a row per job.
	Jobs bool `yaml:"jobs" jsonschema:"default=true"`
	// Windows are spans that the summary also reports on their own.
	Windows []Window `yaml:"windows,omitempty"`
	// Published are figures of the real thing, to stand beside the run's.
	Published []Published `yaml:"published,omitempty"`
}

// Published is a figure that was published of what the scenario models.
type Published struct {
	// Name of the published figure, as reports print it.
	Name string `yaml:"name" jsonschema:"required"`
	// Figure is the run's, by its path in the summary (requests.ttft_s.p99); the
	// sum, where there are several.
	Figure []string `yaml:"figure" jsonschema:"required"`
	// Times multiplies the run's figure: 8 makes one per node of one per GPU.
	Times float64 `yaml:"times" jsonschema:"default=1,minimum=0"`
	// Value that was published.
	Value float64 `yaml:"value" jsonschema:"required"`
	// Source of the value.
	Source string `yaml:"source" jsonschema:"required"`
}

// Window is a named span of the run.
type Window struct {
	// Name that figures of the window take, such as before.ttft_p99.
	Name string `yaml:"name" jsonschema:"required"`
	// From is the window's start.
	From event.Time `yaml:"from" jsonschema:"default=0s"`
	// To is the end of the window; none = the horizon.
	To event.Time `yaml:"to,omitempty"`
}
