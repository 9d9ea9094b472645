package sim_test

import (
	"testing"

	"github.com/jevons-sim/jevons/sim"
)

func TestReplicasCountTowardTheQuotaOfTheirTenant(t *testing.T) {
	_, r := run(t, sim.Options{Check: true}, `
horizon: 1h
fleet: {pools: [{name: main, node: 8xH100, nodes: 4}]}
scheduler: {tenants: [{name: public, quotas: [{nominal: 16}]}]}
deployments: [{name: chat, model: Llama-3.1-8B, tenant: public, parallelism: {tp: 8}, replicas: 4}]
workloads:
  requests: [{name: chat, arrivals: {rate: 1/s}, prompt: {dist: constant, value: 100}, output: {dist: constant, value: 100}}]
outputs: {sample: 30m}
`)
	for _, n := range r.values("replicas_ready") {
		if n != 2 {
			t.Errorf("%v replicas are ready, want 2: the quota of 16 GPUs", n)
		}
	}
}
