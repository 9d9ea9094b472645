package sim

import (
	"math"

	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// demandSection says how volume answered, nil without a shock. GPU-hours are
// those of inference per day, in the first and the last window.
func (s *Simulation) demandSection(sum *result.Summary) *result.Demand {
	m := s.demand
	if len(m.shocked) == 0 {
		return nil
	}
	d := m.shocked[0]
	out := &result.Demand{PriceRatio: d.price, CostRatio: d.cost, ShockAtS: d.at.Seconds(), Before: d.before, After: d.after}
	if f := m.feedback; f != nil && f.prices {
		out.PriceRatio = d.offer.price
		if t := &d.offer.meter; t.usual > 0 {
			before := t.usualUSD / t.usual * 1e6 * (1 + float64(s.doc.Demand.Price.Margin))
			out.USDPerMillionTokens = &result.Price{Before: before, After: before * d.offer.price}
		}
	}
	m.closedForm(out, d)
	if r := sum.Requests; r != nil {
		out.DesiredRequests, out.ArrivedRequests, out.ServedRequests = r.Desired, r.Arrived, r.Completed
		out.NotAdopted, out.Deterred, out.Unserved = r.Desired-r.Adopted, r.Adopted-r.Arrived, r.Arrived-r.Completed
		out.Shortfall = ratio(float64(r.Desired-r.Completed), float64(r.Desired))
	}
	if n := len(sum.Windows); n >= 2 {
		perDay := func(w *result.Window) float64 {
			return w.Ledger.Class(ledger.Inference).Hours() / ((w.ToS - w.FromS) / 86400)
		}
		out.GPUHoursBefore, out.GPUHoursAfter = perDay(&sum.Windows[0]), perDay(&sum.Windows[n-1])
		out.GPUHoursRatio = ratio(out.GPUHoursAfter, out.GPUHoursBefore)
	}
	if len(m.shocked) > 1 {
		out.ByDeployment = m.byDeployment(sum.Windows)
	}
	return out
}

// byDeployment says how each shocked deployment's demand answered.
func (m *market) byDeployment(windows []result.Window) map[string]result.Answer {
	out := map[string]result.Answer{}
	for _, d := range m.shocked {
		var form result.Demand
		m.closedForm(&form, d)
		a := result.Answer{PriceRatio: d.price, CostRatio: d.cost, Elasticity: form.Elasticity, ClosedFormRatio: form.ClosedFormRatio}
		if m.feedback != nil && m.feedback.prices {
			a.PriceRatio = d.offer.price
		}
		if n := len(windows); n >= 2 {
			perDay := func(w *result.Window) float64 {
				return w.GPUSecondsByDeployment[d.deployment].Hours() / ((w.ToS - w.FromS) / 86400)
			}
			a.GPUHoursRatio = ratio(perDay(&windows[n-1]), perDay(&windows[0]))
		}
		out[d.deployment] = a
	}
	return out
}

// closedForm fills in what the answers of the shocked deployment come to once
// they have settled and if nothing queues, weighted by the work of each workload
// before the shock.
func (m *market) closedForm(out *result.Demand, d *demandSummary) {
	price, cost := d.price, d.cost*d.volume
	if m.feedback != nil && m.feedback.prices {
		price = d.cost // prices follow costs, once the loop has settled
	}
	var work, after, elasticity, latency float64
	var shocked []*answer
	for _, a := range m.answers {
		if a.offer != d.offer {
			continue
		}
		shocked = append(shocked, a)
		work += a.work
		after += float64(a.work * a.response.GPUHours(price, cost))
		elasticity += float64(a.work * a.response.Elasticity)
		if a.latency != nil {
			latency = max(latency, a.slowness)
		}
	}
	out.ClosedFormRatio, out.Elasticity, out.LatencyRatio = cost, ratio(elasticity, work), latency
	if len(shocked) == 1 {
		out.Elasticity = shocked[0].response.Elasticity // not but for rounding
	}
	if work == 0 {
		return
	}
	out.ClosedFormRatio = after / work
	if e, ok := breakEven(shocked, price, cost); ok {
		out.ClosedFormBreakEven = &e
	}
}

// breakEven returns the elasticity that, were it that of all workloads, would
// leave their GPU-hours as they were.
func breakEven(answers []*answer, price, cost float64) (float64, bool) {
	if len(answers) == 1 {
		e := answers[0].response.BreakEven(price, cost)
		return e, !math.IsNaN(e) && e >= 0
	}
	excess := func(e float64) float64 {
		sum := 0.0
		for _, a := range answers {
			r := a.response
			r.Elasticity = e
			sum += float64(a.work * (r.GPUHours(price, cost) - 1))
		}
		return sum
	}
	lo, hi := 0.0, 100.0
	if price == 1 || excess(lo)*excess(hi) > 0 {
		return 0, false
	}
	rising := excess(hi) > 0
	for range 100 {
		if mid := (lo + hi) / 2; (excess(mid) > 0) == rising {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi, true
}
