package sim

import (
	"maps"
	"slices"

	"github.com/jevons-sim/jevons/sim/energy"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// Names of tenants that are none.
const (
	noTenant = "(none)"   // work that names none
	nobody   = "(nobody)" // GPUs that no work held
)

// costSection says who used what.
func (s *Simulation) costSection(all *span, sum *result.Summary) *result.Costs {
	out := &result.Costs{ByClass: map[string]*result.Use{}, ByTenant: map[string]*result.Use{}, PerMillionTokens: map[string]*result.PerTokens{}}
	for c := range all.bills {
		if b := &all.bills[c]; *b != (energy.Bill{}) {
			out.ByClass[ledger.Class(c).String()] = useOf(b)
		}
	}
	for name, b := range s.metering.byTenant(&all.bills[ledger.Nobody]) {
		out.ByTenant[name] = useOf(b)
	}
	tokens := map[ledger.Class]int64{}
	if sum.Requests != nil {
		tokens[ledger.Inference] = sum.Requests.OutputTokens
	}
	if sum.RL != nil {
		tokens[ledger.RL] = sum.RL.Tokens
	}
	if sum.Training != nil {
		tokens[ledger.Training] = sum.Training.Tokens
	}
	for c, n := range tokens {
		if b := &all.bills[c]; n > 0 {
			per := float64(n) / 1e6
			out.PerMillionTokens[c.String()] = &result.PerTokens{USD: b.USD / per, Joule: b.Joules / per, GCO2: b.Grams / per}
		}
	}
	return out
}

// byTenant divides everything among the tenants.
func (m *metering) byTenant(idle *energy.Bill) map[string]*energy.Bill {
	out := map[string]*energy.Bill{}
	add := func(tenant string, b *energy.Bill) {
		if tenant == "" {
			tenant = noTenant
		}
		if out[tenant] == nil {
			out[tenant] = &energy.Bill{}
		}
		out[tenant].Add(b)
	}
	for _, t := range slices.Sorted(maps.Keys(m.tenants)) {
		add(t, m.tenants[t])
	}
	for _, d := range slices.Sorted(maps.Keys(m.served)) {
		bill, total := m.served[d], int64(0)
		for _, n := range m.tokens[d] {
			total += n
		}
		if total == 0 {
			add("", bill)
			continue
		}
		tenants := slices.Sorted(maps.Keys(m.tokens[d]))
		rest := *bill
		for _, t := range tenants[1:] {
			part := bill.Part(float64(m.tokens[d][t]) / float64(total))
			add(t, &part)
			rest.Subtract(&part)
		}
		add(tenants[0], &rest)
	}
	if *idle != (energy.Bill{}) {
		out[nobody] = idle
	}
	return out
}

func useOf(b *energy.Bill) *result.Use {
	return &result.Use{GPUHours: b.GPUTime.Hours(), EnergyKWh: b.KWh(), CostUSD: b.USD, CarbonKg: b.Grams / 1000}
}
