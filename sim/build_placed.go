package sim

import (
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/serving"
)

// tableOf returns the step table of a replica, at so many times the cost.
func tableOf(cost *perf.Serving, factor float64) *perf.StepTable {
	table := cost.Table()
	if factor == 1 {
		return table
	}
	return table.Scaled(factor)
}

// placed returns which engine a replica of that cost is where it lies: one that
// differs from engine in its step tables only. All that lie alike share one. It is
// nil where a replica fits into one node.
func placed(engine *serving.Config, cost *perf.Serving, factor float64) func(fleet.Location) *serving.Config {
	if cost.GPUs() <= cost.NodeGPUs {
		return nil
	}
	known := map[perf.Joints]*serving.Config{cost.Joints(): engine}
	return func(l fleet.Location) *serving.Config {
		there := cost.On(l)
		if c := known[there.Joints()]; c != nil {
			return c
		}
		c := *engine
		c.Table = tableOf(there, factor)
		if c.Speculation != nil && c.Speculation.Draft != nil {
			speculation := *c.Speculation
			speculation.Draft = tableOf(there.Draft.Passes, factor)
			c.Speculation = &speculation
		}
		known[there.Joints()] = &c
		return &c
	}
}
