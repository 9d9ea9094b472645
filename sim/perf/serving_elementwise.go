package perf

// ElementwiseBytes returns the bytes that kernels between matrix
// multiplications read and write in HBM per token of a data-parallel rank, on
// each of its GPUs, in 16 bits. Per layer:
//
//	norms with residuals  2 × 4·h             each tensor-parallel GPU all of it
//	rotary embedding      2·(q + k)  ÷ TP     q, k, f: widths of queries, keys, FFN
//	activation function   3·f        ÷ TP     a gated one reads two and writes one
//	k active experts      4·k·h + 3·k·f ÷ TP  gathered before, combined after; with
//	                                          expert parallelism all of it ÷ TP
//
// and all of it ÷ the stages of a pipeline. They scale with tokens, as arithmetic
// does, but have another roof: the faster matrix units are against HBM, the
// smaller the share of their peak that a layer as a whole can reach.
func (s *Serving) ElementwiseBytes() float64 {
	m, tp := &s.Model, float64(s.Layout.TP)
	h, gated := float64(m.Hidden), float64(m.FFNMatrices)
	rotary := 2 * float64(m.HeadDim) * float64(m.Heads+m.KVHeads)
	if m.Attention == MLA {
		rotary = 2 * float64(m.RopeDim) * float64(m.Heads+1)
	}
	every := float64(8*h) + rotary/tp
	dense := gated * float64(m.FFN) / tp
	k := float64(m.ExpertsActive)
	gather, experts := float64(4*k*h), gated*float64(m.MoEFFN)*(k+float64(m.SharedExperts))/tp
	if s.Layout.EP > 1 {
		gather /= tp
	}
	moe := float64(m.MoELayers())
	const bytes = 2
	return bytes / float64(s.Layout.PP) * (float64(float64(m.Layers)*every) + float64((float64(m.Layers)-moe)*dense) + float64(moe*(gather+experts)))
}

// elementwiseSeconds returns the time of these per token of a data-parallel
// rank.
func (s *Serving) elementwiseSeconds() float64 {
	return s.Coef.Elementwise * s.ElementwiseBytes() / (s.GPU.HBMBandwidth * s.Coef.Bandwidth)
}
