package html

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// tree is summary.json with numbers as they are written.
type tree struct{ root any }

func parseTree(text []byte) (tree, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var t tree
	if err := d.Decode(&t.root); err != nil {
		return tree{}, fmt.Errorf("reading summary.json: %w", err)
	}
	if _, ok := t.root.(map[string]any); !ok {
		return tree{}, fmt.Errorf("reading summary.json: want an object")
	}
	return t, nil
}

// figure is one number of the summary: with replications, a mean and the
// bounds of its interval.
type figure struct {
	Path  string
	Exact string // as in summary.json
	Value float64
	// Lo and Hi bound the mean over N replications; N is 0 for a single run.
	Lo, Hi float64
	N      int
}

// get returns the value at a path such as windows.0.jobs.wait_s.p90.
func (t tree) get(path string) (any, bool) {
	at := t.root
	for rest := path; rest != ""; {
		switch v := at.(type) {
		case map[string]any:
			// Accounts have dots in their names: the longest key wins.
			key, found := "", false
			for k := range v {
				if (rest == k || strings.HasPrefix(rest, k+".")) && len(k) >= len(key) {
					key, found = k, true
				}
			}
			if !found {
				return nil, false
			}
			at, rest = v[key], strings.TrimPrefix(rest[len(key):], ".")
		case []any:
			head, tail, _ := strings.Cut(rest, ".")
			var i int
			if _, err := fmt.Sscanf(head, "%d", &i); err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			at, rest = v[i], tail
		default:
			return nil, false
		}
	}
	return at, at != nil
}

// figure returns the number at a path.
func (t tree) figure(path string) (figure, bool) {
	v, ok := t.get(path)
	if !ok {
		return figure{}, false
	}
	f := figure{Path: path}
	switch v := v.(type) {
	case json.Number:
		f.Exact = v.String()
	case map[string]any:
		mean, isMean := v["mean"].(json.Number)
		n, counted := v["n"].(json.Number)
		if !isMean || !counted {
			return figure{}, false
		}
		f.Exact, f.Path = mean.String(), path+".mean"
		f.N = int(float(n))
		lo, _ := v["lo"].(json.Number)
		hi, _ := v["hi"].(json.Number)
		f.Lo, f.Hi = float(lo), float(hi)
	default:
		return figure{}, false
	}
	f.Value = float(json.Number(f.Exact))
	return f, true
}

// value returns the number at a path, 0 if there is none.
func (t tree) value(path string) float64 {
	f, _ := t.figure(path)
	return f.Value
}

// text returns the string at a path, "" if there is none.
func (t tree) text(path string) string {
	v, _ := t.get(path)
	s, _ := v.(string)
	return s
}

// has reports whether there is something at a path.
func (t tree) has(path string) bool {
	_, ok := t.get(path)
	return ok
}

// keys returns the names at a path, sorted.
func (t tree) keys(path string) []string {
	v, _ := t.get(path)
	m, _ := v.(map[string]any)
	return slices.Sorted(maps.Keys(m))
}

// count returns the length of the list at a path.
func (t tree) count(path string) int {
	v, _ := t.get(path)
	list, _ := v.([]any)
	return len(list)
}

// float returns a number; the decoder has checked that it is one.
func float(n json.Number) float64 {
	v, _ := n.Float64()
	return v
}
