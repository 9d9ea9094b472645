package html

import "html/template"

// answers is what prices ask for and what arrives, of workloads whose demand
// answers to something.
func (r *results) answers() template.HTML {
	series := r.byLabel("demand_desired", ", desired")
	for i := range series {
		series[i].Dash = true
	}
	arriving := r.byLabel("demand_arriving", ", arriving")
	return r.lines("demand-answer", "Desired and arriving demand",
		"Rates relative to the start of the run: what prices ask for, and what arrives once adoption and latency have had their say.", "×", append(series, arriving...))
}

// prices is the price of a token over time.
func (r *results) prices() template.HTML {
	return r.lines("price", "Price of a token", "Relative to the start of the run.", "×", r.byLabel("price_ratio", ""))
}
