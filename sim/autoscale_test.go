package sim_test

import (
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/event"
)

// surge is a service that idles, but for an hour in which far more comes than
// its largest number of replicas could serve.
const surge = `
horizon: 6h
fleet: {pools: [{name: main, node: 8xH100, nodes: 2}]}
deployments:
  - name: chat
    model: Llama-3.1-8B
    autoscale: {min: 2, max: 9, target: 16, interval: 1m, cooldown: 10m}
    engine: {max_num_seqs: 16}
workloads:
  requests:
    - {name: trickle, arrivals: {process: deterministic, rate: 1/m}, prompt: {dist: constant, value: 100}, output: {dist: constant, value: 100}}
    - {name: surge, arrivals: {rate: 40/s}, prompt: {dist: constant, value: 100}, output: {mean: 500, cv: 1}, patience: 2m, start: 1h, end: 2h}
outputs: {sample: 1m}
`

func TestAutoscalingReachesTheMaximumUnderASurgeAndDrainsToTheMinimum(t *testing.T) {
	s, r := run(t, sim.Options{Check: true}, surge)
	checkLedger(t, s, r)
	checkRequests(t, s, r)
	at := func(values []float64, t event.Time) float64 { return values[t/event.Minute-1] }
	ready, allocated := r.values("replicas_ready"), r.values("gpus_allocated")
	for _, c := range []struct {
		at   event.Time
		want float64
	}{{30 * event.Minute, 2}, {event.Hour, 2}, {75 * event.Minute, 9}, {2 * event.Hour, 9}, {3 * event.Hour, 2}, {6 * event.Hour, 2}} {
		if at(ready, c.at) != c.want || at(allocated, c.at) != c.want {
			t.Errorf("after %v: %v replicas ready on %v GPUs, want %v", c.at, at(ready, c.at), at(allocated, c.at), c.want)
		}
	}
	for i, n := range ready[2:] {
		if n < 2 || n > 9 {
			t.Errorf("%v replicas after %d minutes, want 2 to 9", n, i+3)
		}
	}
	d := s.Deployments[0]
	if d.Replicas != 2 || d.PeakReplicas != 9 {
		t.Errorf("%d replicas in the end and %d at the peak, want 2 and 9", d.Replicas, d.PeakReplicas)
	}
	if trickle := s.Requests.ByClass["trickle"]; trickle.Completed+trickle.Unfinished != trickle.Arrived {
		t.Errorf("%+v: nobody gives up who has no patience", trickle)
	}
}

func TestAFixedServiceDoesNotScale(t *testing.T) {
	s, r := run(t, sim.Options{}, `
horizon: 1h
fleet: {pools: [{name: main, node: 8xH100, nodes: 1}]}
deployments: [{name: chat, model: Llama-3.1-8B, replicas: 3, engine: {max_num_seqs: 8, max_waiting: 10}}]
workloads:
  requests: [{name: flood, arrivals: {rate: 50/s}, prompt: {dist: constant, value: 100}, output: {dist: constant, value: 200}}]
outputs: {sample: 5m}
`)
	checkRequests(t, s, r)
	for _, n := range r.values("replicas_ready") {
		if n != 3 {
			t.Fatalf("%v replicas ready, want 3", n)
		}
	}
	if s.Requests.Rejected == 0 {
		t.Error("no request rejected by queues of ten")
	}
}

// wave is requests whose number is known but for Poisson's chance.
func TestArrivalsFollowTheDailyRate(t *testing.T) {
	s, _ := run(t, sim.Options{}, `
horizon: 1d
fleet: {pools: [{name: main, node: 8xH100, nodes: 1}]}
deployments: [{name: chat, model: Llama-3.1-8B, replicas: 1}]
workloads:
  requests:
    - {name: wave, arrivals: {rate: 2/s, daily: {amplitude: 50%, peak: 12h}}, prompt: {dist: constant, value: 1}, output: {dist: constant, value: 1}}
outputs: {windows: [{name: night, to: 6h}, {name: day, from: 6h, to: 18h}, {name: evening, from: 18h}]}
`)
	// ∫ 2/s·(1 + cos(2π(t−12h)/24h)/2) dt over six hours about the peak or the
	// trough is 2/s·(6h ± 12h/2π).
	half := 2 * 12 * 3600 / (2 * math.Pi)
	for i, want := range []float64{2*6*3600 - half, 2*12*3600 + 2*half, 2*6*3600 - half} {
		w := &s.Windows[i]
		if off := math.Abs(float64(w.Requests.Arrived) - want); off > 5*math.Sqrt(want) {
			t.Errorf("%s: %d requests, want %.0f ± %.0f", w.Name, w.Requests.Arrived, want, 5*math.Sqrt(want))
		}
	}
}
