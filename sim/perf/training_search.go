package perf

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// TrainSearch restricts a search of layouts to the values listed. Nil or empty
// lists leave a choice free.
type TrainSearch struct {
	TP, CP, PP, DP, EP, VPP, MicroBatch []int
	ZeRO                                []int       // free: 1, then 2 and 3 where they are faster or the others do not fit
	Recompute                           []Recompute // free: all
	Schedule                            []Schedule  // free: 1F1B, interleaved or not
}

// maxSearchedCP bounds context parallelism: beyond it published jobs stop, and
// a rank keeps at least minRankTokens tokens of a sequence.
const (
	maxSearchedCP = 64
	minRankTokens = 1024
)

// TrainSearchResult is the outcome of a search.
type TrainSearchResult struct {
	Best    *Training
	Tried   int // layouts whose memory was worked out
	Fitting int // of these, layouts that fit
}

// SearchTraining returns the layout with the fastest step among all that use
// exactly so many GPUs and fit: every tensor-, context-, pipeline-, expert- and
// data-parallel degree, micro-batch, number of virtual chunks, ZeRO stage and
// mode of recomputation that the search leaves free. Equal steps go to the
// layout met first, which is the simpler one. The error is a *TrainFitError,
// wrapped, when layouts exist but none fits.
func SearchTraining(m Model, g fleet.GPU, nodeGPUs, gpus int, o TrainOptions, s TrainSearch, c Calibration) (TrainSearchResult, error) {
	if gpus < 1 {
		return TrainSearchResult{}, fmt.Errorf("training %s: %d GPUs, must be at least 1", m.Name, gpus)
	}
	f := &finder{search: s, model: &m, gpu: g, gpus: gpus}
	if o.Format == "" {
		o.Format = fleet.BF16
	}
	f.base = Training{layout: TrainLayout{}.withDefaults(), options: o, constants: c.Training, shape: newTrainShape(&m)}
	f.base.layout.DP = gpus
	if o.GlobalBatch < 1 || o.SeqLen < 1 {
		return TrainSearchResult{}, f.base.check(&m)
	}
	if err := f.base.rates(&m, g, nodeGPUs); err != nil {
		return TrainSearchResult{}, err
	}
	f.degrees(f.pipelines)
	if f.found {
		// Checks the winner once more, as any layout given by hand.
		best, err := NewTraining(m, g, nodeGPUs, f.best.layout, o, c)
		return TrainSearchResult{best, f.tried, f.fitting}, err
	}
	if f.tried > 0 {
		closest := &TrainFitError{Model: m.Name, GPU: g.Name, Memory: f.closest.memory, Budget: f.base.budget}
		return TrainSearchResult{Tried: f.tried}, fmt.Errorf("none of %d layouts of %d %s fits; the closest: %w", f.tried, gpus, g.Name, closest)
	}
	return TrainSearchResult{}, fmt.Errorf("training %s: no layout of %d GPUs divides its %d heads, %d layers and a global batch of %d sequences as asked", m.Name, gpus, m.Heads, m.Layers, o.GlobalBatch)
}

// finder walks through layouts.
type finder struct {
	search  TrainSearch
	model   *Model
	gpu     fleet.GPU
	gpus    int
	base    Training // shape, rates and options, shared by all candidates
	best    Training
	closest Training // the smallest that does not fit
	found   bool
	tried   int
	fitting int
}

// allowed says whether a choice is free or among those asked for.
func allowed[T comparable](choices []T, v T) bool {
	if len(choices) == 0 {
		return true
	}
	for _, c := range choices {
		if c == v {
			return true
		}
	}
	return false
}

// degrees calls next with every TP and CP degree: powers of two, or what was
// asked for, TP within the scale-up domain.
func (f *finder) degrees(next func(l TrainLayout)) {
	l := f.base.layout
	l.ZeRO, l.SequenceParallel = 1, true
	seq := f.base.options.SeqLen
	for _, tp := range powersOr(f.search.TP, f.base.links.node) {
		for _, cp := range powersOr(f.search.CP, min(maxSearchedCP, seq/minRankTokens)) {
			if tp < 1 || cp < 1 || f.gpus%(tp*cp) != 0 || int(f.base.shape.heads)%tp != 0 || seq%cp != 0 {
				continue
			}
			l.TP, l.CP = tp, cp
			next(l)
		}
	}
}

