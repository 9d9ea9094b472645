package validate

import "github.com/jevons-sim/jevons/sim/perf"

// run returns the cost model of the job. What the row leaves open is chosen as
// its authors would: the least recomputation that fits, then the fastest
// micro-batch and number of chunks.
func (c *trainingCase) run(k perf.Calibration) (*perf.Training, error) {
	if c.noLayout {
		c.assume("fastest layout, none is published")
		found, err := perf.SearchTraining(c.model, c.gpu, gpusOfANode, c.gpus, c.options, perf.TrainSearch{}, k)
		return found.Best, err
	}
	recomputes, micros := []perf.Recompute{c.layout.Recompute}, []int{c.layout.MicroBatch}
	if c.noRecompute {
		recomputes = []perf.Recompute{perf.RecomputeNone, perf.RecomputeSelective, perf.RecomputeFull}
	}
	if c.noMicro && !c.noBatch {
		micros = []int{1, 2, 4, 8, 16}
	}
	var first error
	for _, recompute := range recomputes {
		var best *perf.Training
		for _, micro := range micros {
			for _, chunks := range c.chunks() {
				l := c.layout
				l.Recompute, l.MicroBatch, l.VPP = recompute, micro, chunks
				t, err := perf.NewTraining(c.model, c.gpu, gpusOfANode, l, c.options, k)
				switch {
				case err != nil && first == nil:
					first = err
				case err == nil && (best == nil || t.Step().Total < best.Step().Total):
					best = t
				}
			}
		}
		if best != nil {
			c.noteChoice(best.Layout())
			return best, nil
		}
	}
	return nil, first
}

// chunks lists the virtual chunks per stage that may have run: the published
// number, or every number of equal chunks.
func (c *trainingCase) chunks() []int {
	if !c.noChunks || c.layout.PP < 2 {
		return []int{c.layout.VPP}
	}
	perStage := (c.model.Layers + c.layout.PP - 1) / c.layout.PP
	var all []int
	for v := 1; v <= perStage; v++ {
		if perStage%v == 0 {
			all = append(all, v)
		}
	}
	return all
}

func (c *trainingCase) noteChoice(l perf.TrainLayout) {
	if c.noMicro {
		c.assume("micro-batch %d", l.MicroBatch)
	}
	if c.noRecompute {
		c.assume("recompute %s", l.Recompute)
	}
	if c.noChunks {
		c.assume("vpp %d", l.VPP)
	}
}
