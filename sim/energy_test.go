package sim_test

import (
	"math"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/result"
)

// near fails unless two figures agree but for rounding.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Max(1, math.Abs(want)) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestCostsOfAKnownDayFollowTheTables(t *testing.T) {
	// One node; a job of 8 GPUs from 5 h to 7 h, across the change at 6 h.
	r := runTrace(t, "jobs.csv", "at,secs,n,who,name\n18000,7200,8,ann,train\n", `
horizon: 24h
fleet:
  energy: {pue: 1.25, electricity: {hourly: [0.10, 0.10, 0.10, 0.10, 0.10, 0.10, 0.30, 0.30]}, carbon: {steps: [{at: 0h, value: 200}, {at: 6h, value: 500}]}}
  pools:
    - {name: main, node: 8xH100, nodes: 1, prices: {steps: [{at: 0s, value: 1}, {at: 6h, value: 3}]}, power: {idle: 100W, max: 700W, host: 800W}}
workloads: {jobs: [{name: list, trace: {file: jobs.csv, columns: {at: at, duration: secs, gpus: n, tenant: who, name: name}}}]}
`)
	const busy, kW = 8 * 3600., 8 * (700 + 100) * 1.25 / 1000 // GPU-s and kW while the job computes
	j := r.jobs[0]
	near(t, "GPU-seconds", j.GPUSeconds, 2*busy)
	near(t, "joules", j.EnergyJ, 2*3600*kW*1000)
	near(t, "dollars", j.CostUSD, 8*(1+3)+kW*(0.10+0.30))
	near(t, "grams", j.CarbonG, kW*(200+500))
}

func TestClassesAndTenantsAddUpToTheFleet(t *testing.T) {
	text := strings.Replace(everything, "pools: [{name: main,", "energy: {pue: 1.3, carbon: {hourly: [300, 500]}}, pools: [{prices: {steps: [{at: 0s, value: 2}, {at: 40m, value: 3.5}], every: 1h}, name: main,", 1)
	s, r := run(t, sim.Options{Check: true}, text)
	for name, uses := range map[string]map[string]*result.Use{"classes": s.Costs.ByClass, "tenants": s.Costs.ByTenant} {
		var kwh, usd, kg, hours float64
		for _, u := range uses {
			kwh, usd, kg, hours = kwh+u.EnergyKWh, usd+u.CostUSD, kg+u.CarbonKg, hours+u.GPUHours
		}
		near(t, name+" kWh", kwh, s.EnergyKWh)
		near(t, name+" USD", usd, s.CostUSD)
		near(t, name+" kg", kg, s.CarbonKg)
		near(t, name+" GPU-hours", hours, s.Ledger.Total.Hours())
	}
	if s.CarbonKg <= 0 || len(s.Costs.ByTenant) < 2 {
		t.Errorf("%v kg of CO₂, %d tenants", s.CarbonKg, len(s.Costs.ByTenant))
	}
	near(t, "USD of the fleet", s.CostUSD, 16*(2*2+2*1.5/3))
	var jobs, usd float64
	for _, j := range r.jobs {
		jobs += j.EnergyJ
		usd += j.CostUSD
	}
	c := s.Costs.ByClass
	near(t, "kWh of the jobs' rows", jobs/3.6e6, c["training"].EnergyKWh+c["rl"].EnergyKWh+c["jobs"].EnergyKWh)
	near(t, "USD of the jobs' rows", usd, c["training"].CostUSD+c["rl"].CostUSD+c["jobs"].CostUSD)
	p := s.Costs.PerMillionTokens["inference"]
	near(t, "USD per million tokens", p.USD, c["inference"].CostUSD/float64(s.Requests.OutputTokens)*1e6)
	near(t, "J per million tokens", p.Joule, c["inference"].EnergyKWh*3.6e6/float64(s.Requests.OutputTokens)*1e6)
}
