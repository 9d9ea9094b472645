package sim_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// crowd is a service that scales by the minute, with enough requests that its
// replicas follow them closely.
const crowd = `
horizon: 16h
warmup: 1h
fleet: {pools: [{name: main, node: 8xH100, nodes: 30}]}
deployments:
  - name: chat
    model: Llama-3.1-8B
    startup: 0s
    weights_bandwidth: 1PB/s
    engine: {max_num_seqs: 4}
    autoscale: {min: 1, max: 240, target: 1.5, interval: 1m, cooldown: 1m}
workloads:
  requests:
    - name: crowd
      arrivals: {process: deterministic, rate: 4/s}
      prompt: {dist: constant, value: 1}
      output: {dist: constant, value: 1}
      thinking: {tokens: {dist: constant, value: 1000}}
demand:
  segments:
    - {name: all, requests: [crowd], elasticity: 0.5, thinking_elasticity: 0, adoption: {kind: instant}}
  shocks: [{at: 4h, cost_factor: 0.3}]
outputs:
  sample: 1h
  windows: [{name: before, from: 1h, to: 4h}, {name: after, from: 12h, to: 16h}]
`

// An elasticity too small to change a bit makes the loop run without effect.
func TestAFeedbackWithoutEffectChangesNothing(t *testing.T) {
	day := strings.Replace(crowd, "{process: deterministic, rate: 4/s}", "{process: gamma, rate: 1/s, cv: 2}", 1)
	for _, at := range []string{"4h", "3h52m30s", "2m", "15h58m"} {
		set := []string{"demand.shocks[0].at=" + at, "demand.shocks[0].price_factor=0.5", "demand.segments[0].adoption={kind: lag, tau: 2h}"}
		a, x := run(t, sim.Options{}, day, set...)
		b, y := run(t, sim.Options{}, day, append(set, "demand.segments[0].latency={elasticity: 1e-300, reference: 1s}", "demand.feedback.epoch=35m")...)
		if !slices.Equal(x.requests, y.requests) || !slices.Equal(x.ledger, y.ledger) {
			t.Fatalf("shock at %s: a feedback changed rows", at)
		}
		b.Demand.LatencyRatio = 0
		if d := cmp.Diff(a.Demand, b.Demand); d != "" {
			t.Fatalf("shock at %s: demand (-none +feedback):\n%s", at, d)
		}
	}
}

