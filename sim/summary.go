package sim

import (
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/sim/energy"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/serving"
)

// finish closes the run at its horizon and sums it up.
func (s *Simulation) finish(horizon event.Time) (*result.Summary, error) {
	for _, j := range s.training {
		if j.Gang() != nil {
			j.Close(horizon)
		}
	}
	for _, j := range s.rl {
		if j.Gang() != nil {
			j.Close(horizon)
		}
	}
	s.settle(horizon)
	if s.sampled != nil {
		s.sampled.advance(horizon)
		s.sampled.close()
	}
	s.requests.close(horizon)
	s.jobs.close(horizon)
	s.places.close(horizon)
	if s.err != nil {
		return nil, s.err
	}
	if err := s.ledger.Check(horizon); err != nil {
		return nil, err
	}
	return s.summary(horizon)
}

// summary composes the figures of the whole run and of its windows.
func (s *Simulation) summary(horizon event.Time) (*result.Summary, error) {
	doc := s.doc
	all := s.span(0, horizon)
	measured := s.span(doc.Warmup, horizon)
	out := &result.Summary{
		Schema: result.Schema, RunID: s.runID.String(), Scenario: doc.Name, Seed: doc.Seed,
		HorizonS: horizon.Seconds(), WarmupS: doc.Warmup.Seconds(), Replications: 1,
		Fleet:  result.Fleet{GPUs: s.fleet.GPUs(), Nodes: s.fleet.Nodes(), ByGPU: map[string]int{}},
		Ledger: all.ledger, Utilization: measured.utilization, EnergyKWh: all.bill.KWh(), CostUSD: all.bill.USD, CarbonKg: all.bill.Grams / 1000,
		Requests: s.requestSection(0, horizon, doc.Warmup), Jobs: s.jobSection(0, horizon, doc.Warmup),
		Training: s.trainingSection(horizon), RL: s.rlSection(),
	}
	for _, p := range s.fleet.Pools {
		out.Fleet.ByGPU[p.Spec.GPU.Name] += p.GPUs()
	}
	if out.Requests != nil {
		itl := result.QuantilesOf(&s.requests.itl, 1e9*(1<<perf.TableShift))
		out.Requests.ITL = &itl
		out.Requests.Sampling = s.sampled.section()
	}
	out.GPUSecondsByDeployment = s.heldByDeployment(0, horizon)
	for i := range doc.Outputs.Windows {
		w := &doc.Outputs.Windows[i]
		to := windowEnd(&doc.Scenario, w)
		x := s.span(w.From, to)
		out.Windows = append(out.Windows, result.Window{
			Name: w.Name, FromS: w.From.Seconds(), ToS: to.Seconds(), Ledger: x.ledger, Utilization: x.utilization,
			GPUSecondsByDeployment: s.heldByDeployment(w.From, to),
			Requests:               s.requestSection(w.From, to, w.From), Jobs: s.jobSection(w.From, to, w.From), EnergyKWh: x.bill.KWh(), CostUSD: x.bill.USD, CarbonKg: x.bill.Grams / 1000,
		})
	}
	for _, d := range s.services {
		for _, p := range d.parts() {
			counts := p.Counts(horizon)
			row := result.Deployment{
				Name: p.Name(), Model: p.Variant().Model, GPUs: p.Variant().GPUs(), Replicas: p.Ready(), PeakReplicas: p.Peak(),
				SwappedBlocks: counts.Swapped, LoadedBlocks: counts.Loaded,
			}
			if held := p.Held(horizon).Seconds(); held > 0 {
				row.MeanGPUs = held / horizon.Seconds()
				row.PromptTokens, row.ComputedTokens = float64(counts.Computed+counts.Cached)/held, float64(counts.Computed)/held
				row.OutputTokens = float64(counts.Decoded) / held
			}
			if counts.Decodes > 0 {
				row.TokensPerStep = float64(counts.Gained) / float64(counts.Decodes)
			}
			out.Deployments = append(out.Deployments, row)
		}
	}
	out.Costs = s.costSection(&all, out)
	out.Lending = s.lending.section(horizon)
	out.Demand = s.demandSection(out)
	out.Failures = s.failureSection(&out.Ledger)
	return out, s.publishedSection(out)
}

// span is the fleet's figures from one cut to another.
type span struct {
	ledger      result.Ledger
	utilization result.Utilization
	bill        energy.Bill
	bills       [ledger.NumClasses]energy.Bill
}

