package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
)

// trainFlags are the flags of sim cost --train.
type trainFlags struct {
	on, search          bool
	cp, dp, vpp, micro  int
	zero, batch         int
	sequence, precision string
	recompute, schedule string
	overlapTP           float64
}

// trainOnly are the flags that mean nothing without --train, serveOnly those
// that mean nothing with it.
var (
	trainOnly = []string{"search", "cp", "vpp", "micro-batch", "zero", "global-batch", "sequence", "precision", "recompute", "schedule", "overlap-tp"}
	serveOnly = []string{"weights", "kv", "batch", "context", "memory-utilization"}
)

func (f *trainFlags) register(flags *pflag.FlagSet) {
	flags.BoolVar(&f.on, "train", false, "a pre-training step instead of serving")
	flags.BoolVar(&f.search, "search", false, "with --train: the fastest layout of --gpus that fits")
	flags.IntVar(&f.cp, "cp", 1, "with --train: context parallelism")
	flags.IntVar(&f.dp, "dp", 0, "data parallelism: of attention, with --tp; of the job, with --train (0 = the rest of --gpus)")
	flags.IntVar(&f.vpp, "vpp", 1, "with --train: virtual chunks per pipeline stage, interleaved")
	flags.IntVar(&f.micro, "micro-batch", 1, "with --train: sequences of a micro-batch")
	flags.IntVar(&f.zero, "zero", 1, "with --train: ZeRO stage, 0 to 3")
	flags.IntVar(&f.batch, "global-batch", 0, "with --train: sequences of a step (0 = one per GPU)")
	flags.StringVar(&f.sequence, "sequence", "8192", "with --train: tokens of a sequence")
	flags.StringVar(&f.precision, "precision", "bf16", "with --train: format of the matrix multiplications")
	flags.StringVar(&f.recompute, "recompute", "none", "with --train: none, selective or full")
	flags.StringVar(&f.schedule, "schedule", "1f1b", "with --train: 1f1b, zero-bubble or dualpipe")
	flags.Float64Var(&f.overlapTP, "overlap-tp", 0, "with --train: share of tensor-parallel communication hidden, 0 to 1")
}

// check rejects flags of the other kind of cost.
func (f *trainFlags) check(flags *pflag.FlagSet) error {
	names, needs := trainOnly, "only works with --train"
	if f.on {
		names, needs = serveOnly, "does not work with --train"
	}
	for _, name := range names {
		if flags.Changed(name) {
			return usageErrorf("--%s %s", name, needs)
		}
	}
	return nil
}

// trainJob is what sim cost --train was asked for.
type trainJob struct {
	model       perf.Model
	gpu         fleet.GPU
	nodeGPUs    int
	gpus        int
	layout      perf.TrainLayout
	given       bool // a layout, by its degrees
	options     perf.TrainOptions
	calibration perf.Calibration
}

// costTraining runs sim cost --train.
func (a *app) costTraining(modelName string, f *costFlags, flags *pflag.FlagSet) error {
	j, err := newTrainJob(modelName, f, flags)
	if err != nil {
		return err
	}
	r := &trainReport{}
	if f.train.search {
		err = j.search(r, j.pins(f, flags))
	} else {
		err = j.cost(r)
	}
	if err != nil {
		return usageErrorf("%w", err)
	}
	r.fill(j)
	return a.printTrainCost(r)
}

func newTrainJob(modelName string, f *costFlags, flags *pflag.FlagSet) (*trainJob, error) {
	j := &trainJob{nodeGPUs: f.nodeGPUs}
	var err error
	if j.model, err = costModel(modelName); err != nil {
		return nil, err
	}
	if j.gpu, err = fleet.LookupGPU(f.gpu); err != nil {
		return nil, usageErrorf("--gpu: %w", err)
	}
	if j.calibration, err = f.calibration(); err != nil {
		return nil, err
	}
	for _, name := range []string{"tp", "cp", "pp", "ep", "dp"} {
		j.given = j.given || flags.Changed(name)
	}
	t := &f.train
	j.layout = perf.TrainLayout{
		TP: max(1, f.tp), CP: t.cp, PP: f.pp, EP: f.ep, DP: t.dp, VPP: t.vpp, MicroBatch: t.micro, ZeRO: t.zero, SequenceParallel: true,
	}
	if j.layout.Recompute, err = perf.ParseRecompute(t.recompute); err != nil {
		return nil, usageErrorf("--recompute: %w", err)
	}
	if j.layout.Schedule, err = perf.ParseSchedule(t.schedule); err != nil {
		return nil, usageErrorf("--schedule: %w", err)
	}
	if err := j.countGPUs(f); err != nil {
		return nil, err
	}
	return j, j.readOptions(t)
}

