package result

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Figure is one number of a summary.
type Figure struct {
	Path  string // as in the JSON: requests.ttft_s.p99, windows.after.cost_usd
	Value float64
}

// identity are the keys of a summary that say what the run was, not what came
// of it.
var identity = []string{"schema", "run_id", "scenario", "seed", "horizon_s", "warmup_s", "replications", "fleet", "name", "from_s", "to_s", "shock_at_s"}

// Identifies reports whether a key of a summary says what the run was: its
// value is the same in every replication and is no figure.
func Identifies(key string) bool { return slices.Contains(identity, key) }

// Figures lists the figures of a summary in order of path. Elements of a list
// go by their name.
func Figures(s *Summary) ([]Figure, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("listing the figures of a summary: %w", err)
	}
	return ParseFigures(text)
}

// ParseFigures lists the figures of a summary of one run, as JSON.
func ParseFigures(text []byte) ([]Figure, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var tree map[string]any
	if err := d.Decode(&tree); err != nil {
		return nil, fmt.Errorf("reading a summary: %w", err)
	}
	var out []Figure
	Walk("", tree, func(path string, v any) {
		n, ok := v.(json.Number)
		if !ok {
			return
		}
		if x, err := n.Float64(); err == nil {
			out = append(out, Figure{path, x})
		}
	})
	return out, nil
}

// Walk calls visit for every leaf below v, a value as encoding/json decodes it,
// in order of path; keys that identify the run are left out.
func Walk(path string, v any, visit func(path string, leaf any)) {
	below := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if !Identifies(k) {
				Walk(below(k), v[k], visit)
			}
		}
	case []any:
		for i, item := range v {
			name := strconv.Itoa(i)
			if object, ok := item.(map[string]any); ok {
				if given, ok := object["name"].(string); ok {
					name = given
				}
			}
			Walk(below(name), item, visit)
		}
	default:
		visit(path, v)
	}
}

// ValueOf returns the figure of a list that stands at a path, false if there is
// none.
func ValueOf(figures []Figure, path string) (float64, bool) {
	for i := range figures {
		if figures[i].Path == path {
			return figures[i].Value, true
		}
	}
	return 0, false
}

// PathsOf returns where the figures of a list stand.
func PathsOf(figures []Figure) []string {
	paths := make([]string, len(figures))
	for i := range figures {
		paths[i] = figures[i].Path
	}
	return paths
}