// powersOr returns the choices, or the powers of two up to most.
func powersOr(choices []int, most int) []int {
	if len(choices) > 0 {
		return choices
	}
	all := []int{1}
	for n := 2; n <= most; n *= 2 {
		all = append(all, n)
	}
	return all
}

// pipelines goes on with every pipeline degree, micro-batch and expert degree
// that divide what they have to.
func (f *finder) pipelines(l TrainLayout) {
	rest := f.gpus / l.TP / l.CP
	batch := f.base.options.GlobalBatch
	for l.PP = 1; l.PP <= min(rest, f.base.shape.layers); l.PP++ {
		if rest%l.PP != 0 || batch%(rest/l.PP) != 0 {
			continue
		}
		if l.DP = rest / l.PP; !allowed(f.search.PP, l.PP) || !allowed(f.search.DP, l.DP) {
			continue
		}
		for _, micro := range powersOr(f.search.MicroBatch, batch/l.DP) {
			if micro < 1 || batch/l.DP%micro != 0 {
				continue
			}
			l.MicroBatch = micro
			for _, ep := range f.expertDegrees(l.CP * l.DP) {
				l.EP = ep
				f.memoryModes(l)
			}
		}
	}
}

// expertDegrees lists the EP degrees that divide experts and replicas.
func (f *finder) expertDegrees(replicas int) []int {
	experts := int(f.base.shape.experts)
	if experts == 0 {
		if allowed(f.search.EP, 1) {
			return []int{1}
		}
		return nil
	}
	var all []int
	for _, ep := range powersOr(f.search.EP, min(experts, replicas)) {
		if ep >= 1 && experts%ep == 0 && replicas%ep == 0 {
			all = append(all, ep)
		}
	}
	return all
}

// memoryModes goes on with every ZeRO stage and recomputation, unless the most
// sparing of them does not fit without interleaving, which only adds memory.
func (f *finder) memoryModes(l TrainLayout) {
	zeros, recomputes := f.search.ZeRO, f.search.Recompute
	if len(zeros) == 0 {
		zeros = []int{1, 2, 3}
	}
	if len(recomputes) == 0 {
		recomputes = []Recompute{RecomputeNone, RecomputeSelective, RecomputeFull}
	}
	fits := false
	for _, l.ZeRO = range zeros {
		for _, l.Recompute = range recomputes {
			t := f.base
			t.layout = l
			t.rankTokens = float64(l.MicroBatch) * t.seq / float64(l.CP)
			t.memory = t.memoryPerGPU()
			f.tried++
			if t.memory.Total() > f.base.budget {
				if !fits && (f.closest.memory.Total() == 0 || t.memory.Total() < f.closest.memory.Total()) {
					f.closest = t
				}
				continue
			}
			fits = true
			f.schedules(t)
		}
	}
}

// schedules times a layout that fits under every schedule.
func (f *finder) schedules(t Training) {
	schedules := f.search.Schedule
	if len(schedules) == 0 {
		schedules = []Schedule{OneFOneB}
	}
	perStage := (t.shape.layers + t.layout.PP - 1) / t.layout.PP
	micro := t.options.GlobalBatch / (t.layout.DP * t.layout.MicroBatch)
	for _, schedule := range schedules {
		t.layout.Schedule, t.layout.VPP = schedule, 1
		if schedule != OneFOneB {
			if t.checkSchedule(fmt.Errorf) == nil && allowed(f.search.VPP, 1) {
				f.time(t)
			}
			continue
		}
		for v := 1; v <= perStage; v++ {
			// Chunks of whole layers, and enough micro-batches to interleave.
			if v > 1 && (t.layout.PP == 1 || micro < t.layout.PP || perStage%v != 0 || t.layout.PP*v > t.shape.layers+2) {
				continue
			}
			if t.layout.VPP = v; allowed(f.search.VPP, v) {
				f.time(t)
			}
		}
	}
}

// time works out a step, and keeps the layout when it is the fastest so far.
func (f *finder) time(t Training) {
	if t.layout.VPP > 1 || t.layout.Schedule != OneFOneB {
		f.tried++
		if t.memory = t.memoryPerGPU(); t.memory.Total() > f.base.budget {
			return
		}
	}
	f.fitting++
	t.stages()
	t.once = t.onceCosts()
	t.step = t.stepOf(float64(t.options.GlobalBatch / (t.layout.DP * t.layout.MicroBatch)))
	if !f.found || t.step.Total < f.best.step.Total {
		f.best, f.found = t, true
	}
}
