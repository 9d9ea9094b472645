package report

import (
	"cmp"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/jevons-sim/jevons/sim/result"
)

// mostTenants is how many tenants a table lists, the largest bills first.
const mostTenants = 10

// costs is a table of who used what; nil when there is nothing to divide.
func costs(s *result.Summary) table.Writer {
	c := s.Costs
	if c == nil || len(c.ByClass) == 0 {
		return nil
	}
	t := table.NewWriter()
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	header := table.Row{"", "", "GPU-hours", "kWh", "USD", "USD/M tokens", "kJ/M tokens"}
	if s.CarbonKg > 0 {
		header = append(header, "kg CO2", "g CO2/M tokens")
	}
	t.AppendHeader(header)
	var configs []table.ColumnConfig
	for i := 3; i <= len(header); i++ {
		configs = append(configs, table.ColumnConfig{Number: i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(configs)
	line := func(group, name string, u *result.Use, per *result.PerTokens) {
		row := table.Row{group, name, Number(u.GPUHours), Number(u.EnergyKWh), Number(u.CostUSD), "", ""}
		if per != nil {
			row[5], row[6] = short(per.USD), Number(per.Joule/1000)
		}
		if s.CarbonKg > 0 {
			row = append(row, Number(u.CarbonKg), "")
			if per != nil {
				row[8] = Number(per.GCO2)
			}
		}
		t.AppendRow(row)
	}
	group := "whole run"
	for _, name := range []string{"inference", "rl", "training", "jobs", "none"} {
		if u := c.ByClass[name]; u != nil {
			shown := name
			if name == "none" {
				shown = "idle or down"
			}
			line(group, shown, u, c.PerMillionTokens[name])
			group = ""
		}
	}
	if len(c.ByTenant) <= 2 { // one, and nobody
		return t
	}
	names := sortedKeys(c.ByTenant)
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(c.ByTenant[b].CostUSD, c.ByTenant[a].CostUSD) })
	group = "by tenant"
	for _, name := range names[:min(len(names), mostTenants)] {
		line(group, name, c.ByTenant[name], nil)
		group = ""
	}
	return t
}