// span returns the figures between two cuts, of the GPUs that had been
// delivered.
func (s *Simulation) span(from, to event.Time) span {
	a, b := s.snapshotAt(from), s.snapshotAt(to)
	x := span{ledger: result.Ledger{GPUSeconds: map[string]ledger.Amount{}, ByClass: map[string]map[string]ledger.Amount{}}}
	var allocated, busy ledger.Amount
	var peakFLOPs, peakBytes float64
	seconds := (to - from).Seconds()
	for i, p := range s.fleet.Pools {
		gpu := p.Spec.GPU
		there := float64(p.GPUs()) * seconds // GPU-seconds
		for _, k := range ledger.Keys() {
			d := b.balances[i][k].Sub(a.balances[i][k])
			if d.Sign() == 0 {
				continue
			}
			if k.Account == ledger.Absent {
				there -= d.Seconds()
				continue
			}
			x.ledger.Add(k, d)
			if k.Account.Allocated() {
				allocated = allocated.Add(d)
			}
			if k.Account.Busy() {
				busy = busy.Add(d)
			}
		}
		peakFLOPs += float64(there * gpu.FLOPS(fleet.BF16))
		peakBytes += float64(there * gpu.HBMBandwidth)
	}
	for i := range s.sampler.snapshots {
		if snap := &s.sampler.snapshots[i]; snap.at > from && snap.at <= to {
			for c := range snap.bills {
				x.bills[c].Add(&snap.bills[c])
			}
		}
	}
	for c := range x.bills {
		x.bill.Add(&x.bills[c])
	}
	total := x.ledger.Total.Seconds()
	x.utilization = result.Utilization{
		Allocated: ratio(allocated.Seconds(), total), Busy: ratio(busy.Seconds(), total),
		MFU: ratio(b.flops-a.flops, peakFLOPs), MBU: ratio(b.bytes-a.bytes, peakBytes),
	}
	return x
}

