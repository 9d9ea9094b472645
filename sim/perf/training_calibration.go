package perf

import "github.com/jevons-sim/jevons/sim/event"

// TrainCalibration holds the constants of the training step-time model. One
// set serves every model and layout on a GPU type; nothing is tuned per row.
// The defaults were fitted to the A100 measurements of Narayanan et al. (SC21,
// arXiv 2104.04473), Korthikanti et al. (arXiv 2205.05198), the Megatron-LM
// column of MegaScale (arXiv 2402.15627) and vTrain (arXiv 2312.12391); Hopper's
// matrix efficiency to Llama 3's MFU (arXiv 2407.21783, Table 4). The efficiency
// of fused attention is what FlashAttention 2 and 3 measure at a head dimension
// of 128 on A100 and H100 (arXiv 2307.08691, 2407.08608), that of their
// predecessors what MPT's runs at 8,192 tokens and more leave for it.
type TrainCalibration struct {
	// MatmulEfficiency is the share of a GPU's dense peak that a large matrix
	// multiplication reaches.
	MatmulEfficiency float64
	// MatmulEfficiencyOf replaces MatmulEfficiency on single GPU types, by
	// catalogue name: the faster the matrix units, the less of them is reached.
	MatmulEfficiencyOf map[string]float64
	// MatmulHalf shrinks that share for small operands: a multiplication whose
	// smallest dimension is n reaches MatmulEfficiency·n/(n + MatmulHalf).
	MatmulHalf float64
	// AttentionEfficiency is the share of the BF16 peak that fused attention
	// kernels reach over a forward and a backward pass; FirstAttentionEfficiency
	// is that of their first generation.
	AttentionEfficiency      float64
	FirstAttentionEfficiency float64
	// ScaleUpEfficiency and NetworkEfficiency are the shares of the link rates
	// (NVLink per direction, one NIC per GPU) that collectives reach.
	ScaleUpEfficiency float64
	NetworkEfficiency float64
	// HBMEfficiency is the share of the memory bandwidth that kernels reach.
	HBMEfficiency float64
	// ElementwiseBytes is the memory traffic of one layer's norms, residuals,
	// dropout and activation, in bytes per token and hidden unit, forward.
	ElementwiseBytes float64
	// SoftmaxBytes is the traffic of an unfused attention softmax, in bytes per
	// score, forward.
	SoftmaxBytes float64
	// LayerFloor is the least time one layer's forward pass of one micro-batch
	// takes, however small: its kernels' launches.
	LayerFloor event.Time
	// ScaleUpLatency and NetworkLatency are paid per hop of a ring.
	ScaleUpLatency event.Time
	NetworkLatency event.Time
	// Imbalance is the load of the busiest expert rank over the mean, at least 1.
	Imbalance float64
}

// DefaultTrainCalibration returns the documented defaults.
func DefaultTrainCalibration() TrainCalibration {
	const hopper = 0.62 // and later: not measured on Blackwell
	return TrainCalibration{
		MatmulEfficiency: 0.71,
		MatmulEfficiencyOf: map[string]float64{
			"H100-SXM": hopper, "H100-PCIe": hopper, "H200": hopper, "H800": hopper, "GH200": hopper,
			"B200": hopper, "GB200-NVL72": hopper, "B300": hopper, "GB300-NVL72": hopper,
		},
		MatmulHalf:          32,
		AttentionEfficiency: 0.55, FirstAttentionEfficiency: 0.20,
		ScaleUpEfficiency: 0.77,
		NetworkEfficiency: 0.61,
		HBMEfficiency:     0.85,
		ElementwiseBytes:  13,
		SoftmaxBytes:      12,
		LayerFloor:        150 * event.Microsecond,
		ScaleUpLatency:    10 * event.Microsecond,
		NetworkLatency:    20 * event.Microsecond,
		Imbalance:         1.1,
	}
}
