package sim_test

import (
	"testing"

	"github.com/jevons-sim/jevons/sim"
)

// busy is a fleet of 100,000 GPUs that batch jobs of 1 to 512 GPUs keep busy.
const busy = `
name: busy
horizon: 1d
fleet:
  pools: [{name: main, node: 8xH100, nodes: 12500}]
scheduler: {backfill: easy}
workloads:
  jobs:
    - name: mix
      arrivals: {rate: 3400/h}
      duration: {dist: lognormal, mean: 2h, cv: 2}
      estimate_factor: 1.5
      gpus:
        - {gpus: 1, weight: 30}
        - {gpus: 2, weight: 10}
        - {gpus: 4, weight: 10}
        - {gpus: 8, weight: 30}
        - {gpus: 16, weight: 8}
        - {gpus: 32, weight: 5}
        - {gpus: 64, weight: 4}
        - {gpus: 128, weight: 2}
        - {gpus: 256, weight: 0.8}
        - {gpus: 512, weight: 0.2}
outputs: {jobs: false}
`

// BenchmarkEASY runs two days of batch jobs: 160,000 on 100,000 GPUs that 92 %
// of are taken.
func BenchmarkEASY(b *testing.B) {
	jobs := int64(0)
	for b.Loop() {
		s, _ := run(b, sim.Options{}, busy, "horizon=2d")
		jobs += s.Jobs.Submitted
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(jobs), "µs/job")
}
