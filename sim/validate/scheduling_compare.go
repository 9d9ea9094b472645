package validate

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/jevons-sim/jevons/sim/stats"
)

// momentsOf gathers the metrics of the runs under all seeds.
func momentsOf(runs []*filling) map[string]*stats.Moments {
	out := map[string]*stats.Moments{}
	for _, f := range runs {
		for i, c := range placementColumns {
			values := [...]*[len(arrivedLevels)]float64{&f.allocated, &f.fragmented, &f.ratio}[i]
			for k, level := range arrivedLevels {
				metric := fmt.Sprintf("%s_at_%d", c.metric, level)
				if out[metric] == nil {
					out[metric] = &stats.Moments{}
				}
				out[metric].Add(values[k])
			}
		}
	}
	return out
}

func lastAllocated() string {
	return fmt.Sprintf("allocated_at_%d", arrivedLevels[len(arrivedLevels)-1])
}

func groupOf(r *placementRow) map[string]string {
	return map[string]string{"workload": r.workload, "policy": r.policy}
}

// comparePlacement holds the means of a policy against the published ones.
func comparePlacement(r *placementRow, got map[string]*stats.Moments, tolerance float64) []Row {
	var rows []Row
	for _, c := range placementColumns {
		for _, level := range arrivedLevels {
			metric := fmt.Sprintf("%s_at_%d", c.metric, level)
			published, ok := r.means[metric]
			if !ok {
				continue
			}
			m := got[metric]
			row := Row{ID: r.workload + " " + r.label, Group: groupOf(r), Metric: metric, Unit: "%", Predicted: m.Mean(), Actual: published, ErrorPct: m.Mean() - published, OK: true}
			row.StandardErrorPct = math.Hypot(m.StandardError(), r.standardError(metric))
			if metric == lastAllocated() {
				row.TolerancePct = tolerance
				row.OK = math.Abs(row.ErrorPct) <= tolerance
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// standardError returns the standard error of a published mean, 0 if unknown.
func (r *placementRow) standardError(metric string) float64 {
	if r.seeds < 1 {
		return 0
	}
	return r.sds[metric] / math.Sqrt(float64(r.seeds))
}

// compareOrder checks that policies which were published as different come out
// in the same order: those next to each other by published allocation whose
// means differ by more than two standard errors.
func compareOrder(workload string, table []placementRow, got map[string]map[string]*stats.Moments) []Row {
	metric := lastAllocated()
	var order []*placementRow
	for i := range table {
		if table[i].workload == workload {
			order = append(order, &table[i])
		}
	}
	slices.SortStableFunc(order, func(a, b *placementRow) int { return cmp.Compare(a.means[metric], b.means[metric]) })
	var rows []Row
	for i := 1; i < len(order); i++ {
		less, more := order[i-1], order[i]
		row := Row{
			ID: fmt.Sprintf("%s %s < %s", workload, less.label, more.label), Metric: "order", Unit: "%",
			Group:     map[string]string{"workload": workload, "policy": more.policy, "than": less.policy},
			Predicted: got[more.policy][metric].Mean() - got[less.policy][metric].Mean(),
			Actual:    more.means[metric] - less.means[metric], OK: true,
		}
		row.ErrorPct = row.Predicted - row.Actual
		row.StandardErrorPct = math.Hypot(got[more.policy][metric].StandardError(), got[less.policy][metric].StandardError())
		if row.Actual > 2*math.Hypot(less.standardError(metric), more.standardError(metric)) {
			row.OK = row.Predicted > 0
		}
		rows = append(rows, row)
	}
	return rows
}
