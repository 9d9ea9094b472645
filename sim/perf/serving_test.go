package perf

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// plain is a calibration whose coefficients are easy to reckon with.
func plain(values map[string]float64) Calibration {
	c := Calibration{Name: "plain", Serving: map[string]float64{
		"compute_efficiency": 0.5, "attention_efficiency": 0.5, "bandwidth_efficiency": 0.8, "kv_bandwidth_efficiency": 0.5,
		"collective_efficiency": 0.5, "expert_imbalance": 1, "rank_imbalance": 1, "local_latency_s": 1e-5, "network_latency_s": 2e-5, "layer_overhead_s": 1e-6,
		"host_overhead_s": 1e-3, "workspace_bytes": 1e9,
	}}
	for k, v := range values {
		c.Serving[k] = v
	}
	return c
}

func replica(t *testing.T, model, gpu string, l Layout, p Precision, c Calibration, o Options) *Serving {
	t.Helper()
	g, err := fleet.LookupGPU(gpu)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewServing(lookup(t, model), g, 8, l, p, c, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Max(math.Abs(want), 1e-12) {
		t.Errorf("%s is %.12g, want %.12g", what, got, want)
	}
}

func TestADecodeStepIsItsRoofs(t *testing.T) {
	s := replica(t, "Llama-3.1-8B", "H100", Layout{TP: 2}, Precision{}, plain(nil), Options{})
	const batch, context = 64, 1000
	g, m := s.GPU, s.Model
	got := s.DecodeStep(batch, context)
	near(t, "linear", got.Linear, batch*2*m.ActiveParams()/2/(g.FLOPS(fleet.BF16)*0.5))
	near(t, "attention", got.Attention, batch*context*4*32*32*128./2/(g.FLOPS(fleet.BF16)*0.5)) // 4·layers·heads·head size
	near(t, "weights", got.Weights, (m.ParamsTotal()-m.embeddingParams())*2/2/(g.HBMBandwidth*0.8))
	near(t, "KV", got.KV, batch*context*2*8*128*32*2/2./(g.HBMBandwidth*0.5)) // K and V of 8 heads
	allReduce := 2*1/2.*batch*4096*2/(g.ScaleUpBandwidth*0.5) + 1e-5
	near(t, "comm", got.Comm, 2*32*allReduce)
	near(t, "host", got.Host, 1e-3+32*1e-6)
	// Per layer: two norms of 4 vectors each, rotary embeddings of 32 + 8 heads of
	// 128 read and written, a gated activation; 2 bytes each.
	near(t, "kernels between", got.Between, batch*32*2*(8*4096+(2*40*128+3*14336)/2.)/(g.HBMBandwidth*0.8))
	near(t, "matrix", got.Matrix(), math.Max(got.Linear, got.Weights)+got.Between)
	near(t, "step", got.Total(), got.Host+got.Comm+got.Matrix()+math.Max(got.Attention, got.KV))
}

func TestDataParallelAttentionKeepsItsWeightsAndSharesExperts(t *testing.T) {
	tensor := replica(t, "DeepSeek-V3", "H200", Layout{TP: 8}, Precision{KV: fleet.FP8}, plain(nil), Options{})
	data := replica(t, "DeepSeek-V3", "H200", Layout{DP: 8}, Precision{KV: fleet.FP8}, plain(nil), Options{})
	if data.GPUs() != 8 || data.Layout.EP != 8 {
		t.Fatalf("DP 8 is %d GPUs, %v; want experts over 8 GPUs", data.GPUs(), data.Layout)
	}
	p := data.params
	dense := p.Attention + p.DenseFFN + p.Shared + 2*p.Embeddings // FP8, embeddings in 16 bits
	near(t, "weights of a tensor-parallel GPU", tensor.Memory.Weights, (dense+p.Experts)/8)
	near(t, "weights of a data-parallel GPU", data.Memory.Weights, dense+p.Experts/8)
	// A latent cache cannot be cut over heads: tensor parallelism keeps it 8
	// times, data parallelism once.
	near(t, "KV of a token", data.Memory.KVToken, tensor.Memory.KVToken/8)

	const batch = 8 * 64
	a, b := tensor.DecodeStep(batch, 2000), data.DecodeStep(batch, 2000)
	near(t, "linear", b.Linear+b.ExpertLinear, a.Linear+a.ExpertLinear)
	near(t, "KV", b.KV, a.KV/8)
	touched := p.Experts * (1 - math.Pow(1-8./256, batch))
	bytes := p.Attention + p.DenseFFN + p.Shared + 2*p.Embeddings/2
	near(t, "weights read", b.Weights, bytes/(data.GPU.HBMBandwidth*0.8))
	near(t, "experts read", b.ExpertWeights, touched/8/(data.GPU.HBMBandwidth*0.8))
	near(t, "matrix", b.Matrix(), math.Max(b.Linear, b.Weights)+math.Max(b.ExpertLinear, b.ExpertWeights)+b.Between)
	// Each of 64 tokens goes to the 8·(1 − (7/8)⁸) GPUs that it meets, but for
	// its own, in FP8, and comes back in BF16.
	copies := 8 * (1 - math.Pow(7./8, 8)) * 7 / 8
	near(t, "comm", b.Comm, 58*(64*copies*7168*3/(data.GPU.ScaleUpBandwidth*0.5)+2*1e-5))
}

func TestExpertsOnManyNodesMeetFewOfThem(t *testing.T) {
	s := replica(t, "DeepSeek-V3", "H800", Layout{DP: 144}, Precision{KV: fleet.FP8}, plain(nil), Options{})
	// 256 experts on 144 GPUs are 2 slots each: 288 slots.
	near(t, "bytes of expert slots", s.expertUse, s.params.Experts*288/256)
	copies := 4 * 17 / 18. // a token's experts are on at most 4 of the 18 nodes
	near(t, "exchange", s.ExchangeSeconds(100), 100*copies*7168*3/(s.GPU.NICBandwidth*0.5)+2*2e-5)
}

func TestTheBusiestHoldsUpTheOthers(t *testing.T) {
	even := replica(t, "DeepSeek-V3", "H200", Layout{DP: 8}, Precision{}, plain(nil), Options{})
	uneven := replica(t, "DeepSeek-V3", "H200", Layout{DP: 8}, Precision{}, plain(map[string]float64{"expert_imbalance": 1.5, "rank_imbalance": 1.2, "expert_efficiency": 0.8}), Options{})
	a, b := even.DecodeStep(512, 100), uneven.DecodeStep(512, 100)
	near(t, "linear", b.Linear, 1.2*a.Linear)
	near(t, "linear of experts", b.ExpertLinear, 1.5/0.8*a.ExpertLinear)
	near(t, "attention", b.Attention, 1.2*a.Attention)
	near(t, "KV", b.KV, 1.2*a.KV)
}

func TestOverlappedBatchesHideCommunication(t *testing.T) {
	layout, tokens := Layout{DP: 32}, 32*4096
	apart := replica(t, "DeepSeek-V3", "H800", layout, Precision{}, plain(nil), Options{}).PrefillStep(tokens, 0)
	together := replica(t, "DeepSeek-V3", "H800", layout, Precision{}, plain(nil), Options{OverlapBatches: true}).PrefillStep(tokens, 0)
	near(t, "comm", together.Comm, apart.Comm+58*2*2e-5-together.Matrix()) // the latency of two halves
	if together.Weights <= apart.Weights {
		t.Errorf("two halves read weights for %.3g s, one batch for %.3g s; want more", together.Weights, apart.Weights)
	}
}

func TestFourBitWeightsAreUnpackedWhereTheGPUHasNoSuchUnits(t *testing.T) {
	for _, c := range []struct {
		gpu  string
		want fleet.Format
	}{{"H100", fleet.BF16}, {"B200", fleet.FP4}} {
		if s := replica(t, "GPT-OSS-120B", c.gpu, Layout{TP: 2}, Precision{}, plain(nil), Options{}); s.Precision.Compute != c.want {
			t.Errorf("%s computes GPT-OSS in %s, want %s", c.gpu, s.Precision.Compute, c.want)
		}
	}
}

func TestImpossibleLayoutsAreExplained(t *testing.T) {
	h100, err := fleet.LookupGPU("H100")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, model string
		layout      Layout
		want        string
	}{
		{"heads do not divide", "Llama-3.1-8B", Layout{TP: 3}, "does not divide the 32 attention heads"},
		{"too many stages", "Llama-3.1-8B", Layout{PP: 33}, "exceeds the 32 layers"},
		{"a dense model in data parallel", "Llama-3.1-8B", Layout{DP: 2}, "use replicas"},
		{"experts of a dense model", "Llama-3.1-8B", Layout{TP: 4, EP: 4}, "has no experts"},
		{"experts that leave GPUs over", "Mixtral-8x7B", Layout{TP: 4, EP: 3}, "must divide the 4 GPUs"},
		{"data parallel with few of the experts", "DeepSeek-V3", Layout{DP: 8, EP: 4}, "all 8 GPUs of a stage"},
		{"too many places", "Mixtral-8x7B", Layout{DP: 32}, "more than twice the 8 experts"},
	} {
		if _, err := NewServing(lookup(t, c.model), h100, 8, c.layout, Precision{}, plain(nil), Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that says %q", c.name, err, c.want)
		}
	}
}

