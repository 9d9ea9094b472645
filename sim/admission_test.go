package sim_test

import (
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim"
)

// crowded is a service that gets about twice what it can serve, half of it from
// people and half from machines.
const crowded = `
horizon: 30m
warmup: 5m
fleet: {pools: [{name: main, node: 8xH100, nodes: 1}]}
deployments:
  - name: chat
    model: Llama-3.1-8B
    replicas: 2
    engine: {max_num_seqs: 16}
    slo: {ttft: 2s}
workloads:
  requests:
    - {name: people, priority: 1, tenant: people, arrivals: {rate: 7/s}, prompt: {dist: constant, value: 500}, output: {mean: 300, cv: 1}}
    - {name: machines, tenant: machines, arrivals: {rate: 21/s}, prompt: {dist: constant, value: 500}, output: {mean: 300, cv: 1}}
outputs: {requests: true, sample: 1m}
`

func TestOverloadGrowsTheQueueByWhatIsTooMuch(t *testing.T) {
	s, r := run(t, sim.Options{Check: true}, crowded)
	checkRequests(t, s, r)
	in := r.values("requests_in_system")
	completed := 0
	for _, x := range r.requests {
		if x.Outcome == "completed" && x.Finish > 5*60e9 {
			completed++
		}
	}
	// From the fifth to the last minute: 28 come a second, capacity is what goes.
	grown, want := in[len(in)-1]-in[4], 28*25*60-float64(completed)
	if want < 5000 {
		t.Fatalf("capacity is %d requests in 25 minutes: no overload", completed)
	}
	if sd := math.Sqrt(28 * 25 * 60); math.Abs(grown-want) > 4*sd {
		t.Errorf("%v more in the system after 25 minutes of overload, want %.0f ± %.0f", grown, want, sd)
	}
	if s.Requests.SLOAttainment > 0.05 {
		t.Errorf("%.3f met the SLO in overload without admission control", s.Requests.SLOAttainment)
	}
}

func TestAdmissionKeepsAnOverloadedServiceUseful(t *testing.T) {
	free, _ := run(t, sim.Options{Check: true}, crowded)
	for _, c := range []struct {
		name, admission string
		attainment      float64 // of people, at least
	}{
		{"SLO-aware", "{slo_aware: true, slo_share: 0.7, concurrency: 16}", 0.37},
		{"important first", "{order: priority, concurrency: 16, max_waiting: 200, displace: true}", 0.99},
		{"shedding machines", "{max_waiting: 200, shed: [{class: machines, waiting_above: 5}]}", 0.95},
		{"fair", "{order: fair, concurrency: 16, max_waiting: 500}", 0},
	} {
		s, r := run(t, sim.Options{Check: true}, crowded, "deployments.chat.admission="+c.admission)
		checkRequests(t, s, r)
		checkLedger(t, s, r)
		people := s.Requests.ByClass["people"]
		t.Logf("%-18s met SLO: people %.3f, machines %.3f; completed %d, rejected %d, shed %d", c.name, people.SLOAttainment, s.Requests.ByClass["machines"].SLOAttainment, s.Requests.Completed, s.Requests.Rejected, s.Requests.Shed)
		if people.SLOAttainment < c.attainment {
			t.Errorf("%s: %.3f of people met the SLO, want at least %v", c.name, people.SLOAttainment, c.attainment)
		}
		if float64(s.Requests.Completed) < 0.97*float64(free.Requests.Completed) {
			t.Errorf("%s: %d completed, %d without admission: it should turn away only what is too much", c.name, s.Requests.Completed, free.Requests.Completed)
		}
	}
}

func TestFairQueueingServesTenantsAlike(t *testing.T) {
	share := func(set ...string) float64 {
		s, _ := run(t, sim.Options{}, crowded, append(set, "workloads.requests.people.arrivals.rate=10/s")...)
		people := s.Requests.ByClass["people"]
		return float64(people.OutputTokens) / float64(s.Requests.OutputTokens)
	}
	fcfs, fair := share(), share("deployments.chat.admission={order: fair, concurrency: 16}")
	weighted := share("deployments.chat.admission={order: fair, concurrency: 16, fair: {tenants: [{name: people, weight: 0.25}]}}")
	engine := share("deployments.chat.engine.queue=fair")
	t.Logf("people's share of tokens: fcfs %.3f, fair %.3f, weight one quarter %.3f, fair in the engine %.3f", fcfs, fair, weighted, engine)
	if math.Abs(fcfs-10.0/31) > 0.03 || math.Abs(fair-0.5) > 0.02 || math.Abs(weighted-0.2) > 0.02 || math.Abs(engine-0.5) > 0.02 {
		t.Error("want their share of arrivals under fcfs, half under fair queueing, a fifth at a quarter of the weight")
	}
}

func TestShortestPredictedFirstIsWorthLessWithBadPredictions(t *testing.T) {
	mean := func(set ...string) float64 {
		// 97 % of capacity.
		set = append(set, "workloads.requests.machines.arrivals.rate=6/s", "horizon=2h")
		s, _ := run(t, sim.Options{}, crowded, set...)
		return s.Requests.E2E.Mean
	}
	fcfs := mean()
	right := mean("deployments.chat.admission={order: shortest-predicted, concurrency: 16}")
	noisy := mean("deployments.chat.admission={order: shortest-predicted, concurrency: 16, prediction_cv: 3}")
	t.Logf("mean E2E: fcfs %.2f s, shortest first %.2f s, with poor predictions %.2f s", fcfs, right, noisy)
	if !(right < noisy && noisy < fcfs) {
		t.Error("want shortest first < with poor predictions < fcfs")
	}
}
