package sim

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/sim/service"
)

// coldStart returns the parts of the start of a replica of a served model.
func coldStart(d *scenario.Deployment, cost *perf.Serving) service.ColdStart {
	out := service.ColdStart{Fixed: d.Startup, Disk: event.FromSeconds(cost.Memory.Weights / float64(d.WeightsBandwidth))}
	if c := d.ColdStart; c != nil {
		out.WarmUp = c.WarmUp
		if c.Image > 0 {
			out.Image = event.FromSeconds(float64(c.Image) / float64(c.ImageBandwidth))
		}
		if c.PeerBandwidth > 0 {
			out.Peer = event.FromSeconds(cost.Memory.Weights / float64(c.PeerBandwidth))
		}
	}
	return out
}

// autoscale returns a deployment's rule for the number of its replicas.
func autoscale(a *scenario.Autoscale, ttft event.Time) *service.Autoscale {
	metrics := map[string]service.Metric{"queue": service.Queue, "kv": service.KVUse, "slo": service.OnTime}
	return &service.Autoscale{
		Min: a.Min, Max: a.Max, Metric: metrics[a.Metric], Target: a.Target, TTFT: ttft,
		Interval: a.Interval, Cooldown: a.Cooldown, Stabilization: a.Stabilization,
	}
}
