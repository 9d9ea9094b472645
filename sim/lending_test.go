package sim_test

import (
	"testing"

	"github.com/jevons-sim/jevons/sim"
)

// nightly is a deployment whose demand peaks once in a day, on a node that
// preemptible training fills up.
const nightly = `
horizon: 24h
fleet: {pools: [{name: main, node: 8xH100, nodes: 1}]}
scheduler: {queue: priority, preemption: priority, grace_period: 30s}
deployments:
  - name: chat
    model: Llama-3.1-8B
    autoscale: {min: 1, max: 6, target: 8, interval: 1m, cooldown: 10m}
    priority: 100
    engine: {max_num_seqs: 16}
    slo: {ttft: 2s}
workloads:
  requests:
    - name: users
      arrivals: {rate: 1.5/s, daily: {amplitude: 0.95, peak: 14h}}
      prompt: {mean: 500, cv: 1}
      output: {mean: 400, cv: 1}
  jobs:
    - {name: pretrain, submit: 0s, gpus: [{gpus: 2}], duration: 60h, preemptible: true}
    - {name: rl, submit: 0s, gpus: [{gpus: 2}], duration: 60h, preemptible: true}
    - {name: batch, submit: 0s, gpus: [{gpus: 3}], duration: 60h, preemptible: true}
`

func TestIdleReplicasGPUsAreLentAtNightAndComeBackBeforeThePeak(t *testing.T) {
	s, r := run(t, sim.Options{Check: true}, nightly)
	l := s.Lending
	if l == nil {
		t.Fatal("no lending in the summary")
	}
	near(t, "the claim's GPU-hours", l.LentGPUHours+l.IdleGPUHours+l.ServingGPUHours, 6*24)
	// By the rows of placements: what jobs held beyond the two GPUs that nobody
	// claims, and what replicas held.
	var serving float64
	for _, p := range r.placements {
		if p.Class == "inference" {
			serving += float64(p.GPUMilli) / 1000 * float64(p.To-p.From) / 3.6e12
		}
	}
	near(t, "replicas' GPU-hours", l.ServingGPUHours, serving)
	if l.LentGPUHours < 24 || l.Reclaims == 0 || l.ReplicaWait.Max < 30 {
		t.Errorf("%+v: want GPUs lent, reclaimed, and replicas that waited for the 30 s of grace", l)
	}
	kept, _ := run(t, sim.Options{}, nightly, "deployments.chat.autoscale.min=6")
	if kept.Lending != nil {
		t.Error("a deployment that keeps its replicas lends nothing")
	}
	if gained := s.Ledger.ByClass["jobs"]["compute.batch"].Hours() - kept.Ledger.ByClass["jobs"]["compute.batch"].Hours(); gained < 20 {
		t.Errorf("jobs gained %v GPU-hours by what was lent", gained)
	}
}
