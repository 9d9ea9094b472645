package sim

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/traces"
)

// jobPump feeds a stream of batch jobs to the cluster. A job that comes after
// another one is held back until that one has ended and its think time is over;
// it is then submitted, but no sooner than the trace says.
type jobPump struct {
	book   *jobBook
	timer  event.Timer
	stream traces.JobStream
	next   traces.Job
	spec   *scenario.JobWorkload
	pools  []int
	within fleet.Tier
	speeds []float64 // by pool of the fleet, where the jobs name GPU types; nil = 1

	ends map[string]event.Time   // of the trace's jobs by name, notEnded while in the system
	held map[string][]traces.Job // jobs by the name of the one they come after
	due  map[int64]traces.Job    // jobs that think, by number
	last int64                   // number given
}

// notEnded marks jobs that are in the system.
const notEnded event.Time = -1

// What a jobPump's events are about.
const (
	jobNext event.Kind = iota // the stream's next job
	jobHeld                   // a job held back so far
)

var _ event.Handler = (*jobPump)(nil)

// accept narrows the pools to the GPU types that the jobs accept, the fastest
// first.
func (p *jobPump) accept(f *fleet.Fleet) error {
	if len(p.spec.Accepts) == 0 {
		return nil
	}
	var pools []int
	p.speeds = make([]float64, len(f.Pools))
	for _, i := range p.pools {
		for _, a := range p.spec.Accepts {
			if f.Pools[i].Spec.GPU.Name == a.GPU {
				pools, p.speeds[i] = append(pools, i), a.Speed
			}
		}
	}
	if len(pools) == 0 {
		return fmt.Errorf("accepts: no pool that the jobs may use has one of these GPUs")
	}
	slices.SortStableFunc(pools, func(a, b int) int { return cmp.Compare(p.speeds[b], p.speeds[a]) })
	p.pools = pools
	return nil
}

// slowest returns the least speed in some pools; 1 if there are none.
func (p *jobPump) slowest(pools []int) float64 {
	least := 0.0
	for _, i := range pools {
		if least == 0 || p.speeds[i] < least {
			least = p.speeds[i]
		}
	}
	return cmp.Or(least, 1)
}

func (p *jobPump) start(e *event.Engine) error {
	if p.spec.Trace != nil {
		p.ends, p.held, p.due = map[string]event.Time{}, map[string][]traces.Job{}, map[int64]traces.Job{}
	}
	p.timer = e.NewTimer(p, jobNext, 0)
	return p.advance(e)
}

func (p *jobPump) advance(e *event.Engine) error {
	ok, err := p.stream.Next(&p.next)
	if err != nil {
		return fmt.Errorf("jobs %s: %w", p.spec.Name, err)
	}
	if ok && p.next.At < p.book.sim.doc.Horizon {
		e.Arm(p.timer, p.next.At, event.ClassArrival)
	}
	return nil
}

// Handle implements event.Handler: a job arrives.
func (p *jobPump) Handle(e *event.Engine, ev event.Event) {
	if ev.Kind == jobHeld {
		j := p.due[ev.Arg]
		delete(p.due, ev.Arg)
		p.submit(ev.Time, &j)
		return
	}
	p.arrive(e, ev.Time, &p.next)
	p.book.sim.fail(p.advance(e))
}

// arrive submits a job, or holds it back.
func (p *jobPump) arrive(e *event.Engine, now event.Time, j *traces.Job) {
	end, known := p.ends[j.After]
	switch {
	case j.After == "" || !known:
		p.submit(now, j)
	case end == notEnded:
		p.held[j.After] = append(p.held[j.After], *j)
		p.note(j.Name, notEnded)
	default:
		p.note(j.Name, notEnded)
		p.think(e, end+j.Think, j)
	}
}

// think submits a job at an instant, or now if that is over.
func (p *jobPump) think(e *event.Engine, at event.Time, j *traces.Job) {
	if at <= e.Now() {
		p.submit(e.Now(), j)
		return
	}
	p.last++
	p.due[p.last] = *j
	e.At(at, event.ClassArrival, p, jobHeld, p.last)
}

func (p *jobPump) note(name string, end event.Time) {
	if p.ends != nil && name != "" {
		p.ends[name] = end
	}
}

func (p *jobPump) submit(now event.Time, j *traces.Job) {
	if l := j.Log; l != nil {
		j.Tenant = logTenant(p.spec.Trace.TenantBy, l, j.Tenant)
	}
	p.note(j.Name, notEnded)
	p.book.submit(now, j, p)
}

// ended hears of the end of one of its jobs.
func (p *jobPump) ended(e *event.Engine, name string) {
	p.note(name, e.Now())
	jobs, ok := p.held[name]
	if !ok {
		return
	}
	delete(p.held, name)
	for i := range jobs {
		p.think(e, e.Now()+jobs[i].Think, &jobs[i])
	}
}

// logTenant returns the tenant that a field of a workload log names, such as
// queue-3; fallback where the log does not know it.
func logTenant(by string, l *traces.Log, fallback string) string {
	n := int32(-1)
	switch by {
	case "user":
		n = l.User
	case "group":
		n = l.Group
	case "queue":
		n = l.Queue
	case "partition":
		n = l.Partition
	case "executable":
		n = l.Executable
	}
	if n < 0 {
		return fallback
	}
	return fmt.Sprintf("%s-%d", by, n)
}
