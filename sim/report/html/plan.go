package html

import (
	"fmt"
	"html/template"
	"slices"

	"github.com/jevons-sim/jevons/sim/report/chart"
	"github.com/jevons-sim/jevons/sim/stats"
)

// Plan is a search for the value of a parameter that meets goals.
type Plan struct {
	Study
	Parameter string
	Answer    string // "" = none
	Goals     []PlanGoal
	Trials    []PlanTrial // in order of value
	Level     float64     // of confidence in all goals together
	Perfect   float64     // GPUs of a perfect system at the peak; 0 = not known
}

// PlanGoal is a limit that a figure should keep.
type PlanGoal struct {
	Text, Figure string // Figure decides unit and format: a path of summary.json
	Limit        float64
	Below        bool // the figure should be below the limit
}

// PlanTrial is the runs at one value.
type PlanTrial struct {
	Value    string
	GPUs     int
	Refused  string           // why the scenario cannot be built; "" = it can
	Figures  []stats.Interval // by goal
	Verdicts []string         // by goal: met, missed or unclear
}

// verdictColors are the colours of how a goal stands.
var verdictColors = map[string]string{"met": "c-2", "missed": "c-lost", "unclear": "c-1"}

// Render returns the report.
func (p *Plan) Render() ([]byte, error) {
	goals := section{ID: "goals", Title: "Goals over " + p.Parameter, Intro: fmt.Sprintf("What was tried on the way to the answer: means over replications with one-sided bounds, at a confidence of %.4g %% for all goals together.", p.Level*100)}
	front := section{ID: "fronts", Title: "What goals cost", Intro: "GPUs of the fleet against each goal's figure."}
	for i := range p.Goals {
		goals.add(p.goal(i, p.Parameter, func(t *PlanTrial) float64 { return number(t.Value) }))
		if p.gpusVary() {
			front.add(p.goal(i, "GPUs", func(t *PlanTrial) float64 { return float64(t.GPUs) }))
		}
	}
	all := section{ID: "trials", Title: "Trials"}
	all.add(p.table())
	return p.Study.render("plan", "Plan", goals, front, all)
}

func (p *Plan) gpusVary() bool {
	return p.Parameter != "GPUs" && slices.ContainsFunc(p.Trials, func(t PlanTrial) bool { return t.GPUs > 0 && t.GPUs != p.Trials[0].GPUs })
}

// goal draws a goal's figure over the parameter, or over the GPUs.
func (p *Plan) goal(i int, over string, at func(*PlanTrial) float64) template.HTML {
	g := &p.Goals[i]
	sign := map[bool]string{true: "<", false: ">"}[g.Below]
	c := chart.Scatter{
		Frame:  chart.Frame{ID: anchor(anchor("goal", over), g.Text), Title: g.Text, Desc: fmt.Sprintf("The goal is %s; the dashed line is its limit.", g.Text), Half: true},
		YName:  labelled(g.Figure),
		Levels: []chart.Mark{{At: g.Limit, Label: sign + " " + goalText(g)}},
		Keys:   []chart.Series{{Name: "met", Color: verdictColors["met"]}, {Name: "unclear", Color: verdictColors["unclear"]}, {Name: "missed", Color: verdictColors["missed"]}},
	}
	c.Data.Columns = append(append([]chart.Column{{Name: "trial", Format: chart.Text}, {Name: "GPUs", Format: chart.Number}}, intervalColumns(g.Figure)...), chart.Column{Name: "verdict", Format: chart.Category})
	c.Data.Columns[3].Name, c.Data.Columns[4].Name = "from", "to"
	xs, ys := []float64{}, []float64{g.Limit}
	for k := range p.Trials {
		t := &p.Trials[k]
		if t.Refused != "" || len(t.Figures) <= i {
			continue
		}
		x, v := t.Figures[i], at(t)
		c.Points = append(c.Points, chart.Point{X: v, Y: x.Mean, Lo: x.Lo, Hi: x.Hi, Color: verdictColors[t.Verdicts[i]], Strong: t.Value == p.Answer})
		c.Data.Rows = append(c.Data.Rows, append(append([]string{p.Parameter + " = " + t.Value, chart.Int(int64(t.GPUs))}, intervalCells(x)...), t.Verdicts[i]))
		xs, ys = append(xs, v), append(ys, x.Mean, x.Lo, x.Hi)
		if t.Value == p.Answer {
			c.Events = append(c.Events, chart.Mark{At: v, Label: "answer"})
		}
	}
	if over == "GPUs" && p.Perfect > 0 {
		xs = append(xs, p.Perfect)
		c.Events = append(c.Events, chart.Mark{At: p.Perfect, Label: "perfect system"})
	}
	c.X, c.Y = axisFor("", xs...), axisFor(g.Figure, ys...)
	c.X.Name = over
	return c.HTML()
}

func goalText(g *PlanGoal) string {
	switch formatOf(g.Figure) {
	case chart.Seconds:
		return duration.String(g.Limit)
	case chart.Percent:
		return share.String(g.Limit)
	}
	return chart.Value(g.Limit)
}

// table is all trials with all goals.
func (p *Plan) table() template.HTML {
	t := chart.Table{Columns: []chart.Column{{Name: p.Parameter, Format: chart.Category}, {Name: "GPUs", Format: chart.Number}}}
	for i := range p.Goals {
		c := intervalColumns(p.Goals[i].Figure)
		c[0].Name, c[1].Name, c[2].Name = p.Goals[i].Text, p.Goals[i].Text+" from", p.Goals[i].Text+" to"
		t.Columns = append(append(t.Columns, c...), chart.Column{Name: "verdict", Format: chart.Category})
	}
	for k := range p.Trials {
		x := &p.Trials[k]
		row := []string{x.Value, chart.Int(int64(x.GPUs))}
		for i := range p.Goals {
			if x.Refused != "" || len(x.Figures) <= i {
				row = append(row, "", "", "", "cannot be: "+x.Refused)
				continue
			}
			row = append(append(row, intervalCells(x.Figures[i])...), x.Verdicts[i])
		}
		t.Rows = append(t.Rows, row)
	}
	d := chart.Data{Frame: chart.Frame{ID: "all-trials", Title: "Trials", Desc: "Every value that was run."}, Table: t}
	return d.HTML()
}
