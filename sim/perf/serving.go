package perf

import (
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// Precision is the formats a replica uses. Empty fields take the model's
// native format for weights, BF16 for KV, and the weights' for computing where
// the GPU computes in it; weights of 4 bits that it does not compute in are
// unpacked to BF16.
type Precision struct{ Weights, KV, Compute fleet.Format }

func (p Precision) withDefaults(m *Model, g fleet.GPU) Precision {
	if p.Weights == "" {
		p.Weights = m.Native
	}
	if p.KV == "" {
		p.KV = fleet.BF16
	}
	if p.Compute == "" {
		p.Compute = p.Weights
		if bits4 := p.Weights == fleet.FP4 && g.FP4 == 0 || p.Weights == fleet.INT4; bits4 {
			p.Compute = fleet.BF16
		}
	}
	return p
}

// Options are engine settings that the cost model depends on.
type Options struct {
	MemoryUtilization float64 // share of HBM that the engine may use; 0 = 0.9
	MaxTokens         int     // largest number of query tokens in a step, of all data-parallel ranks; 0 = 8192
	// OverlapBatches runs two halves of a batch in turns, one computing while
	// the other communicates.
	OverlapBatches bool
	// Eager runs without CUDA graphs: every step launches its kernels anew, as
	// otherwise only steps too large for a graph do.
	Eager bool
}

// DefaultMemoryUtilization is the share of HBM an engine claims by default.
const DefaultMemoryUtilization = 0.9

// Serving is the cost model of one replica: a model on GPUs in a layout. It is
// immutable.
type Serving struct {
	Model     Model
	GPU       fleet.GPU
	NodeGPUs  int
	Layout    Layout
	Precision Precision
	Options   Options
	Coef      ServingCoefficients
	Memory    Memory
	// CalibrationName is where Coef came from.
	CalibrationName string
	// ScheduleAhead says that the engine forms a batch one step ahead.
	ScheduleAhead bool
	Draft         *Draft // what it speculates with; nil = nothing

	params    Params
	expertUse float64 // bytes of the experts of all slots of a replica
	otherUse  float64 // bytes of all other weights that a step reads, of one data-parallel rank
	joined    Joints
}

// NewServing returns the cost model of a replica, or an error: an impossible
// layout, or a *FitError when the weights leave no memory for KV.
func NewServing(m Model, g fleet.GPU, nodeGPUs int, l Layout, p Precision, c Calibration, o Options) (*Serving, error) {
	s, err := newServing(m, g, nodeGPUs, l, p, c, o)
	if err != nil {
		return nil, err
	}
	if s.Memory.KV < math.Max(s.Memory.KVToken, 1) {
		e := &FitError{Model: m.Name, GPU: g.Name, Layout: s.Layout, Memory: s.Memory}
		if small, err := SmallestLayout(m, g, nodeGPUs, p, c, o); err == nil {
			e.Smallest = small.Layout
		}
		return nil, e
	}
	return s, nil
}

// SmallestLayout returns the cost model of the smallest replica that fits,
// among powers of two of tensor parallelism within a node, then pipelines of
// whole nodes. "Fits" leaves room for at least one full default batch of KV:
// 8,192 tokens.
func SmallestLayout(m Model, g fleet.GPU, nodeGPUs int, p Precision, c Calibration, o Options) (*Serving, error) {
	var layouts []Layout
	for tp := 1; tp <= nodeGPUs; tp *= 2 {
		layouts = append(layouts, Layout{TP: tp})
	}
	for pp := 2; pp <= 8; pp++ {
		layouts = append(layouts, Layout{TP: nodeGPUs, PP: pp})
	}
	for _, l := range layouts {
		s, err := newServing(m, g, nodeGPUs, l, p, c, o)
		if err == nil && s.Memory.KV >= 8192*s.Memory.KVToken && s.Memory.KV > 0 {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%s fits no layout of up to %d × %s", m.Name, 8*nodeGPUs, g.Name)
}

func newServing(m Model, g fleet.GPU, nodeGPUs int, l Layout, p Precision, c Calibration, o Options) (*Serving, error) {
	l = l.withDefaults()
	if o.MemoryUtilization == 0 {
		o.MemoryUtilization = DefaultMemoryUtilization
	}
	if o.MaxTokens == 0 {
		o.MaxTokens = 8192
	}
	s := &Serving{Model: m, GPU: g, NodeGPUs: nodeGPUs, Layout: l, Precision: p.withDefaults(&m, g), Options: o, Coef: c.For(g), CalibrationName: c.Name, ScheduleAhead: c.ScheduleAhead, params: m.Params()}
	switch {
	case nodeGPUs < 1:
		return nil, fmt.Errorf("a node has %d GPUs, must be at least 1", nodeGPUs)
	case !(o.MemoryUtilization > 0 && o.MemoryUtilization <= 1):
		return nil, fmt.Errorf("memory utilisation is %v, must be above 0 and at most 1", o.MemoryUtilization)
	}
	if err := l.check(&m); err != nil {
		return nil, err
	}
	s.joined = s.neighbours()
	s.memory()
	return s, nil
}

// GPUs returns the GPUs of the replica.
func (s *Serving) GPUs() int { return s.Layout.GPUs() }
