package sim

import (
	"math"
	"slices"

	"github.com/jevons-sim/jevons/internal/variate"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/sim/serving"
)

// admission makes a deployment take requests in as its scenario says.
func (s *Simulation) admission(d *deployed) error {
	a := d.spec.Admission
	d.fair = d.spec.Engine.Queue == serving.Fair.String() || (a != nil && a.Order == serving.Fair.String())
	if a == nil {
		return nil
	}
	d.predictionCV = a.PredictionCV
	d.predictions = event.NewStream(s.doc.Seed, d.Name()+"/predictions")
	order, err := serving.ParseDiscipline(a.Order)
	if err != nil {
		return err
	}
	out := serving.Gate{
		Order: order, Fair: s.fairShare(a), Concurrency: a.Concurrency,
		MaxWaiting: a.MaxWaiting, Displace: a.Displace,
	}
	if a.SLOAware {
		out.TTFT = event.Time(math.Round(float64(d.spec.SLO.TTFT) * float64(a.SLOShare)))
	}
	for _, rule := range a.Shed {
		r := serving.ShedRule{Class: -1, Below: math.MaxInt32, Waiting: rule.WaitingAbove}
		if rule.Class != "" {
			r.Class = s.requests.class(rule.Class)
		}
		if rule.PriorityBelow != nil {
			r.Below = *rule.PriorityBelow
		}
		out.Rules = append(out.Rules, r)
	}
	d.entrance().Deployment().Admit(out)
	return nil
}

// fairShare returns the tenants' weights by their numbers, nil where there are
// none.
func (s *Simulation) fairShare(a *scenario.Admission) *serving.FairShare {
	if a == nil || a.Fair == nil {
		return nil
	}
	f := &serving.FairShare{OutputWeight: a.Fair.OutputWeight}
	for _, t := range a.Fair.Tenants {
		n := int(s.requests.tenantNumber(t.Name))
		if n >= len(f.Weights) {
			f.Weights = append(f.Weights, slices.Repeat([]float64{1}, n+1-len(f.Weights))...)
		}
		f.Weights[n] = t.Weight
	}
	return f
}

// predict draws the output length that a predictor of a coefficient of
// variation makes of a request's true one: lognormal around it, right in the
// mean.
func (d *deployed) predict(q *serving.Request, cv float64) int32 {
	r := d.predictions.Entity(q.ID)
	mu, sigma := variate.LognormalOf(1, cv)
	x := float64(q.Output) * variate.Lognormal(&r, mu, sigma)
	return int32(max(1, min(math.Round(x), math.MaxInt32)))
}
