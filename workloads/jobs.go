package workloads

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/traces"
)

// JobConfig describes a synthetic mix of batch jobs.
type JobConfig struct {
	Name     string
	Tenant   string
	Process  Process
	Rate     Rate
	Once     bool // one job at Start, under the name itself: Process and Rate are of no use
	Start    event.Time
	End      event.Time
	GPUs     Length // of a job
	Duration Length // seconds
	// EstimateFactor is the user's estimate divided by the true duration; 0 =
	// no estimate.
	EstimateFactor float64
	// NodeGPUs is the largest worker: bigger jobs are gangs of whole nodes.
	NodeGPUs int32
	Priority int32
	// CPUMilli and MemoryMiB are taken for each GPU.
	CPUMilli  int64
	MemoryMiB int64
}

// Jobs is a synthetic stream of batch jobs.
type Jobs struct {
	c        JobConfig
	clock    clock
	arrivals event.Rand
	draws    event.Stream
	n        uint64
}

var _ traces.JobStream = (*Jobs)(nil)

// NewJobs returns a stream, or an error that names the field at fault.
func NewJobs(seed uint64, c JobConfig) (*Jobs, error) {
	if c.Once {
		c.Process, c.Rate = Deterministic{}, Rate{PerSecond: 1}
	}
	if err := c.Rate.validate(); err != nil {
		return nil, err
	}
	switch {
	case c.Process == nil || c.GPUs == nil || c.Duration == nil:
		return nil, fmt.Errorf("jobs need arrivals, a histogram of GPUs and a duration")
	case c.End <= c.Start:
		return nil, fmt.Errorf("arrivals end at %v, must be after their start at %v", c.End, c.Start)
	case c.NodeGPUs < 1:
		return nil, fmt.Errorf("nodes of %d GPUs, must be at least 1", c.NodeGPUs)
	}
	return &Jobs{
		c: c, clock: newClock(c.Rate, c.Start, c.End),
		arrivals: event.NewStream(seed, c.Name+"/arrivals").Entity(0),
		draws:    event.NewStream(seed, c.Name+"/jobs"),
	}, nil
}

// Next implements traces.JobStream.
func (s *Jobs) Next(j *traces.Job) (bool, error) {
	at, name := s.c.Start, s.c.Name
	switch {
	case !s.c.Once:
		var ok bool
		if at, ok = s.clock.advance(s.c.Process.Next(&s.arrivals), s.c.End); !ok {
			return false, nil
		}
		name = fmt.Sprintf("%s-%d", name, s.n+1)
	case s.n > 0:
		return false, nil
	}
	s.n++
	r := s.draws.Entity(s.n)
	gpus := tokens(s.c.GPUs, &r, 1)
	*j = traces.Job{
		At: at, Name: name, Tenant: s.c.Tenant, Priority: s.c.Priority,
		Workers: 1, GPUs: gpus, Duration: max(event.FromSeconds(s.c.Duration.Sample(&r)), event.Second),
	}
	if gpus > s.c.NodeGPUs {
		j.Workers, j.GPUs = (gpus+s.c.NodeGPUs-1)/s.c.NodeGPUs, s.c.NodeGPUs
	}
	j.CPUMilli, j.MemoryMiB = int64(j.GPUs)*s.c.CPUMilli, int64(j.GPUs)*s.c.MemoryMiB
	j.Estimate = event.Time(float64(j.Duration) * s.c.EstimateFactor)
	return true, nil
}
