package serving

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
)

// costModel gives the experiment the step table of a replica of the catalogue, in
// any layout and formats that fit, and a draft layer of it if it speculates.
func (x *experiment) costModel(r *event.Rand) {
	for {
		cost := randomReplica(r, x.cfg.MaxTokens)
		if cost == nil {
			continue
		}
		x.cost, x.cfg.Table = cost, cost.Table()
		if s := x.cfg.Speculation; s != nil && s.Draft != nil {
			d, err := cost.LayerDraft()
			if err != nil {
				panic(err)
			}
			s.Draft = d.Passes.Table()
		}
		if x.cfg.HostBlocks > 0 && cost.Memory.KVToken > 0 {
			_, move, err := cost.Offload(1e9, 50e9, x.cfg.BlockSize)
			if err != nil {
				panic(err)
			}
			x.cfg.HostMove = move
		}
		return
	}
}

// randomReplica draws a replica, or nil where that one cannot be.
func randomReplica(r *event.Rand, maxTokens int) *perf.Serving {
	pick := func(names ...string) string { return names[r.IntN(len(names))] }
	degree := func() int { return 1 << r.IntN(4) }
	model, err := perf.LookupModel(pick("Llama-3.1-8B", "Mixtral-8x7B", "Qwen3-30B-A3B", "DeepSeek-V3", "GPT-OSS-120B", "MiniMax-M1", "Mamba2-2.7B"))
	if err != nil {
		panic(err)
	}
	gpu, err := fleet.LookupGPU(pick("A100", "H100", "B200", "L40S"))
	if err != nil {
		panic(err)
	}
	format := func(names ...string) fleet.Format {
		f, _ := fleet.ParseFormat(pick(names...))
		return f
	}
	layout := perf.Layout{TP: degree(), PP: degree()}
	if model.MoE() {
		layout.EP = degree()
		if r.IntN(2) == 0 {
			layout.DP = degree()
			layout.EP = 0
		}
	}
	cost, err := perf.NewServing(model, gpu, 8, layout,
		perf.Precision{Weights: format("", "bf16", "fp8", "fp4"), KV: format("bf16", "fp8", "fp4")},
		perf.DefaultCalibration(), perf.Options{MaxTokens: maxTokens, OverlapBatches: r.IntN(2) == 0})
	if err != nil {
		return nil
	}
	return cost
}

// drawLocalLayers gives a random step table layers whose attention is bounded.
func (x *experiment) drawLocalLayers(i uint64) {
	rand := event.NewStream(1, "local layers").Entity(i)
	if x.grid > 1 || x.cost != nil || rand.IntN(3) > 0 {
		return
	}
	unit := func() int64 { return int64(rand.IntN(3000)) }
	t := *x.cfg.Table // which the draft may share
	t.Local = &perf.LocalTable{
		Span:       perf.Span{Tokens: int64([]int{1, 2, 7, 30, 200}[rand.IntN(5)]), Chunked: rand.IntN(2) == 0},
		DecodePair: unit(), PrefillPair: unit(), KVRead: unit(), PairFLOPs: 1, KVBytes: 1,
	}
	x.cfg.Table = &t
}
