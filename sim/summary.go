package sim

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/result"
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
	out.Deployments = s.deploymentSection(horizon)
	out.Costs = s.costSection(&all, out)
	out.Lending = s.lendingSection(horizon)
	out.Demand = s.demandSection(out)
	out.Failures = s.failureSection(&out.Ledger)
	return out, s.publishedSection(out)
}
