package validate

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
)

// publishedPolicies gives the policies of the published experiment their names
// in scenarios.
var publishedPolicies = []struct{ published, name string }{
	{"Random", "random"}, {"DotProd", "dot-product"}, {"GpuClustering", "clustering"},
	{"GpuPacking", "packing"}, {"BestFit", "best-fit"}, {"FGD", "fgd"},
}

// placementRow is the published outcome of a policy on a workload.
type placementRow struct {
	workload, policy string // policy by its name in scenarios
	label            string // policy as published
	seeds            int
	means, sds       map[string]float64 // by metric, such as "allocated_at_130"
}

// placementColumns names the metrics behind the columns of the table.
var placementColumns = []struct{ column, metric string }{
	{"allo", "allocated"}, {"frag", "fragmented"}, {"frag_ratio", "fragmentation_ratio"},
}

// readPlacementTable reads a table of placement experiments. It needs the
// columns workload, policy and the mean allocation at the last level; the other
// levels, standard deviations and fragmentation are read where they are given.
func readPlacementTable(name string, r io.Reader) ([]placementRow, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1
	in.Comment = '#'
	head, err := in.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t := placementTable{name: name, columns: map[string]int{}}
	for i, h := range head {
		t.columns[strings.TrimSpace(strings.TrimPrefix(h, "\ufeff"))] = i
	}
	needed := fmt.Sprintf("allo_at_%d_mean", arrivedLevels[len(arrivedLevels)-1])
	for _, column := range []string{"workload", "policy", needed} {
		if _, ok := t.columns[column]; !ok {
			return nil, fmt.Errorf("%s:1: no column %q: want workload, policy and %s at least.%s", name, column, needed, suggest.Hint(column, head))
		}
	}
	var rows []placementRow
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := in.FieldPos(0)
		row, err := t.row(fields, line)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: no rows below the header", name)
	}
	return rows, nil
}

// placementTable reads rows.
type placementTable struct {
	name    string
	columns map[string]int
}

// text returns a field, or "" where the row or the table has none.
func (t *placementTable) text(fields []string, column string) string {
	if i, ok := t.columns[column]; ok && i < len(fields) {
		return strings.TrimSpace(fields[i])
	}
	return ""
}

func (t *placementTable) row(fields []string, line int) (placementRow, error) {
	row := placementRow{workload: t.text(fields, "workload"), label: t.text(fields, "policy"), means: map[string]float64{}, sds: map[string]float64{}}
	if row.workload == "" {
		return row, fmt.Errorf("%s:%d: workload is empty: want the name of a pod list", t.name, line)
	}
	var err error
	if row.policy, err = parsePublishedPolicy(row.label); err != nil {
		return row, fmt.Errorf("%s:%d: policy: %w", t.name, line, err)
	}
	if text := t.text(fields, "seeds"); text != "" {
		if row.seeds, err = strconv.Atoi(text); err != nil || row.seeds < 1 {
			return row, fmt.Errorf("%s:%d: seeds: found %q, want a whole number of at least 1", t.name, line, text)
		}
	}
	for _, c := range placementColumns {
		for k, level := range arrivedLevels {
			metric := fmt.Sprintf("%s_at_%d", c.metric, level)
			needed := c.metric == "allocated" && k == len(arrivedLevels)-1
			column := fmt.Sprintf("%s_at_%d_", c.column, level)
			if err := t.percentage(fields, line, column+"mean", needed, metric, row.means); err != nil {
				return row, err
			}
			if err := t.percentage(fields, line, column+"sd", false, metric, row.sds); err != nil {
				return row, err
			}
		}
	}
	return row, nil
}

// percentage reads a field into a map of metrics. One that is empty is left out
// unless it is needed.
func (t *placementTable) percentage(fields []string, line int, column string, needed bool, metric string, into map[string]float64) error {
	text := t.text(fields, column)
	if text == "" && !needed {
		return nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v <= 100) {
		return fmt.Errorf("%s:%d: %s: found %q, want a percentage from 0 to 100", t.name, line, column, text)
	}
	into[metric] = v
	return nil
}

// parsePublishedPolicy understands 06-FGD, FGD and fgd.
func parsePublishedPolicy(label string) (string, error) {
	bare := strings.TrimLeft(label, "0123456789-")
	var known []string
	for _, p := range publishedPolicies {
		if strings.EqualFold(bare, p.published) || strings.EqualFold(bare, p.name) {
			return p.name, nil
		}
		known = append(known, p.published)
	}
	return "", fmt.Errorf("found %q, want one of %s.%s", label, strings.Join(known, ", "), suggest.Hint(bare, known))
}