// countGPUs settles the number of GPUs and the data-parallel degree.
func (j *trainJob) countGPUs(f *costFlags) error {
	l := &j.layout
	for _, x := range []struct {
		flag        string
		value, most int
	}{{"node-gpus", f.nodeGPUs, 1}, {"tp", l.TP, 1}, {"cp", l.CP, 1}, {"pp", l.PP, 1}, {"dp", l.DP, 0}, {"gpus", f.gpus, 0}} {
		if x.value < x.most || x.value > 1e7 {
			return usageErrorf("--%s %d: must be from %d to 10000000", x.flag, x.value, x.most)
		}
	}
	j.gpus = f.gpus
	stage := l.TP * l.CP * l.PP
	switch {
	case f.train.search && j.gpus == 0:
		return usageErrorf("--search needs --gpus")
	case f.train.search:
		return nil
	case !j.given && j.gpus == 0:
		return usageErrorf("--train needs --gpus, or a layout: --tp, --cp, --pp and --dp")
	case !j.given:
		return nil
	case j.gpus == 0:
		l.DP = max(1, l.DP)
		j.gpus = l.GPUs()
	case l.DP == 0:
		l.DP = max(1, j.gpus/stage)
	}
	if l.GPUs() != j.gpus {
		return usageErrorf("tp %d × cp %d × pp %d × dp %d is %d GPUs, but --gpus is %d", l.TP, l.CP, l.PP, l.DP, l.GPUs(), j.gpus)
	}
	return nil
}

func (j *trainJob) readOptions(t *trainFlags) error {
	seq, err := units.ParseTokens(t.sequence)
	if err != nil || seq < 1 {
		return usageErrorf("--sequence %s: want a number of tokens such as 8192 or 32Ki", t.sequence)
	}
	format, ok := fleet.ParseFormat(t.precision)
	if !ok {
		return usageErrorf("--precision %s: unknown format; want one of %s", t.precision, strings.Join(fleet.FormatNames, ", "))
	}
	j.options = perf.TrainOptions{GlobalBatch: t.batch, SeqLen: int(seq), Format: format, OverlapTP: t.overlapTP}
	if t.batch == 0 {
		j.options.GlobalBatch = j.gpus
	}
	return nil
}

// pins returns the choices that flags take away from a search.
func (j *trainJob) pins(f *costFlags, flags *pflag.FlagSet) perf.TrainSearch {
	var s perf.TrainSearch
	for _, x := range []struct {
		flag  string
		value int
		to    *[]int
	}{
		{"tp", f.tp, &s.TP}, {"cp", f.train.cp, &s.CP}, {"pp", f.pp, &s.PP}, {"dp", f.train.dp, &s.DP}, {"ep", f.ep, &s.EP},
		{"vpp", f.train.vpp, &s.VPP}, {"micro-batch", f.train.micro, &s.MicroBatch}, {"zero", f.train.zero, &s.ZeRO},
	} {
		if flags.Changed(x.flag) {
			*x.to = []int{x.value}
		}
	}
	if flags.Changed("recompute") {
		s.Recompute = []perf.Recompute{j.layout.Recompute}
	}
	if flags.Changed("schedule") {
		s.Schedule = []perf.Schedule{j.layout.Schedule}
	}
	return s
}

// search finds the fastest layout.
func (j *trainJob) search(r *trainReport, s perf.TrainSearch) error {
	found, err := perf.SearchTraining(j.model, j.gpu, j.nodeGPUs, j.gpus, j.options, s, j.calibration)
	if err != nil {
		return err
	}
	r.cost = found.Best
	r.Search = &trainSearch{Tried: found.Tried, Fitting: found.Fitting}
	return nil
}

// cost prices the layout asked for, or a small one. Where that does not fit,
// it says why and takes the fastest that does.
func (j *trainJob) cost(r *trainReport) error {
	layout := j.layout
	if !j.given {
		var err error
		if layout, err = perf.DefaultTrainLayout(j.model, j.gpu, j.nodeGPUs, j.gpus, j.options, j.calibration); err != nil {
			return err
		}
	}
	var err error
	r.cost, err = perf.NewTraining(j.model, j.gpu, j.nodeGPUs, layout, j.options, j.calibration)
	var misfit *perf.TrainFitError
	if !errors.As(err, &misfit) {
		return err
	}
	r.Misfit = fmt.Sprintf("%s does not fit: %v", layout, misfit)
	if again := j.search(r, perf.TrainSearch{}); again != nil {
		return fmt.Errorf("%w; %w", misfit, again)
	}
	return nil
}
