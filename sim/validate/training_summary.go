package validate

// trainingReport sums up rows by metric: all of them, and by source, model and
// GPU, in order of first appearance. The tolerance holds for the mean absolute
// error of all step times; a row that does not fit or cannot be run fails the
// report too, and so does a table without a step time.
func trainingReport(rows []Row, tolerance float64) *Report {
	r := &Report{Kind: "training", OK: true, Rows: rows}
	type key struct{ by, metric string }
	var order []key
	errs := map[key][]float64{}
	add := func(by string, row *Row) {
		k := key{by, row.Metric}
		if errs[k] == nil {
			order = append(order, k)
		}
		errs[k] = append(errs[k], row.ErrorPct)
	}
	for _, by := range []string{"", "source", "model", "gpu"} {
		for i := range rows {
			row := &rows[i]
			if by == "" {
				r.OK = r.OK && row.OK
			}
			if !row.Compared() {
				continue
			}
			if by == "" {
				add("all", row)
			} else if row.Group[by] != "" {
				add(by+"="+row.Group[by], row)
			}
		}
	}
	for _, k := range order {
		line := summarise(k.metric, errs[k], 0)
		line.By = k.by
		if line.By == "all" && line.Metric == "step_time" {
			line.TolerancePct = tolerance
			r.OK = r.OK && line.MeanAbsErrorPct <= tolerance
		}
		r.Summary = append(r.Summary, line)
	}
	r.OK = r.OK && len(r.Summary) > 0
	return r
}