// Requests that never queue take as long with more of them around: the latency
// is given, and requests must settle at (L/L₀)^−η.
func TestLatencyDetersRequestsByItsElasticity(t *testing.T) {
	calm := []string{"demand.shocks=[]", "workloads.requests[0].arrivals.rate=0.5/s"}
	s, r := run(t, sim.Options{}, crowd, append(calm, "deployments[0].engine.max_num_seqs=1", "deployments[0].autoscale.min=40", "deployments[0].autoscale.max=40")...)
	latency := s.Requests.E2E.Mean
	if s.Requests.E2E.Max > latency*1.01 || s.Demand != nil {
		t.Fatalf("latencies differ: mean %v, largest %v", latency, s.Requests.E2E.Max)
	}
	base := mean(r.values("requests_per_s")[12:])
	for _, c := range []struct{ eta, slowness, damping float64 }{{1, 2, 0.5}, {0.5, 4, 1}, {2, 0.8, 0.3}} {
		_, r := run(t, sim.Options{}, crowd, append(calm, "deployments[0].engine.max_num_seqs=1", "deployments[0].autoscale.min=40", "deployments[0].autoscale.max=40",
			fmt.Sprintf("demand.segments[0].latency={elasticity: %v, metric: e2e, percentile: 50, reference: %vs}", c.eta, latency/c.slowness),
			fmt.Sprintf("demand.feedback.damping=%v", c.damping))...)
		expectRatio(t, fmt.Sprintf("η %v, latency × %v: requests", c.eta, c.slowness), mean(r.values("requests_per_s")[12:])/base, math.Pow(c.slowness, -c.eta), 0.01)
	}
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

func TestRequestsThatQueueingDetersAreDesiredAndNotServed(t *testing.T) {
	capped := []string{"deployments[0].autoscale.max=10", "demand.shocks[0].cost_factor=1", "demand.shocks[0].volume_factor=2", "workloads.requests[0].patience=1h"}
	free, _ := run(t, sim.Options{}, crowd, capped...)
	minded, _ := run(t, sim.Options{}, crowd, append(capped, "demand.segments[0].latency={elasticity: 1}")...)
	for name, d := range map[string]*result.Demand{"without": free.Demand, "with": minded.Demand} {
		if d.DesiredRequests != d.ServedRequests+d.NotAdopted+d.Deterred+d.Unserved {
			t.Errorf("%s latency elasticity: %+v do not add up", name, d)
		}
	}
	if d := free.Demand; d.Deterred != 0 || d.NotAdopted != 0 || d.DesiredRequests != d.ArrivedRequests {
		t.Errorf("nobody minds latency, yet %+v", d)
	}
	d := minded.Demand
	if !(d.Deterred > 0 && d.ArrivedRequests < free.Demand.ArrivedRequests && d.LatencyRatio > 1) {
		t.Errorf("latency deters %d requests, × %v", d.Deterred, d.LatencyRatio)
	}
	expectRatio(t, "desired requests", float64(d.DesiredRequests)/float64(free.Demand.DesiredRequests), 1, 0.02)
	if !(d.Unserved < free.Demand.Unserved) {
		t.Errorf("fewer come, and yet %d and not %d give up", d.Unserved, free.Demand.Unserved)
	}
}

// Efficiency → cost → price → volume: the loop settles where its closed form
// says.
func TestEndogenousPricesSettleAtTheClosedForm(t *testing.T) {
	for _, c := range []struct{ epsilon, theta, damping float64 }{{0.5, 0, 0.5}, {0.5, 0, 1}, {0, 0.2, 0.5}, {1, 0.2, 0.5}} {
		t.Run(fmt.Sprintf("ε %v, θ %v, damping %v", c.epsilon, c.theta, c.damping), func(t *testing.T) {
			s, _ := run(t, sim.Options{}, crowd, append(elastic(c.epsilon, c.theta), "workloads.requests[0].arrivals.rate=12/s", "demand.price.kind=endogenous", fmt.Sprintf("demand.feedback.damping=%v", c.damping))...)
			d := s.Demand
			hours := s.Windows[1].Ledger.Class(ledger.Inference).Hours() / 4 / (s.Windows[0].Ledger.Class(ledger.Inference).Hours() / 3)
			t.Logf("price × %.4f, GPU-hours × %.4f, closed form × %.4f, %+v", d.PriceRatio, hours, d.ClosedFormRatio, *d.USDPerMillionTokens)
			expectRatio(t, "prices", d.PriceRatio, 0.3, 0.04)
			expectRatio(t, "GPU-hours", hours, d.ClosedFormRatio, 0.04)
			expectRatio(t, "closed form", d.ClosedFormRatio, math.Pow(0.3, (1-c.theta)*(1-c.epsilon)), 0.005)
			expectRatio(t, "prices in USD", d.USDPerMillionTokens.After/d.USDPerMillionTokens.Before, d.PriceRatio, 1e-9)
		})
	}
}

func TestNodesCountFromTheirDelivery(t *testing.T) {
	s, r := run(t, sim.Options{Check: true}, crowd, "fleet.pools[0].nodes=1", "deployments[0].autoscale.max=64",
		"workloads.requests[0].arrivals.rate=20/s", "demand.shocks=[{at: 4h, add_nodes: 2}, {at: 8h, add_nodes: 5}]")
	if s.Fleet.GPUs != 64 {
		t.Errorf("%d GPUs in the end, want 64", s.Fleet.GPUs)
	}
	for i, want := range map[int]float64{0: 8, 1: 64} {
		w := &s.Windows[i]
		if got := w.Ledger.Total.Seconds() / (w.ToS - w.FromS); got != want {
			t.Errorf("%v GPUs on average in window %s, want %v", got, w.Name, want)
		}
	}
	if !slices.Equal(r.values("gangs_running")[:2], []float64{8, 8}) || s.Deployments[0].PeakReplicas <= 24 {
		t.Errorf("gangs %v, peak %d: the first node holds 8 replicas, more come with the others", r.values("gangs_running"), s.Deployments[0].PeakReplicas)
	}
	// 8 GPUs for 4 h, 24 for 4 h, 64 for 8 h.
	if got, want := s.Ledger.Total.Hours(), 8.*4+24*4+64*8; got != want {
		t.Errorf("%v GPU-hours in all, want %v", got, want)
	}
}
