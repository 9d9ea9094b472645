package perf

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// TrainStep is where the time of one training step goes, averaged over the
// job's GPUs. The parts add up to Total exactly.
type TrainStep struct {
	Compute   event.Time // matrix multiplications, attention, element-wise kernels, recomputation
	Optimizer event.Time // the optimizer's pass over its states
	Bubble    event.Time // pipeline fill and drain, and waiting for the slowest stage
	Comm      TrainComm  // exposed communication
	Total     event.Time
}

// TrainComm is exposed communication by the group that causes it.
type TrainComm struct{ TP, CP, EP, PP, DP event.Time }

// Total returns the sum over the groups.
func (c TrainComm) Total() event.Time { return c.TP + c.CP + c.EP + c.PP + c.DP }

// Training is the cost model of one training job: a model, a GPU, a layout.
// It is immutable.
//
// With m micro-batches per pipeline of p stages with v chunks each, a step takes
//
//	T = (m + (p−1)/v) · max over stages(Σ layers (forward + backward) + head + transfers)
//	    + exposed gradient reduction + optimizer
//
// under 1F1B; zero-bubble and DualPipe schedules replace (p−1)/v (see Schedule).
//
// A layer's forward pass is its matrix multiplications at a share of the dense
// peak, the attention core, and its bandwidth-bound kernels; the backward pass
// takes twice as long, plus what is recomputed. Tensor-parallel collectives are
// exposed but for the share a stack overlaps; the context-parallel ring hides
// behind the attention core, gradients behind the last backward pass, ZeRO 3's
// weights behind each pass, expert dispatch behind a second micro-batch where
// the schedule has one.
//
// Left out: tree and hierarchical collectives, sequences of uneven length,
// stragglers, data loading.
type Training struct {
	layout    TrainLayout
	options   TrainOptions
	constants TrainCalibration
	shape     trainShape
	links     links
	memory    TrainMemory
	budget    float64 // bytes of a GPU that a job may plan to use

	seq           float64 // tokens per sequence
	rankTokens    float64 // tokens of a micro-batch on one context-parallel rank
	peak          float64 // FLOP/s of the format used
	attentionPeak float64 // FLOP/s of attention, which stays in BF16
	memoryRate    float64 // B/s that kernels reach
	dispatchBytes float64 // per element sent to experts

	step     TrainStep
	slowest  stage // the slowest pipeline stage, per micro-batch
	mean     stage // the mean over the stages, per micro-batch
	transfer float64
	once     onceCost
}

// stage is one pipeline stage's work on one micro-batch.
type stage struct {
	forward, backward pass
	weights           float64 // seconds of the backward pass that weight gradients take
}

func (s stage) sum() float64 { return s.forward.sum() + s.backward.sum() }

// onceCost is what a step pays once, whatever its number of micro-batches.
type onceCost struct{ gradients, optimizer float64 }

// NewTraining returns the cost model of training m on GPUs of type g, of which
// nodeGPUs share a node, or an error that says why the job cannot run: an
// impossible layout, or a *TrainFitError when a GPU's memory does not suffice.
func NewTraining(m Model, g fleet.GPU, nodeGPUs int, l TrainLayout, o TrainOptions, c Calibration) (*Training, error) {
	l = l.withDefaults()
	if o.Format == "" {
		o.Format = fleet.BF16
	}
	t := &Training{layout: l, options: o, constants: c.Training, shape: newTrainShape(&m)}
	if err := t.check(&m); err != nil {
		return nil, err
	}
	if err := t.rates(&m, g, nodeGPUs); err != nil {
		return nil, err
	}
	t.memory = t.memoryPerGPU()
	if err := t.checkFit(&m, g); err != nil {
		return nil, err
	}
	t.stages()
	t.once = t.onceCosts()
	t.step = t.stepOf(float64(o.GlobalBatch / (l.DP * l.MicroBatch)))
	return t, nil
}

// rates derives speeds from the GPU and the constants.
func (t *Training) rates(m *Model, g fleet.GPU, nodeGPUs int) error {
	k := &t.constants
	if e, ok := k.MatmulEfficiencyOf[g.Name]; ok {
		k.MatmulEfficiency = e
	}
	t.seq = float64(t.options.SeqLen)
	t.rankTokens = float64(t.layout.MicroBatch) * t.seq / float64(t.layout.CP)
	t.peak = g.FLOPS(t.options.Format)
	t.attentionPeak = g.FLOPS(fleet.BF16)
	t.memoryRate = k.HBMEfficiency * g.HBMBandwidth
	t.budget = trainMemoryShare * float64(g.HBMBytes)
	t.dispatchBytes = 2
	if t.options.Format == fleet.FP8 {
		t.dispatchBytes = 1
	}
	t.links = links{
		scaleUp: link{k.ScaleUpEfficiency * g.ScaleUpBandwidth, k.ScaleUpLatency.Seconds()},
		network: link{k.NetworkEfficiency * g.NICBandwidth, k.NetworkLatency.Seconds()},
		node:    max(1, min(nodeGPUs, g.ScaleUpDomain)),
	}
	if g.ScaleUpBandwidth == 0 {
		t.links.node = 1 // neighbours talk over the network
	}
	if g.NICBandwidth == 0 && t.layout.GPUs() > t.links.node {
		return fmt.Errorf("training %s: %d GPUs exceed a scale-up domain of %d, and the catalogue records no network bandwidth for %s", m.Name, t.layout.GPUs(), t.links.node, g.Name)
	}
	return nil
}

