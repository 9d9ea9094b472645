package perf

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/internal/shared"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// publishedRow is one measured training step, as the model sees it.
type publishedRow struct {
	id, source string
	model      Model
	layout     TrainLayout
	options    TrainOptions
	seconds    float64
}

// sc21Scripts gives micro-batch and chunks per stage of the rows of SC21's
// Table 1, from the authors' run scripts (Megatron-LM, examples/sc21).
var sc21Scripts = map[string][2]int{
	"sc21-1.7b": {16, 1}, "sc21-7.5b": {16, 1}, "sc21-18.4b": {8, 1}, "sc21-76.1b": {2, 3},
	"sc21-145.6b": {2, 2}, "sc21-529.6b": {1, 3}, "sc21-1008.0b": {1, 1},
}

// publishedRows returns the measured A100 steps of the table that name their
// layout: SC21 Tables 1 and 2, Korthikanti et al., MegaScale's Megatron-LM
// column and vTrain's measurements.
func publishedRows(tb testing.TB) []publishedRow {
	f, err := os.Open(shared.Path(tb, "facts/pretraining_throughput.csv"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	table, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range table[0] {
		column[name] = i
	}
	var rows []publishedRow
	for _, fields := range table[1:] {
		number := func(name string) float64 {
			v, _ := strconv.ParseFloat(fields[column[name]], 64)
			return v
		}
		if row, ok := publishedStep(fields[0], fields[column["recompute"]], number); ok {
			rows = append(rows, row)
		}
	}
	return rows
}

func publishedStep(id, recompute string, number func(string) float64) (publishedRow, bool) {
	count := func(name string) int { return int(number(name)) }
	r := publishedRow{id: id, seconds: number("iter_s")}
	vocab := count("vocab")
	if vocab == 0 {
		vocab = 51200
	}
	heads := count("heads")
	if heads == 0 {
		return r, false
	}
	r.model = Model{
		Name: id, Layers: count("layers"), DenseLayers: count("layers"), Hidden: count("hidden"), Heads: heads, KVHeads: heads,
		HeadDim: count("hidden") / heads, Attention: MHA, FFN: count("ffn"), FFNMatrices: 2, Vocab: vocab, TiedEmbeddings: true,
	}
	r.layout = TrainLayout{TP: count("tp"), PP: count("pp"), VPP: count("vpp"), DP: count("dp"), MicroBatch: count("micro_batch")}
	r.options = TrainOptions{GlobalBatch: count("global_batch_seqs"), SeqLen: count("seq_len"), Attention: UnfusedAttention, NoGradientOverlap: true}
	switch {
	case strings.HasPrefix(recompute, "full"):
		r.layout.Recompute = RecomputeFull
	case strings.HasPrefix(recompute, "selective"):
		r.layout.Recompute, r.layout.SequenceParallel = RecomputeSelective, true
	}
	switch {
	case strings.HasPrefix(id, "sc21t2-PTD"):
		r.source = "SC21 Table 2"
		r.seconds = sc21FLOPs(number) / (number("tflops_per_gpu") * 1e12 * number("gpus"))
	case strings.HasPrefix(id, "sc21-"):
		r.source = "SC21 Table 1"
		r.layout.MicroBatch, r.layout.VPP = sc21Scripts[id][0], sc21Scripts[id][1]
	case strings.HasPrefix(id, "korth"):
		r.source = "Korthikanti"
	case strings.HasPrefix(id, "megascale-Megatron"):
		r.source = "MegaScale, Megatron-LM"
		r.layout.MicroBatch, r.layout.ZeRO = 1, 1
		r.layout.Recompute, r.layout.SequenceParallel = RecomputeSelective, true
	case strings.HasPrefix(id, "vtrain"):
		r.source = "vTrain"
	default:
		return r, false
	}
	return r, true
}

// sc21FLOPs is SC21's own count of a step's work, recomputation included.
func sc21FLOPs(number func(string) float64) float64 {
	b, s, l, h, v := number("global_batch_seqs"), number("seq_len"), number("layers"), number("hidden"), number("vocab")
	return 96 * b * s * l * h * h * (1 + s/(6*h) + v/(16*l*h))
}

func mustGPU(tb testing.TB, name string) fleet.GPU {
	tb.Helper()
	g, err := fleet.LookupGPU(name)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func TestStepTimesOfPublishedRuns(t *testing.T) {
	a100 := mustGPU(t, "A100-80G-SXM")
	sum, n := map[string]float64{}, map[string]float64{}
	for _, r := range publishedRows(t) {
		m, err := NewTraining(r.model, a100, 8, r.layout, r.options, DefaultCalibration())
		if err != nil {
			t.Errorf("%s ran, but: %v", r.id, err)
			continue
		}
		predicted := m.Step().Total.Seconds()
		e := predicted/r.seconds - 1
		t.Logf("%-30s measured %8.3f s, predicted %8.3f s, %+6.1f %%", r.id, r.seconds, predicted, 100*e)
		sum[r.source] += math.Abs(e)
		n[r.source]++
	}
	for source, limit := range map[string]float64{
		"SC21 Table 1": 0.05, "SC21 Table 2": 0.05, "Korthikanti": 0.05, "MegaScale, Megatron-LM": 0.05, "vTrain": 0.10,
	} {
		mean := sum[source] / n[source]
		t.Logf("%-24s mean absolute error %.1f %% over %.0f rows", source, 100*mean, n[source])
		if !(mean <= limit) {
			t.Errorf("%s: mean absolute error %.1f %%, limit %.0f %%", source, 100*mean, 100*limit)
		}
	}
}
