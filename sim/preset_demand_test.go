package sim_test

import (
	"testing"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/workloads/presets"
)

// short cuts a preset of one shock down to hours: no daily shape, a shock after
// three hours, adoption in minutes.
var short = []string{
	"horizon=9h", "warmup=30m", "workloads.requests[0].arrivals.daily.amplitude=0", "demand.shocks[0].at=3h",
	"demand.segments[0].adoption={kind: lag, tau: 20m}",
	"outputs.windows=[{name: before, from: 1h, to: 3h}, {name: after, from: 6h, to: 9h}]",
}

// runPreset runs a preset with changes.
func runPreset(t *testing.T, name string, set ...string) *result.Summary {
	t.Helper()
	p, err := presets.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := run(t, sim.Options{}, string(p.YAML), set...)
	return s
}

func TestTheSameShockEmptiesOrFillsTheFleet(t *testing.T) {
	short := append(short[:len(short):len(short)], "rate=2.6") // nearly the day's peak
	empties, fills := runPreset(t, "investors", short...), runPreset(t, "jevons", short...)
	if a, b := empties.Demand, fills.Demand; a.PriceRatio != b.PriceRatio || a.GPUHoursBefore != b.GPUHoursBefore {
		t.Errorf("the presets differ in more than the elasticity: %+v and %+v", a, b)
	}
	if r := empties.Demand.GPUHoursRatio; r > 0.7 {
		t.Errorf("investors: GPU-hours come to %.2f×", r)
	}
	if r := fills.Demand.GPUHoursRatio; r < 1.1 {
		t.Errorf("jevons: GPU-hours come to %.2f×", r)
	}
	before, after := fills.Windows[0].Requests.TTFT.P99, fills.Windows[1].Requests.TTFT.P99
	if after < 10*before || fills.Demand.Unserved == 0 {
		t.Errorf("jevons: p99 time to first token %.2f s before and %.2f s after, %d unserved", before, after, fills.Demand.Unserved)
	}
	if calm := empties.Windows[1].Requests.TTFT.P99; calm > before {
		t.Errorf("investors: p99 time to first token rose to %.2f s", calm)
	}
	room := runPreset(t, "jevons", append(short[:len(short):len(short)], "nodes=30", "elasticity=1")...)
	if r := room.Demand.GPUHoursRatio; r < 0.95 || r > 1.05 { // a short run: whole replicas and chance
		t.Errorf("jevons at an elasticity of 1 with room for all: GPU-hours come to %.2f×", r)
	}
	full := runPreset(t, "jevons", append(short[:len(short):len(short)], "nodes=3", "elasticity=0.8")...)
	if r := full.Demand.GPUHoursRatio; r < 0.99 || r > 1.01 {
		t.Errorf("jevons at an elasticity of 0.8 on a fleet that was full: GPU-hours come to %.2f×", r)
	}
}

func TestWorkThatLeavesGPUsDoesNotComeBack(t *testing.T) {
	s := runPreset(t, "no-gpu", short...)
	requests := float64(s.Windows[1].Requests.Arrived) / 3 / (float64(s.Windows[0].Requests.Arrived) / 2)
	if requests < 0.37 || requests > 0.43 {
		t.Errorf("requests came to %.2f×, six in ten should have left", requests)
	}
	if r := s.Demand.GPUHoursRatio; r < 0.35 || r > 0.7 {
		t.Errorf("GPU-hours came to %.2f×", r)
	}
}

func TestANewArchitectureFillsOrEmpties(t *testing.T) {
	fills := runPreset(t, "post-transformer", short...)
	empties := runPreset(t, "post-transformer", append(short[:len(short):len(short)], "elasticity=0.5")...)
	if fills.Demand.GPUHoursRatio < 1.05 || empties.Demand.GPUHoursRatio > 0.7 {
		t.Errorf("GPU-hours came to %.2f× and, at an elasticity of 0.5, to %.2f×", fills.Demand.GPUHoursRatio, empties.Demand.GPUHoursRatio)
	}
	if p := fills.Demand.PriceRatio; p > 0.1 {
		t.Errorf("a token costs %.3f×, the gain alone is tenfold", p)
	}
}

func TestPublishedElasticitiesDoNotDecide(t *testing.T) {
	s := runPreset(t, "measured-elasticities", "horizon=7h", "warmup=30m",
		"demand.shocks[0].at=3h", "demand.shocks[1].at=3h", "demand.shocks[2].at=3h",
		"demand.segments[0].adoption={kind: instant}", "demand.segments[1].adoption={kind: instant}", "demand.segments[2].adoption={kind: instant}",
		"outputs.windows=[{name: before, from: 1h, to: 3h}, {name: after, from: 5h, to: 7h}]")
	for name, want := range map[string]struct{ elasticity, lo, hi float64 }{
		"across-models": {0.06, 0.3, 0.7}, "between-sellers": {1.11, 0.95, 1.35}, "growth-of-volume": {1.7, 1.5, 2.4},
	} {
		a, ok := s.Demand.ByDeployment[name]
		if !ok || a.Elasticity != want.elasticity || a.GPUHoursRatio < want.lo || a.GPUHoursRatio > want.hi {
			t.Errorf("%s: %+v, want GPU-hours of %v to %v×", name, a, want.lo, want.hi)
		}
	}
}

func TestATrancheEndsQueuesAndIdles(t *testing.T) {
	s := runPreset(t, "capex", "horizon=6d", "rate=0.5", "demand.shocks=[{at: 3d, add_nodes: 3}]",
		"outputs.windows=[{name: before, from: 2d, to: 3d}, {name: after, from: 4d, to: 6d}]")
	before, after := &s.Windows[0], &s.Windows[1]
	if before.Utilization.Allocated < 0.95 || after.Utilization.Allocated > 0.9 {
		t.Errorf("allocated %.2f before the delivery and %.2f after it", before.Utilization.Allocated, after.Utilization.Allocated)
	}
	if a, b := before.Requests.Queue.P99, after.Requests.Queue.P99; a < 60 || b > 1 {
		t.Errorf("p99 in the queue %.1f s before the delivery and %.1f s after it", a, b)
	}
	if a, b := before.CostUSD, after.CostUSD/2; b < 1.99*a || b > 2.01*a {
		t.Errorf("a day cost %.0f USD before the delivery and %.0f after it", a, b)
	}
}

func TestComputeMovesBetweenTheThreeLaws(t *testing.T) {
	s := runPreset(t, "three-laws", "horizon=36h", "workloads.rl[0].submit=12h", "workloads.rl[0].count=6", "workloads.training[0].every=10m", "demand.shocks[0].at=24h",
		"outputs.windows=[{name: pre-training, from: 0h, to: 12h}, {name: reinforcement, from: 12h, to: 24h}, {name: inference, from: 24h, to: 36h}]")
	hours := func(w int, c ledger.Class) float64 { return s.Windows[w].Ledger.Class(c).Hours() }
	if hours(0, ledger.RL) != 0 || hours(1, ledger.RL) < 0.2*hours(1, ledger.Training) {
		t.Errorf("RL post-training has %v GPU-hours at first, %v later", hours(0, ledger.RL), hours(1, ledger.RL))
	}
	if hours(1, ledger.Training) > 0.9*hours(0, ledger.Training) {
		t.Errorf("RL post-training took nothing from pre-training: %v GPU-hours, then %v", hours(0, ledger.Training), hours(1, ledger.Training))
	}
	if hours(2, ledger.Inference) < 3*hours(1, ledger.Inference) {
		t.Errorf("the release brought inference from %v to %v GPU-hours", hours(1, ledger.Inference), hours(2, ledger.Inference))
	}
}
