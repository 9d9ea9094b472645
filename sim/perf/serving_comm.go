package perf

import "github.com/jevons-sim/jevons/sim/fleet"

// links finds the network that joins a tensor-parallel group. A group within a
// node, or within a larger scale-up domain, uses the scale-up network; GPUs
// without one talk over PCIe.
func (s *Serving) links() {
	g := s.GPU
	s.tpLatency = s.Coef.LocalLatency
	switch domain := max(g.ScaleUpDomain, s.NodeGPUs); {
	case s.Layout.TP > domain:
		s.tpLink, s.tpLatency, s.tpNetworks = g.NICBandwidth, s.Coef.NetLatency, true
	case s.Layout.TP <= g.ScaleUpDomain && g.ScaleUpBandwidth > 0:
		s.tpLink = g.ScaleUpBandwidth
	default:
		s.tpLink = pcieBandwidth
	}
	if s.tpLink == 0 {
		s.tpLink = defaultNIC
	}
}

// Links of machines whose catalogue row records none: PCIe 4.0 ×16 and a
// 100 Gbit/s card per GPU.
const (
	pcieBandwidth = 25e9
	defaultNIC    = 12.5e9
)

// comm returns the exposed communication of a micro-batch of n tokens on its
// way through the model: two all-reduces of activations per layer over the TP
// group; under EP the second one of an MoE layer becomes a dispatch and a
// combine; and a transfer between stages.
func (s *Serving) comm(n float64) float64 {
	tp, pp := float64(s.Layout.TP), float64(s.Layout.PP)
	activations := n * float64(s.Model.Hidden) * fleet.BF16.Bytes()
	total := 0.0
	if tp > 1 {
		bandwidth := s.tpLink * s.Coef.Collective
		allReduce := float64(2*(tp-1)/tp*activations/bandwidth) + s.tpLatency
		reduces := float64(2 * s.Model.Layers)
		if s.Layout.EP > 1 {
			moe := float64(s.Model.MoELayers())
			reduces -= moe
			k := float64(s.Model.ExpertsActive)
			exchange := k / tp * (tp - 1) / tp * n * float64(s.Model.Hidden) * (fleet.FP8.Bytes() + fleet.BF16.Bytes()) / bandwidth
			total += float64(moe * (exchange + float64(2*s.tpLatency)))
		}
		total += float64(reduces * allReduce)
	}
	if pp > 1 {
		total += float64(pp * (activations/tp/float64(s.network()*s.Coef.Collective) + s.Coef.NetLatency))
	}
	return total
}

// network returns the scale-out bandwidth per GPU, B/s.
func (s *Serving) network() float64 {
	if s.GPU.NICBandwidth > 0 {
		return s.GPU.NICBandwidth
	}
	return defaultNIC
}

// Links returns what collectives and pipeline transfers run over: the
// bandwidth, B/s per GPU and direction before efficiency, and the latency of a
// tensor-parallel collective, and the bandwidth between pipeline stages.
func (s *Serving) Links() (collective, latency, pipeline float64) {
	return s.tpLink, s.tpLatency, s.network()
}
