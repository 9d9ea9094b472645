package training

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
)

// Size is a number of workers that a job can run on, and what its steps cost
// there. A step trains on the same tokens at every size.
type Size struct {
	Workers int
	Model   Model
}

// Elastic lets a job go on with fewer workers when some are lost.
type Elastic struct {
	// Wait is how long the job waits for its workers before it looks for a
	// smaller size that fits.
	Wait event.Time
	// Sizes are those below the full one, largest first.
	Sizes []Size
}

// validate returns an error that names what is wrong.
func (e *Elastic) validate(c *Config) error {
	if e.Wait <= 0 {
		return fmt.Errorf("elastic: wait %v, must be above 0", e.Wait)
	}
	last := c.Spec.Workers
	for _, s := range e.Sizes {
		switch {
		case s.Workers < 1 || s.Workers >= last:
			return fmt.Errorf("elastic: %d workers after %d, want fewer and at least 1", s.Workers, last)
		case s.Workers*c.Spec.GPUsPerWorker != s.Model.GPUs():
			return fmt.Errorf("elastic: %d workers of %d GPUs, the layout takes %d", s.Workers, c.Spec.GPUsPerWorker, s.Model.GPUs())
		case s.Model.Step().Total < 1 || s.Model.TokensPerStep() != c.Model.TokensPerStep():
			return fmt.Errorf("elastic: a step of %v on %d tokens at %d workers, want the full size's tokens", s.Model.Step().Total, s.Model.TokensPerStep(), s.Workers)
		}
		last = s.Workers
	}
	return nil
}

// at returns size i, 0 being the full one.
func (c *Config) at(i int) Size {
	if i == 0 {
		return Size{c.Spec.Workers, c.Model}
	}
	return c.Elastic.Sizes[i-1]
}

// largest returns the largest size before end that fits now, or −1.
func (j *Job) largest(end int) int {
	for i := range end {
		if j.cluster.Fits(j.gang, j.config.at(i).Workers) {
			return i
		}
	}
	return -1
}

// resize looks for a better size: any that fits while the job waits; a larger
// one when it has just completed a checkpoint.
func (j *Job) resize(now event.Time) {
	switch j.gang.State {
	case cluster.Waiting:
		if i := j.largest(len(j.config.Elastic.Sizes) + 1); i >= 0 && i != j.size {
			j.cluster.Resize(now, j.gang, j.config.at(i).Workers)
			j.size = i
		}
		j.engine.Arm(j.sizing, now+j.config.Elastic.Wait, event.ClassTimer)
	case cluster.Hung, cluster.Saving:
		j.engine.Arm(j.sizing, now+j.config.Elastic.Wait, event.ClassTimer)
	case cluster.Running:
		if i := j.largest(j.size); i >= 0 {
			j.engine.Disarm(j.timer)
			j.stop(now)
			j.cluster.Yield(now, j.gang, j.config.at(i).Workers)
			j.size = i
			j.engine.Arm(j.sizing, now+j.config.Elastic.Wait, event.ClassTimer)
			return
		}
		j.watch(now)
	}
}

// watch makes a job that runs below its full size look for more at its next
// complete checkpoint, if it goes on after that.
func (j *Job) watch(now event.Time) {
	j.engine.Disarm(j.sizing)
	if j.size == 0 {
		return
	}
	p := j.run.at(now - j.started)
	if next := p.saved + j.run.every; next < j.run.steps {
		at := j.started + j.run.init + j.run.load + j.run.until(next) + j.run.behind
		j.engine.Arm(j.sizing, at, event.ClassTimer)
	}
}