// stages works out what one micro-batch costs the slowest pipeline stage and
// the mean one. Layers are dealt out evenly; where they do not divide, middle
// stages hold one more than the last, which also computes the output head.
func (t *Training) stages() {
	pp := t.layout.PP
	dense, moe := t.layerStage(false), t.layerStage(true)
	head := t.headStage()

	moeLayers := t.shape.moeLayers
	denseLayers := t.shape.layers - moeLayers
	total := dense.times(float64(denseLayers)).plus(moe.times(float64(moeLayers))).plus(head)
	t.mean = total.times(1 / float64(pp))

	floor := t.shape.layers / pp
	ceil := (t.shape.layers + pp - 1) / pp
	slow, fast, slowLayers := moe, dense, moeLayers
	if dense.sum() > moe.sum() || moeLayers == 0 {
		slow, fast, slowLayers = dense, moe, denseLayers
	}
	heaviest := func(layers int) stage {
		n := min(layers, slowLayers)
		return slow.times(float64(n)).plus(fast.times(float64(layers - n)))
	}
	middle, last := heaviest(ceil), heaviest(floor).plus(head)
	t.slowest = last
	if middle.sum() > last.sum() {
		t.slowest = middle
	}
	t.transfer = t.ppTransfer()
}

func (s stage) plus(o stage) stage {
	return stage{s.forward.plus(o.forward), s.backward.plus(o.backward), s.weights + o.weights}
}

func (s stage) times(f float64) stage {
	return stage{s.forward.times(f), s.backward.times(f), float64(s.weights * f)}
}

// headStage returns the output head's passes for one micro-batch.
func (t *Training) headStage() stage {
	flops := float64(2*t.rankTokens*t.shape.head) / float64(t.layout.TP)
	time := flops / (t.attentionPeak * t.constants.MatmulEfficiency)
	return stage{pass{compute: time}, pass{compute: 2 * time}, time}
}

// ppTransfer returns the seconds that a stage spends on sending a micro-batch's
// activations onwards once per chunk.
func (t *Training) ppTransfer() float64 {
	l := t.layout
	if l.PP <= 1 {
		return 0
	}
	size := 2 * t.rankTokens * t.shape.hidden / float64(l.TP)
	tier := t.links.ring(groupPP, t.links.network)
	if l.TP*l.CP*l.PP <= t.links.node || t.links.inside(groupPP) {
		tier = t.links.scaleUp
	}
	time := float64(l.VPP) * tier.send(size)
	if l.Schedule == DualPipe {
		return max(0, time-t.slowest.forward.compute) // behind the other direction's micro-batch
	}
	return time
}

// stepOf returns the step of m micro-batches per pipeline: (m + rounds to fill
// and drain) × (slowest stage + transfers) + exposed gradients + optimizer.
func (t *Training) stepOf(m float64) TrainStep {
	pipeline := (m + t.FillRounds()) * (t.slowest.sum() + 2*t.transfer)
	work := t.mean.forward.plus(t.mean.backward).times(m)
	s := TrainStep{
		Compute:   event.FromSeconds(work.compute),
		Optimizer: event.FromSeconds(t.once.optimizer),
		Comm: TrainComm{
			TP: event.FromSeconds(work.tp),
			CP: event.FromSeconds(work.cp),
			EP: event.FromSeconds(work.ep),
			PP: event.FromSeconds(float64(m * 2 * t.transfer)),
			DP: event.FromSeconds(t.once.gradients + t.shardTraffic(m)),
		},
	}
	useful := s.Compute + s.Comm.TP + s.Comm.CP + s.Comm.EP + s.Comm.PP
	s.Bubble = max(0, event.FromSeconds(pipeline)-useful)
	s.Total = s.Compute + s.Optimizer + s.Bubble + s.Comm.Total()
	return s
}

// Step returns the breakdown of one step over the global batch.
func (t *Training) Step() TrainStep { return t.step }

// StepOf returns the breakdown of one step over another number of tokens,
// packed into micro-batches of the layout's size or less. A step takes at least
// as long as one of that size.
func (t *Training) StepOf(tokens int64) TrainStep { return t.stepOf(t.microBatches(tokens)) }

// ForwardTime returns the span of a forward pass alone over that many tokens,
// as log-prob and reference passes need it.
func (t *Training) ForwardTime(tokens int64) event.Time {
	m := t.microBatches(tokens)
	fill := float64(t.layout.PP-1) / float64(t.layout.VPP)
	return event.FromSeconds((m + fill) * (t.slowest.forward.sum() + t.transfer))
}

// microBatches returns how many micro-batches per pipeline hold the tokens: also
// fractions, for a trainer that packs samples spreads them evenly over the
// micro-batches that it needs.
func (t *Training) microBatches(tokens int64) float64 {
	perRound := float64(t.layout.DP) * float64(t.layout.MicroBatch) * t.seq
	return max(1, float64(tokens)/perRound)
}
