package sim

import (
	"cmp"
	"slices"

	"github.com/jevons-sim/jevons/sim/batch"
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/rl"
	"github.com/jevons-sim/jevons/sim/training"
	"github.com/jevons-sim/jevons/traces"
)

// jobKinds names the kinds of jobs in results.
var jobKinds = map[ledger.Class]string{ledger.Training: "training", ledger.RL: "rl", ledger.Jobs: "batch"}

// jobKindOrder is the order in which kinds are summed.
var jobKindOrder = []ledger.Class{ledger.Training, ledger.RL, ledger.Jobs}

// jobState is how a job ended.
type jobState uint8

const (
	jobCompleted jobState = iota
	jobFailed             // refused: the fleet could never hold it
	jobUnfinished
	numJobStates
)

var jobStateNames = [numJobStates]string{"completed", "failed", "unfinished"}

// jobBook follows the jobs, all but serving deployments.
type jobBook struct {
	sim     *Simulation
	cells   map[ledger.Class][]*jobCell // by segment of submission
	pending map[*cluster.Gang]*jobPump  // batch jobs not ended
	refused int64
	heard   func(now event.Time, spec *cluster.Spec, why error) // of jobs refused; nil = nobody asks
	lastEnd event.Time
	row     result.JobRow
}

// jobCell counts the jobs of one kind that were submitted in one segment.
type jobCell struct {
	submitted   int64
	ended       [numJobStates]int64
	due, late   int64 // that had a deadline; of these, that had not completed by it
	preemptions int64
	wait, jct   metrics.Histogram // ns
	slowdown    metrics.Histogram // thousandths
}

func newJobBook(s *Simulation) *jobBook {
	b := &jobBook{sim: s, cells: map[ledger.Class][]*jobCell{}, pending: map[*cluster.Gang]*jobPump{}}
	for _, k := range jobKindOrder {
		b.cells[k] = make([]*jobCell, s.segments.count())
	}
	return b
}

var (
	_ batch.Observer    = (*jobBook)(nil)
	_ training.Observer = (*jobBook)(nil)
	_ rl.Observer       = (*jobBook)(nil)
)

// submit queues a job of a trace or a mix. A job that the fleet could never
// hold fails at once.
func (b *jobBook) submit(now event.Time, j *traces.Job, p *jobPump) {
	w := p.spec
	spec := cluster.Spec{
		Name: j.Name, Tenant: cmp.Or(w.Tenant, j.Tenant), Class: ledger.Jobs, Priority: w.Priority + j.Priority,
		Workers: int(j.Workers), GPUsPerWorker: int(j.GPUs), GPUMilli: int(j.GPUMilli), CPUMilli: j.CPUMilli, MemoryMiB: j.MemoryMiB,
		Pools: b.sim.poolsOfTypes(p.pools, j.GPUTypes), AnyPool: true, Estimate: j.Estimate, Preemptible: w.Preemptible, Within: p.within,
		Deadline: event.Time(w.Deadline * float64(max(j.Duration, 0))),
	}
	if p.speeds != nil {
		spec.Pools, spec.AnyPool = slices.DeleteFunc(slices.Clone(p.pools), func(i int) bool { return !slices.Contains(spec.Pools, i) }), false
		spec.Estimate = event.Time(float64(j.Estimate) / p.slowest(spec.Pools))
	}
	g, err := b.sim.batch.SubmitScaled(now, spec, max(j.Duration, 0), p.speeds)
	if err != nil {
		b.refuse(now, &spec, err)
		p.ended(b.sim.engine, j.Name)
		return
	}
	b.pending[g] = p
}

// refuse records a job that can never run.
func (b *jobBook) refuse(now event.Time, spec *cluster.Spec, why error) {
	if b.heard != nil {
		b.heard(now, spec, why)
	}
	b.refused++
	c := b.cell(ledger.Jobs, now)
	c.submitted++
	c.ended[jobFailed]++
	b.row = result.JobRow{
		ID: -b.refused, Name: spec.Name, Kind: jobKinds[ledger.Jobs], Tenant: spec.Tenant, State: jobStateNames[jobFailed],
		GPUMilli: int64(spec.Workers) * int64(spec.GPUsPerWorker*ledger.MilliPerGPU+spec.GPUMilli), Priority: spec.Priority,
		Submit: int64(now), End: int64(now),
	}
	b.write()
}

