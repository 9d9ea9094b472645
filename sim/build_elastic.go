package sim

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/sim/training"
)

// shrunk is a job on fewer data-parallel ranks. Those that are left share the
// batch out as evenly as they can, and the step takes as long as the ones with
// the most; it still trains on the full job's tokens.
type shrunk struct {
	*perf.Training
	full *perf.Training
}

// TokensPerStep implements training.Model.
func (s shrunk) TokensPerStep() int64 { return s.full.TokensPerStep() }

// FLOPsPerStep implements training.Model.
func (s shrunk) FLOPsPerStep() float64 { return s.full.FLOPsPerStep() }

// elastic returns the sizes to which a training job may shrink: whole nodes, in
// layouts that hold the model.
func (s *Simulation) elastic(t *scenario.TrainingJob, m perf.Model, full *perf.Training, o perf.TrainOptions, pool int) (*training.Elastic, error) {
	if t.Elastic == nil {
		return nil, nil
	}
	gpu, nodeGPUs := s.gpuOf(pool)
	out := &training.Elastic{Wait: t.Elastic.Wait}
	var last error
	layout := full.Layout()
	for layout.DP--; layout.DP >= t.Elastic.MinDP; layout.DP-- {
		if layout.GPUs()%nodeGPUs != 0 {
			continue // a part of a node would be left
		}
		o := o
		share := layout.DP * layout.MicroBatch
		o.GlobalBatch = (o.GlobalBatch + share - 1) / share * share
		cost, err := perf.NewTraining(m, gpu, nodeGPUs, layout, o, s.calibration)
		if err != nil {
			last = err
			continue
		}
		out.Sizes = append(out.Sizes, training.Size{Workers: layout.GPUs() / nodeGPUs, Model: shrunk{cost, full}})
	}
	switch {
	case len(out.Sizes) > 0:
		return out, nil
	case last != nil:
		return nil, fmt.Errorf("no smaller layout works: %w", last)
	}
	return nil, fmt.Errorf("no number of ranks from %d to %d fills whole nodes of %d GPUs", t.Elastic.MinDP, full.Layout().DP-1, nodeGPUs)
}
