package perf

import (
	"fmt"
	"io"

	"github.com/goccy/go-yaml"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// Calibration holds the coefficients that turn peak rates into what software
// reaches. They are physical and few, belong to a GPU type and an engine, and
// are shared by all models.
type Calibration struct {
	Name     string                     `yaml:"name"`
	Source   string                     `yaml:"source"`
	Default  ServingCoefficients        `yaml:"serving"`
	GPUs     map[string]ServingOverride `yaml:"gpus"` // by catalogue name
	Training TrainCalibration           `yaml:"-"`
}

// ServingCoefficients are the efficiencies and overheads of a serving engine.
type ServingCoefficients struct {
	Compute      float64 `yaml:"compute_efficiency"`      // of dense peak, large matrix multiplications
	Attention    float64 `yaml:"attention_efficiency"`    // of BF16 peak, attention kernels
	Bandwidth    float64 `yaml:"bandwidth_efficiency"`    // of HBM bandwidth, weights
	KVBandwidth  float64 `yaml:"kv_bandwidth_efficiency"` // of HBM bandwidth, paged KV
	Collective   float64 `yaml:"collective_efficiency"`   // of link bandwidth, collectives
	LocalLatency float64 `yaml:"local_latency_s"`         // of a collective inside the scale-up domain
	NetLatency   float64 `yaml:"network_latency_s"`       // of a collective across nodes
	Layer        float64 `yaml:"layer_overhead_s"`        // kernel launches and small kernels, per layer
	Host         float64 `yaml:"host_overhead_s"`         // scheduling and sampling, per step
	Workspace    float64 `yaml:"workspace_bytes"`         // per GPU: activations, CUDA graphs, communication buffers
}

// ServingOverride replaces single coefficients for one GPU type; nil keeps the
// default.
type ServingOverride struct {
	Compute      *float64 `yaml:"compute_efficiency"`
	Attention    *float64 `yaml:"attention_efficiency"`
	Bandwidth    *float64 `yaml:"bandwidth_efficiency"`
	KVBandwidth  *float64 `yaml:"kv_bandwidth_efficiency"`
	Collective   *float64 `yaml:"collective_efficiency"`
	LocalLatency *float64 `yaml:"local_latency_s"`
	NetLatency   *float64 `yaml:"network_latency_s"`
	Layer        *float64 `yaml:"layer_overhead_s"`
	Host         *float64 `yaml:"host_overhead_s"`
	Workspace    *float64 `yaml:"workspace_bytes"`
}

// DefaultCalibration returns coefficients typical of a current open-source
// engine with CUDA graphs. They come from public rules of thumb (60 % of dense
// peak for large GEMMs, 85 % of HBM bandwidth for streaming reads, collectives
// at 70 % of link speed, some 10 µs a small all-reduce), not from a fit; a
// calibration file replaces them.
func DefaultCalibration() Calibration {
	return Calibration{
		Name:   "default",
		Source: "rules of thumb for engines with CUDA graphs; not fitted",
		Default: ServingCoefficients{
			Compute: 0.60, Attention: 0.40, Bandwidth: 0.85, KVBandwidth: 0.70, Collective: 0.70,
			LocalLatency: 8e-6, NetLatency: 25e-6, Layer: 4e-6, Host: 1e-3, Workspace: 3e9,
		},
		Training: DefaultTrainCalibration(),
	}
}

// ParseCalibration reads a calibration file (YAML). Keys that are left out keep
// their defaults; unknown keys and GPUs are errors.
func ParseCalibration(r io.Reader) (Calibration, error) {
	c := DefaultCalibration()
	c.Source = ""
	if err := yaml.NewDecoder(r, yaml.Strict()).Decode(&c); err != nil {
		return Calibration{}, fmt.Errorf("calibration: %w", err)
	}
	byName := map[string]ServingOverride{}
	for name, o := range c.GPUs {
		g, err := fleet.LookupGPU(name)
		if err != nil {
			return Calibration{}, fmt.Errorf("calibration: gpus: %w", err)
		}
		byName[g.Name] = o
	}
	c.GPUs = byName
	for _, g := range fleet.GPUs() {
		if err := c.For(g).validate(); err != nil {
			return Calibration{}, fmt.Errorf("calibration: %s: %w", g.Name, err)
		}
	}
	return c, nil
}

// For returns the serving coefficients on GPUs of type g.
func (c *Calibration) For(g fleet.GPU) ServingCoefficients {
	s := c.Default
	o := c.GPUs[g.Name]
	for _, f := range []struct {
		value *float64
		to    *float64
	}{
		{o.Compute, &s.Compute}, {o.Attention, &s.Attention}, {o.Bandwidth, &s.Bandwidth}, {o.KVBandwidth, &s.KVBandwidth},
		{o.Collective, &s.Collective}, {o.LocalLatency, &s.LocalLatency}, {o.NetLatency, &s.NetLatency},
		{o.Layer, &s.Layer}, {o.Host, &s.Host}, {o.Workspace, &s.Workspace},
	} {
		if f.value != nil {
			*f.to = *f.value
		}
	}
	return s
}

func (s ServingCoefficients) validate() error {
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"compute_efficiency", s.Compute}, {"attention_efficiency", s.Attention}, {"bandwidth_efficiency", s.Bandwidth},
		{"kv_bandwidth_efficiency", s.KVBandwidth}, {"collective_efficiency", s.Collective},
	} {
		if !(f.value > 0 && f.value <= 1) {
			return fmt.Errorf("%s is %v, must be above 0 and at most 1", f.name, f.value)
		}
	}
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"local_latency_s", s.LocalLatency}, {"network_latency_s", s.NetLatency}, {"layer_overhead_s", s.Layer},
		{"host_overhead_s", s.Host}, {"workspace_bytes", s.Workspace},
	} {
		if !(f.value >= 0) {
			return fmt.Errorf("%s is %v, must not be negative", f.name, f.value)
		}
	}
	return nil
}
