package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/jevons-sim/jevons/sim/result"
)

// identity are the keys of a summary that say what the run was, not what came
// of it: they are the same in every replication.
var identity = []string{"schema", "run_id", "scenario", "seed", "horizon_s", "warmup_s", "replications", "fleet", "name", "from_s", "to_s", "shock_at_s"}

// combine turns summaries into one in which each figure is an interval.
func combine(summaries []*result.Summary, id string) (map[string]any, error) {
	trees := make([]any, len(summaries))
	for i, s := range summaries {
		text, err := json.Marshal(s)
		if err != nil {
			return nil, fmt.Errorf("combining replications: %w", err)
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&trees[i]); err != nil {
			return nil, fmt.Errorf("combining replications: %w", err)
		}
	}
	out, ok := merge(trees).(map[string]any)
	if !ok {
		return nil, fmt.Errorf("combining replications: a summary is not a JSON object")
	}
	out["run_id"], out["replications"] = id, len(summaries)
	return out, nil
}

// merge combines the values that stand at one place of several summaries. A
// replication may lack a place: a class without requests.
func merge(values []any) any {
	switch first := values[0].(type) {
	case map[string]any:
		return mergeObjects(values)
	case []any:
		out := make([]any, len(first))
		for i := range first {
			var column []any
			for _, v := range values {
				if list, ok := v.([]any); ok && i < len(list) {
					column = append(column, list[i])
				}
			}
			out[i] = merge(column)
		}
		return out
	case json.Number:
		return intervalOf(values)
	default:
		return first
	}
}

func mergeObjects(values []any) map[string]any {
	columns := map[string][]any{}
	for _, v := range values {
		object, ok := v.(map[string]any)
		if !ok {
			continue
		}
		for k, value := range object {
			if value != nil {
				columns[k] = append(columns[k], value)
			}
		}
	}
	out := map[string]any{}
	for k, column := range columns {
		if slices.Contains(identity, k) {
			out[k] = column[0]
		} else {
			out[k] = merge(column)
		}
	}
	return out
}

// interval is a mean over replications with its 95 % confidence bounds.
type interval struct {
	Mean float64 `json:"mean"`
	Lo   float64 `json:"lo"`
	Hi   float64 `json:"hi"`
	N    int     `json:"n"`
}

// intervalOf is the Student-t interval of independent values.
func intervalOf(values []any) interval {
	var xs []float64
	for _, v := range values {
		if n, ok := v.(json.Number); ok {
			if x, err := n.Float64(); err == nil {
				xs = append(xs, x)
			}
		}
	}
	mean, deviation := stat.MeanStdDev(xs, nil)
	half := 0.0
	if n := float64(len(xs)); n > 1 {
		half = distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(0.975) * deviation / math.Sqrt(n)
	}
	return interval{mean, mean - half, mean + half, len(xs)}
}