// heldByDeployment returns the GPU time that deployments, or the two parts of
// one, held between two cuts, nil when there are not several: one has all that the ledger has for inference.
func (s *Simulation) heldByDeployment(from, to event.Time) map[string]ledger.Amount {
	parts := s.parts()
	if len(parts) < 2 {
		return nil
	}
	a, b := s.snapshotAt(from), s.snapshotAt(to)
	held := map[string]ledger.Amount{}
	for i, part := range parts {
		held[part.Name()] = b.held[i].Sub(a.held[i])
	}
	return held
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func (s *Simulation) snapshotAt(t event.Time) *snapshot {
	for i := range s.sampler.snapshots {
		if s.sampler.snapshots[i].at == t {
			return &s.sampler.snapshots[i]
		}
	}
	panic(fmt.Sprintf("sim: no snapshot at %v", t))
}

// requestSection sums the requests that arrived in a span; latencies leave out
// arrivals before measured. It is nil when the scenario serves none.
func (s *Simulation) requestSection(from, to, measured event.Time) *result.Requests {
	if len(s.services) == 0 {
		return nil
	}
	b := s.requests
	lo, hi := s.segments.within(from, to)
	skip, _ := s.segments.within(measured, to)
	var all requestSum
	out := &result.Requests{}
	if len(b.classes) > 1 {
		out.ByClass = map[string]*result.Requests{}
	}
	for c, name := range b.classes {
		var sum requestSum
		for i := lo; i < hi; i++ {
			if cell := b.cells[c][i]; cell != nil {
				sum.add(cell, i >= skip)
			}
		}
		all.merge(&sum)
		if out.ByClass != nil {
			class := &result.Requests{}
			sum.into(class)
			out.ByClass[name] = class
		}
	}
	all.into(out)
	return out
}

// requestSum adds up cells.
type requestSum struct {
	requestCell
	measured int64 // requests that ended and count for the SLO
}

// add adds a cell; one before the end of the warm-up counts, but does not
// enter latencies.
func (t *requestSum) add(c *requestCell, measured bool) {
	t.arrived += c.arrived
	t.desired += c.desired
	t.adopted += c.adopted
	for o, n := range c.ended {
		t.ended[o] += n
	}
	t.prompt += c.prompt
	t.output += c.output
	t.thinking += c.thinking
	t.preemptions += c.preemptions
	t.cached += c.cached
	if !measured {
		return
	}
	t.good += c.good
	t.measured += c.ended[serving.Completed] + c.ended[serving.Rejected] + c.ended[serving.Shed] + c.ended[serving.Cancelled]
	t.ttft.Merge(&c.ttft)
	t.tpot.Merge(&c.tpot)
	t.e2e.Merge(&c.e2e)
	t.queue.Merge(&c.queue)
}

func (t *requestSum) merge(o *requestSum) {
	m := t.measured + o.measured
	t.add(&o.requestCell, true)
	t.measured = m
}

func (t *requestSum) into(r *result.Requests) {
	r.Arrived = t.arrived
	r.Desired, r.Adopted = int64(math.Round(t.desired)), int64(math.Round(t.adopted))
	r.Completed, r.Rejected = t.ended[serving.Completed], t.ended[serving.Rejected]
	r.Shed = t.ended[serving.Shed]
	r.Cancelled, r.Unfinished = t.ended[serving.Cancelled], t.ended[serving.Unfinished]
	r.PromptTokens, r.OutputTokens, r.ThinkingTokens = t.prompt, t.output, t.thinking
	r.Preemptions = t.preemptions
	r.CachedTokens = t.cached
	for _, q := range []struct {
		h  *metrics.Histogram
		to *result.Quantiles
	}{{&t.ttft, &r.TTFT}, {&t.tpot, &r.TPOT}, {&t.e2e, &r.E2E}, {&t.queue, &r.Queue}} {
		*q.to = result.QuantilesOf(q.h, 1e9)
	}
	r.SLOAttainment = ratio(float64(t.good), float64(t.measured))
}

// jobSection sums the jobs submitted in a span, nil when there are none in the
// scenario.
func (s *Simulation) jobSection(from, to, measured event.Time) *result.Jobs {
	w := &s.doc.Workloads
	if len(w.Training)+len(w.RL)+len(w.Jobs) == 0 {
		return nil
	}
	lo, hi := s.segments.within(from, to)
	skip, _ := s.segments.within(measured, to)
	out := &result.Jobs{ByKind: map[string]*result.Jobs{}}
	var all jobCell
	for _, kind := range jobKindOrder {
		var sum jobCell
		for i := lo; i < hi; i++ {
			if c := s.jobs.cells[kind][i]; c != nil {
				sum.add(c, i >= skip)
			}
		}
		all.add(&sum, true)
		if sum.submitted > 0 {
			k := &result.Jobs{}
			sum.into(k)
			out.ByKind[jobKinds[kind]] = k
		}
	}
	all.into(out)
	out.MakespanS = s.jobs.lastEnd.Seconds()
	return out
}

func (t *jobCell) add(c *jobCell, measured bool) {
	t.submitted += c.submitted
	for i, n := range c.ended {
		t.ended[i] += n
	}
	t.preemptions += c.preemptions
	t.due += c.due
	t.late += c.late
	if measured {
		t.wait.Merge(&c.wait)
		t.jct.Merge(&c.jct)
		t.slowdown.Merge(&c.slowdown)
	}
}

func (t *jobCell) into(j *result.Jobs) {
	j.Submitted, j.Completed, j.Failed, j.Unfinished = t.submitted, t.ended[jobCompleted], t.ended[jobFailed], t.ended[jobUnfinished]
	j.Preemptions, j.WithDeadline, j.MissedDeadline = t.preemptions, t.due, t.late
	j.Wait, j.JCT, j.BoundedSlowdown = result.QuantilesOf(&t.wait, 1e9), result.QuantilesOf(&t.jct, 1e9), result.QuantilesOf(&t.slowdown, 1000)
}

// trainingSection sums the pre-training jobs, nil when there are none.
func (s *Simulation) trainingSection(now event.Time) *result.Training {
	if len(s.training) == 0 {
		return nil
	}
	out := &result.Training{}
	var flops, peak, productive, wall float64
	for _, j := range s.training {
		st := j.Stats(now)
		out.Tokens += st.Tokens
		out.Steps += st.Steps
		out.Preemptions += st.Preemptions
		out.Failures += st.Failures
		out.LostGPUS = out.LostGPUS.Add(st.Lost)
		if j.Gang() == nil || !j.Gang().Started() {
			continue
		}
		flops += st.FLOPs
		peak += float64(st.Held.Seconds() * s.fleet.Pools[j.Gang().Pool()].Spec.GPU.FLOPS(fleet.BF16))
		productive += st.Productive.Seconds()
		wall += st.Wall.Seconds()
	}
	out.MFU, out.ETTR = ratio(flops, peak), ratio(productive, wall)
	return out
}
