package perf

import (
	"math"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// fabric is what joins a group of GPUs.
type fabric struct {
	gpus      int
	bandwidth float64 // B/s per GPU and direction
	latency   float64 // s, of a collective
	nodes     int     // that the group spreads over, if it leaves the scale-up domain; otherwise 1
}

// Joints is what joins the GPUs of a replica: replicas of one layout and equal
// joints step alike. It is comparable.
type Joints struct {
	tp       fabric  // of a tensor-parallel group
	stage    fabric  // of a stage, whose GPUs exchange tokens for experts
	pipeline float64 // B/s per GPU and direction, between stages
	away     float64 // share of what a token sends to all it meets that leaves a rack or pod, over that of its NIC which carries it; 0 = none leaves
}

// neighbours returns what joins a replica on neighbouring nodes, on a network that
// blocks nowhere.
func (s *Serving) neighbours() Joints {
	tp := s.fabricOf(s.Layout.TP)
	if tp.nodes > 1 {
		tp.bandwidth = s.ring(s.domain())
	}
	return Joints{tp: tp, stage: s.fabricOf(s.Layout.stage()), pipeline: s.network()}
}

// domain returns how many GPUs need no network between them: those of a node, or of
// a larger scale-up domain.
func (s *Serving) domain() int { return max(s.GPU.ScaleUpDomain, s.NodeGPUs) }

// ring returns the bandwidth per GPU and direction of all-reduces of groups of which
// k ranks share a domain: the rings leave it by the cards of all of them.
func (s *Serving) ring(k int) float64 {
	return min(s.fabricOf(min(k, s.domain())).bandwidth, float64(float64(k)*s.network()))
}

// fabricOf returns what joins so many GPUs. A group within a node, or within a
// larger scale-up domain, uses the scale-up network; GPUs without one talk over
// PCIe; a larger group talks over the network cards.
func (s *Serving) fabricOf(gpus int) fabric {
	g := s.GPU
	f := fabric{gpus: gpus, bandwidth: pcieBandwidth, latency: s.Coef.LocalLatency, nodes: 1}
	switch domain := s.domain(); {
	case gpus > domain:
		f.bandwidth, f.latency = s.network(), s.Coef.NetLatency
		f.nodes = (gpus + domain - 1) / domain
	case gpus <= g.ScaleUpDomain && g.ScaleUpBandwidth > 0:
		f.bandwidth = g.ScaleUpBandwidth
	}
	return f
}

// Links of machines whose catalogue row records none: PCIe 4.0 ×16 and a
// 100 Gbit/s card per GPU.
const (
	pcieBandwidth = 25e9
	defaultNIC    = 12.5e9
)

// comm returns the communication of a micro-batch of n tokens per data-parallel
// rank on its way through the model: two all-reduces of activations per layer
// over the TP group, of which data-parallel attention replaces the second one of
// an MoE layer by a dispatch and a combine; and a transfer between stages.
func (s *Serving) comm(n float64) float64 {
	tp, pp := float64(s.Layout.TP), float64(s.Layout.PP)
	activations := n * float64(s.Model.Hidden) * fleet.BF16.Bytes()
	total := 0.0
	if tp > 1 {
		reduces := float64(2 * s.Model.Layers)
		if s.Layout.DP > 1 {
			reduces -= float64(s.Model.MoELayers())
		}
		total += float64(reduces * (float64(2*(tp-1)/tp*activations/float64(s.joined.tp.bandwidth*s.Coef.Collective)) + s.joined.tp.latency))
	}
	if s.Layout.DP > 1 {
		total += float64(float64(s.Model.MoELayers()) * s.exchange(n/tp))
	}
	if pp > 1 {
		total += float64(pp * (activations/tp/float64(s.joined.pipeline*s.Coef.Collective) + s.Coef.NetLatency))
	}
	return total
}

// exchange returns the time in which every GPU of a stage sends m tokens to
// their experts, in the format that experts compute in but at least 8 bits, and
// gets their outputs back in BF16.
//
// A token goes once to each GPU, or over network cards once to each node, that
// has experts of its choice: with k of E experts spread evenly over N places it
// meets N·(1 − (1 − 1/N)ᵏ) of them, of which the one it is at costs nothing.
// Models that route a token to few nodes bound it. Where the stage lies in several
// racks, what leaves them may take longer than all of it through the cards (On).
func (s *Serving) exchange(m float64) float64 {
	places := float64(s.Layout.EP)
	if s.joined.stage.nodes > 1 {
		places = float64(s.joined.stage.nodes)
	}
	met := places * (1 - fmath.Pow(1-1/places, float64(s.Model.ExpertsActive)))
	if limit := float64(s.Model.ExpertNodes); s.joined.stage.nodes > 1 && limit > 0 {
		met = math.Min(met, limit)
	}
	copies := math.Max(met*(places-1)/places, met*s.joined.away)
	dispatch := math.Min(fleet.BF16.Bytes(), math.Max(fleet.FP8.Bytes(), s.Precision.Compute.Bytes()))
	bytes := m * copies * float64(s.Model.Hidden) * (dispatch + fleet.BF16.Bytes())
	return bytes*s.Coef.Imbalance/float64(s.joined.stage.bandwidth*s.Coef.Collective) + float64(2*s.joined.stage.latency)
}

// ExchangeSeconds returns the time of one layer's dispatch and combine of so many
// tokens of each data-parallel rank.
func (s *Serving) ExchangeSeconds(tokens int) float64 {
	return s.exchange(float64(tokens) / float64(s.Layout.TP))
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
	return s.joined.tp.bandwidth, s.joined.tp.latency, s.joined.pipeline
}