func TestAReplicaThatDoesNotFitNamesOneThatDoes(t *testing.T) {
	h100, err := fleet.LookupGPU("H100")
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewServing(lookup(t, "Llama-3.1-70B"), h100, 8, Layout{TP: 1}, Precision{}, plain(nil), Options{})
	var misfit *FitError
	if !errors.As(err, &misfit) || misfit.Smallest != (Layout{TP: 2, PP: 1, DP: 1, EP: 1}) {
		t.Errorf("error %v, want one that names TP2", err)
	}
}

func TestAnEngineOfATableHasItsCalibration(t *testing.T) {
	for _, c := range []struct{ engine, want string }{
		{"TensorRT-LLM 0.17", "trtllm"}, {"tensorrt-llm", "trtllm"}, {"vLLM 0.9.0 ROCm 6.4", "vllm-0.15"}, {"vllm", "vllm-0.15"},
		{"SGLang", DefaultCalibrationName}, {"", DefaultCalibrationName},
	} {
		if got := EngineCalibration(c.engine).Name; got != c.want {
			t.Errorf("%q is calibrated by %s, want %s", c.engine, got, c.want)
		}
	}
}

func TestAGPUThatWasNotMeasuredTakesAfterItsKin(t *testing.T) {
	c := plain(nil)
	c.GPUs = map[string]map[string]float64{
		"H100-SXM": {"bandwidth_efficiency": 0.9}, "H200": {"bandwidth_efficiency": 0.4}, "A100-80G-SXM": {"bandwidth_efficiency": 0.7},
	}
	for _, x := range []struct {
		gpu  string
		want float64
	}{{"H100", 0.9}, {"H800", 0.6}, {"A100-40G", 0.7}, {"B200", 0.8}} {
		g, err := fleet.LookupGPU(x.gpu)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.For(g).Bandwidth; got != x.want {
			t.Errorf("%s reaches %v of its bandwidth, want %v", x.gpu, got, x.want)
		}
	}
}

func TestKinAreInTheCatalogue(t *testing.T) {
	for _, family := range kin {
		for _, name := range family {
			if g, err := fleet.LookupGPU(name); err != nil || g.Name != name {
				t.Errorf("%s is not a name of the catalogue: %v", name, err)
			}
		}
	}
}

func TestWithoutGraphsAStepTakesItsLaunches(t *testing.T) {
	launching := plain(map[string]float64{"layer_launch_s": 200e-6})
	step := func(eager bool) float64 {
		return replica(t, "Qwen2.5-7B", "H20", Layout{TP: 4}, Precision{}, launching, Options{Eager: eager}).DecodeStep(1, 0).Total()
	}
	const want = 28*200e-6 + 1e-3 // layers' launches and the host
	if got, graphs := step(true), step(false); math.Abs(got-want) > 1e-6 || graphs >= got {
		t.Fatalf("a step takes %v s without graphs and %v s with them, want %v s and less", got, graphs, want)
	}
}
