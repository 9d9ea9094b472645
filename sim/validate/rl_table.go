package validate

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// rlColumns must be there; id, source, system, split_train_rollout,
// max_gen_tokens, prompts_per_step and group may be.
var rlColumns = []string{"id", "model", "gpu", "gpus", "mode", "metric", "value", "unit"}

// publishedRL is one job of which something was published: the rows that
// describe one configuration.
type publishedRL struct {
	source, system, model, gpu, mode, split string
	gpus, cap, prompts, group               int
	values                                  []publishedFigure
	byMetric                                map[string]float64
}

// publishedFigure is one row.
type publishedFigure struct {
	id, metric, unit string
	value            float64
}

// readRLTable reads a table of measured RL jobs, one figure a row.
func readRLTable(file string, r io.Reader) ([]*publishedRL, error) {
	t, err := readMeasurements(file, r, rlColumns...)
	if err != nil {
		return nil, err
	}
	var jobs []*publishedRL
	byKey := map[string]*publishedRL{}
	for i := range t.rows {
		row := &t.rows[i]
		j := &publishedRL{
			source: row.text("source"), system: row.text("system"), model: row.text("model"), gpu: row.text("gpu"), mode: row.text("mode"),
			split: row.text("split_train_rollout"), gpus: row.count("gpus", 0), cap: row.count("max_gen_tokens", 0),
			prompts: row.count("prompts_per_step", 0), group: row.count("group", 0), byMetric: map[string]float64{},
		}
		f := publishedFigure{row.text("id"), row.text("metric"), row.text("unit"), row.number("value", 0)}
		if f.metric == "" {
			row.fail("metric", "is empty")
		}
		if row.err != nil {
			return nil, row.err
		}
		key := fmt.Sprint(j.source, j.system, j.model, j.gpu, j.gpus, j.mode, j.split)
		if first := byKey[key]; first != nil {
			first.fill(j)
			j = first
		} else {
			byKey[key] = j
			jobs = append(jobs, j)
		}
		j.values = append(j.values, f)
		j.byMetric[f.metric] = f.value
	}
	if jobs == nil {
		return nil, fmt.Errorf("%s: the table has no rows", file)
	}
	return jobs, nil
}

// fill takes from another row of the job what the first left blank.
func (j *publishedRL) fill(o *publishedRL) {
	j.cap, j.prompts, j.group = max(j.cap, o.cap), max(j.prompts, o.prompts), max(j.group, o.group)
}

// name says which job it is.
func (j *publishedRL) name() string {
	parts := []string{j.system, j.model}
	if j.gpus > 0 {
		parts = append(parts, fmt.Sprintf("%d × %s", j.gpus, j.gpu))
	}
	parts = append(parts, j.mode)
	return strings.Join(parts, ", ")
}

// trainerGPUs returns the GPUs that only train: the first part of a split in
// GPUs or in percent.
func (j *publishedRL) trainerGPUs() (int, error) {
	if j.split == "" {
		return 0, nil
	}
	a, b, ok := strings.Cut(j.split, ":")
	train, err1 := strconv.Atoi(a)
	rollout, err2 := strconv.Atoi(b)
	if !ok || err1 != nil || err2 != nil || train < 1 || rollout < 1 {
		return 0, fmt.Errorf("split_train_rollout is %q, want GPUs that train and GPUs that generate, such as 16:16", j.split)
	}
	return j.gpus * train / (train + rollout), nil
}

// setting returns the number that follows a word of the mode, such as in
// "staleness_threshold 0.3", by how the word begins.
func (j *publishedRL) setting(prefix string, missing float64) float64 {
	words := strings.Fields(j.mode)
	for i, w := range words[:max(len(words)-1, 0)] {
		if strings.HasPrefix(w, prefix) {
			if x, err := strconv.ParseFloat(words[i+1], 64); err == nil {
				return x
			}
		}
	}
	return missing
}

// staleness returns the bound that the mode names.
func (j *publishedRL) staleness(missing float64) float64 { return j.setting("staleness", missing) }

// synchronous says whether rollouts and training take turns.
func (j *publishedRL) synchronous() bool {
	return strings.Contains(j.mode, "sync") && !strings.Contains(j.mode, "async")
}

// hoursOf returns the hours of so many steps that a figure says, if it does.
func (f *publishedFigure) hours() (steps int, ok bool) {
	if rest, found := strings.CutPrefix(f.metric, "total_"); found {
		n, err := strconv.Atoi(strings.TrimSuffix(rest, "steps_h"))
		return n, err == nil
	}
	if rest, found := strings.CutPrefix(f.unit, "h for "); found && f.metric == "train_hours" {
		n, err := strconv.Atoi(strings.TrimSuffix(rest, " steps"))
		return n, err == nil
	}
	return 0, false
}
