package sim_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// thinkers is requests that do little but think, at regular intervals. Something
// changes after four hours; the windows leave out the hour on either side.
const thinkers = `
horizon: 8h
fleet: {pools: [{name: main, node: 8xH100, nodes: 8}]}
deployments:
  - {name: chat, model: Llama-3.1-70B, parallelism: {tp: 8}, replicas: 2, startup: 10s, weights_bandwidth: 1TB/s, engine: {max_num_seqs: 1}}
workloads:
  requests:
    - name: thinkers
      arrivals: {process: deterministic, rate: 4/m}
      prompt: {dist: constant, value: 1}
      output: {dist: constant, value: 1}
      thinking: {tokens: {dist: constant, value: 300}}
demand:
  segments:
    - {name: all, requests: [thinkers], elasticity: 1, thinking_elasticity: 0, adoption: {kind: instant}}
  shocks:
    - {at: 4h, price_factor: 1}
outputs:
  sample: 1h
  windows: [{name: before, from: 1h, to: 3h}, {name: after, from: 5h, to: 7h}]
`

// elastic sets the responses of thinkers.
func elastic(epsilon, theta float64) []string {
	return []string{
		fmt.Sprintf("demand.segments[0].elasticity=%v", epsilon),
		fmt.Sprintf("demand.segments[0].thinking_elasticity=%v", theta),
	}
}

// expectRatio compares a ratio with its law.
func expectRatio(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got/want-1) <= tolerance) {
		t.Errorf("%s change by %v, want %v within %v%%", what, got, want, 100*tolerance)
	}
}

func TestVolumeAndThinkingAnswerAPriceByTheirClosedForms(t *testing.T) {
	for _, c := range []struct{ factor, epsilon, theta float64 }{
		{0.5, 0, 0}, {0.5, 1, 0}, {0.2, 1.5, 0.2}, {2, 1.5, 0.2}, {0.5, 0.5, 0.6},
	} {
		t.Run(fmt.Sprintf("price × %v, ε %v, θ %v", c.factor, c.epsilon, c.theta), func(t *testing.T) {
			set := append(elastic(c.epsilon, c.theta), fmt.Sprintf("demand.shocks[0].price_factor=%v", c.factor))
			s, _ := run(t, sim.Options{}, thinkers, set...)
			before, after := s.Windows[0].Requests, s.Windows[1].Requests
			// A count is that of the law but for one.
			expectRatio(t, "requests", float64(after.Arrived)/float64(before.Arrived), math.Pow(c.factor, -c.epsilon*(1-c.theta)), 2.0/float64(min(before.Arrived, after.Arrived)))
			perRequest := func(r *result.Requests) float64 { return float64(r.ThinkingTokens) / float64(r.Completed) }
			expectRatio(t, "tokens per request", perRequest(after)/perRequest(before), math.Pow(c.factor, -c.theta), 0.005) // 300 tokens, rounded
			// The price changes, the cost of a token does not: GPU-hours go as tokens.
			expectRatio(t, "by the summary, GPU-hours", s.Demand.ClosedFormRatio, math.Pow(c.factor, -c.theta-c.epsilon*(1-c.theta)), 0.006)
			expectRatio(t, "by the summary, cost", s.Demand.CostRatio, 1, 1e-12)
			if d := s.Demand; d.PriceRatio != c.factor || d.Elasticity != c.epsilon || d.ShockAtS != 4*3600 {
				t.Errorf("summary says price × %v, elasticity %v at %v s", d.PriceRatio, d.Elasticity, d.ShockAtS)
			}
		})
	}
}

// working returns the GPU time of inference with a batch, in GPU-hours.
func working(w *result.Window) float64 {
	hours := 0.0
	for account, a := range w.Ledger.ByClass[ledger.Inference.String()] {
		if account != ledger.StalledEmpty.String() && account != ledger.Starting.String() {
			hours += a.Hours()
		}
	}
	return hours
}

