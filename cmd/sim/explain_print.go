package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/result"
)

// printExplanation prints why a job waited.
func (a *app) printExplanation(x *result.Explanation) error {
	switch a.format {
	case "json":
		e := json.NewEncoder(a.stdout)
		e.SetIndent("", "  ")
		return e.Encode(x)
	case "csv":
		return a.explanationRows(x)
	}
	var b strings.Builder
	of := ""
	if x.Tenant != "" {
		of = " of " + x.Tenant
	}
	fmt.Fprintf(&b, "%s%s: %g GPUs, submitted at %s\n", x.Job, of, x.GPUs, instant(x.SubmitS))
	if x.Refused != "" {
		fmt.Fprintf(&b, "Refused: %s\n", x.Refused)
	}
	fmt.Fprintf(&b, "It waited %s", span(x.WaitS))
	for i, c := range x.ByCause {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%s for %s", sep, span(c.S), c.Cause)
	}
	b.WriteString("\n")
	for i := range x.Turns {
		printTurn(&b, &x.Turns[i], i, x)
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}

func printTurn(b *strings.Builder, t *result.Turn, i int, x *result.Explanation) {
	b.WriteString("\n")
	for _, w := range t.Intervals {
		fmt.Fprintf(b, "%s – %s  %s: %s\n", instant(w.FromS), instant(w.ToS), w.Cause, w.Detail)
		for _, h := range w.Holders {
			whose := h.Class
			if h.Tenant != "" {
				whose += ", " + h.Tenant
			}
			ends := ""
			if h.EndsS != nil {
				ends = ", expected to end at " + instant(*h.EndsS)
			}
			fmt.Fprintf(b, "    %g GPUs: %s (%s) since %s%s\n", h.GPUs, h.Name, whose, instant(h.SinceS), ends)
		}
	}
	switch {
	case t.Started:
		again := ""
		if i > 0 {
			again = " again"
		}
		fmt.Fprintf(b, "%s  it starts%s, in pool %s", instant(t.ToS), again, t.Pool)
		switch {
		case t.Nodes == 1:
			b.WriteString(" on one node")
		case t.Nodes > 1:
			fmt.Fprintf(b, " on %d nodes", t.Nodes)
		}
		b.WriteString("\n")
	case i == len(x.Turns)-1:
		fmt.Fprintf(b, "%s  it still waits\n", instant(t.ToS))
	}
}

// explanationRows prints one row per interval.
func (a *app) explanationRows(x *result.Explanation) error {
	t := a.newTable()
	t.AppendHeader(table.Row{"turn", "from_s", "to_s", "cause", "ahead", "detail"})
	for i, turn := range x.Turns {
		for _, w := range turn.Intervals {
			t.AppendRow(table.Row{i + 1, w.FromS, w.ToS, w.Cause, w.Ahead, w.Detail})
		}
	}
	_, err := fmt.Fprintln(a.stdout, t.RenderCSV())
	return err
}

// instant and span print an instant of the run, and a span of time: to the
// second where that is enough.
func instant(s float64) string { return span(s) }

func span(s float64) string {
	t := event.FromSeconds(s)
	unit := event.Millisecond
	if t >= event.Minute {
		unit = event.Second
	}
	return units.FormatDuration((t + unit/2) / unit * unit)
}
