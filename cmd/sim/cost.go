package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
)

// costFlags are the flags of sim cost.
type costFlags struct {
	gpu             string
	gpus, nodeGPUs  int
	tp, pp, ep      int
	weights, kv     string
	batches         []int
	context         string
	utilization     float64
	overlap         bool
	calibrationFile string
	train           trainFlags
}

func costCommand(a *app) *cobra.Command {
	var f costFlags
	cmd := &cobra.Command{
		Use:   "cost MODEL --gpu GPU",
		Short: "Print what the cost model says of a model on a GPU",
		Long: `cost prints whether a model fits a replica of GPUs, how much KV cache is left,
how long engine steps take and which roof binds, and what tokens cost. The last
lines are the formulas with the numbers put in, to be checked by hand.

With --train it prints a pre-training step instead: its time and where that
goes, which roof binds, MFU and HFU, memory per GPU, or why the job does not fit.
The layout is what --tp, --cp, --pp, --ep and --dp say; without them a small one
that fits. --search takes the fastest layout of --gpus that fits; what flags
fix, it keeps.

MODEL is a name of the catalogue (sim models) or the path of a Hugging Face
config.json.`,
		Example: `  sim cost DeepSeek-R1 --gpu H800 --gpus 16 --batch 1,32,256 --context 4096
  sim cost Llama-3.1-405B --gpu H100 --gpus 8 --weights fp8
  sim cost Llama-3.1-405B --train --search --gpu H100 --gpus 16384 --global-batch 2048 --sequence 8192
  sim cost DeepSeek-V3 --train --gpu H800 --pp 16 --dp 128 --ep 64 --schedule dualpipe --recompute full --precision fp8 --global-batch 15360 --sequence 4096`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.train.check(cmd.Flags()); err != nil {
				return err
			}
			if f.train.on {
				return a.costTraining(args[0], &f, cmd.Flags())
			}
			return a.cost(args[0], &f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.gpu, "gpu", "H100", "GPU type (sim gpus lists all)")
	flags.IntVar(&f.gpus, "gpus", 0, "GPUs of one replica: tensor parallel within a node, a pipeline of nodes beyond (0 = the smallest replica that fits); of the job with --train")
	flags.IntVar(&f.nodeGPUs, "node-gpus", 8, "GPUs of a node")
	flags.IntVar(&f.tp, "tp", 0, "tensor parallelism, instead of --gpus")
	flags.IntVar(&f.pp, "pp", 1, "pipeline parallelism, with --tp")
	flags.IntVar(&f.ep, "ep", 1, "expert parallelism, with --tp (with --dp always all GPUs of a stage)")
	flags.StringVar(&f.weights, "weights", "", "format of the weights ("+strings.Join(fleet.FormatNames, ", ")+"; default: the model's own)")
	flags.StringVar(&f.kv, "kv", "", "format of the KV cache (default: bf16)")
	flags.IntSliceVar(&f.batches, "batch", []int{1, 32, 256}, "sequences decoded at once")
	flags.StringVar(&f.context, "context", "4096", "tokens of context of each sequence")
	flags.Float64Var(&f.utilization, "memory-utilization", perf.DefaultMemoryUtilization, "share of GPU memory that the engine may use")
	flags.StringVar(&f.calibrationFile, "calibration", "", "efficiency coefficients: a file, or one of "+strings.Join(perf.CalibrationNames(), ", "))
	flags.BoolVar(&f.overlap, "overlap-batches", false, "two halves of a batch in turns: one computes while the other communicates")
	f.train.register(flags)
	return cmd
}

// cost runs the command.
func (a *app) cost(modelName string, f *costFlags) error {
	model, err := costModel(modelName)
	if err != nil {
		return err
	}
	gpu, err := fleet.LookupGPU(f.gpu)
	if err != nil {
		return usageErrorf("--gpu: %w", err)
	}
	context, err := units.ParseTokens(f.context)
	if err != nil || context < 1 {
		return usageErrorf("--context %s: want a number of tokens such as 4096 or 32k", f.context)
	}
	for _, b := range f.batches {
		if b < 1 {
			return usageErrorf("--batch %d: must be at least 1", b)
		}
	}
	calibration, err := f.calibration()
	if err != nil {
		return err
	}
	precision, err := f.precision()
	if err != nil {
		return err
	}
	options := perf.Options{MemoryUtilization: f.utilization, OverlapBatches: f.overlap}
	s, misfit, err := f.replica(model, gpu, precision, calibration, options)
	if err != nil {
		return usageErrorf("%w", err)
	}
	return a.printCost(newCostReport(s, misfit, f.batches, int(context)))
}

// calibration returns the efficiency coefficients.
func (f *costFlags) calibration() (perf.Calibration, error) {
	c, err := sim.LoadCalibration(f.calibrationFile, os.ReadFile)
	if err != nil {
		return c, usageErrorf("--calibration: %w", err)
	}
	return c, nil
}

// costModel returns a model by name or by the path of a config.json.
func costModel(name string) (perf.Model, error) {
	m, lookup := perf.LookupModel(name)
	if lookup == nil {
		return m, nil
	}
	if !strings.HasSuffix(name, ".json") {
		return m, usageErrorf("%w", lookup)
	}
	file, err := os.Open(name)
	if err != nil {
		return m, fmt.Errorf("reading the model: %w", err)
	}
	defer file.Close()
	if m, err = perf.ParseConfig(name, file); err != nil {
		return m, usageErrorf("%w", err)
	}
	return m, nil
}

func (f *costFlags) precision() (p perf.Precision, err error) {
	for _, x := range []struct {
		flag, name string
		to         *fleet.Format
	}{{"--weights", f.weights, &p.Weights}, {"--kv", f.kv, &p.KV}} {
		if x.name == "" {
			continue
		}
		format, ok := fleet.ParseFormat(x.name)
		if !ok {
			return p, usageErrorf("%s %s: unknown format; want one of %s", x.flag, x.name, strings.Join(fleet.FormatNames, ", "))
		}
		*x.to = format
	}
	return p, nil
}

// replica returns the cost model of the replica that was asked for. When that
// does not fit, it returns the smallest one that does, and why.
func (f *costFlags) replica(m perf.Model, g fleet.GPU, p perf.Precision, c perf.Calibration, o perf.Options) (*perf.Serving, *perf.FitError, error) {
	if f.gpus == 0 && f.tp == 0 {
		s, err := perf.SmallestLayout(m, g, f.nodeGPUs, p, c, o)
		return s, nil, err
	}
	layout := perf.Layout{TP: f.tp, PP: f.pp, EP: f.ep, DP: f.train.dp}
	if f.tp == 0 {
		if f.gpus < 0 || f.nodeGPUs < 1 || (f.gpus > f.nodeGPUs && f.gpus%f.nodeGPUs != 0) {
			return nil, nil, fmt.Errorf("--gpus %d is neither within a node of %d GPUs nor whole nodes", f.gpus, f.nodeGPUs)
		}
		layout = perf.Layout{TP: min(f.gpus, f.nodeGPUs), PP: max(1, f.gpus/f.nodeGPUs), EP: 1}
	}
	s, err := perf.NewServing(m, g, f.nodeGPUs, layout, p, c, o)
	var misfit *perf.FitError
	if errors.As(err, &misfit) {
		s, err = perf.SmallestLayout(m, g, f.nodeGPUs, p, c, o)
		if err != nil {
			return nil, nil, fmt.Errorf("%w; %w", misfit, err)
		}
	}
	return s, misfit, err
}