// BatchDone implements batch.Observer.
func (b *jobBook) BatchDone(now event.Time, g *cluster.Gang) {
	p := b.pending[g]
	delete(b.pending, g)
	b.end(now, g, jobCompleted)
	p.ended(b.sim.engine, g.Spec.Name)
}

// TrainingStarted implements training.Observer.
func (b *jobBook) TrainingStarted(event.Time, *training.Job) {}

// TrainingPreempted implements training.Observer.
func (b *jobBook) TrainingPreempted(event.Time, *training.Job) {}

// TrainingEnded implements training.Observer.
func (b *jobBook) TrainingEnded(now event.Time, j *training.Job) {
	b.end(now, j.Gang(), finalState(j.State() == cluster.JobCompleted))
}

// RLStarted implements rl.Observer.
func (b *jobBook) RLStarted(event.Time, *rl.Job) {}

// RLPreempted implements rl.Observer.
func (b *jobBook) RLPreempted(event.Time, *rl.Job) {}

// RLEnded implements rl.Observer.
func (b *jobBook) RLEnded(now event.Time, j *rl.Job) {
	b.end(now, j.Gang(), finalState(j.State() == cluster.JobCompleted))
}

func finalState(completed bool) jobState {
	if completed {
		return jobCompleted
	}
	return jobUnfinished
}

func (b *jobBook) cell(kind ledger.Class, submitted event.Time) *jobCell {
	c := &b.cells[kind][b.sim.segments.of(submitted)]
	if *c == nil {
		*c = &jobCell{}
	}
	return *c
}

// slowdownFloor keeps short jobs from dominating the bounded slowdown, as in
// Feitelson's definition: max(1, turnaround ÷ max(run time, 10 s)).
const slowdownFloor = 10 * event.Second

// end records a job's end.
func (b *jobBook) end(now event.Time, g *cluster.Gang, state jobState) {
	c := b.cell(g.Spec.Class, g.Submitted)
	c.submitted++
	c.ended[state]++
	c.preemptions += int64(g.Preemptions)
	if g.Spec.Deadline > 0 {
		c.due++
		if state != jobCompleted || now > g.Submitted+g.Spec.Deadline {
			c.late++
		}
	}
	wait := g.WaitedBy(now)
	if g.Started() || state == jobUnfinished {
		c.wait.Record(int64(wait))
	}
	if state == jobCompleted {
		jct := now - g.Submitted
		run := max(jct-wait, slowdownFloor)
		c.jct.Record(int64(jct))
		c.slowdown.Record(max(1000, int64(jct)*1000/int64(run)))
		b.lastEnd = max(b.lastEnd, now)
	}
	b.row = result.JobRow{
		ID: g.ID(), Name: g.Spec.Name, Kind: jobKinds[g.Spec.Class], Tenant: g.Spec.Tenant, State: jobStateNames[state],
		GPUMilli: g.Milli(), Priority: g.Spec.Priority, Submit: int64(g.Submitted), End: int64(now), Wait: int64(wait), Preemptions: int32(g.Preemptions),
	}
	if g.Started() {
		nodes, domains := b.sim.fleet.Spread(g.Placement())
		b.row.Pool, b.row.Nodes, b.row.Domains = b.sim.fleet.Pools[g.Pool()].Spec.Name, int32(nodes), int32(domains)
		b.row.FirstStart = int64(g.FirstStart)
	}
	bill := g.Bill()
	b.sim.metering.ended(g.Spec.Tenant, &bill)
	b.row.GPUSeconds, b.row.EnergyJ, b.row.CostUSD, b.row.CarbonG = bill.GPUTime.Seconds(), bill.Joules, bill.USD, bill.Grams
	b.write()
}

func (b *jobBook) write() {
	if b.sim.doc.Outputs.Jobs {
		b.sim.fail(b.sim.recorder.Job(&b.row))
	}
}

// close ends every batch job still in the system as unfinished, in order of
// submission.
func (b *jobBook) close(now event.Time) {
	left := make([]*cluster.Gang, 0, len(b.pending))
	for g := range b.pending {
		left = append(left, g)
	}
	slices.SortFunc(left, func(x, y *cluster.Gang) int { return cmp.Compare(x.ID(), y.ID()) })
	for _, g := range left {
		b.end(now, g, jobUnfinished)
	}
}
