package traces

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/internal/fmath"
	"github.com/jevons-sim/jevons/sim/event"
)

// Fields of a chunk-N-trace.csv, which has no header.
var windowFields = [...]string{"start", "rate", "cv", "family", "shape", "scale"}

// defaultWindow is the length of a window that has no neighbour.
const defaultWindow = 600 * event.Second

// parseWindows reads a chunk-N-trace.csv.
func parseWindows(l lint, r io.Reader) ([]window, error) {
	rows := csv.NewReader(r)
	rows.ReuseRecord = true
	rows.FieldsPerRecord = -1
	windows := []window{}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var parse *csv.ParseError
		switch {
		case errors.As(err, &parse):
			return nil, &FormatError{File: l.file, Line: parse.Line, Found: parse.Err.Error(), Want: "a row of CSV"}
		case err != nil:
			return nil, readError(l.file, 0, err)
		}
		line, _ := rows.FieldPos(0)
		w, err := parseWindow(l, line, row)
		if err != nil {
			return nil, err
		}
		if n := len(windows); n > 0 {
			if w.start <= windows[n-1].start {
				return nil, &FormatError{File: l.file, Line: line, Field: "start", Found: w.start.String(), Want: "a start after the window before"}
			}
			windows[n-1].end = w.start
		}
		windows = append(windows, w)
	}
	if n := len(windows); n > 0 {
		length := defaultWindow
		if n > 1 {
			length = windows[n-1].start - windows[n-2].start
		}
		windows[n-1].end = windows[n-1].start + length
	}
	return windows, nil
}

func parseWindow(l lint, line int, row []string) (w window, err error) {
	if len(row) != len(windowFields) {
		return w, &FormatError{File: l.file, Line: line, Found: fmt.Sprintf("%d fields", len(row)), Want: strings.Join(windowFields[:], ", ")}
	}
	w.family = strings.TrimSpace(row[3])
	var v [len(windowFields)]float64
	for i, text := range row {
		text = strings.TrimSpace(text)
		if i == 3 || (text == "" && w.family == "") {
			continue
		}
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || !(x >= 0 && x <= float64(maxSeconds/2)) {
			return w, &FormatError{File: l.file, Line: line, Field: windowFields[i], Found: quote(text), Want: "a number ≥ 0"}
		}
		v[i] = x
	}
	w.start, w.rate, w.shape = event.FromSeconds(v[0]), v[1], v[4]
	if w.rate == 0 {
		return w, nil
	}
	switch w.family {
	case "Gamma":
		// Below, the gaps underflow to zero.
		w.shape = max(w.shape, 1e-4)
	case "Weibull":
		// Below, the mean overflows.
		w.shape = max(w.shape, 0.05)
	default:
		l.warn(line, "arrivals of unknown family "+quote(w.family)+", read as exponential")
	}
	if w.shape > 1e6 {
		return w, &FormatError{File: l.file, Line: line, Field: "shape", Found: quote(row[4]), Want: "at most 1e6"}
	}
	return w, nil
}

// dataset is one period of a chunk-N-dataset.json. Each histogram is a string
// that holds a Python dictionary.
type dataset struct {
	Input  *string `json:"input_tokens"`
	Output *string `json:"output_tokens"`
	Ratio  *string `json:"reason_ratio"`
}

// parsePeriods reads a chunk-N-dataset.json: periods keyed by start second.
func parsePeriods(l lint, text []byte) ([]period, error) {
	var sets map[string]dataset
	if err := json.Unmarshal(text, &sets); err != nil {
		return nil, &FormatError{File: l.file, Field: jsonField(err), Found: "broken JSON (" + err.Error() + ")", Want: "an object of periods"}
	}
	periods := []period{}
	for _, key := range slices.Sorted(maps.Keys(sets)) {
		p, err := sets[key].period(l.file, key)
		if err != nil {
			return nil, err
		}
		periods = append(periods, p)
	}
	slices.SortFunc(periods, func(a, b period) int { return cmp.Compare(a.start, b.start) })
	return periods, nil
}

func (d dataset) period(file, key string) (p period, err error) {
	start, err := strconv.ParseFloat(key, 64)
	if err != nil || !(start >= 0 && start <= float64(maxSeconds)) {
		return p, &FormatError{File: file, Field: quote(key), Found: "a period's start", Want: "seconds"}
	}
	p.start = event.FromSeconds(start)
	for _, h := range []struct {
		name string
		text *string
		into *histogram
		most float64
	}{
		{"input_tokens", d.Input, &p.input, math.MaxInt32},
		{"output_tokens", d.Output, &p.output, math.MaxInt32},
		{"reason_ratio", d.Ratio, &p.ratio, 1},
	} {
		if h.text == nil {
			continue
		}
		if *h.into, err = parseDict(*h.text, h.most); err != nil {
			return p, &FormatError{File: file, Field: key + "." + h.name, Found: err.Error(), Want: "a dictionary {value: mass, …}"}
		}
	}
	return p, nil
}

// histogram is a distribution over values; bounds[i] is the mass of values up
// to and including values[i].
type histogram struct {
	values, bounds []float64
}

// total is the histogram's mass.
func (h *histogram) total() float64 {
	if len(h.bounds) == 0 {
		return 0
	}
	return h.bounds[len(h.bounds)-1]
}

// at returns the value at a share u of the mass, in (0, 1).
func (h *histogram) at(u float64) float64 {
	i := sort.SearchFloat64s(h.bounds, u*h.total())
	return h.values[min(i, len(h.values)-1)]
}

// mean is the histogram's mean; 0 without mass.
func (h *histogram) mean() float64 {
	sum, before := 0.0, 0.0
	for i, v := range h.values {
		sum += float64(v * (h.bounds[i] - before))
		before = h.bounds[i]
	}
	if before == 0 {
		return 0
	}
	return sum / before
}

// parseDict reads a Python dictionary of numbers, such as {45: 0.5, 46: 0.5}.
// Values lie in [0, most]; those without mass are left out.
func parseDict(text string, most float64) (h histogram, err error) {
	text = strings.TrimSpace(text)
	if len(text) < 2 || text[0] != '{' || text[len(text)-1] != '}' {
		return h, fmt.Errorf("%s", quote(text))
	}
	total := 0.0
	body := strings.TrimSpace(text[1 : len(text)-1])
	for body != "" {
		var item string
		item, body, _ = strings.Cut(body, ",")
		key, mass, ok := strings.Cut(item, ":")
		value, keyErr := strconv.ParseFloat(strings.TrimSpace(key), 64)
		weight, massErr := strconv.ParseFloat(strings.TrimSpace(mass), 64)
		if !ok || keyErr != nil || massErr != nil || !(value >= 0 && value <= most) || !(weight >= 0 && weight <= math.MaxFloat32) {
			return h, fmt.Errorf("the entry %s", quote(strings.TrimSpace(item)))
		}
		if weight > 0 {
			total += weight
			h.values, h.bounds = append(h.values, value), append(h.bounds, total)
		}
		body = strings.TrimSpace(body)
	}
	return h, nil
}

// weibullScale returns the scale at which a Weibull distribution has mean 1.
func weibullScale(shape float64) float64 { return 1 / fmath.Gamma(1+1/shape) }
