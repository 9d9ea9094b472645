package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/stats"
)

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
		if result.Identifies(k) {
			out[k] = column[0]
		} else {
			out[k] = merge(column)
		}
	}
	return out
}

// intervalOf is the Student-t interval of independent values.
func intervalOf(values []any) stats.Interval {
	var xs []float64
	for _, v := range values {
		if n, ok := v.(json.Number); ok {
			if x, err := n.Float64(); err == nil {
				xs = append(xs, x)
			}
		}
	}
	return stats.MeanInterval(xs, confidence)
}
