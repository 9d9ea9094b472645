package perf

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/fleet"
)

// Calibration holds the coefficients that turn peak rates into what software
// reaches. They are physical and few, belong to an engine and a GPU type, and
// are shared by all models.
type Calibration struct {
	Name   string `yaml:"name"`
	Source string `yaml:"source"`
	// Engines are the engines that it holds for, by how their names begin in
	// tables of measurements.
	Engines []string `yaml:"engines,omitempty"`
	// ScheduleAhead says that the engine forms a batch one step ahead.
	ScheduleAhead bool `yaml:"schedule_ahead"`
	// Serving replaces coefficients on all GPUs, GPUs on single types and their
	// kin, by catalogue name.
	Serving  map[string]float64            `yaml:"serving"`
	GPUs     map[string]map[string]float64 `yaml:"gpus,omitempty"`
	Training TrainCalibration              `yaml:"-"`
}

// DefaultCalibrationName is the calibration that applies when none is named.
const DefaultCalibrationName = "vllm-0.15"

//go:embed data/calibrations/*.yaml
var calibrationFiles embed.FS

// CalibrationNames returns the calibrations that come with the simulator.
func CalibrationNames() []string {
	entries, err := calibrationFiles.ReadDir("data/calibrations")
	if err != nil {
		panic(err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	return names
}

// NamedCalibration returns a calibration that comes with the simulator.
func NamedCalibration(name string) (Calibration, error) {
	if !slices.Contains(CalibrationNames(), name) {
		return Calibration{}, fmt.Errorf("unknown calibration %q: want a file or one of %s.%s", name, strings.Join(CalibrationNames(), ", "), suggest.Hint(name, CalibrationNames()))
	}
	data, err := calibrationFiles.ReadFile("data/calibrations/" + name + ".yaml")
	if err != nil {
		return Calibration{}, fmt.Errorf("calibration %s: %w", name, err)
	}
	return ParseCalibration(bytes.NewReader(data))
}

// EngineCalibration returns the calibration of an engine as tables of
// measurements name it, or the default.
func EngineCalibration(engine string) Calibration {
	for _, c := range namedCalibrations() {
		for _, e := range c.Engines {
			if len(engine) >= len(e) && strings.EqualFold(engine[:len(e)], e) {
				return c
			}
		}
	}
	return DefaultCalibration()
}

// namedCalibrations are read once. Calibrations are not changed.
var namedCalibrations = sync.OnceValue(func() []Calibration {
	var all []Calibration
	for _, name := range CalibrationNames() {
		c, err := NamedCalibration(name)
		if err != nil {
			panic(err) // the files are part of the program, and the tests read them
		}
		all = append(all, c)
	}
	return all
})

// DefaultCalibration returns the calibration that applies when none is named.
func DefaultCalibration() Calibration { return defaultCalibration() }

// defaultCalibration is read once. Calibrations are not changed.
var defaultCalibration = sync.OnceValue(func() Calibration {
	c, err := NamedCalibration(DefaultCalibrationName)
	if err != nil {
		panic(err) // the file is part of the program, and the tests read it
	}
	return c
})

// baseCoefficients are what a calibration leaves out: public rules of thumb for
// an open-source engine with CUDA graphs (60 % of dense peak for large GEMMs,
// 85 % of HBM bandwidth for streaming reads, collectives at 70 % of link speed,
// some 10 µs a small all-reduce), not a fit. With experts on 32 GPUs, SGLang's
// prefill of DeepSeek-V3 lost 15 % to uneven routing (LMSYS, 2025-05-05), which a
// busiest GPU 1.3 times as busy as the mean explains; ranks are taken to be as
// uneven.
func baseCoefficients() ServingCoefficients {
	return ServingCoefficients{
		Compute: 0.60, Experts: 1, Attention: 0.40, Elementwise: 1, Bandwidth: 0.85, KVBandwidth: 0.70, Collective: 0.70, Imbalance: 1.3, Ranks: 1.3,
		LocalLatency: 8e-6, NetLatency: 25e-6, Layer: 4e-6, Host: 1e-3, Workspace: 3e9,
	}
}

// ParseCalibration reads a calibration file (YAML). Coefficients that are left
// out are rules of thumb; unknown keys and GPUs are errors.
func ParseCalibration(r io.Reader) (Calibration, error) {
	c := Calibration{Training: DefaultTrainCalibration()}
	if err := yaml.NewDecoder(r, yaml.Strict()).Decode(&c); err != nil {
		return Calibration{}, fmt.Errorf("calibration: %w", err)
	}
	byName := map[string]map[string]float64{}
	for _, name := range sortedKeys(c.GPUs) {
		g, err := fleet.LookupGPU(name)
		if err != nil {
			return Calibration{}, fmt.Errorf("calibration: gpus: %w", err)
		}
		byName[g.Name] = c.GPUs[name]
	}
	c.GPUs = byName
	if _, err := baseCoefficients().with(c.Serving); err != nil {
		return Calibration{}, fmt.Errorf("calibration: serving: %w", err)
	}
	for _, name := range sortedKeys(c.GPUs) {
		if _, err := baseCoefficients().with(c.GPUs[name]); err != nil {
			return Calibration{}, fmt.Errorf("calibration: gpus: %s: %w", name, err)
		}
	}
	return c, nil
}

// Write writes the calibration as a file that ParseCalibration reads.
func (c *Calibration) Write(w io.Writer) error {
	if err := yaml.NewEncoder(w, yaml.IndentSequence(true)).Encode(c); err != nil {
		return fmt.Errorf("writing calibration: %w", err)
	}
	return nil
}

// For returns the serving coefficients on GPUs of type g.
func (c *Calibration) For(g fleet.GPU) ServingCoefficients {
	s := baseCoefficients()
	for _, values := range []map[string]float64{c.Serving, c.ofGPU(g.Name)} {
		for name, v := range values {
			if err := s.set(name, v); err != nil {
				panic(fmt.Sprintf("perf: calibration %s was not checked: %v", c.Name, err))
			}
		}
	}
	return s
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
