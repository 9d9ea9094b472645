package html

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/result"
)

func TestCostsAreDividedByClassTenantAndToken(t *testing.T) {
	var s result.Summary
	s.EnergyKWh, s.CostUSD, s.CarbonKg = 40, 16, 8
	s.Costs = &result.Costs{
		ByClass: map[string]*result.Use{
			"inference": {GPUHours: 6, EnergyKWh: 31, CostUSD: 12.5, CarbonKg: 6.25}, "none": {GPUHours: 2, EnergyKWh: 9, CostUSD: 3.5, CarbonKg: 1.75},
		},
		ByTenant: map[string]*result.Use{
			"team.a": {GPUHours: 2, EnergyKWh: 11, CostUSD: 4.5, CarbonKg: 2.25}, "team.b": {GPUHours: 4, EnergyKWh: 20, CostUSD: 8, CarbonKg: 4},
			"(nobody)": {GPUHours: 2, EnergyKWh: 9, CostUSD: 3.5, CarbonKg: 1.75},
		},
		PerMillionTokens: map[string]*result.PerTokens{"inference": {USD: 0.25, Joule: 510000, GCO2: 125}},
	}
	costs := func(s result.Summary) string {
		html := readReport(t, makeResults(t, "1h", s, func(d *report.Dir) { idle(t, d, event.Hour) }))
		_, html, _ = strings.Cut(html, `<section id="cost"`)
		html, _, _ = strings.Cut(html, "</section>")
		return html
	}
	html := costs(s)
	for path, want := range map[string]string{
		"costs.by_class.inference.cost_usd": "$12.5", "costs.by_class.none.energy_kwh": "9 kWh", "costs.by_tenant.team.a.carbon_kg": "2.25 kg",
		"costs.per_million_tokens.inference.usd": "$0.25", "costs.per_million_tokens.inference.joule": "510,000", "costs.per_million_tokens.inference.gco2": "125", "carbon_kg": "8 kg",
	} {
		if !strings.Contains(html, fmt.Sprintf(`data-path="%s">%s</data>`, path, want)) {
			t.Errorf("%s is not shown as %s", path, want)
		}
	}
	if a, b := strings.Index(html, "team.a</th>"), strings.Index(html, "team.b</th>"); a < b || b < 0 {
		t.Error("the tenant with the largest bill is not the first")
	}
	for _, id := range []string{"cost-by-class", "energy-by-class"} {
		if !strings.Contains(html, `id="`+id+`"`) {
			t.Errorf("no figure %s", id)
		}
	}

	// Free of charge, and without a grid whose carbon is known.
	s.CostUSD, s.CarbonKg = 0, 0
	s.Costs.PerMillionTokens = nil
	for _, of := range []map[string]*result.Use{s.Costs.ByClass, s.Costs.ByTenant} {
		for _, u := range of {
			u.CostUSD, u.CarbonKg = 0, 0
		}
	}
	html = costs(s)
	for _, no := range []string{"cost-by-class", "$", "CO₂", "million tokens"} {
		if strings.Contains(html, no) {
			t.Errorf("%q is shown where nothing costs or emits", no)
		}
	}
	if !strings.Contains(html, `id="energy-by-class"`) {
		t.Error("no figure of the energy")
	}
}
