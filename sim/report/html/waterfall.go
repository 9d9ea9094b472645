package html

import (
	"html/template"
	"slices"

	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/report/chart"
)

// where is the waterfall of the ledger: from all GPU-hours to those that
// computed.
func (r *results) where() section {
	s := section{ID: "gpu-hours", Title: "Where every GPU-hour went",
		Intro: "Every GPU stands in exactly one account at every instant. From all GPU-hours of the fleet, over those that nobody held and those that gangs held without computing, to those that computed."}
	total := r.summary.value("ledger.total_gpu_s")
	if total == 0 {
		return s
	}
	w := chart.Waterfall{Frame: chart.Frame{ID: "waterfall", Title: "GPU-hours by account", Desc: "GPU-hours of the whole run, coloured by the class of workload."}, Unit: "GPU-hours", Whole: "the fleet"}
	w.Total("fleet", total/3600)
	groups := []struct {
		name string
		in   func(ledger.Account) bool
	}{
		{"held by gangs", func(a ledger.Account) bool { return !a.Allocated() }},
		{"computed", func(a ledger.Account) bool { return a.Allocated() && !a.Busy() }},
		{"", ledger.Account.Busy},
	}
	order := slices.Clone(stackOrder)
	slices.Reverse(order)
	rest := total
	for _, group := range groups {
		for _, a := range order {
			if !group.in(a) {
				continue
			}
			parts, sum := r.parts(a)
			if sum == 0 {
				continue
			}
			rest -= sum
			w.Take(accountName(a.String()), parts)
		}
		if group.name != "" {
			w.Total(group.name, rest/3600)
		}
	}
	s.add(w.HTML(), r.byClass())
	return s
}

// parts is an account's GPU-hours by class, and its GPU-seconds in all.
func (r *results) parts(a ledger.Account) (parts []chart.Part, sum float64) {
	for _, class := range r.summary.keys("ledger.by_class") {
		v := r.summary.value("ledger.by_class." + class + "." + a.String())
		if v == 0 {
			continue
		}
		sum += v
		color := "c-idle"
		switch {
		case a == ledger.Down:
			color = "c-down"
		case class != "none":
			color = "c-" + class
		}
		parts = append(parts, chart.Part{Name: className(class), Color: color, Value: v / 3600})
	}
	return parts, sum
}

// byClass is the ledger as a table of classes and accounts, exact.
func (r *results) byClass() template.HTML {
	var present []string
	g := grid{caption: "GPU-hours by account and class"}
	for _, c := range append(slices.Clone(classes), struct{ class, name, color string }{"none", "nobody", ""}) {
		if r.summary.has("ledger.by_class." + c.class) {
			present = append(present, c.class)
			g.head = append(g.head, c.name)
		}
	}
	g.head = append(g.head, "all")
	for _, a := range stackOrder {
		name := a.String()
		all, ok := r.summary.figure("ledger.gpu_s." + name)
		if !ok {
			continue
		}
		row := gridRow{name: accountName(name)}
		for _, class := range present {
			if f, ok := r.summary.figure("ledger.by_class." + class + "." + name); ok {
				row.cells = append(row.cells, f.show(gpuHours))
			} else {
				row.cells = append(row.cells, "")
			}
		}
		row.cells = append(row.cells, all.show(gpuHours))
		g.rows = append(g.rows, row)
	}
	if total, ok := r.summary.figure("ledger.total_gpu_s"); ok {
		row := gridRow{name: "total", cells: make([]template.HTML, len(present), len(present)+1)}
		row.cells = append(row.cells, total.show(gpuHours))
		g.rows = append(g.rows, row)
	}
	return g.html()
}
