package sim

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/jevons-sim/jevons/sim/perf"
)

// LoadCalibration returns the calibration that a name or the path of a file
// stands for; "" is the default. What ends in .yaml or .yml, or has a directory,
// is a path.
func LoadCalibration(name string, read func(path string) ([]byte, error)) (perf.Calibration, error) {
	switch {
	case name == "":
		return perf.DefaultCalibration(), nil
	case !strings.ContainsAny(name, "/\\") && !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml"):
		return perf.NamedCalibration(name)
	}
	data, err := read(name)
	if err != nil {
		return perf.Calibration{}, err
	}
	c, err := perf.ParseCalibration(bytes.NewReader(data))
	if err != nil {
		return c, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}