// The closed form: GPU-hours change by f^((1−θ)(1−ε)) when a token costs f of
// what it did and the price follows. Replicas that serve one sequence at a time
// make the cost of a token the same at any load. What is left of a difference is
// the one token in three hundred that is no thought, and longer contexts.
func TestASwapChangesGPUHoursByTheClosedForm(t *testing.T) {
	swap := []string{
		"demand.shocks[0].price_factor=0", "demand.shocks[0].price_from=cost-model",
		"demand.shocks[0].swap_model.model=Llama-3.1-8B", "demand.shocks[0].swap_model.replicas=40",
	}
	for _, c := range []struct{ epsilon, theta float64 }{{0, 0}, {0.5, 0.2}, {1, 0}, {1, 0.5}, {1.3, 0.2}} {
		t.Run(fmt.Sprintf("ε %v, θ %v", c.epsilon, c.theta), func(t *testing.T) {
			s, _ := run(t, sim.Options{}, thinkers, append(swap, elastic(c.epsilon, c.theta)...)...)
			f := s.Demand.PriceRatio
			if !(f > 0.01 && f < 0.5) {
				t.Fatalf("a token costs %v of what it did, want a saving", f)
			}
			want := math.Pow(f, (1-c.theta)*(1-c.epsilon))
			expectRatio(t, "GPU-hours of work", working(&s.Windows[1])/working(&s.Windows[0]), s.Demand.ClosedFormRatio, 0.004) // longer thoughts have longer contexts
			expectRatio(t, "by the summary, GPU-hours", s.Demand.ClosedFormRatio, want, 0.002)                                  // but for the token that is no thought
			expectRatio(t, "at break-even, elasticities", *s.Demand.ClosedFormBreakEven, 1, 1e-9)
			if d := s.Demand; d.Before != "Llama-3.1-70B" || d.After != "Llama-3.1-8B" || s.Deployments[0].Model != d.After {
				t.Errorf("from %s to %s, in the end %s", d.Before, d.After, s.Deployments[0].Model)
			}
			t.Logf("a token costs %.4f, GPU-hours × %.4f, closed form × %.4f", f, working(&s.Windows[1])/working(&s.Windows[0]), want)
		})
	}
}

func TestAdoptionCarriesVolumeToWhatIsDesired(t *testing.T) {
	const day = 86400.0
	for _, c := range []struct {
		kind  string
		share func(seconds float64) float64
	}{
		{"{kind: lag, tau: 2h}", func(s float64) float64 { return 1 - math.Exp(-s/7200) }},
		{"{kind: bass, innovation: 2/d, imitation: 30/d}", func(s float64) float64 {
			e := math.Exp(-32 * s / day)
			return (1 - e) / (1 + 15*e)
		}},
	} {
		_, r := run(t, sim.Options{}, thinkers, "workloads.requests[0].arrivals.rate=1/s", "workloads.requests[0].thinking.tokens.value=1",
			"demand.segments[0].adoption="+c.kind, "demand.shocks[0].price_factor=0.25")
		for hour, rate := range r.values("requests_per_s") {
			// The mean over the hour that ends now, by Simpson's rule on steps of a
			// second.
			want := 0.0
			for s := range 3600 {
				at := func(x float64) float64 {
					since := float64(hour*3600+s) + x - 4*3600
					if since < 0 {
						return 1
					}
					return 1 + 3*c.share(since) // Q* = 0.25^−1 = 4
				}
				want += (at(0) + 4*at(0.5) + at(1)) / 6 / 3600
			}
			if math.Abs(rate-want) > 0.003 { // the rate changes every five minutes
				t.Errorf("%s: %.4f requests/s in hour %d, want %.4f", c.kind, rate, hour, want)
			}
		}
	}
}

func TestAVolumeFactorMultipliesRequestsWhateverTheElasticity(t *testing.T) {
	s, _ := run(t, sim.Options{}, thinkers, "demand.shocks[0].price_factor=0", "demand.shocks[0].volume_factor=1.5")
	expectRatio(t, "requests", float64(s.Windows[1].Requests.Arrived)/float64(s.Windows[0].Requests.Arrived), 1.5, 0.003)
}

func TestShocksMultiplyEachOther(t *testing.T) {
	two := strings.Replace(thinkers, "- {at: 4h, price_factor: 1}", "- {at: 2h, price_factor: 0.5}\n    - {at: 4h, price_factor: 0.25}", 1)
	s, _ := run(t, sim.Options{}, two, "outputs.windows[0].from=2h")
	// ε 1: twice the requests from the first shock on, eight times from the
	// second.
	expectRatio(t, "requests of an hour", float64(s.Windows[0].Requests.Arrived), 2*240, 0.003)
	expectRatio(t, "requests of two hours", float64(s.Windows[1].Requests.Arrived), 8*480, 0.001)
	if s.Demand.ShockAtS != 2*event.Hour.Seconds() || s.Demand.PriceRatio != 0.5 {
		t.Errorf("summary of the shock at %v s, price × %v: want the first", s.Demand.ShockAtS, s.Demand.PriceRatio)
	}
}
