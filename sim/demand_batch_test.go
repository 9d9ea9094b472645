package sim_test

import (
	"math"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim"
)

// A token costs what it costs in the batches that the scaler aims at: the same as
// in an engine that admits no more.
func TestThePriceIsTheCostAtTheScalersBatch(t *testing.T) {
	swap := []string{
		"workloads.requests[0].prompt.value=500",
		"demand.shocks[0].price_factor=0", "demand.shocks[0].price_from=cost-model", "demand.shocks[0].swap_model.model=Llama-3.1-8B",
	}
	// Which scaler it is, each case says.
	scaled := strings.Replace(thinkers, "replicas: 2,", "autoscale: {min: 1, max: 8, metric: kv, target: 0.5},", 1)
	costs := func(set ...string) float64 {
		t.Helper()
		s, _ := run(t, sim.Options{}, scaled, append(swap, set...)...)
		return s.Demand.CostRatio
	}
	engine := func(before, after string) []string {
		return []string{"deployments[0].engine.max_num_seqs=" + before, "demand.shocks[0].swap_model.engine.max_num_seqs=" + after}
	}
	full := engine("64", "64")
	const toFour = "deployments[0].autoscale={min: 1, max: 8, target: 4}"
	atFull, atFour := costs(full...), costs(engine("4", "4")...)
	if math.Abs(atFull/atFour-1) < 0.02 {
		t.Fatalf("full batches and those of four both change costs by %v: they cannot be told apart", atFull)
	}
	if got := costs(append(full, toFour)...); got != atFour {
		t.Errorf("scaled to 4 requests a replica, costs change by %v, want %v", got, atFour)
	}
	want := costs(engine("4", "12")...)
	if got := costs(append(full, toFour, "demand.shocks[0].swap_model.target=12")...); got != want {
		t.Errorf("scaled to 4 requests and then 12, costs change by %v, want %v", got, want)
	}
}

// A scaler keeps its target until a change of model names another, and so does the
// batch that prices go by.
func TestALaterChangeOfModelKeepsTheScalersTarget(t *testing.T) {
	text := strings.Replace(thinkers, "replicas: 2,", "autoscale: {min: 1, max: 8, target: 4},", 1)
	arrived := func(later string) int64 {
		t.Helper()
		s, _ := run(t, sim.Options{}, text, "deployments[0].engine.max_num_seqs=64",
			"demand.shocks=[{at: 3h, swap_model: {model: Llama-3.1-8B, parallelism: {tp: 8}, engine: {max_num_seqs: 64}, target: 24}, price_from: cost-model},"+
				" {at: 4h, swap_model: {model: Llama-3.1-70B, parallelism: {tp: 8}, engine: {max_num_seqs: 64}"+later+"}, price_from: cost-model}]")
		return s.Windows[1].Requests.Arrived
	}
	if kept, named, other := arrived(""), arrived(", target: 24"), arrived(", target: 4"); kept != named || kept == other {
		t.Errorf("%d requests after a change without a target, %d where it is named, %d with the first one", kept, named, other)
	}
}
