package validate

import (
	"fmt"
	"strings"

	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
)

// trainingCase is a row as the cost model sees it.
type trainingCase struct {
	model   perf.Model
	gpu     fleet.GPU
	gpus    int
	layout  perf.TrainLayout
	options perf.TrainOptions
	stack   trainStack

	noLayout    bool // the row prints none: the fastest is searched
	noBatch     bool // the row prints none: only feasibility can be judged
	noMicro     bool
	noChunks    bool // the stack interleaves, the row does not say how often
	noRecompute bool
	hardware    bool // published FLOPs count recomputation
	assumed     []string
}

// gpusOfANode is the node that every published system of the table has.
const gpusOfANode = 8

// gptVocabulary is GPT-2's vocabulary as Megatron-LM pads it, which stacks
// before 2023 used throughout.
const gptVocabulary = 51200

// incompleteError says what a publication does not tell of what ran.
type incompleteError string

// Error implements error.
func (e incompleteError) Error() string { return string(e) }

// newTrainingCase reads a row as a job, or says why it cannot be one; the error
// is an incompleteError when the publication leaves out what ran.
func newTrainingCase(r *trainingRow) (*trainingCase, error) {
	c := &trainingCase{gpus: r.count("gpus"), stack: stackOf(r.text["stack"])}
	if len(r.filled) > 0 {
		c.assume("%s from the sources of the built-in table", strings.Join(r.filled, ", "))
	}
	if c.gpus == 0 {
		return nil, incompleteError("the number of GPUs is not published")
	}
	if r.count("seq_len") == 0 {
		return nil, incompleteError("the sequence length is not published")
	}
	var err error
	if c.gpu, err = fleet.LookupGPU(r.text["gpu"]); err != nil {
		return nil, err
	}
	if err := c.readModel(r); err != nil {
		return nil, err
	}
	if err := c.readOptions(r); err != nil {
		return nil, err
	}
	return c, c.readLayout(r)
}

func (c *trainingCase) assume(format string, args ...any) {
	c.assumed = append(c.assumed, fmt.Sprintf(format, args...))
}

// readModel takes the catalogue's model of that name or shape, else the shape
// in the row, as a GPT: multi-head attention, an FFN of two matrices, tied
// embeddings.
func (c *trainingCase) readModel(r *trainingRow) error {
	if m, err := perf.LookupModel(r.text["model"]); err == nil {
		c.model = m
		return nil
	}
	layers, hidden := r.count("layers"), r.count("hidden")
	if layers == 0 || hidden == 0 {
		return incompleteError(fmt.Sprintf("the shape of %s is not published", r.text["model"]))
	}
	for _, m := range perf.Models() {
		if m.Layers == layers && m.Hidden == hidden && m.Heads == r.count("heads") && m.FFN == r.count("ffn") && m.Vocab == r.count("vocab") {
			c.model = m
			return nil
		}
	}
	or := func(column string, otherwise int) int {
		if v := r.count(column); v > 0 {
			return v
		}
		c.assume("%s %d", column, otherwise)
		return otherwise
	}
	heads := or("heads", max(1, hidden/128))
	if hidden%heads != 0 {
		return fmt.Errorf("heads %d does not divide hidden %d", heads, hidden)
	}
	c.model = perf.Model{
		Name: r.text["model"], Layers: layers, DenseLayers: layers, Hidden: hidden, Heads: heads, KVHeads: heads, HeadDim: hidden / heads,
		Attention: perf.MHA, FFN: or("ffn", 4*hidden), FFNMatrices: 2, Vocab: or("vocab", gptVocabulary), TiedEmbeddings: true,
	}
	return nil
}

// readOptions reads what a step computes and how its FLOPs were counted.
// Where a publication does not say, what the kernels compute is counted: half
// of the attention core by fused ones, all of it by those before.
func (c *trainingCase) readOptions(r *trainingRow) error {
	c.options = perf.TrainOptions{
		GlobalBatch: r.count("global_batch_seqs"), SeqLen: r.count("seq_len"),
		Attention: c.stack.attention, NoGradientOverlap: c.stack.noOverlap, OverlapTP: c.stack.overlapTP, GatherContext: c.stack.gatherContext,
	}
	if name := r.text["format"]; name != "" {
		format, ok := fleet.ParseFormat(name)
		if !ok {
			return fmt.Errorf("format is %q: want one of %s", name, strings.Join(fleet.FormatNames, ", "))
		}
		c.options.Format = format
	}
	c.hardware = strings.Contains(r.text["flops_def"], "incl recompute")
	c.options.CausalFLOPs = r.text["flops_def"] == "" && c.stack.attention != perf.UnfusedAttention
	return nil
}

// readLayout reads how the job is spread over its GPUs, noting what the row
// does not say.
func (c *trainingCase) readLayout(r *trainingRow) error {
	c.noBatch = c.options.GlobalBatch == 0
	c.noLayout = r.count("tp") == 0 && r.count("pp") == 0
	c.noMicro = r.count("micro_batch") == 0
	c.noChunks = r.count("vpp") == 0 && strings.Contains(strings.ToLower(r.text["stack"]), "interleaved")
	if c.noLayout {
		if c.noBatch {
			return incompleteError("neither the layout nor the global batch is published")
		}
		return nil
	}
	l := &c.layout
	*l = perf.TrainLayout{
		TP: max(1, r.count("tp")), CP: max(1, r.count("cp")), PP: max(1, r.count("pp")), VPP: max(1, r.count("vpp")), DP: r.count("dp"),
		EP: max(1, r.count("ep")), MicroBatch: max(1, r.count("micro_batch")), ZeRO: c.stack.zero,
	}
	if l.DP == 0 {
		l.DP = max(1, c.gpus/(l.TP*l.CP*l.PP))
	}
	if l.GPUs() != c.gpus {
		return fmt.Errorf("tp %d × cp %d × pp %d × dp %d is %d GPUs, but gpus is %d", l.TP, l.CP, l.PP, l.DP, l.GPUs(), c.gpus)
	}
	if r.text["zero"] != "" {
		l.ZeRO = r.count("zero")
	}
	if name := r.text["schedule"]; name != "" {
		var err error
		if l.Schedule, err = perf.ParseSchedule(name); err != nil {
			return err
		}
	}
	if c.noBatch {
		// Enough micro-batches to fill the pipeline: memory needs no more.
		c.options.GlobalBatch = 2 * l.PP * l.DP * l.MicroBatch
	}
	return c.readRecompute(r.text["recompute"])
}

// readRecompute reads a mode such as "full" or "selective+SP".
func (c *trainingCase) readRecompute(text string) error {
	mode, extra, _ := strings.Cut(strings.ToLower(text), "+")
	c.noRecompute = mode == ""
	if !c.noRecompute {
		var err error
		if c.layout.Recompute, err = perf.ParseRecompute(mode); err != nil {
			return err
		}
	}
	switch {
	case extra == "sp":
		c.layout.SequenceParallel = true
	case extra != "":
		return fmt.Errorf("recompute is %q: want none, selective or full, and +SP for sequence parallelism", text)
	default:
		c.layout.SequenceParallel = !(c.stack.noSP && mode == "full")
	}
	return nil
}
