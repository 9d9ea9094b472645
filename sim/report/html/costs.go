package html

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"

	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/report/chart"
)

// mostTenants is how many tenants a table lists, the largest bills first.
const mostTenants = 20

// costs is energy, money and carbon: of the run and its windows, by who used
// them, by token and over time.
func (r *results) costs() section {
	s := section{ID: "cost", Title: "Energy and cost", Intro: "Of all GPUs, idle ones included."}
	prefixes, head := r.columns()
	g := grid{head: head}
	g.add(r, "", "energy", kWh, prefixes, "energy_kwh")
	g.add(r, "", "cost", dollars, prefixes, "cost_usd")
	g.add(r, "", "CO₂", kgCO2, prefixes, "carbon_kg")
	s.add(g.html())
	s.add(r.divided("cost-by-class", "What the money went to", "Cost of the whole run", "US$", "cost_usd"))
	s.add(r.divided("energy-by-class", "What the energy went to", "Energy of the whole run, with its part of hosts and building", "kWh", "energy_kwh"))
	s.add(r.usesByClass())
	if len(r.summary.keys("costs.per_million_tokens")) > 0 {
		s.Intro += " Tokens are those generated (inference), of samples used (RL) and trained on (pre-training)."
	}
	if t := r.usesByTenant(); t != "" {
		s.add(t)
		s.Intro += " Deployments are divided among tenants by the tokens processed for each."
	}
	s.add(r.lines("power", "Power", "Power of each pool's GPUs, means over every sample interval.", "kW", r.byLabel("power_kw", "")))
	s.add(r.lines("spending", "Cost per hour", "What each pool's GPUs cost per hour, those not delivered yet left out.", "US$/h", r.byLabel("usd_per_h", "")))
	s.add(r.lines("emissions", "CO₂ per hour", "What the electricity of each pool emits per hour: its power by the carbon intensity of the hour.", "kg/h", r.byLabel("co2_kg_per_h", "")))
	return s
}

// userOf is a class of work as bills name it; GPUs that no work held are paid
// for too.
func userOf(class string) (name, color string) {
	for _, c := range classes {
		if c.class == class {
			return c.name, c.color
		}
	}
	return "idle or down", "c-idle"
}

// users are the classes that have used something, as charts order them.
func (r *results) users() []string {
	var out []string
	for _, c := range classes {
		if r.summary.has("costs.by_class." + c.class) {
			out = append(out, c.class)
		}
	}
	if r.summary.has("costs.by_class.none") {
		out = append(out, "none")
	}
	return out
}

// divided shows what classes of work took of an amount of the whole run; ""
// where the amount is nothing.
func (r *results) divided(id, title, of, unit, path string) template.HTML {
	w := chart.Waterfall{
		Frame: chart.Frame{ID: id, Title: title, Desc: of + " by the class of work that held the GPUs, in " + unit + ".", Half: true},
		Unit:  unit, Whole: "all",
	}
	users := r.users()
	total := 0.0
	for _, c := range users {
		total += r.summary.value("costs.by_class." + c + "." + path)
	}
	if total == 0 {
		return ""
	}
	w.Total("all GPUs", total)
	for _, c := range users {
		name, color := userOf(c)
		if v := r.summary.value("costs.by_class." + c + "." + path); v > 0 {
			w.Take(name, []chart.Part{{Name: name, Color: color, Value: v}})
		}
	}
	return w.HTML()
}

// use is a column of a table of who used what. Columns without a figure other
// than zero stay away.
type use struct {
	head, path string
	style      style
	perToken   bool
}

var uses = []use{
	{"GPU-hours", "gpu_hours", count, false}, {"energy", "energy_kwh", kWh, false}, {"cost", "cost_usd", dollars, false}, {"CO₂", "carbon_kg", kgCO2, false},
	{"cost\nper million tokens", "usd", dollars, true}, {"energy, J\nper million tokens", "joule", count, true}, {"CO₂, g\nper million tokens", "gco2", count, true},
}

// usesOf is the table of some users, whose figures stand at paths below.
func (r *results) usesOf(caption, at string, users []string, name func(string) string) template.HTML {
	g := grid{caption: caption}
	for _, u := range users {
		g.rows = append(g.rows, gridRow{name: name(u)})
	}
	for _, c := range uses {
		from := at
		if c.perToken {
			if at != "costs.by_class" {
				continue // no other users have tokens of their own
			}
			from = "costs.per_million_tokens"
		}
		cells, used := make([]template.HTML, len(users)), false
		for i, u := range users {
			if f, ok := r.summary.figure(from + "." + u + "." + c.path); ok {
				cells[i] = f.show(c.style)
				used = used || f.Value != 0
			}
		}
		if !used {
			continue
		}
		g.head = append(g.head, c.head)
		for i := range users {
			g.rows[i].cells = append(g.rows[i].cells, cells[i])
		}
	}
	if len(g.head) == 0 {
		return ""
	}
	return g.html()
}

// usesByClass is what each class of work used, and what a million of its tokens
// took.
func (r *results) usesByClass() template.HTML {
	return r.usesOf("By class of work", "costs.by_class", r.users(),
		func(c string) string { name, _ := userOf(c); return name })
}

// usesByTenant is what each tenant used; "" where there is only one.
func (r *results) usesByTenant() template.HTML {
	const at = "costs.by_tenant"
	tenants := r.summary.keys(at)
	if len(tenants) <= 2 { // one, and nobody
		return ""
	}
	slices.SortStableFunc(tenants, func(a, b string) int {
		return cmp.Compare(r.summary.value(at+"."+b+".cost_usd"), r.summary.value(at+"."+a+".cost_usd"))
	})
	caption := "By tenant"
	if n := len(tenants); n > mostTenants {
		caption += fmt.Sprintf(", the %d largest bills of %s", mostTenants, report.Number(float64(n)))
		tenants = tenants[:mostTenants]
	}
	return r.usesOf(caption, at, tenants, func(t string) string {
		switch t {
		case "(none)":
			return "work without a tenant"
		case "(nobody)":
			return "idle or down"
		}
		return t
	})
}
